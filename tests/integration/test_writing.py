import html
import re
import uuid

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.limits import DAILY
from accounts.models import ActivityLimit, User
from forum.actions import hide
from forum.models import Draft, Forum, Reply, Thread
from tests.conftest import CONSENTS, PASSWORD

pytestmark = pytest.mark.django_db
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


def page_of(response):
    return response.content.decode()


def test_ask_reply_edit_delete(sign_in, asker, helper, forum):
    response = sign_in(asker).post(
        "/forums/moles/ask/", {"forum": forum.pk, "title": "Is it bad?", "body": "Look"}, follow=True
    )
    thread = Thread.objects.get()
    assert response.redirect_chain == [(thread.get_absolute_url(), 302)]
    assert "Your question is published" in page_of(response)

    client = sign_in(helper)
    response = client.post(f"/threads/{thread.pk}/reply/", {"body": "No *worries*"}, follow=True)
    reply = Reply.objects.get()
    assert response.redirect_chain == [(f"{thread.get_absolute_url()}#reply-{reply.pk}", 302)]
    assert "<p>No <em>worries</em></p>" in page_of(response)

    response = client.post(f"/replies/{reply.pk}/edit/", {"body": "No worries at all"}, follow=True)
    assert "edited" in page_of(response)
    assert "No *worries*" in page_of(client.get(f"/replies/{reply.pk}/history/"))

    assert "Delete your reply?" in page_of(client.get(f"/replies/{reply.pk}/delete/"))
    client.post(f"/replies/{reply.pk}/delete/")
    reply.refresh_from_db()
    assert reply.is_removed


def test_the_hidden_key_makes_a_double_click_one_post(sign_in, helper, thread):
    client = sign_in(helper)
    page = page_of(client.get(thread.get_absolute_url()))
    key = re.search(r'name="key" value="([^"]+)"', page)[1]
    for _ in range(2):
        response = client.post(f"/threads/{thread.pk}/reply/", {"body": "Hello", "key": key})
        assert response.status_code == 302
    assert Reply.objects.count() == 1


def test_a_preview_publishes_nothing_and_is_a_saved_draft(sign_in, helper, thread):
    client = sign_in(helper)
    response = client.post(f"/threads/{thread.pk}/reply/", {"body": "Very **bold**", "preview": "1"})
    assert "<strong>bold</strong>" in page_of(response)
    assert not Reply.objects.exists()
    assert Draft.objects.get().body == "Very **bold**"
    assert "Very **bold**" in page_of(client.get(thread.get_absolute_url()))


def test_a_saved_draft_survives_a_closed_tab(sign_in, asker, forum):
    client = sign_in(asker)
    data = {"place": "ask", "title": "Half a ques", "body": "I was just", "forum": forum.pk, "is_anonymous": "on"}
    assert client.post("/drafts/", data).status_code == 204
    page = page_of(sign_in(asker).get("/ask/"))
    assert "Half a ques" in page
    assert "I was just" in page
    assert re.search(r'name="is_anonymous"[^>]*checked', page)
    assert re.search(rf'value="{forum.pk}" selected', page)


def test_a_draft_is_seen_by_nobody_else(sign_in, asker, stranger):
    sign_in(asker).post("/drafts/", {"place": "ask", "body": "private words"})
    assert "private words" not in page_of(sign_in(stranger).get("/ask/"))


def test_a_discarded_draft_is_gone(sign_in, asker):
    client = sign_in(asker)
    client.post("/drafts/", {"place": "ask", "body": "never mind"})
    response = client.post("/drafts/discard/", {"place": "ask", "back": "/ask/"}, follow=True)
    assert "never mind" not in page_of(response)


@pytest.mark.parametrize("form", ["ask", "reply", "edit"])
def test_what_is_posted_after_the_session_ended_is_kept_through_signing_in(client, asker, thread, forum, form):
    address, data = {
        "ask": (
            "/ask/",
            {"forum": forum.pk, "title": "Kept question title", "body": "Kept words", "is_anonymous": "on"},
        ),
        "reply": (f"/threads/{thread.pk}/reply/", {"body": "Kept words"}),
        "edit": (f"/threads/{thread.pk}/edit/", {"title": thread.title, "body": "Kept words"}),
    }[form]
    strict = Client(enforce_csrf_checks=True)  # the token has gone with the session
    response = strict.post(address, data, headers=SAME_SITE)
    assert response.url == f"/accounts/login/?next={address.replace('/', '%2F')}"
    page = page_of(strict.get(response.url))
    assert "What you wrote is kept" in page
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    login = {"login": "asker", "password": PASSWORD, "next": address, "csrfmiddlewaretoken": token}
    response = strict.post("/accounts/login/", login, follow=True)
    page = page_of(response)
    assert response.redirect_chain[-1][0] == address
    assert "Kept words" in page
    if form == "ask":
        assert "Kept question title" in page
        assert re.search(r'name="is_anonymous"[^>]*checked', page)
    assert Thread.objects.count() == 1


@pytest.mark.parametrize("next_address", ["", "/", "/account/"])
def test_the_next_person_on_a_shared_device_does_not_get_the_text(client, stranger, thread, next_address):
    client.post("/ask/", {"title": "Private question", "body": "Private words"}, headers=SAME_SITE)
    client.post("/accounts/login/", {"login": "stranger", "password": PASSWORD, "next": next_address})
    assert "Private words" not in page_of(client.get("/ask/"))
    assert not Draft.objects.exists()


def test_kept_text_is_added_to_an_earlier_draft(client, sign_in, asker, thread):
    address = f"/threads/{thread.pk}/reply/"
    sign_in(asker).post("/drafts/", {"place": f"reply:{thread.pk}", "body": "Earlier draft"})
    client.post(address, {"body": "Kept words"}, headers=SAME_SITE)
    client.post("/accounts/login/", {"login": "asker", "password": PASSWORD, "next": address})
    body = Draft.objects.get().body
    assert "Kept words" in body
    assert "Earlier draft" in body


def test_a_session_with_kept_text_ends_soon_and_lives_on_after_signing_in(client, asker, thread):
    address = f"/threads/{thread.pk}/reply/"
    client.post(address, {"body": "Kept words"}, headers=SAME_SITE)
    assert client.session.get_expiry_age() <= 1800
    client.post("/accounts/login/", {"login": "asker", "password": PASSWORD, "next": address})
    assert client.session.get_expiry_age() > 1800


def test_an_edit_of_something_hidden_meanwhile_gives_the_text_back(sign_in, asker, helper, thread, reply, moderator):
    hide(reply, by=moderator)
    response = sign_in(helper).post(f"/replies/{reply.pk}/edit/", {"body": "My better words"})
    assert (response.status_code, "My better words" in page_of(response)) == (404, True)
    hide(thread, by=moderator)
    response = sign_in(asker).post(f"/threads/{thread.pk}/edit/", {"title": "Title of it", "body": "My better words"})
    assert (response.status_code, "My better words" in page_of(response)) == (404, True)


def test_asking_in_a_forum_that_closed_meanwhile_keeps_the_text(sign_in, asker, forum):
    Forum.objects.update(is_open=False)
    data = {"forum": forum.pk, "title": "Still my question", "body": "Still my words"}
    response = sign_in(asker).post("/forums/moles/ask/", data)
    assert response.status_code == 422
    assert "Still my words" in page_of(response)


def test_a_preview_with_an_old_token_stays_a_preview(sign_in, asker, forum):
    client = sign_in(asker, enforce_csrf_checks=True)
    data = {"forum": forum.pk, "title": "Only a preview", "body": "Words", "preview": "1"}
    page = page_of(client.post("/ask/", data, headers=SAME_SITE))
    assert '<input type="hidden" name="preview" value="1">' in page


def test_a_choice_about_search_engines_survives_a_preview(sign_in, asker, thread):
    client = sign_in(asker)
    data = {"title": thread.title, "body": "Changed", "keep_out_of_search": "on", "preview": "1"}
    client.post(f"/threads/{thread.pk}/edit/", data)
    page = page_of(client.get(f"/threads/{thread.pk}/edit/"))
    assert re.search(r'name="keep_out_of_search"[^>]*checked', page)


@pytest.mark.django_db(transaction=True)
def test_a_double_click_on_sign_up_makes_one_account(at_once):
    data = {"email": "new@example.org", "username": "newcomer", "password1": "four words and more", **CONSENTS}
    answers = at_once([lambda: Client(raise_request_exception=False).post("/accounts/signup/", data).status_code] * 6)
    assert max(answers) < 500
    assert User.objects.count() == 1


def test_another_site_cannot_plant_a_draft(client, thread):
    client.post(f"/threads/{thread.pk}/reply/", {"body": "Planted"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert client.cookies == {}


@pytest.mark.parametrize(
    ("quote", "expected"),
    [("question", "&gt; Ash Asker asked:\n&gt;\n&gt; It looks *darker*."), ("reply", "&gt; Show it to a doctor.")],
)
def test_quoting(sign_in, asker, thread, reply, quote, expected):
    chosen = reply.pk if quote == "reply" else quote
    page = page_of(sign_in(asker).get(f"/threads/{thread.pk}/reply/?quote={chosen}"))
    assert expected in page
    if quote == "reply":
        assert f"[helper wrote:](/replies/{reply.pk}/)" in page


def test_a_quotation_that_the_draft_holds_already_is_not_repeated(sign_in, asker, thread, reply):
    client = sign_in(asker)
    address = f"/threads/{thread.pk}/reply/?quote={reply.pk}"
    quoted = re.search(r"<textarea[^>]*>(.*?)</textarea>", page_of(client.get(address)), re.DOTALL)[1]
    client.post("/drafts/", {"place": f"reply:{thread.pk}", "body": html.unescape(quoted) + "and my answer"})
    assert page_of(client.get(address)).count("Show it to a doctor") == 1


@pytest.mark.parametrize("quote", ["0", "x", "-1", "9" * 30, "²"])
def test_quoting_nothing(sign_in, asker, thread, quote):
    assert sign_in(asker).get(f"/threads/{thread.pk}/reply/?quote={quote}").status_code == 200


def test_a_quote_of_an_anonymous_asker_has_no_name(sign_in, helper, make_thread):
    thread = make_thread(is_anonymous=True)
    page = page_of(sign_in(helper).get(f"/threads/{thread.pk}/reply/?quote=question"))
    assert "Anonymous asked:" in page
    assert "Ash" not in page


def test_voting_with_the_plain_form(sign_in, asker, reply):
    client = sign_in(asker)
    response = client.post(reverse("forum:reply_helpful", args=[reply.pk]), follow=True)
    page = page_of(response)
    assert "You marked this reply as helpful" in page
    assert re.search(r'aria-pressed="true"[^>]*>.*\(1\)', page)
    assert f"/replies/{reply.pk}/helpful/undo/" in page
    client.post(reverse("forum:reply_helpful_undo", args=[reply.pk]))
    reply.refresh_from_db()
    assert reply.helpful_count == 0


def test_voting_from_the_script_answers_with_what_the_button_shows(sign_in, asker, reply):
    mark, undo = (reverse(f"forum:{name}", args=[reply.pk]) for name in ("reply_helpful", "reply_helpful_undo"))
    client, fragment = sign_in(asker), {"X-Bedside": "fragment"}
    marked = client.post(mark, headers=fragment).json()
    assert (marked["action"], marked["pressed"], marked["votes"]) == (undo, True, 1)
    assert marked["said"] == "You marked this reply as helpful. 1 person finds it helpful."
    taken_back = client.post(undo, headers=fragment).json()
    assert (taken_back["action"], taken_back["pressed"], taken_back["votes"]) == (mark, False, 0)


@pytest.mark.parametrize("what", ["reply", "thread", "forum"])
def test_what_readers_do_not_see_takes_no_vote(sign_in, asker, moderator, reply, what):
    match what:
        case "reply":
            hide(reply, by=moderator)
        case "thread":
            hide(reply.thread, by=moderator)
        case "forum":
            Forum.objects.update(is_open=False)
    for headers in ({}, {"X-Bedside": "fragment"}):
        address = reverse("forum:reply_helpful", args=[reply.pk])
        assert sign_in(asker).post(address, headers=headers).status_code == 404


@pytest.mark.parametrize("headers", [{}, {"X-Bedside": "fragment"}])
def test_a_refused_vote_says_why(sign_in, helper, asker, reply, headers):
    address = reverse("forum:reply_helpful", args=[reply.pk])
    response = sign_in(helper).post(address, headers=headers)
    assert response.status_code == 403
    assert "your own reply" in page_of(response)
    ActivityLimit.objects.create(user=asker, activity="helpful_vote", day="2999-01-01", count=DAILY["helpful_vote"])
    ActivityLimit.objects.filter(user=asker).update(day=reply.created_at.date())
    response = sign_in(asker).post(address, headers=headers)
    assert response.status_code == 429
    assert "go on tomorrow" in page_of(response)


def test_too_many_questions_keep_the_text(sign_in, asker, forum, thread):
    ActivityLimit.objects.update(count=DAILY["question"])
    response = sign_in(asker).post("/ask/", {"forum": forum.pk, "title": "One more question", "body": "Please"})
    assert response.status_code == 429
    assert "One more question" in page_of(response)
    assert "20 questions in a day" in page_of(response)


def test_one_cannot_edit_or_delete_for_others(sign_in, stranger, moderator, thread, reply):
    for person in (stranger, moderator):
        client = sign_in(person)
        for address in [f"/threads/{thread.pk}/", f"/replies/{reply.pk}/"]:
            assert client.post(f"{address}edit/", {"title": "Changed title", "body": "Changed"}).status_code == 403
            assert client.post(f"{address}delete/").status_code == 403
    thread.refresh_from_db()
    assert thread.is_published


def test_sign_up_with_the_code_from_the_mail(client, db):
    data = {"email": "New@Example.org", "username": "newcomer", "password1": "four words and more", **CONSENTS}
    response = client.post("/accounts/signup/", data)
    assert response.status_code == 302
    (message,) = mail.outbox
    assert message.to == ["new@example.org"]
    assert message.subject == "Your code for Bedside"
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    code = re.search(r"^([A-Z0-9-]{6,12})$", message.body, re.MULTILINE)[1]
    assert client.post(response.url, {"code": "WRONG1"}).status_code == 200
    assert client.get("/account/").status_code == 302
    client.post(response.url, {"code": code})
    assert "newcomer" in page_of(client.get("/account/"))
    assert User.objects.get().kind == User.Kind.MEMBER


def test_a_taken_address_is_not_told(client, asker):
    data = {"email": asker.email, "username": "somebody", "password1": "four words and more", **CONSENTS}
    response = client.post("/accounts/signup/", data)
    assert response.status_code == 302
    (message,) = mail.outbox
    assert message.to == [asker.email]
    assert User.objects.count() == 1


@pytest.mark.parametrize("login", ["asker", "asker@example.org", "ASKER@EXAMPLE.ORG"])
def test_signing_in_by_name_and_address(client, asker, login):
    client.post("/accounts/login/", {"login": login, "password": PASSWORD})
    assert client.get("/account/").status_code == 200


def test_the_name_shown_can_be_changed(sign_in, asker):
    client = sign_in(asker)
    assert client.post("/account/", {"display_name": "me@example.org"}).status_code == 422
    client.post("/account/", {"display_name": " Ash  Two "})
    asker.refresh_from_db()
    assert asker.display_name == "Ash Two"


def test_keys_of_forms_are_new_each_time(sign_in, asker):
    client = sign_in(asker)
    keys = {re.search(r'name="key" value="([^"]+)"', page_of(client.get("/ask/")))[1] for _ in range(3)}
    assert len({uuid.UUID(key) for key in keys}) == 3
