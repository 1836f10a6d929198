"""Stopping mails by the address in them (RFC 8058), and choosing them on the site."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.actions import block
from accounts.models import User
from forum import actions
from notifications import actions as news
from notifications import tokens
from notifications.forms import TimingsForm
from notifications.models import Choice, Preferences, Subscription
from tests.conftest import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(settings, thread, helper):
    """Where the address in a mail about an answer leads."""
    settings.MAIL_HOLD_SECONDS = 0
    actions.reply_to(thread, by=helper, body="Words.")
    mail.outbox.clear()
    news.spread_news()
    news.make_mails()
    news.send_mails()
    header = mail.outbox[0].extra_headers["List-Unsubscribe"]
    return re.match(r"<http://testserver(/u/[^>/]+)>", header)[1]


def timings(user):
    return {code: str(field.initial) for code, field in TimingsForm(user=user).fields.items()}


def test_one_click_stops_the_kind_of_the_mail_at_once(path, asker):
    strict = Client(enforce_csrf_checks=True)
    before = timings(asker)
    for _again in range(2):
        answer = strict.post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 200
        assert "Location" not in answer
        assert not answer.cookies
        assert timings(asker) == {**before, "answer": "never"}


def test_one_click_as_multipart_works_too(path, asker):
    assert Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert timings(asker)["answer"] == "never"


def test_a_get_changes_nothing_and_shows_buttons(path, asker, client):
    before = timings(asker)
    answer = client.get(path)
    assert answer.status_code == 200
    assert "Stop these e-mails" in answer.text
    assert "Answers to my questions" in answer.text
    assert asker.email not in answer.text
    assert asker.username not in answer.text
    assert answer["Cache-Control"].count("no-store") == 1
    assert not answer.cookies
    client.head(path)
    client.get(f"{path}?List-Unsubscribe=One-Click&do=stop")
    assert timings(asker) == before


def test_a_slash_at_the_end_is_no_redirect(path, asker, client):
    assert client.post(f"{path}/", {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert timings(asker)["answer"] == "never"


def test_the_buttons_stop_all_and_bring_back(path, asker, client):
    before = timings(asker)
    assert "You get no more e-mails" in client.post(path, {"do": "stop_all"}).text
    assert set(timings(asker).values()) == {"never"}
    page = client.post(path, {"do": "again"})
    assert "You get these e-mails again" in page.text
    assert timings(asker)["answer"] == "at_once"
    assert timings(asker)["addressed"] == "never"
    assert "Send them again" in client.post(path, {"do": "stop"}).text
    client.post(path, {**before, "do": "save"})
    assert timings(asker) == before
    assert client.post(path, {"do": "save", "answer": "sometimes"}).status_code == 400
    assert client.post(path, {"do": "dance"}).status_code == 400
    assert timings(asker) == before


def test_the_address_never_shows_or_changes_what_a_stranger_could_use(path, asker, client):
    news.choose(asker, {}, includes_titles=False)
    Subscription.objects.filter(user=asker).update(level="all")
    page = client.get(path).text
    assert "Is this mole" not in page
    assert "includes_titles" not in page
    client.post(path, {**timings(asker), "do": "save", "includes_titles": "on", "time_zone": "Asia/Tokyo"})
    assert not Preferences.of(asker).includes_titles


def test_a_suspension_keeps_nobody_from_stopping_mails(path, asker, sign_in):
    client = sign_in(asker)
    User.objects.filter(pk=asker.pk).update(suspended_until=timezone.now() + timedelta(days=1))
    assert client.get("/account/notifications/").status_code == 302
    assert client.get(path).status_code == 200
    assert client.post(path, {"do": "stop"}).status_code == 200
    assert timings(asker)["answer"] == "never"


def test_the_address_does_not_say_who_is_a_professional_or_a_moderator(clinician, moderator, client):
    for person in (clinician, moderator):
        page = client.get(f"/u/{tokens.make_token(person.pk, ['answer'])}")
        assert not {"waiting", "queue"} & page.context["form"].fields.keys()
    page = client.get(f"/u/{tokens.make_token(moderator.pk, ['queue'])}")
    assert "queue" in page.context["form"].fields


def test_an_old_address_still_stops_mails_but_does_nothing_else(path, asker, client, monkeypatch):
    monkeypatch.setattr(tokens, "FRESH", timedelta(seconds=-1))
    page = client.get(path).text
    assert "more than 90 days old" in page
    assert "Or choose" not in page
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert timings(asker)["answer"] == "never"
    for what in ("again", "save"):
        assert client.post(path, {**timings(asker), "do": what, "answer": "daily"}).status_code == 400
    assert timings(asker)["answer"] == "never"


def test_forged_cut_and_strange_tokens_change_nothing(path, asker, client):
    before = timings(asker)
    token = path.rpartition("/")[2]
    other = make_user("other")
    forged = tokens.make_token(other.pk, ["answer"]).partition(".")[0] + "." + token.partition(".")[2]
    for wrong in (token[:-1], token[1:], token + "x", token.swapcase(), "x", "a.b.c", forged, "-" * 200, "é"):
        for answer in (client.get(f"/u/{wrong}"), client.post(f"/u/{wrong}", {"List-Unsubscribe": "One-Click"})):
            assert answer.status_code == 404, wrong
    assert timings(asker) == before
    assert timings(other) == before


def test_the_token_of_somebody_who_is_gone_finds_nobody(path, asker, client):
    asker.delete()
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 404


def test_the_token_names_no_kind_and_nothing_that_was_written(path):
    token = path.rpartition("/")[2]
    assert not re.search(r"answer|mole|skin|asker", token, re.IGNORECASE)


# On the site


def test_choosing_on_the_site(asker, sign_in):
    client = sign_in(asker)
    page = client.get("/account/notifications/")
    assert page.context["form"].initial["follows_own"] is True
    data = {**timings(asker), "answer": "weekly", "includes_titles": "on", "time_zone": "Asia/Tokyo"}
    assert client.post("/account/notifications/", data).status_code == 302
    assert timings(asker)["answer"] == "weekly"
    chosen = Preferences.of(asker)
    assert (chosen.includes_titles, chosen.follows_own, chosen.time_zone) == (True, False, "Asia/Tokyo")
    wrong = client.post("/account/notifications/", {**data, "answer": "sometimes", "time_zone": "Mars/Base"})
    assert wrong.status_code == 400
    assert timings(asker)["answer"] == "weekly"
    client.post("/account/notifications/stop/")
    assert set(timings(asker).values()) == {"never"}
    assert Choice.objects.filter(user=asker).count() == len(timings(asker))


def test_who_does_not_want_to_follow_by_writing_does_not(asker, helper, forum):
    news.choose(asker, {}, follows_own=False)
    thread = actions.ask(by=asker, forum=forum, title="A question", body="Words.")
    actions.reply_to(thread, by=helper, body="Words.")
    news.spread_news()
    assert not Subscription.objects.filter(user=asker).exists()
    assert Subscription.objects.filter(user=helper, thread=thread).exists()


def test_each_person_is_offered_the_kinds_that_are_for_them(asker, clinician, moderator):
    assert not {"waiting", "queue"} & timings(asker).keys()
    assert "waiting" in timings(clinician)
    assert "queue" in timings(moderator)


def test_the_page_lists_what_is_followed_and_nothing_that_is_hidden(
    asker, helper, make_thread, moderator, sign_in, forum
):
    first, _second = make_thread(), make_thread(title="Another question")
    news.follow_area("questions", by=asker, forum_id=forum.pk)
    news.follow_area("muted", by=asker, specialty="cardiologist")
    client = sign_in(asker)
    page = client.get("/account/notifications/").text
    for words in ("Is this mole changing?", "Another question", "Moles", "Cardiologist"):
        assert words in page
    actions.hide(first, by=moderator)
    assert "Is this mole changing?" not in client.get("/account/notifications/").text
    for number in range(25):
        news.follow(make_thread(by=make_user(f"u{number}"), title=f"Question {number}").pk, "all", by=asker)
    page = client.get("/account/notifications/")
    assert len(page.context["questions"]) == 20
    assert len(client.get(f"/account/notifications/?before={page.context['older']}").context["questions"]) == 6
    for wrong in ("x", "9" * 40, "-1"):
        assert client.get(f"/account/notifications/?before={wrong}").status_code == 200


def test_the_page_never_shows_that_an_anonymous_asker_is_blocked(asker, stranger, make_thread, sign_in):
    client = sign_in(stranger)
    for is_anonymous in (True, False):
        news.follow(make_thread(title=f"Question {is_anonymous}", is_anonymous=is_anonymous).pk, "all", by=stranger)
    before = client.get("/account/notifications/").text
    assert before.count("Question True") == before.count("Question False") == 2
    block(asker, by=stranger)
    page = client.get("/account/notifications/").text
    assert page.count("Question True") == 2
    assert "Question False" not in page


def test_following_forums_and_fields_by_their_forms(asker, forum, sign_in):
    client = sign_in(asker)
    for address, area in (
        ("/forums/moles/follow/", {"forum": forum}),
        ("/fields/cardiologist/follow/", {"specialty": "cardiologist"}),
    ):
        assert client.get(address).status_code == 200
        for level in ("questions", "all", "professionals", "muted"):
            assert client.post(address, {"level": level}).status_code == 302
            assert Subscription.objects.get(user=asker, **area).level == level
        assert client.post(address, {"level": "mine"}).status_code == 400
        assert client.post(address, {"level": "none"}).status_code == 302
        assert not Subscription.objects.filter(user=asker, **area).exists()
    assert client.get("/fields/wizard/follow/").status_code == 404
    assert client.get("/fields/").text.count("/follow/") > 40


def test_reading_the_question_reads_its_news(thread, helper, asker, stranger, sign_in):
    for reader in (asker, stranger):
        news.follow(thread.pk, "all", by=reader)
    actions.reply_to(thread, by=helper, body="Words.")
    news.spread_news()
    for reader in (asker, stranger):  # one gets a page made alone, the other one that members share
        client = sign_in(reader)
        assert "1 unread" in client.get("/").text
        client.head(thread.get_absolute_url())  # nobody reads that
        assert "1 unread" in client.get("/").text
        assert "unread<" not in client.get(thread.get_absolute_url()).text
        assert "unread<" not in client.get("/").text
    assert "unread<" not in sign_in(helper).get("/").text


def test_a_page_of_a_question_reads_only_what_it_shows(thread, helper, asker, sign_in):
    for number in range(25):
        actions.reply_to(thread, by=make_user(f"u{number}"), body=f"Words {number}.")
    news.spread_news()
    client = sign_in(asker)
    client.get(f"{thread.get_absolute_url()}?sort=oldest")
    assert "5 unread" in client.get("/").text
    client.get(f"{thread.get_absolute_url()}?sort=oldest&page=2")
    assert "unread<" not in client.get("/").text


def test_the_header_says_when_mails_do_not_arrive(asker, stranger, sign_in):
    for reader in (asker, stranger):
        Preferences.objects.create(
            user=reader, stopped="bounced", stopped_address=reader.email.upper(), stopped_at=timezone.now()
        )
        client = sign_in(reader)
        assert "e-mails stopped" in client.get("/").text
        assert client.get("/notifications/count/").json() == {"says": "e-mails stopped"}
        client.post("/account/notifications/resume/")
        assert "e-mails stopped" not in client.get("/").text
