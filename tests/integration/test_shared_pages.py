"""Pages that many readers share: never out of date, never somebody else's."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions import block, grant_badge, update_profile, withdraw_badge
from accounts.models import User
from common import shared_pages
from common.shared_pages import pages
from config.wsgi import application
from forum import actions
from forum.models import Category, Forum, Reply, Thread
from moderation.actions import redact
from resources.models import CrisisLine, Resource
from search.models import SimilarThreads
from tests.conftest import make_user
from tests.pages import as_seen, assert_true, made_anew
from tests.unit.resources.test_resources import make_resource

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(stranger, sign_in):
    return sign_in(stranger)


@pytest.fixture
def site(make_thread, forum, asker, helper, clinician):
    """A question with all that its page can show."""
    thread = make_thread()
    plain = actions.reply_to(thread, by=helper, body="A plain word.")
    professional = actions.reply_to(thread, by=clinician, body="A learned word.")
    second = make_user("second", display_name="Dr Second")
    grant_badge(second, specialty="dermatologist", verified_on=timezone.localdate())
    actions.agree(professional, by=second)
    actions.caution(plain, by=second, text="Not so fast.")
    like = make_thread(title="A question very much like it")
    SimilarThreads.objects.create(thread=thread, ids=[like.pk], made_at=timezone.now())
    resource = make_resource("Reading")
    return {
        "thread": thread, "like": like, "plain": plain, "professional": professional, "asker": asker,
        "helper": helper, "clinician": clinician, "second": second, "forum": forum, "resource": resource,
    }  # fmt: skip


CHANGES = {
    "a reply": lambda s: actions.reply_to(s["thread"], by=s["helper"], body="Another word."),
    "an edit": lambda s: actions.update_reply(s["plain"], by=s["helper"], body="A mended word."),
    "an edited question": lambda s: actions.update_thread(
        s["thread"], by=s["asker"], title="Has this mole changed?", body="It looks darker."
    ),
    "a reply taken back": lambda s: actions.remove(s["plain"], by=s["helper"]),
    "a vote": lambda s: actions.vote_helpful(s["plain"], by=s["asker"]),
    "an agreement": lambda s: actions.agree(s["professional"], by=make_professional()),
    "another caution": lambda s: actions.caution(s["plain"], by=s["second"], text="Slower still."),
    "a hidden reply": lambda s: actions.hide(s["plain"], by=s["moderator"]),
    "a hidden question": lambda s: actions.hide(s["thread"], by=s["moderator"]),
    "a closed question": lambda s: actions.set_locked(s["thread"], True, by=s["moderator"]),
    "a moved question": lambda s: actions.move(s["thread"], other_forum(), by=s["moderator"]),
    "a rewritten reply": lambda s: actions.rewrite(s["plain"], by=s["moderator"], body="Put more kindly."),
    "words taken out": lambda s: redact(s["plain"], "plain", by=s["helper"]),
    "a split": lambda s: actions.split(
        s["thread"], [s["plain"].pk], title="A question of its own", forum=None, by=s["moderator"]
    ),
    "a merge": lambda s: actions.merge(s["like"], s["thread"], by=s["moderator"]),
    "a badge given": lambda s: give_badge(s["helper"]),
    "a badge taken away": lambda s: take_badge(s["clinician"]),
    "a badge of somebody who cautioned": lambda s: take_badge(s["second"]),
    "another name": lambda s: update_profile(s["helper"], display_name="Heather", bio=""),
    "an account that ended": lambda s: User.objects.filter(pk=s["helper"].pk).update(is_active=False),
    "a similar question hidden": lambda s: actions.hide(s["like"], by=s["moderator"]),
    "a similar question with another title": lambda s: Thread.objects.filter(pk=s["like"].pk).update(title="Others"),
    "more similar questions": lambda s: SimilarThreads.objects.filter(pk=s["thread"].pk).update(ids=[]),
    "a forum with another name": lambda s: Forum.objects.filter(pk=s["forum"].pk).update(name="Spots"),
    "a closed forum": lambda s: Forum.objects.filter(pk=s["forum"].pk).update(is_open=False),
    "another forum": lambda s: other_forum(),
    "a category with another name": lambda s: Category.objects.update(name="Hide"),
    "a resource": lambda s: make_resource("More reading"),
    "a resource with another title": lambda s: Resource.objects.update(title="New reading"),
    "a resource gone": lambda s: Resource.objects.all().delete(),
    "more popular resources": lambda s: Resource.objects.filter(pk=make_resource("Best").pk).update(popularity=9),
    "a new question": lambda s: actions.ask(by=s["asker"], forum=s["forum"], title="One more question", body="Words."),
    "a crisis line": lambda s: CrisisLine.objects.create(
        country="XX", country_name="Nowhere", service="Listeners", hours="always", source_url="https://example.org",
        last_verified=timezone.localdate(),
    ),
    "raw SQL": lambda s: run_sql("UPDATE forum_reply SET body_html = '<p>By hand</p>'"),
}  # fmt: skip


def make_professional():
    third = make_user("third")
    grant_badge(third, specialty="dermatologist", verified_on=timezone.localdate())
    return third


def other_forum():
    return Forum.objects.create(category=Category.objects.get(), name="Rashes", slug="rashes")


def give_badge(user):
    grant_badge(user, specialty="dermatologist", verified_on=timezone.localdate())
    actions.follow_badge(user)


def take_badge(user):
    withdraw_badge(user, ran_out=False)
    actions.follow_badge(user, forgets_titles=True)


def run_sql(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_on_every_page_at_once(what, site, client, member, moderator):
    site["moderator"] = moderator
    path = site["thread"].get_absolute_url()
    addresses = [path, f"{path}?sort=newest", site["like"].get_absolute_url(), "/", "/forums/moles/", "/resources/"]
    addresses.append("/help-now/")
    looks = [(client, address) for address in addresses] + [(member, path), (member, "/"), (member, "/forums/moles/")]
    before = [as_seen(who, address) for who, address in looks]
    assert all(status == 200 for status, *_ in before)
    CHANGES[what](site)
    after = [as_seen(who, address) for who, address in looks]
    assert after == [made_anew(who, address) for who, address in looks]
    assert after != before


@pytest.mark.parametrize("number", [1, 20])
def test_a_page_that_is_there_costs_a_visitor_one_query_and_a_member_five(client, member, thread, helper, number):
    for _ in range(number):
        actions.reply_to(thread, by=helper, body="A word.")
    path = thread.get_absolute_url()
    for who, cost in ((client, 1), (member, 5)):
        first = as_seen(who, path)
        with CaptureQueriesContext(connection) as queries:
            assert as_seen(who, path) == first
        assert len(queries) == cost


@pytest.fixture
def at(monkeypatch):
    """Have it be that time."""

    def set_clock(moment):
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
        monkeypatch.setattr("time.time", lambda: moment.timestamp())

    return set_clock


def test_ages_change_with_time(client, thread, at):
    path = thread.get_absolute_url()
    seen = set()
    for minutes in (0, 0.9, 1, 2, 59, 61, 130, 60 * 25, 60 * 24 * 8):
        at(thread.created_at + timedelta(minutes=minutes, seconds=1))
        assert_true(client, path, "/")
        seen.add(as_seen(client, path))
    assert len(seen) == 8


def test_resources_overdue_for_a_check_disappear_at_midnight(client, thread, at):
    make_resource("Old reading", reviewed_on=date(2026, 1, 1), next_review_on=date(2026, 11, 22))
    Thread.objects.update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    seen = []
    for day, hour in ((21, 12), (22, 23), (23, 0)):
        at(datetime(2026, 12, day, hour, 0, 1, tzinfo=UTC))
        assert_true(client, thread.get_absolute_url())
        seen.append("Old reading" in as_seen(client, thread.get_absolute_url())[2])
    assert seen == [True, True, False]


# What goes out


def test_a_page_is_sent_once_and_then_only_confirmed(client, thread):
    path = thread.get_absolute_url()
    first = client.get(path)
    assert first["Cache-Control"] == "public, no-cache"
    assert {"Cookie", "Accept-Encoding"} <= set(first["Vary"].split(", "))
    assert "Set-Cookie" not in first.headers
    for known in (first["ETag"], f'"other", {first["ETag"]}', "*"):
        again = client.get(path, headers={"if-none-match": known})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
        assert "Content-Type" not in again.headers
    actions.reply_to(thread, by=make_user("quick"), body="Words.")
    changed = client.get(path, headers={"if-none-match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", ""), ("gzip", "gzip"), ("gzip, deflate, br, zstd", "br"), ("br;q=0, gzip", "gzip"), ("identity", ""),
        ("gzip;q=0.0", ""), ("GZIP", "gzip"), ("*", ""), ("br;q=x", ""),
    ],
)  # fmt: skip
def test_a_page_is_packed_as_the_browser_likes_it(client, thread, accepted, encoding):
    path = thread.get_absolute_url()
    plain = client.get(path).content
    packed = client.get(path, headers={"accept-encoding": accepted})
    assert packed.get("Content-Encoding", "") == encoding
    assert int(packed["Content-Length"]) == len(packed.content)
    unpack = {"": bytes, "gzip": shared_pages.gzip.decompress, "br": shared_pages.brotli.decompress}[encoding]
    assert unpack(packed.content) == plain
    head = client.head(path, headers={"accept-encoding": accepted})
    assert (head.content, head["Content-Length"]) == (b"", packed["Content-Length"])


def test_text_size_and_theme_have_pages_of_their_own(client, thread):
    path = thread.get_absolute_url()
    client.get(path)
    client.cookies["reading"] = "large.dark"
    assert "text-large theme-dark" in client.get(path).content.decode()
    client.cookies["reading"] = "huge.pink"
    assert "text-normal theme-system" in client.get(path).content.decode()


def test_a_query_that_nobody_needs_takes_no_room(client, thread):
    client.get(f"{thread.get_absolute_url()}?{'x' * 300}=1")
    assert len(pages._pages) == 0


def test_pages_never_take_more_than_their_room(client, thread, settings):
    settings.SHARED_PAGES_MB = 0.2
    for number in range(30):
        client.get(f"{thread.get_absolute_url()}?n={number}")
    assert 0 < pages._size <= 200_000
    assert pages._size == sum(page.size for page in pages._pages.values())


def test_errors_and_other_methods_are_not_shared(client, thread):
    assert client.get(f"{thread.get_absolute_url()}?sort=nothing").status_code == 400
    assert client.get("/threads/999999/nothing/").status_code == 404
    assert client.post(thread.get_absolute_url()).status_code == 405
    assert len(pages._pages) == 0


def test_the_server_gives_out_a_page_before_django_is_asked(client, thread, caplog):
    path = thread.get_absolute_url()
    environ = {**client._base_environ(PATH_INFO=path), "HTTP_ACCEPT_ENCODING": "gzip", "HTTP_HOST": "testserver"}
    assert shared_pages.page_for_visitor(environ) is None
    page = client.get(path, headers={"host": "testserver"}).content
    sent = []
    body = b"".join(application(environ, lambda status, headers: sent.extend([status, dict(headers)])))
    assert sent[0] == "200 OK"
    assert shared_pages.gzip.decompress(body) == page
    assert len(sent[1]["X-Request-ID"]) == 32
    assert sent[1]["X-Frame-Options"] == "DENY"
    actions.remove(thread, by=thread.author)
    assert shared_pages.page_for_visitor(environ) is None


def test_with_a_session_the_page_is_not_a_visitors(client, thread, sign_in, stranger):
    path = thread.get_absolute_url()
    client.get(path)
    mine = sign_in(stranger).get(path)
    assert "stranger" in mine.content.decode()
    assert "no-store" in mine["Cache-Control"]
    assert "ETag" not in mine.headers


# What members see


def test_a_members_page_is_the_one_made_for_that_member_alone(site, member, stranger):
    path = site["thread"].get_absolute_url()
    addresses = [path, f"{path}?sort=newest", "/", "/forums/moles/"]
    for _ in range(2):
        assert_true(member, *addresses)
    actions.vote_helpful(site["professional"], by=stranger)
    assert 'aria-pressed="true"' in as_seen(member, path)[2].partition('class="helpful"')[2]
    assert_true(member, *addresses)
    update_profile(stranger, display_name="Mx <Stranger> & a very long name", bio="")
    assert_true(member, *addresses)
    User.objects.filter(pk=stranger.pk).update(theme="dark", text_size="largest")
    assert_true(member, *addresses)


def test_nothing_of_one_member_is_on_the_page_of_the_next(site, member, sign_in, asker, stranger):
    path = site["thread"].get_absolute_url()
    other = sign_in(make_user("otherone", display_name="Other One"))
    actions.vote_helpful(site["plain"], by=stranger)
    for address in (path, "/", "/forums/moles/"):
        for client, name in ((member, "stranger"), (other, "Other One")):
            page = client.get(address).content.decode()
            assert name in page
            assert {"stranger", "Other One"} - {name} - set(page.split(">")) == {"stranger", "Other One"} - {name}
            assert shared_pages.NAME not in page
            assert shared_pages.TOKEN not in page
    tokens = {shared_pages.CSRF_FIELD.search(client.get(path).content.decode())[0] for client in (member, other)}
    assert len(tokens) == 2


def test_the_form_on_a_shared_page_works(site, stranger):
    client = Client(enforce_csrf_checks=True)
    client.force_login(stranger)
    path = site["thread"].get_absolute_url()
    keys = set()
    for number in range(2):
        page = client.get(path)
        form = dict(field for field in fields(page.content.decode(), "csrfmiddlewaretoken", "key", "started"))
        keys.add(form["key"])
        posted = client.post(f"/threads/{site['thread'].pk}/reply/", {**form, "body": f"By a member, {number}."})
        assert posted.status_code == 302
        Reply.objects.filter(author=stranger).update(author=None)
    assert len(keys) == 2


def fields(html, *names):
    for name in names:
        yield name, html.partition(f'name="{name}" value="')[2].partition('"')[0]


@pytest.mark.parametrize("who", ["asker", "helper", "clinician", "moderator", "blocker", "drafter", "silenced"])
def test_who_sees_more_than_others_gets_a_page_of_their_own(who, site, request, sign_in, stranger):
    user = request.getfixturevalue(who) if who in ("asker", "helper", "clinician", "moderator") else stranger
    if who == "blocker":
        block(site["helper"], by=user)
    if who == "silenced":
        User.objects.filter(pk=user.pk).update(read_only_until=timezone.now() + timedelta(days=1))
    client = sign_in(user)
    path = site["thread"].get_absolute_url()
    if who == "drafter":
        client.post("/drafts/", {"place": f"reply:{site['thread'].pk}", "body": "Half a word"})
        assert "Half a word" in as_seen(client, path)[2]
    pages.clear()
    assert_true(client, path, "/", "/forums/moles/")
    assert_true(client, path, "/", "/forums/moles/")


def test_a_message_is_shown_once(site, member):
    path = site["thread"].get_absolute_url()
    as_seen(member, path)
    member.post(f"/replies/{site['plain'].pk}/helpful/")
    assert "You marked this reply as helpful" in as_seen(member, path)[2]
    assert "You marked this reply as helpful" not in as_seen(member, path)[2]


def test_an_own_question_that_waits_is_there_for_its_author_alone(make_thread, sign_in, stranger, member):
    thread = make_thread(by=stranger)
    Thread.objects.filter(pk=thread.pk).update(status="held", held_for="first")
    path = Thread.objects.get(pk=thread.pk).get_absolute_url()
    assert member.get(path).status_code == 200
    assert sign_in(make_user("nosy")).get(path).status_code == 404
