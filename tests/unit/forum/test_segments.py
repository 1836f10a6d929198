"""Pages deep in a thread and permalinks are found by counted segments: exactly, at any time, at the same cost."""

import contextlib
import random
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection, transaction

from accounts import limits
from accounts.actions import grant_badge, withdraw_badge
from common import pagination
from common.pagination import paginate
from forum.actions import (
    follow_badge,
    hide,
    hold,
    merge,
    recount,
    remove,
    reply_to,
    restore,
    split,
    undo_helpful,
    undo_merge,
    undo_split,
    vote_helpful,
)
from forum.actions.recounting import SEGMENTS, TABLES
from forum.filters import ReplyFilter
from forum.models import HelpfulVote, Reply, Segment, Thread
from forum.models.replies import HAS_A_PLACE
from forum.places import replies_at
from tests.conftest import make_user

pytestmark = pytest.mark.django_db
SIZE = 3
OFTEN = {
    "reply": 20, "vote": 40, "undo": 10, "hide": 8, "restore": 8, "hold": 4, "remove": 4, "merge": 5, "split": 5,
    "back": 5, "badge": 3, "bulk": 6,
}  # fmt: skip
SORTS = {
    "helpful": ("-helpful_count", "created_at", "pk"),
    "oldest": ("created_at", "pk"),
    "newest": ("-created_at", "-pk"),
}


@pytest.fixture
def small():
    """Segments of three replies, from twelve on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'forum_segment_size'")
        (usual,) = cursor.fetchone()
        make = "CREATE OR REPLACE FUNCTION forum_segment_size() RETURNS int LANGUAGE sql STABLE AS "
        cursor.execute(f"{make} 'SELECT {SIZE}'")
        yield
        cursor.execute(f"{make} '{usual}'")


@pytest.fixture(autouse=True)
def no_limits(settings, monkeypatch):
    settings.POSTING_PAUSES = {}
    monkeypatch.setattr(limits, "DAILY", dict.fromkeys(limits.DAILY, 100_000))


def fill(thread, count, *, votes=5, seed=1):
    """So many replies, in hours with ties, with some votes without a person."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(%s)", [seed / 1000])
        cursor.execute("SET LOCAL bedside.bulk = 'on'")
        cursor.execute(
            """
            INSERT INTO forum_reply
                (thread_id, body, body_html, created_at, helpful_count, helpful_base_count, credential_line)
            SELECT %s, 'Text', '<p>Text</p>', %s + '1 hour'::interval * floor(random() * %s), v, v, ''
            FROM (SELECT floor(random() * random() * %s)::int AS v FROM generate_series(1, %s)) votes
            """,
            [thread.pk, thread.created_at, count / 2, votes, count],
        )
    count_all_but_segments()
    thread.refresh_from_db()


def count_all_but_segments():
    for table in TABLES:
        if table != SEGMENTS:
            recount(repair=True, only=table)


def in_order(thread, sort):
    """The keys of all replies in an order of the page, by sorting them."""
    shown = {"status": "published"} if sort == "helpful" else {}
    return list(thread.replies.filter(HAS_A_PLACE, **shown).order_by(*SORTS[sort]).values_list("pk", flat=True))


def keys_at(thread, sort, start, size):
    return set(Reply.objects.filter(pk__in=replies_at(thread, sort, start, size)).values_list("pk", flat=True))


def assert_exact(thread, chance, *, every=False):
    """Pages and positions are those found by sorting."""
    for sort in SORTS:
        keys = in_order(thread, sort)
        starts = range(len(keys) + 2) if every else [0, len(keys), chance.randint(0, len(keys))]
        for start in starts:
            assert keys_at(thread, sort, start, 4) == set(keys[start : start + 4]), (sort, start)
        if sort != "newest":
            for key in keys if every else chance.sample(keys, min(2, len(keys))):
                assert position(key, "helpful" if sort == "helpful" else "time") == keys.index(key), (sort, key)
    assert not recount(repair=False, only=SEGMENTS)


def position(key, sort):
    with connection.cursor() as cursor:
        cursor.execute("SELECT forum_position(%s, %s)", [key, sort])
        return cursor.fetchone()[0]


def sizes(thread, sort):
    order = ("rank", "created_at", "reply_id")
    return list(thread.segments.filter(sort=sort).order_by(*order).values_list("replies", flat=True))


def test_a_thread_gets_segments_when_it_has_grown_long(small, thread, helper):
    for number in range(4 * SIZE):
        reply_to(thread, by=helper, body=f"Reply {number}")
    assert not Segment.objects.exists()
    reply_to(thread, by=helper, body="One more")
    assert sum(sizes(thread, "time")) == sum(sizes(thread, "helpful")) == 4 * SIZE + 1
    for number in range(20):
        reply_to(thread, by=helper, body=f"Another reply {number}")
    assert max(sizes(thread, "time")) <= 2 * SIZE
    assert_exact(thread, random.Random(1), every=True)


def test_a_short_thread_has_none_and_its_pages_are_right_all_the_same(thread):
    fill(thread, 60)
    assert not Segment.objects.exists()
    assert_exact(thread, random.Random(1), every=True)


def test_every_page_of_a_long_thread_is_right(small, thread):
    fill(thread, 200)
    assert len(sizes(thread, "time")) > 30
    assert_exact(thread, random.Random(1), every=True)


@pytest.mark.parametrize("seed", range(2))
def test_whatever_happens_to_replies_their_pages_are_exact(
    seed, small, thread, make_thread, forum, asker, helper, stranger, clinician, moderator
):
    chance = random.Random(seed)
    people = [asker, helper, stranger, clinician]
    done = set()
    fill(thread, 40, seed=seed)
    fill(make_thread(title="Is this other mole changing?"), 30, seed=seed)

    def in_bulk(which):
        match chance.randint(0, 3):
            case 0:
                which.update(helpful_count=chance.randint(20, 25), helpful_base_count=0)
            case 1:
                which.update(created_at=thread.created_at)
            case 2:
                which.update(status="held", held_for="moderator")
            case 3:
                HelpfulVote.objects.filter(reply__in=which).delete()
                which.filter(helpful_votes=None, opinions=None).delete()

    deck = [what for what, often in OFTEN.items() for _ in range(often)]
    chance.shuffle(deck)
    for step, what in enumerate(deck):
        threads = list(Thread.objects.order_by("pk"))
        one = chance.choice([thread for thread in threads if thread.replies.exists()])
        replies = list(Reply.objects.filter(thread=one).order_by("pk"))
        reply = chance.choice(replies)
        with contextlib.suppress(PermissionDenied), transaction.atomic():
            match what:
                case "reply":
                    reply_to(one, by=chance.choice(people), body=f"Reply of step {step}")
                case "vote":
                    for person in people:
                        if reply.author != person:
                            vote_helpful(reply, by=person)
                case "undo":
                    for vote in HelpfulVote.objects.filter(reply=reply):
                        undo_helpful(reply, by=vote.user)
                case "hide":
                    hide(reply, by=moderator)
                case "restore":
                    restore(reply, by=moderator)
                case "hold":
                    hold(reply, by=moderator)
                case "remove" if reply.author:
                    remove(reply, by=reply.author)
                case "merge":
                    merge(one, chance.choice(threads), by=moderator)
                case "split":
                    shown = in_order(one, "helpful")
                    keys = chance.sample(shown, min(len(shown) // 2, chance.randint(1, 15)))
                    split(one, keys, title="Another question", forum=forum, by=moderator)
                case "back":
                    undo_merge(one, by=moderator)
                    undo_split(one, by=moderator)
                case "badge" if clinician.is_medical_professional:
                    withdraw_badge(clinician, ran_out=False)
                    follow_badge(clinician)
                case "badge":
                    grant_badge(clinician, specialty="dermatologist", verified_on=date(2026, 5, 4))
                    follow_badge(clinician)
                case "bulk":
                    some = chance.sample(replies, min(len(replies), chance.choice([2, 20])))
                    in_bulk(Reply.objects.filter(pk__in=[reply.pk for reply in some]))
            done.add(what)
        for each in Thread.objects.all():
            assert_exact(each, chance)
        if what == "bulk":
            count_all_but_segments()
    assert done == set(OFTEN)
    assert Segment.objects.exists()
    for each in Thread.objects.all():
        assert_exact(each, chance, every=True)
        for sort in ("time", "helpful"):
            assert max(sizes(each, sort), default=0) <= 2 * SIZE


def test_one_statement_may_move_all_replies(small, thread, make_thread):
    other = make_thread(title="Is this other mole changing?")
    fill(thread, 100)
    thread.replies.update(thread=other)
    assert_exact(other, random.Random(1), every=True)
    other.replies.update(helpful_count=7, helpful_base_count=7)
    assert_exact(other, random.Random(1), every=True)
    assert not thread.segments.exists()
    other.replies.filter(pk__in=in_order(other, "oldest")[2:]).delete()
    assert not Segment.objects.exists()
    assert_exact(other, random.Random(1), every=True)


def test_years_of_votes_leave_no_crumbs(small, thread):
    """Replies rise together, so that segments fill, divide and empty; small neighbours become one again."""
    fill(thread, 60, votes=1)
    for turn in range(1, 8):
        for key in in_order(thread, "helpful"):
            Reply.objects.filter(pk=key).update(helpful_count=10 * turn)
    assert len(sizes(thread, "helpful")) <= 2 * 60 / SIZE + 1
    assert_exact(thread, random.Random(1))


def test_a_thread_that_is_deleted_takes_its_segments_along(small, thread):
    fill(thread, 60)
    thread.delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert not Segment.objects.exists()


def test_an_edit_and_a_vote_that_stay_in_place_touch_no_segment(thread, asker):
    fill(thread, 1500, votes=1)
    reply = thread.replies.order_by("created_at")[700]
    versions = "SELECT xmin::text, ctid::text FROM forum_segment ORDER BY id"
    with connection.cursor() as cursor:
        cursor.execute(versions)
        rows = cursor.fetchall()
        Reply.objects.filter(pk=reply.pk).update(body="Other words", agree_count=1)
        thread.replies.order_by("pk").first().save()
        Reply.objects.filter(pk=in_order(thread, "helpful")[0]).update(helpful_count=1)
        cursor.execute(versions)
        assert cursor.fetchall() == rows


def test_recounting_finds_and_mends_wrong_and_missing_segments(small, thread):
    fill(thread, 100)
    wrong = Segment.objects.filter(sort="helpful").order_by("pk")[:2]
    Segment.objects.filter(pk__in=wrong.values("pk")).update(replies=0)
    assert [drift.rows for drift in recount(repair=False)] == [2]
    assert [drift.rows for drift in recount(repair=True)] == [2]
    assert recount(repair=False) == []
    assert_exact(thread, random.Random(1), every=True)
    Segment.objects.all().delete()
    assert [drift.table for drift in recount(repair=True)] == [SEGMENTS]
    assert Segment.objects.exists()
    assert_exact(thread, random.Random(1), every=True)


def entries_read(ask, table="forum_reply"):
    """How many entries of the indexes of a table a call reads, as this transaction has counted them.

    The first call passes the entries of rows that earlier tests have rolled back, and marks them for the second.
    """
    ask()
    count = """
        SELECT coalesce(sum(pg_stat_get_xact_tuples_returned(indexrelid)), 0)
        FROM pg_index WHERE indrelid = %s::regclass
    """
    with connection.cursor() as cursor:
        cursor.execute(count, [table])
        (before,) = cursor.fetchone()
        ask()
        cursor.execute(count, [table])
        return cursor.fetchone()[0] - before


@pytest.mark.parametrize("sort", list(SORTS))
def test_a_page_reads_as_much_deep_in_a_long_thread_as_at_its_start(thread, sort, client, settings):
    settings.SHARED_PAGES_MB = 0
    fill(thread, 5000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE forum_reply, forum_segment")
    path = f"{thread.get_absolute_url()}?sort={sort}"
    client.get(path)
    reads = [entries_read(lambda page=page: client.get(f"{path}&page={page}")) for page in range(2, 251, 31)]
    assert max(reads) <= 2 * 250 + 3 * 20, reads


def test_a_permalink_reads_as_much_deep_in_a_long_thread(thread, client):
    fill(thread, 5000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE forum_reply, forum_segment")
    keys = in_order(thread, "helpful")
    reads = [entries_read(lambda key=key: client.get(f"/replies/{key}/")) for key in keys[::499]]
    assert max(reads) <= 2 * 250 + 20, reads


def test_the_pages_of_a_long_thread_show_every_reply_once_in_order(client, thread, monkeypatch):
    monkeypatch.setattr(pagination, "SHALLOW", 0)
    fill(thread, 90)
    for sort, order in SORTS.items():
        replies = ReplyFilter({"sort": sort}, queryset=thread.replies.all()).rows
        seen = []
        for number in range(1, 6):
            deep = lambda start, size, sort=sort: replies_at(thread, sort, start, size)  # noqa: E731
            seen += paginate(replies, str(number), total=90, deep=deep).rows
        assert [reply.pk for reply in seen] == list(thread.replies.order_by(*order).values_list("pk", flat=True))


def test_a_list_is_read_from_its_nearer_end(thread, make_thread, monkeypatch):
    monkeypatch.setattr(pagination, "SHALLOW", 0)
    fill(thread, 50)
    replies = thread.replies.order_by("created_at", "pk")
    keys = list(replies.values_list("pk", flat=True))
    pages = [[reply.pk for reply in paginate(replies, str(number), total=50)] for number in (1, 2, 3)]
    assert pages == [keys[:20], keys[20:40], keys[40:]]


@pytest.mark.django_db(transaction=True)
def test_many_people_voting_in_one_long_thread_at_once(small, thread, helper, at_once):
    """No vote waits in a circle, and each reply is where its votes put it."""
    with transaction.atomic():
        fill(thread, 60, votes=3)
    voters = [make_user(f"person{number}") for number in range(12)]

    def use(person):
        chance = random.Random(person.pk)
        for _ in range(12):
            reply = Reply.objects.get(pk=chance.choice(keys))
            if chance.random() < 0.8:
                vote_helpful(reply, by=person)
            else:
                undo_helpful(reply, by=person)

    def write():
        for number in range(15):
            reply_to(thread, by=helper, body=f"Reply {number}")

    def in_bulk():
        """Changes by hand, without the lock of the thread."""
        chance = random.Random(1)
        for _ in range(15):
            some = Reply.objects.filter(pk__in=chance.sample(keys, 3))
            with transaction.atomic():
                list(some.order_by("pk").select_for_update(no_key=True))
                some.update(created_at=thread.created_at, helpful_base_count=0)

    def look():
        for start in range(0, 60, 4):
            assert len(keys_at(thread, "newest", start, 4)) == len(keys_at(thread, "helpful", start, 4)) == 4

    keys = in_order(thread, "oldest")
    at_once([lambda person=person: use(person) for person in voters] + [write, in_bulk, look])
    assert_exact(thread, random.Random(1), every=True)
    assert thread.replies.count() == 75


@pytest.mark.django_db(transaction=True)
def test_changes_by_hand_in_one_long_thread_wait_for_each_other(small, thread, make_thread, at_once):
    """Without the lock of the thread one could divide a segment by what the other is just changing in it."""
    with transaction.atomic():
        fill(thread, 60)
        fill(make_thread(title="Is this other mole changing?"), 60)
    one, two = in_order(thread, "oldest")[:2]
    other = Reply.objects.exclude(thread=thread).first().pk

    def change(key):
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '100ms'")
            Reply.objects.filter(pk=key).update(helpful_count=9)

    with transaction.atomic():
        change(one)
        at_once([lambda: change(other)])
        with pytest.raises(OperationalError, match="lock timeout"):
            at_once([lambda: change(two)])
    change(two)
    assert_exact(thread, random.Random(1), every=True)
