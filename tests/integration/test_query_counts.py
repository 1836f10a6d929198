"""What pages cost: the same number of queries with one row and with twenty, small site or large."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from forum.actions import recount, reply_to, vote_helpful
from forum.models import Thread
from tests.conftest import make_user
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
