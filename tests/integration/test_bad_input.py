"""Whatever is sent, the answer is a page of ours that says what is wrong, and nothing is half written."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from forum.actions import hide, remove, set_locked
from forum.models import Draft, Reply, Thread

pytestmark = pytest.mark.django_db
OURS = "wordmark"
ASK = {"title": "Is this mole changing?", "body": "It looks darker."}


def posts():
    return Thread.objects.count(), Reply.objects.count()


@pytest.mark.parametrize("page", ["0", "-1", "99999999999999999999", "abc", "2", "%00", "1.0", "%F0%9F%98%80"])
@pytest.mark.parametrize("place", ["thread", "forum", "person", "resources"])
def test_pages_that_do_not_exist(client, thread, place, page):
    others = {"forum": "/forums/moles/", "person": "/people/asker/", "resources": "/resources/"}
    address = others.get(place, thread.get_absolute_url())
    response = client.get(f"{address}?page={page}")
    if page == "%00":
        assert response.status_code == 400
        assert OURS in response.content.decode()
    else:
        assert (response.status_code, response.url) == (302, address)


@pytest.mark.parametrize("query", ["sort=bogus", "answered=bogus", "sort=helpful'--", "sort=active&answered=<script>"])
def test_choices_that_do_not_exist_are_named(client, thread, query):
    for address in [thread.get_absolute_url(), "/forums/moles/"]:
        response = client.get(f"{address}?{query}")
        if query == "answered=bogus" and "threads" in address:
            assert response.status_code == 200
            continue
        assert response.status_code == 400
        assert "There is a problem with the address" in response.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/threads/99999999999999999999/x/",
        "/threads/0/",
        "/replies/99999999999999999999/",
        "/people/%00/",
        "/forums/%00/",
        "/people/nobody/",
        "/people/a%0d%0ab/",
        "/threads/1/%00/",
        "/forums/moles/?x=%00",
        "/resources/%F0%9F/",
        "/%C0%80",
    ],
)
def test_addresses_that_do_not_exist(client, address):
    response = client.get(address)
    assert response.status_code in (400, 404)
    assert OURS in response.content.decode()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("title", "", "Write your question in one sentence."),
        ("title", "short", "Write a little more"),
        ("title", "x" * 10_000, "It has 10,000 now"),
        ("title", "\u200b\u200c\u200d\u2060" * 5, "Write your question in one sentence."),
        ("title", "\u202e\u2066" * 9, "Write your question in one sentence."),
        ("title", "NUL \0 in a title", "Null characters are not allowed"),
        ("body", "", "Write a few words"),
        ("body", "\u3164 \u200b", "Write a few words"),
        ("body", "x" * 1_000_000, "It has 1,000,000 now"),
        ("body", "a\0b", "Null characters are not allowed"),
        ("forum", "", "Choose the forum"),
        ("forum", "999999", "Choose one of the forums"),
        ("forum", "9" * 30, "Choose one of the forums"),
        ("forum", "' OR 1=1", "Choose one of the forums"),
    ],
)
def test_the_ask_form_says_what_is_wrong_and_keeps_the_rest(sign_in, asker, forum, field, value, message):
    data = {**ASK, "forum": forum.pk, field: value}
    response = sign_in(asker).post("/ask/", data)
    page = response.content.decode()
    assert response.status_code == 422
    assert message in page
    assert "There is a problem" in page
    assert "<title>Error: " in page
    assert posts() == (0, 0)
    for kept in ASK.keys() - {field}:
        assert ASK[kept] in page


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
def test_an_empty_post_lacks_everything(sign_in, asker, thread, content_type):
    client = sign_in(asker)
    for address in ["/ask/", f"/threads/{thread.pk}/reply/", f"/threads/{thread.pk}/edit/"]:
        response = client.post(address, "", content_type=content_type)
        assert response.status_code == 422
        assert "There is a problem" in response.content.decode()


def test_direction_tricks_are_taken_out(sign_in, asker, forum):
    data = {"forum": forum.pk, "title": "Is \u202ethis\u202c a mole?", "body": "a\u2066b"}
    sign_in(asker).post("/ask/", data)
    thread = Thread.objects.get()
    assert (thread.title, thread.body) == ("Is this a mole?", "ab")


def test_a_form_far_too_large_is_refused(sign_in, asker, forum):
    response = sign_in(asker).post("/ask/", {**ASK, "forum": forum.pk, "body": "x" * 3_000_000})
    assert response.status_code in (400, 413)
    assert OURS in response.content.decode()


def test_a_broken_multipart_form(sign_in, asker):
    response = sign_in(asker).post("/ask/", b"--x\r\nnonsense", content_type="multipart/form-data; boundary=\xff")
    assert response.status_code in (400, 403, 422)
    assert OURS in response.content.decode()
    assert posts() == (0, 0)


@pytest.mark.parametrize("body", [b"body=\xff\xfe\xed\xa0\x80", b"title=%ED%A0%80&body=%FF", b"=&=&%%%"])
def test_bytes_that_are_not_utf_8(sign_in, asker, body):
    response = sign_in(asker).post("/ask/", body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 422
    assert posts() == (0, 0)


@pytest.mark.parametrize("key", ["not-a-uuid", "\u202e", "0" * 500])
def test_a_broken_form_key(sign_in, asker, forum, key):
    response = sign_in(asker).post("/ask/", {**ASK, "forum": forum.pk, "key": key})
    assert response.status_code == 422


def test_a_missing_token_keeps_what_was_typed(sign_in, asker, forum):
    client = sign_in(asker, enforce_csrf_checks=True)
    response = client.post("/ask/", {**ASK, "forum": forum.pk}, headers={"Sec-Fetch-Site": "same-origin"})
    assert response.status_code == 403
    page = response.content.decode()
    assert "Send it again" in page
    assert ASK["body"] in page
    assert posts() == (0, 0)


def test_another_site_cannot_fill_that_page(sign_in, asker, forum):
    client = sign_in(asker, enforce_csrf_checks=True)
    response = client.post("/ask/", {**ASK, "forum": forum.pk}, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403
    assert ASK["body"] not in response.content.decode()


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_a_wrong_method_gets_a_page(sign_in, asker, reply, method):
    response = getattr(sign_in(asker), method)(reverse("forum:reply_helpful", args=[reply.pk]))
    assert response.status_code == 405
    assert OURS in response.content.decode()
    assert response["Allow"] == "POST"


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
@pytest.mark.parametrize("address", ["/", "/help-now/", "/forums/moles/", "/accounts/login/"])
def test_a_method_no_page_takes_is_not_blamed_on_the_token(forum, method, address):
    response = getattr(Client(enforce_csrf_checks=True), method)(address)
    assert response.status_code == 405
    assert OURS in response.content.decode()


def test_a_reply_to_a_question_locked_meanwhile_keeps_the_text(sign_in, helper, thread, moderator):
    client = sign_in(helper)
    set_locked(thread, True, by=moderator)
    response = client.post(f"/threads/{thread.pk}/reply/", {"body": "Long and thoughtful"})
    assert response.status_code == 409
    assert "takes no more replies" in response.content.decode()
    assert "Long and thoughtful" in response.content.decode()
    assert posts() == (1, 0)


@pytest.mark.parametrize("how", ["removed", "hidden"])
def test_a_reply_to_a_question_that_is_gone_gives_the_text_back(sign_in, helper, asker, thread, moderator, how):
    remove(thread, by=asker) if how == "removed" else hide(thread, by=moderator)
    response = sign_in(helper).post(f"/threads/{thread.pk}/reply/", {"body": "Long and thoughtful"})
    assert response.status_code == 404
    assert "Long and thoughtful" in response.content.decode()


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example", "%00", "word"]
)
def test_foreign_targets_are_not_followed(client, asker, target):
    for address, data in [
        ("/reading/", {"text_size": "large", "next": target}),
        ("/accounts/login/", {"login": "asker", "password": "plenty of words to remember", "next": target}),
    ]:
        response = client.post(address, data)
        assert "evil" not in response.get("Location", "")
        assert "javascript" not in response.get("Location", "")
        assert response.status_code < 500


def test_discarding_a_draft_follows_no_foreign_target(sign_in, asker):
    for target in ["//evil.example", "https://evil.example", "/\\evil.example"]:
        response = sign_in(asker).post("/drafts/discard/", {"place": "ask", "back": target})
        assert "evil" not in response["Location"]


@pytest.mark.parametrize("place", ["", "ask:1", "reply:0", "reply:-1", "reply:x", "reply:1\n", "x" * 200])
def test_drafts_of_forms_that_do_not_exist(sign_in, asker, place):
    assert sign_in(asker).post("/drafts/", {"place": place, "body": "x"}).status_code == 422
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"username": "two\r\nBcc: x@example.org"},
        {"username": "a"},
        {"username": "admin"},
        {"username": "x" * 31},
        {"email": "a@example.org\r\nBcc: x@example.org"},
        {"email": "no address"},
        {"password1": "short"},
        {"password1": "\0" * 20},
        {"username": "nul\0name"},
    ],
)
def test_sign_up_refuses_with_a_message(client, db, fields):
    data = {"email": "new@example.org", "username": "newcomer", "password1": "four words and more", **fields}
    response = client.post("/accounts/signup/", data)
    assert response.status_code == 200
    assert "There is a problem" in response.content.decode()
    assert not User.objects.exists()


def test_a_question_cannot_be_made_for_somebody_else(sign_in, asker, stranger, forum):
    data = {**ASK, "forum": forum.pk, "author": stranger.pk, "status": "hidden", "helpful_count": 9, "is_locked": "on"}
    sign_in(asker).post("/ask/", data)
    thread = Thread.objects.get()
    assert (thread.author, thread.status, thread.helpful_count, thread.is_locked) == (asker, "published", 0, False)


def test_reading_settings_that_do_not_exist_are_ignored(client):
    client.cookies["reading"] = "huge.<script>"
    assert 'class="text-normal theme-system"' in client.get("/badge/").content.decode()
