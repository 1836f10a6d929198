"""What pages cost: the same number of queries with one row and with twenty, small site or large."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from forum.actions import recount, reply_to, vote_helpful
from forum.filters import ThreadFilter
from forum.models import Thread
from tests.conftest import make_user
from tests.unit.forum.test_segments import entries_read
from tests.unit.resources.test_resources import make_resource

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def made_anew(settings):
    """Pages that are there already cost one query; these are about making them."""
    settings.SHARED_PAGES_MB = 0


VISITOR_AT_MOST, MEMBER_AT_MOST = 5, 8


def queries(client, address):
    client.get(address)  # the first request may fill caches of the process
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.fixture
def costs(client, sign_in, asker, thread):
    def measure():
        thread.refresh_from_db()
        addresses = [thread.get_absolute_url(), thread.get_absolute_url() + "?sort=newest", "/forums/moles/", "/"]
        return [[queries(who, address) for who in (client, sign_in(asker))] for address in addresses]

    return measure


def test_the_cost_of_a_page_does_not_grow_with_its_rows(costs, thread, make_thread, helper, clinician):
    make_resource()
    reply_to(thread, by=helper, body="One")
    one = costs()
    voters = [make_user(f"voter{number}") for number in range(3)]
    for number in range(25):
        make_thread(title=f"Question number {number}", by=make_user(f"asker{number}"))
        reply = reply_to(thread, by=clinician if number % 2 else helper, body="Again")
        for voter in voters:
            vote_helpful(reply, by=voter)
    for number in range(6):
        make_resource(f"Resource{number}")
    assert costs() == one
    assert all(visitor <= VISITOR_AT_MOST and member <= MEMBER_AT_MOST for visitor, member in one)


def test_the_cost_of_a_page_does_not_grow_with_the_site(costs, forum, asker):
    small = costs()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL bedside.bulk = 'on'")
        cursor.execute(
            """
            INSERT INTO forum_thread (forum_id, author_id, title, body, body_html, is_anonymous)
            SELECT %s, %s, 'Question ' || n, 'Text', '<p>Text</p>', false FROM generate_series(1, 100000) n
            """,
            [forum.pk, asker.pk],
        )
    recount(repair=True)
    assert Thread.objects.count() == 100_001
    assert costs() == small


@pytest.mark.parametrize("sort", ["active", "newest", "helpful"])
@pytest.mark.parametrize("answered", ["no", "professional"])
def test_a_filtered_list_reads_what_it_shows(forum, asker, sort, answered):
    """Also where it shows what stands last in that order: questions without a reply have no votes."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL bedside.bulk = 'on'")
        cursor.execute(
            """
            INSERT INTO forum_thread (forum_id, author_id, title, body, body_html, is_anonymous, created_at,
                last_activity_at, reply_count, place_count, professional_reply_count, helpful_count)
            SELECT %s, %s, 'Question ' || n, 'Text', '<p>Text</p>', false, at, at, r, r, p, r * (1 - p) * n
            FROM generate_series(1, 4000) n, LATERAL (SELECT (n > 2000)::int AS r, (n > 2000 AND n <= 3000)::int AS p,
                now() - '1 day'::interval * CASE WHEN n > 3000 THEN 0 ELSE 5000 - n END AS at) rows
            """,
            [forum.pk, asker.pk],
        )
        cursor.execute("UPDATE forum_forum SET thread_count = 4000, answered_count = 2000, professional_count = 1000")
        cursor.execute("ANALYZE forum_thread")
    listing = ThreadFilter({"sort": sort, "answered": answered}, queryset=Thread.objects.published_in(forum))
    for rows in (listing.rows, listing.rows.reverse()):
        assert entries_read(lambda rows=rows: list(rows.values("pk")[:20]), "forum_thread") <= 100
