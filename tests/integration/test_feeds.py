"""The Atom feeds: what is in them, in whose name, and that a reader that has them gets no second copy."""

import re
from datetime import datetime, timedelta
from xml.etree import ElementTree

import feedparser
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from forum.actions import hide, remove, reply_to, update_reply, update_thread
from forum.models import Forum, Reply, Thread
from tests.conftest import make_user

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
SITE = "http://testserver"


def feed_of(client, address):
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
    assert response["X-Robots-Tag"] == "noindex"
    assert not response.cookies
    feed = ElementTree.fromstring(response.content)
    assert feed.tag == f"{ATOM}feed"
    check(feed, address)
    return feed


def check(feed, address):
    """What RFC 4287 asks of a feed and its entries."""
    for part in [feed, *entries(feed)]:
        for name in ("id", "title", "updated"):
            [text] = [one.text for one in part.findall(f"{ATOM}{name}")]
            assert text
        assert datetime.fromisoformat(value(part, "updated")).tzinfo
        assert re.fullmatch(r"tag:testserver,2026:[a-z/0-9]+", value(part, "id"))
    ids = [value(part, "id") for part in [feed, *entries(feed)]]
    assert len(ids) == len(set(ids))
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links.keys() == {"self", "alternate"}
    assert links["self"] == SITE + address
    for entry in entries(feed):
        assert value(entry, f"author/{ATOM}name")
        assert entry.find(f"{ATOM}link").get("href").startswith(f"{SITE}/")
        summary = entry.find(f"{ATOM}summary")
        assert summary.get("type") == "text"
        assert len(summary.text) <= 500
        assert not re.search(r"</?(p|em|strong|a)\b", summary.text)


def entries(feed):
    return feed.findall(f"{ATOM}entry")


def value(part, path):
    return part.find(ATOM + path).text


def titles(client, address):
    return [value(entry, "title") for entry in entries(feed_of(client, address))]


@pytest.fixture
def addresses(thread):
    return ["/feed.atom", "/forums/moles/feed.atom", f"/threads/{thread.pk}/feed.atom"]


def test_the_three_feeds_say_who_wrote_what_and_where(client, addresses, thread, reply):
    for address in addresses[:2]:
        [entry] = entries(feed_of(client, address))
        assert value(entry, "title") == "Is this mole changing?"
        assert value(entry, "id") == f"tag:testserver,2026:thread/{thread.pk}"
        assert value(entry, f"author/{ATOM}name") == "Ash Asker"
        assert value(entry, "summary") == "It looks darker."
        assert entry.find(f"{ATOM}link").get("href") == SITE + thread.get_absolute_url()
        assert datetime.fromisoformat(value(entry, "published")) == thread.created_at
    feed = feed_of(client, addresses[2])
    [entry] = entries(feed)
    assert value(feed, "title") == "Is this mole changing? – Bedside"
    assert (value(entry, "title"), value(entry, "id")) == ("Reply by helper", f"tag:testserver,2026:reply/{reply.pk}")
    assert entry.find(f"{ATOM}link").get("href") == f"{SITE}/replies/{reply.pk}/"


def test_a_feed_has_the_thirty_newest(client, make_thread, thread, helper, addresses):
    for number in range(31):
        make_thread(title=f"Question number {number}", by=make_user(f"asker{number}"))
        reply_to(thread, by=helper, body=f"Reply number {number}")
    for address in addresses[:2]:
        assert titles(client, address) == [f"Question number {number}" for number in range(30, 0, -1)]
    summaries = [value(entry, "summary") for entry in entries(feed_of(client, addresses[2]))]
    assert summaries == [f"Reply number {number}" for number in range(30, 0, -1)]


def test_an_edited_post_is_updated(client, thread, asker, addresses):
    update_thread(thread, by=asker, title="Is this mole bigger?", body="Now *larger*.")
    thread.refresh_from_db()
    [entry] = entries(feed_of(client, "/feed.atom"))
    assert datetime.fromisoformat(value(entry, "updated")) == thread.edited_at


def test_a_feed_is_sent_once(client, addresses, thread, reply, asker, helper):
    def changes(change):
        """Whether a reader that has the feeds gets them again after the change."""
        had = [client.get(address) for address in addresses]
        change()
        again = [
            client.get(address, headers={"If-None-Match": one["ETag"]}).status_code
            for address, one in zip(addresses, had, strict=True)
        ]
        assert set(again) <= {200, 304}
        return [status == 200 for status in again]

    assert changes(lambda: None) == [False, False, False]
    assert changes(lambda: update_reply(reply, by=helper, body="Other words")) == [False, False, True]
    assert changes(lambda: update_thread(thread, by=asker, title=thread.title, body="Other")) == [True, True, False]
    assert changes(lambda: User.objects.filter(pk=helper.pk).update(display_name="New")) == [False, False, True]
    assert changes(lambda: User.objects.filter(pk=asker.pk).update(display_name="New")) == [True, True, False]
    assert changes(lambda: Thread.objects.update(body_html="<p>Erased</p>")) == [True, True, False]
    assert changes(lambda: Reply.objects.update(body_html="<p>Erased</p>")) == [False, False, True]
    assert changes(lambda: Thread.objects.update(is_anonymous=True)) == [True, True, True]
    assert changes(lambda: reply_to(thread, by=asker, body="More")) == [False, False, True]


def test_a_feed_the_reader_has_costs_one_query(client, addresses, reply):
    for address in addresses:
        response = client.get(address)
        assert response["Last-Modified"]
        for headers in [{"If-None-Match": response["ETag"]}, {"If-Modified-Since": response["Last-Modified"]}]:
            with CaptureQueriesContext(connection) as captured:
                same = client.get(address, headers=headers)
            assert (same.status_code, same.content, len(captured)) == (304, b"", 1)
            assert (same["ETag"], same["X-Robots-Tag"]) == (response["ETag"], "noindex")
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200
        assert len(captured) <= 3


def test_names_are_those_of_the_page(client, make_thread, asker, helper):
    thread = make_thread(is_anonymous=True)
    reply_to(thread, by=asker, body="Mine")
    former = reply_to(thread, by=helper, body="Other")
    Reply.objects.filter(pk=former.pk).update(author=None)
    for address in ["/feed.atom", "/forums/moles/feed.atom", f"/threads/{thread.pk}/feed.atom"]:
        text = client.get(address).content.decode()
        assert "asker" not in text.replace("Anonymous", "").casefold()
        assert "<name>Anonymous</name>" in text
    assert titles(client, f"/threads/{thread.pk}/feed.atom") == ["Reply by Former member", "Reply by Anonymous"]


@pytest.mark.parametrize("status", ["held", "hidden", "removed"])
def test_what_is_not_shown_is_in_no_feed(client, thread, make_thread, helper, status, addresses):
    planted = make_thread(title="plantedtitle of a question", body="plantedbody")
    reply_to(planted, by=helper, body="plantedreply to it")
    bad = reply_to(thread, by=helper, body="plantedown reply")
    Thread.objects.filter(pk=planted.pk).update(status=status)
    Reply.objects.filter(pk=bad.pk).update(status=status)
    for address in addresses:
        feed_of(client, address)
        assert "planted" not in client.get(address).content.decode()
    response = client.get(f"/threads/{planted.pk}/feed.atom")
    assert response.status_code == (410 if status == "hidden" else 404)
    assert "planted" not in response.content.decode()


def test_what_is_kept_out_of_search_engines_is_in_no_feed(client, sign_in, moderator, thread, make_thread, forum):
    kept_out = make_thread(title="plantedkept out")
    Thread.objects.filter(pk=kept_out.pk).update(keep_out_of_search=True)
    for who in [client, sign_in(moderator)]:
        for address in ["/feed.atom", "/forums/moles/feed.atom"]:
            assert "planted" not in who.get(address).content.decode()
        assert who.get(f"/threads/{kept_out.pk}/feed.atom").status_code == 404
    for fields in [{"keep_out_of_search": True}, {"keep_out_of_search": False, "is_open": False}]:
        Forum.objects.update(**fields)
        assert titles(client, "/feed.atom") == []
        assert client.get("/forums/moles/feed.atom").status_code == 404
        assert client.get(f"/threads/{thread.pk}/feed.atom").status_code == 404
    assert client.get("/forums/nothing/feed.atom").status_code == 404
    assert client.get("/threads/999999999999999999999/feed.atom").status_code == 404


def test_a_feed_without_entries_is_a_feed(client, forum, thread):
    assert entries(feed_of(client, f"/threads/{thread.pk}/feed.atom")) == []
    remove(thread, by=thread.author)
    assert titles(client, "/feed.atom") == titles(client, "/forums/moles/feed.atom") == []


def test_characters_that_xml_forbids_are_left_out(client, thread, reply):
    odd = "a\x01\x0b\x1f\ufffe\uffffb & <c> \U0001f600"
    Thread.objects.update(title=odd, body_html=odd)
    Reply.objects.update(body_html=odd)
    User.objects.update(display_name=odd)
    Forum.objects.update(name=odd)
    for address in ["/feed.atom", "/forums/moles/feed.atom", f"/threads/{thread.pk}/feed.atom"]:
        text = "".join(feed_of(client, address).itertext())
        assert "ab & <c> \U0001f600" in text


def test_a_long_text_is_cut_after_a_word(client, make_thread, thread):
    Thread.objects.update(body_html="<p>" + "wörd " * 300 + "</p>", created_at=timezone.now() - timedelta(days=1))
    make_thread(title="Combining letters", body="e\u0301\u0323" * 700)
    newest, cut = [value(entry, "summary") for entry in entries(feed_of(client, "/feed.atom"))]
    assert cut.endswith("wörd…")
    assert 490 < len(cut) <= 500
    assert len(newest) == 500


def test_pages_name_their_feed(client, thread, forum):
    def feeds(address):
        page = client.get(address).content.decode()
        found = re.findall(r'<link rel="alternate" type="application/atom\+xml" href="([^"]+)"', page)
        visible = re.findall(r'<p class="feed-link"><a href="([^"]+)"', page)
        assert visible == ([] if address == "/" else found)
        return found

    pages = ["/", "/forums/moles/", thread.get_absolute_url()]
    assert [feeds(page) for page in pages] == [
        ["/feed.atom"], ["/forums/moles/feed.atom"], [f"/threads/{thread.pk}/feed.atom"]
    ]  # fmt: skip
    Thread.objects.update(keep_out_of_search=True)
    Forum.objects.update(keep_out_of_search=True)
    assert [feeds(page) for page in pages] == [["/feed.atom"], [], []]


def test_a_moderator_sees_the_same_feed(client, sign_in, moderator, thread, reply, addresses):
    hide(reply, by=moderator)
    for address in addresses:
        assert titles(sign_in(moderator), address) == titles(client, address)


def test_a_feed_reader_understands_them(client, addresses, thread, reply):
    for address in addresses:
        feed = feedparser.parse(client.get(address).content)
        assert feed.bozo == 0, feed.get("bozo_exception")
        assert feed.version == "atom10"
        for entry in feed.entries:
            assert entry.id.startswith("tag:")
            assert entry.link.startswith("http://testserver/")
            assert entry.updated_parsed
            assert entry.author
            assert entry.title
