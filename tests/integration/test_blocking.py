"""Blocking: what the member who blocks sees folded, what stays, and that nobody else can tell."""

import re
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import actions
from accounts.actions import block
from accounts.models import Block
from forum.actions import caution, hide, remove, reply_to
from search.similar import find_similar
from tests.conftest import make_user

pytestmark = pytest.mark.django_db
QUESTION, REPLY = "A question by somebody you have blocked", "A reply by somebody you have blocked"
CAUTION = "A caution by somebody you have blocked"


class Shown(HTMLParser):
    """What somebody reads of a page, the title of its window included, before anything is opened."""

    def __init__(self, markup):
        super().__init__()
        self.folds, self.in_summary, self.skips, self.parts = 0, False, 0, []
        self.feed(markup)
        self.text = " ".join(" ".join(self.parts).split())

    def handle_starttag(self, tag, attributes):
        self.folds += tag == "details" and "open" not in dict(attributes)
        self.skips += tag in ("script", "style", "textarea")
        if tag == "summary":
            self.in_summary = True

    def handle_endtag(self, tag):
        self.folds -= tag == "details"
        self.skips -= tag in ("script", "style", "textarea")
        if tag == "summary":
            self.in_summary = False

    def handle_data(self, text):
        if not self.skips and (not self.folds or self.in_summary):
            self.parts.append(text)


@pytest.fixture
def reader(stranger):
    """Somebody who asked nothing and wrote nothing here."""
    return stranger


@pytest.fixture
def read(sign_in, reader):
    client = sign_in(reader)

    def read(address, **query):
        answer = client.get(address, query, follow=True)
        assert answer.status_code == 200
        return Shown(answer.text).text

    return read


# The buttons


def test_blocking_and_unblocking_from_the_profile(sign_in, reader, helper):
    client = sign_in(reader)
    for _ in range(2):
        answer = client.post("/people/helper/block/")
        assert (answer.status_code, answer["Location"]) == (302, "/people/helper/")
        assert Block.objects.has_blocked(reader, helper)
    page = client.get("/people/helper/").text
    assert "You have blocked helper. They are not told." in page
    assert 'action="/people/helper/unblock/"' in page
    assert 'action="/people/helper/block/"' not in page
    for _ in range(2):
        assert client.post("/people/helper/unblock/")["Location"] == "/people/helper/"
        assert not Block.objects.exists()
    page = client.get("/people/helper/").text
    assert 'action="/people/helper/block/"' in page
    assert 'action="/people/helper/unblock/"' not in page


def test_nobody_is_offered_to_block_themselves_nor_visitors_anybody(client, sign_in, helper):
    for page in (client.get("/people/helper/"), sign_in(helper).get("/people/helper/")):
        assert "block/" not in page.text


def test_what_cannot_be_blocked_is_said_with_a_way_back(monkeypatch, sign_in, reader, helper, asker):
    answer = sign_in(reader).post("/people/stranger/block/")
    assert answer.status_code == 403
    assert "You cannot block yourself." in answer.text
    monkeypatch.setattr(actions, "MOST_BLOCKS", 1)
    block(asker, by=reader)
    answer = sign_in(reader).post("/people/helper/block/")
    assert answer.status_code == 403
    assert "which is the most there can be" in answer.text
    assert 'href="/people/helper/">Back to the profile' in answer.text
    assert not Block.objects.has_blocked(reader, helper)


@pytest.mark.parametrize("action", ["block", "unblock"])
def test_visitors_are_sent_to_sign_in_and_then_to_the_profile(client, helper, action):
    answer = client.post(f"/people/helper/{action}/")
    assert answer["Location"] == "/accounts/login/?next=%2Fpeople%2Fhelper%2F"


@pytest.mark.parametrize("action", ["block", "unblock"])
def test_the_way_back_stays_on_this_site(sign_in, reader, helper, action):
    client, address = sign_in(reader), f"/people/helper/{action}/"
    assert client.post(address, {"next": "/account/?page=2#blocked"})["Location"] == "/account/?page=2#blocked"
    for elsewhere in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "/a\0b"):
        assert client.post(address, {"next": elsewhere})["Location"] == "/people/helper/"


def test_a_form_without_a_token_changes_nothing(sign_in, reader, helper):
    assert sign_in(reader, enforce_csrf_checks=True).post("/people/helper/block/").status_code == 403
    assert not Block.objects.exists()


def test_somebody_unknown_or_gone_cannot_be_blocked_but_somebody_gone_unblocked(sign_in, reader, helper):
    block(helper, by=reader)
    helper.is_active = False
    helper.save()
    client = sign_in(reader)
    assert client.post("/people/nobody/block/").status_code == 404
    assert client.post("/people/nobody/unblock/").status_code == 404
    assert client.post("/people/helper/block/").status_code == 404
    assert 'action="/people/helper/unblock/"' in client.get("/account/").text
    assert client.post("/people/helper/unblock/")["Location"] == "/account/"
    assert not Block.objects.exists()


def test_the_account_page_lists_the_blocked_in_pages(sign_in, reader, asker):
    people = [make_user(f"person{number:02}") for number in range(21)]
    client = sign_in(reader)
    assert "People you have blocked" not in client.get("/account/").text
    for person in reversed(people):
        block(person, by=reader)
    block(reader, by=asker)

    def listed(address):
        return re.findall(r'action="/people/([^/]+)/unblock/"', client.get(address, follow=True).text)

    names = [person.username for person in people]
    assert listed("/account/") == names[:20]
    assert listed("/account/?page=2") == names[20:]
    assert listed("/account/?page=3") == names[:20]
    assert 'value="/account/?page=2#blocked"' in client.get("/account/?page=2").text
    assert "People you have blocked" not in sign_in(people[0]).get("/account/").text


# What is folded


def test_a_reply_is_folded_and_keeps_its_place_and_marks(read, sign_in, reader, thread, helper, clinician):
    first = reply_to(thread, by=helper, body="Unwanted words")
    second = reply_to(thread, by=clinician, body="Wanted words")
    before = sign_in(reader).get(thread.get_absolute_url()).text
    block(helper, by=reader)
    page = sign_in(reader).get(thread.get_absolute_url()).text
    shown = Shown(page).text
    assert REPLY in shown
    assert "Wanted words" in shown
    assert "Unwanted words" not in shown
    assert "helper" not in shown
    assert "Unwanted words" in page, "it can be opened without JavaScript"
    marks = r'<article class="post[^"]*" id="reply-\d+" data-helpful="\d+" data-professional="\w+"'
    assert re.findall(marks, page) == re.findall(marks, before)
    assert page.count(f'id="reply-{first.pk}-by"') == page.count(f'id="reply-{second.pk}-by"') == 1
    assert "2 replies" in shown


@pytest.mark.parametrize("place", ["/", "/forums/moles/", "/waiting/", "/search/?q=mole", "/people/asker/"])
def test_questions_are_rows_without_a_title_in_every_list(read, sign_in, reader, thread, asker, place):
    assert "Is this mole changing?" in read(place)
    block(asker, by=reader)
    page = sign_in(reader).get(place).text
    assert "Is this mole changing?" not in Shown(page).text
    if "people" not in place:
        row = re.search(rf'<article[^>]* data-thread-id="{thread.pk}".*?</article>', page, re.DOTALL)[0]
        assert QUESTION in row
        assert re.findall('href="([^"]*)"', row) == [f"/threads/{thread.pk}/"], "an address without the words"
        assert "Ash" not in row
        assert "darker" not in row


def test_the_desk_of_a_professional_folds_too(sign_in, forum, thread, asker, clinician):
    forum.specialties = ["dermatologist"]
    forum.save()
    block(asker, by=clinician)
    page = sign_in(clinician).get("/account/verification/desk/").text
    assert f'data-thread-id="{thread.pk}"' in page
    assert QUESTION in page
    assert thread.title not in page


def test_similar_questions_have_no_title(read, sign_in, make_thread, helper, asker, reader):
    other = make_thread(by=helper, title="Is this mole changing colour?", body="Look")
    make_thread(by=asker, title="Is this mole changing shape?", body="Look")
    list(find_similar())
    addresses = ["/ask/similar/?title=Is+this+mole+changing", other.get_absolute_url()]
    for address in addresses:
        assert "Is this mole changing shape?" in read(address)
    block(asker, by=reader)
    for address in addresses:
        shown = read(address)
        assert "Is this mole changing shape?" not in shown
        assert QUESTION in shown
    shown = Shown(sign_in(reader).post("/ask/", {"title": "Is this mole changing", "preview": "1"}).text).text
    assert "Is this mole changing colour?" in shown
    assert "Is this mole changing shape?" not in shown


def test_the_page_of_a_question_folds_its_text_and_title(read, sign_in, reader, thread, asker, make_reply):
    make_reply(body="A reply by another")
    block(asker, by=reader)
    shown = read(thread.get_absolute_url())
    assert shown.count(QUESTION) == 2, "heading and window"
    for words in ("Is this mole changing?", "darker", "Ash Asker"):
        assert words not in shown
    assert "A reply by another" in shown
    page = sign_in(reader).get(thread.get_absolute_url()).text
    assert f'<article class="post question" id="question" data-thread-id="{thread.pk}">' in page
    assert "darker" in page
    assert '<meta name="description" content="">' in page


def test_recent_answers_by_professionals(read, thread, clinician, asker, reader):
    reply_to(thread, by=clinician, body="Show it to somebody")
    block(asker, by=reader)
    shown = read("/")
    assert QUESTION in shown
    assert "Show it to somebody" in shown
    assert thread.title not in shown
    block(clinician, by=reader)
    shown = read("/")
    assert REPLY in shown
    assert "Show it to somebody" not in shown
    assert "Dr Clin Ician" not in shown


def test_a_caution_is_folded_and_does_not_vanish(read, make_reply, thread, clinician, reader):
    caution(make_reply(), by=clinician, text="Never do this")
    assert "Never do this" in read(thread.get_absolute_url())
    block(clinician, by=reader)
    shown = read(thread.get_absolute_url())
    assert CAUTION in shown
    assert "Never do this" not in shown


def test_the_profile_of_somebody_blocked_is_folded(read, sign_in, make_reply, make_thread, helper, clinician, reader):
    helper.bio = "About the helper"
    helper.save()
    make_reply(body="Words in a reply")
    mine = make_thread(by=helper, title="A question by the helper", body="Look")
    reply_to(mine, by=helper, body="More by the helper")
    reply_to(mine, by=clinician, body="An answer")
    words = ["About the helper", "Words in a reply", "A question by the helper"]
    assert all(word in read("/people/helper/") for word in words)
    block(helper, by=reader)
    shown = read("/people/helper/")
    assert "You have blocked this person" in shown
    assert not any(word in shown for word in words)
    opened = sign_in(reader).get("/people/helper/").text.partition("</summary>")[2]
    assert QUESTION not in opened
    assert opened.count("A question by the helper") == 2, "asked there, and answered by the helper"
    other = read("/people/clinician/")
    assert "An answer" in other
    assert "A question by the helper" not in other


def test_a_passage_of_the_search_quotes_nobody_blocked(read, thread, make_reply, reader, helper):
    make_reply(body="Melanotic words of the helper")
    assert "Melanotic" in read("/search/", q="melanotic").replace("“melanotic”", "")
    block(helper, by=reader)
    shown = read("/search/", q="melanotic")
    assert thread.title in shown
    assert "words of the helper" not in shown


def test_what_others_quote_stays(read, thread, asker, helper, reader):
    reply_to(thread, by=asker, body="> Words of the helper\n\nThank you")
    block(helper, by=reader)
    assert "Words of the helper" in read(thread.get_absolute_url())


def test_a_moderator_who_blocks_still_gets_to_everything(sign_in, moderator, make_reply, helper, thread):
    reply = make_reply(body="Unwanted words")
    block(helper, by=moderator)
    hide(reply, by=moderator)
    page = sign_in(moderator).get(thread.get_absolute_url() + "?sort=oldest").text
    assert "Readers do not see this reply" in page
    assert "Unwanted words" not in Shown(page).text
    assert f"/admin/moderation/case/about/reply/{reply.pk}/" in page


def test_a_folded_reply_by_a_professional_does_not_stand_out(sign_in, thread, clinician, reader):
    reply_to(thread, by=clinician, body="Show it to somebody")
    client = sign_in(reader)
    assert "reply--professional" in client.get(thread.get_absolute_url()).text
    block(clinician, by=reader)
    page = client.get(thread.get_absolute_url()).text
    assert "reply--professional" not in page
    assert 'data-professional="true"' in page


def test_a_removed_reply_says_no_more_than_before(read, make_reply, helper, thread, reader):
    remove(make_reply(), by=helper)
    block(helper, by=reader)
    shown = read(thread.get_absolute_url(), sort="oldest")
    assert "This reply was deleted by its author." in shown
    assert REPLY not in shown


# What must not be folded: who wrote it would be known


def pages_with(thread):
    return [
        *("/", "/forums/moles/", "/waiting/", "/search/?q=mole", "/search/?q=quaint"),
        "/ask/similar/?title=Is+this+mole+changing",
        *(thread.get_absolute_url(), thread.get_absolute_url() + "?sort=newest", "/people/helper/", "/people/asker/"),
    ]  # fmt: skip


def bare(page):
    """A page without what differs from one request to the next."""
    return re.sub(r'name="(csrfmiddlewaretoken|key|started)" value="[^"]*"|datetime="[^"]*"', "", page)


def test_no_page_changes_by_a_block_of_who_asked_anonymously(sign_in, reader, make_thread, asker, helper):
    """Nor for the asker's replies there: whoever blocks suspects one after the other would see who it is."""
    thread = make_thread(is_anonymous=True)
    reply_to(thread, by=asker, body="Quaint words of the asker")
    reply_to(thread, by=helper, body="Words of the helper")
    waiting = make_thread(title="Is this mole changing slowly?", is_anonymous=True)
    list(find_similar())
    client = sign_in(reader)
    addresses = [*pages_with(thread), waiting.get_absolute_url()]
    addresses.remove("/people/asker/")  # it says that the reader has blocked this person
    before = {address: bare(client.get(address).text) for address in addresses}
    block(asker, by=reader)
    after = {address: bare(client.get(address).text) for address in addresses}
    assert after == before
    assert "Quaint words of the asker" in after[thread.get_absolute_url()]


def test_the_rows_of_anonymous_questions_stay_beside_folded_ones(read, make_thread, asker, reader):
    make_thread(title="Asked openly", body="Look")
    make_thread(title="Asked anonymously", body="Look", is_anonymous=True)
    block(asker, by=reader)
    shown = read("/forums/moles/")
    assert "Asked anonymously" in shown
    assert "Asked openly" not in shown


# What nobody else notices


def test_nothing_changes_for_the_blocked_nor_for_anybody_else(
    sign_in, client, thread, make_reply, asker, helper, reader
):
    make_reply()
    readers = [client, sign_in(asker), sign_in(helper)]
    addresses = [*pages_with(thread), "/people/stranger/"]
    for one in readers:
        for address in addresses:
            one.get(address)
    before = [[bare(one.get(address).text) for address in addresses] for one in readers]
    block(asker, by=reader)
    block(helper, by=reader)
    assert [[bare(one.get(address).text) for address in addresses] for one in readers] == before


def test_the_blocked_can_still_answer_and_mark_as_helpful(sign_in, make_reply, make_thread, reader, helper):
    mine = make_thread(by=reader)
    reply = make_reply(thread=mine, by=reader)
    block(helper, by=reader)
    client = sign_in(helper)
    assert client.post(f"/replies/{reply.pk}/helpful/").status_code == 302
    assert client.post(f"/threads/{mine.pk}/reply/", {"body": "Still here"}, follow=True).status_code == 200
    reply.refresh_from_db()
    mine.refresh_from_db()
    assert (reply.helpful_count, mine.reply_count) == (1, 2)


# What it costs


def test_a_block_costs_no_query_and_visitors_not_a_word_of_one(
    sign_in, client, thread, make_reply, helper, asker, reader, settings
):
    settings.SHARED_PAGES_MB = 0
    make_reply()

    def queries(who, address):
        who.get(address)
        with CaptureQueriesContext(connection) as captured:
            who.get(address)
        return [query["sql"] for query in captured]

    member = sign_in(reader)
    addresses = ["/", "/forums/moles/", "/waiting/", "/search/?q=mole", thread.get_absolute_url(), "/people/helper/"]
    before = [len(queries(member, address)) for address in addresses]
    block(asker, by=reader)
    block(helper, by=reader)
    assert [len(queries(member, address)) for address in addresses] == before
    of_lists = [address for address in addresses if "search" not in address]
    assert not any("accounts_block" in sql for address in of_lists for sql in queries(client, address))


def test_a_question_that_stops_being_anonymous_is_folded_like_any(read, make_thread, asker, reader):
    thread = make_thread(is_anonymous=True)
    block(asker, by=reader)
    assert "darker" in read(thread.get_absolute_url())
    thread.is_anonymous = False
    thread.save()
    assert "darker" not in read(thread.get_absolute_url())
