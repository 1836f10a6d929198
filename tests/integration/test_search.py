"""The search page as people use it, and as others try to."""

import re
import time
from datetime import timedelta
from itertools import count

import pytest
from django.utils import timezone

from forum.actions import reply_to, vote_helpful
from forum.actions.moderating import hide
from forum.models import Category, Forum, Thread
from search import actions, engine, rates
from search.models import SearchSeen, SearchSynonym, SearchTerm
from tests.unit.resources.test_resources import make_resource

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def synonyms():
    """Those these tests use: tests of other files may have emptied the table."""
    SearchSynonym.objects.get_or_create(rule="femara = letrozole")


@pytest.fixture
def find(client):
    def find(query="", **choices):
        response = client.get("/search/", {"q": query, **choices} if query else choices)
        assert response.status_code == 200
        return response.text

    return find


def rows(page):
    return re.findall(r'<article class="thread-row" data-thread-id="(\d+)"', page)


@pytest.fixture
def hearts():
    return Forum.objects.create(
        category=Category.objects.create(name="Heart", slug="heart"), name="Heart", slug="hearts"
    )


def test_the_words_may_stand_anywhere_in_the_thread(find, make_thread, helper):
    thread = make_thread(title="Femara and me", body="My joints hurt")
    reply_to(thread, by=helper, body="Walking helped with the pain")
    page = find("femara walking")
    assert rows(page) == [str(thread.pk)]
    assert "1 question" in page
    assert "<mark>" in page


def test_other_names_are_found_after_the_exact_one(find, make_thread):
    other = make_thread(title="Letrozole and sore joints")
    exact = make_thread(title="Femara and sore joints")
    page = find("femara joints")
    assert rows(page) == [str(exact.pk), str(other.pk)]
    assert "Also searched for letrozole" in page
    assert rows(find("femara", synonyms="off")) == [str(exact.pk)]


def test_misspelt_words_are_mended_and_can_be_kept(find, make_thread):
    thread = make_thread(title="Letrozole joint pain")
    for number in range(3):
        make_thread(title=f"Some pain {number}")
    actions.learn_words()
    page = find("letrozole joint pian")
    assert rows(page)[0] == str(thread.pk)
    assert "Showing results for <strong>letrozole joint pain</strong>" in page
    assert "exact=1" in page
    assert "Showing results for" not in find("letrozole joint pian", exact="1")


def test_staff_change_the_synonyms_and_the_next_search_knows(find, make_thread):
    thread = make_thread(title="Gnuword question")
    assert rows(find("yakword")) == []
    rule = SearchSynonym.objects.create(rule="yakword > gnuword")
    assert rows(find("yakword")) == [str(thread.pk)]
    rule.delete()
    assert rows(find("yakword")) == []


def test_filters_and_orders(find, make_thread, hearts, clinician, helper, asker):
    quiet = make_thread(title="Gnuword quiet")
    answered = make_thread(title="Gnuword answered", forum=hearts)
    vote_helpful(reply_to(answered, by=clinician, body="Yes"), by=helper)
    anonymous = make_thread(title="Gnuword nameless", is_anonymous=True)
    assert set(rows(find("gnuword"))) == {str(one.pk) for one in (quiet, answered, anonymous)}
    assert rows(find("gnuword", sort="newest")) == [str(one.pk) for one in (anonymous, answered, quiet)]
    assert rows(find("gnuword", sort="helpful"))[0] == str(answered.pk)
    for choice in ({"forum": "hearts"}, {"category": "heart"}, {"answered": "professional"}, {"answered": "yes"},
                   {"helpful": "1"}):  # fmt: skip
        assert rows(find("gnuword", **choice)) == [str(answered.pk)], choice
    assert len(rows(find("gnuword", answered="no"))) == 2
    assert len(rows(find("gnuword", since="week"))) == 3
    assert rows(find("gnuword", author="asker")) == [str(answered.pk), str(quiet.pk)], (
        "anonymous questions are nobody's"
    )
    assert rows(find("gnuword", author="nobody")) == []
    assert "Heart <span" in find("gnuword")


@pytest.mark.parametrize("name", ["sort", "forum", "category", "answered", "since", "helpful"])
def test_choices_that_do_not_exist_are_named(client, thread, name):
    response = client.get("/search/", {"q": "mole", name: "'; --"})
    assert response.status_code == 400
    assert "There is a problem with the address" in response.text


def test_nothing_hidden_is_found_nor_quoted(find, make_thread, make_reply, moderator, hearts):
    hidden = make_thread(title="Secretword one", body="Secretbody")
    hide(hidden, by=moderator)
    thread = make_thread(title="Open question")
    hide(reply_to(thread, by=moderator, body="Secretreply"), by=moderator)
    closed = make_thread(title="Closedword", forum=hearts)
    Forum.objects.filter(pk=hearts.pk).update(is_open=False)
    assert closed.pk
    for word in ("secretword", "secretbody", "secretreply", "closedword"):
        assert rows(find(word)) == []
    assert "Secretreply" not in find("open question")


def test_an_anonymous_asker_has_no_name_here(find, make_thread):
    make_thread(title="Gnuword", is_anonymous=True)
    page = find("gnuword")
    assert "Anonymous" in page
    assert "Ash Asker" not in page


def test_resources_stand_above(find):
    make_resource("Zebraword and you")
    assert "Zebraword and you" in find("zebraword")


def test_a_passage_is_text_and_never_markup(find, make_thread):
    make_thread(title="Gnuword", body="Is 1 < 2 & `<b>bold</b>` yakword \ue000 \ue001 <script>alert(1)</script>")
    page = find("yakword")
    assert "<mark>yakword</mark>" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("query", ["the of and", "???", '""', "-", "()"])
def test_words_that_say_nothing_get_advice(find, thread, query):
    page = find(query)
    assert "These words are in nearly every question" in page


def test_when_there_is_nothing_the_page_helps(find):
    page = find("zzzyyyxxx & <b>")
    assert "No question has “zzzyyyxxx &amp; &lt;b&gt;”" in page
    assert "/ask/?title=zzzyyyxxx%20%26%20%3Cb%3E" in page


@pytest.mark.parametrize(
    "query",
    ["a" * 10_000, "word " * 2_000, "\0", "a\0b", "%00", "' OR 1=1; --", "a & b | !c <-> d:*", "🤒", "\\\\", "%s"],
)
def test_whatever_is_asked_gets_a_page(client, thread, query):
    assert client.get("/search/", {"q": query}).status_code in (200, 400)


def test_too_much_for_the_time_is_said_to_be_too_broad(find, thread, monkeypatch):
    monkeypatch.setattr(engine, "BUDGET", 0.05)
    monkeypatch.setattr(engine, "STANDING", "(SELECT 1 FROM pg_sleep(0.2))")
    assert "too broad" in find("mole")


@pytest.mark.parametrize(
    "query", ["sucide", "I want to die", "how to end my life", "suicidal thoughts", "self-harm scars"]
)
def test_somebody_who_cannot_go_on_sees_help_first(find, query):
    page = find(query)
    assert "Find a crisis line in your country" in page[: page.index("</main>")]


def test_others_do_not(find):
    assert "If you cannot go on" not in find("die of curiosity hypertension")


def test_where_no_question_has_half_of_the_words_those_with_one_are_found(find, make_thread):
    thread = make_thread(title="Gnuword question")
    page = find("gnuword emuword yakword")
    assert rows(page) == [str(thread.pk)]
    assert "Few questions have all of your words" in page


def test_what_was_not_found_can_be_asked(sign_in, asker, forum):
    client = sign_in(asker)
    page = client.get("/ask/", {"title": "Sore & <b>tired</b>"}).text
    assert 'value="Sore &amp; &lt;b&gt;tired&lt;/b&gt;"' in page
    client.post("/drafts/", {"place": "ask", "title": "My own", "body": "Typed before"})
    assert 'value="My own"' in client.get("/ask/", {"title": "Sore"}).text, "a draft goes first"


def test_pages_are_bounded(find, client, forum, asker):
    Thread.objects.bulk_create(
        Thread(forum=forum, author=asker, title=f"Gnuword {number}", body="x", body_html="x") for number in range(230)
    )
    page = find("gnuword", page="10")
    assert len(rows(page)) == 10
    assert "There are more." in page
    assert client.get("/search/?q=gnuword&page=11").url == "/search/?q=gnuword"


def test_visitors_from_outside_are_slowed_down(client, thread, monkeypatch):
    ticks = count()
    monkeypatch.setattr(rates.time, "time", lambda: 1_800_000_000 + next(ticks) % 60)  # the seconds of one minute
    answers = [client.get("/search/?q=mole", REMOTE_ADDR="203.0.113.9") for _ in range(16)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert "Wait a minute" in answers[-1].text
    assert client.get("/search/?q=mole", REMOTE_ADDR="127.0.0.1").status_code == 200
    assert rates.A_MINUTE == 15


def test_one_visitor_cannot_use_up_what_all_have(client, thread, monkeypatch):
    monkeypatch.setattr(rates.time, "time", lambda: 1_800_000_000)  # all within one second
    for _ in range(12):
        client.get("/search/?q=mole", REMOTE_ADDR="203.0.113.5")
    assert client.get("/search/?q=mole", REMOTE_ADDR="198.51.100.77").status_code == 200
    for number in range(5):
        refused = client.get("/search/?q=mole", REMOTE_ADDR=f"2001:db8::{number}")
    assert refused.status_code == 429, "one subscriber has many addresses of IPv6"
    assert refused["Retry-After"] == "60"


def test_members_are_slowed_down_too(sign_in, asker, thread, monkeypatch):
    client = sign_in(asker)
    now = time.time()
    monkeypatch.setattr(rates.time, "time", lambda: now)  # all within one minute
    statuses = [client.get("/search/?q=mole", REMOTE_ADDR="203.0.113.5").status_code for _ in range(31)]
    assert statuses == [200] * 30 + [429]
    answer = client.get("/ask/similar/?title=A+mole+on+my+back", REMOTE_ADDR="203.0.113.5")
    assert answer.status_code == 200, "counted apart"


def test_what_people_look_for_is_kept_without_them(client, thread, sign_in, administrator):
    for number in range(4):
        for words in ("Mole", "mole"):
            actions.record_search(words, found=1, person=f"203.0.113.{number}")
    assert SearchTerm.objects.get(text="mole").people == 4
    assert not any("203.0.113" in str(value) for row in SearchSeen.objects.values() for value in row.values())
    staff = sign_in(administrator)
    assert "mole" not in staff.get("/admin/search/searchterm/").text
    client.get("/search/?q=mole")
    assert "mole" in staff.get("/admin/search/searchterm/").text
    assert "mole" not in staff.get("/admin/search/searchterm/?nothing=yes").text


def test_five_days_of_one_person_are_not_five_people():
    for day in range(5):
        actions.record_search("somebody of somewhere", found=0, person="7")
        SearchSeen.objects.filter(day=timezone.localdate()).update(day=timezone.localdate() - timedelta(days=day + 1))
    assert SearchTerm.objects.get().people == 1
    actions.forget_searches()
    assert not SearchSeen.objects.exists()


def test_what_was_too_broad_or_said_nothing_is_not_counted(client, thread):
    client.get("/search/?q=the+of")
    assert not SearchTerm.objects.exists()


def test_a_rule_with_very_many_words_costs_no_more(find, thread):
    terms = [f"{one}{other}" for one in "abcdefgh" for other in "abcdefgh"]
    SearchSynonym.objects.create(rule=" = ".join(terms)[:398].rpartition(" = ")[0])
    assert find(" or ".join(terms)[:300])


def test_words_are_completed(client, make_thread):
    for number in range(3):
        make_thread(title=f"Letrozole joint pain {number}", body="joints joints")
    make_thread(title="Jointsecret of one person")
    actions.learn_words()
    suggestions = client.get("/search/suggest/?q=letr").json()["suggestions"]
    assert suggestions == ["letrozole"]
    assert client.get("/search/suggest/?q=sore joi").json()["suggestions"] == ["sore joint", "sore joints"]
    for odd in ("", "l", "12", "joint ", "%"):
        assert client.get("/search/suggest/", {"q": odd}).json()["suggestions"] == []


def test_staff_cannot_save_a_rule_that_says_nothing(sign_in, administrator):
    response = sign_in(administrator).post("/admin/search/searchsynonym/add/", {"rule": "femara", "area": ""})
    assert "Write “a = b”" in response.text
