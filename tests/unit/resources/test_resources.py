from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from resources.actions import count_reads, is_robot, reader_hash, record_read
from resources.models import CrisisLine, Resource, ResourceDay, ResourcePair, ResourceRead

pytestmark = pytest.mark.django_db
BROWSER = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
GOOGLE = "Googlebot/2.1 (+http://www.google.com/bot.html)"
BING = "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"
VISITOR = AnonymousUser()


def make_resource(title="Moles", **fields) -> Resource:
    today = timezone.localdate()
    fields = {
        "slug": slugify(title), "kind": "article", "body": "Text.", "publisher": "Us", "blurb": "About it.",
        "reviewed_on": today - timedelta(days=9), "next_review_on": today + timedelta(days=90), **fields,
    }  # fmt: skip
    return Resource.objects.create(title=title, **fields)


@pytest.fixture
def resource():
    return make_resource()


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "link", "url": "", "body": ""},
        {"kind": "link", "url": "https://e.org", "body": "both"},
        {"kind": "article", "url": "https://e.org"},
        {"kind": "link", "url": "javascript:alert(1)", "body": ""},
        {"next_review_on": date(2020, 1, 1)},
    ],
)
def test_the_database_refuses_resources_that_make_no_sense(fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_resource(**fields)


def test_reloading_counts_once_and_other_readers_count(resource):
    for address in ["10.0.0.1", "10.0.0.1", "10.0.0.2"]:
        record_read(resource, address=address, user_agent=BROWSER)
    count_reads()
    assert ResourceDay.objects.get().readers == 2


@pytest.mark.parametrize("agent", ["", "curl/8.1", GOOGLE, BING])
def test_robots_do_not_count(resource, agent):
    assert is_robot(agent)
    record_read(resource, address="10.0.0.1", user_agent=agent)
    assert not ResourceRead.objects.exists()


def test_opening_the_page_counts_a_reader_and_keeps_nothing_about_them(resource, client):
    client.get(resource.get_absolute_url(), headers={"User-Agent": BROWSER})
    read = ResourceRead.objects.get()
    assert len(bytes(read.reader)) == 16
    assert client.cookies == {}


def test_one_address_is_never_a_crowd(resource):
    for number in range(60):
        record_read(resource, address="10.0.0.1", user_agent=f"Mozilla/5.0 (x{number})")
    assert ResourceRead.objects.count() <= 8


def test_a_late_read_does_not_undo_a_days_count(resource):
    yesterday = timezone.localdate() - timedelta(days=1)
    ResourceDay.objects.create(resource=resource, day=yesterday, readers=50)
    ResourceRead.objects.create(resource=resource, day=yesterday, reader=b"late")
    count_reads()
    assert ResourceDay.objects.get().readers == 50


def test_nobody_is_recognised_the_next_day():
    today = date(2026, 3, 1)
    assert reader_hash(today, "10.0.0.1", BROWSER) != reader_hash(today + timedelta(days=1), "10.0.0.1", BROWSER)


def test_hashes_of_past_days_are_dropped_and_their_counts_kept(resource):
    record_read(resource, address="10.0.0.1", user_agent=BROWSER)
    count_reads(timezone.localdate() + timedelta(days=1))
    count_reads(timezone.localdate() + timedelta(days=1))
    assert not ResourceRead.objects.exists()
    assert ResourceDay.objects.get().readers == 1


def test_older_days_count_less_and_very_old_ones_not_at_all():
    today = date(2026, 3, 31)
    fresh, older, gone = make_resource("Fresh"), make_resource("Older"), make_resource("Gone")
    for resource, age in [(fresh, 0), (older, 10), (gone, 30)]:
        ResourceDay.objects.create(resource=resource, day=today - timedelta(days=age), readers=10)
    count_reads(today)
    scores = {title: round(score, 6) for title, score in Resource.objects.values_list("title", "popularity")}
    assert scores == {"Fresh": 10, "Older": 5, "Gone": 0}


def test_the_side_prefers_the_forum_and_fills_up(forum, django_assert_num_queries):
    for number in range(6):
        resource = make_resource(f"R{number}")
        Resource.objects.filter(pk=resource.pk).update(popularity=number)
    Resource.objects.get(title="R0").forums.add(forum)
    with django_assert_num_queries(1):
        titles = [resource.title for resource in Resource.objects.beside(VISITOR, forum)]
    assert titles == ["R0", "R5", "R4", "R3", "R2"]


def test_a_resource_long_overdue_for_review_is_hidden(moderator):
    today = timezone.localdate()
    reviewed = {"reviewed_on": today - timedelta(days=400)}
    make_resource("Due", next_review_on=today - timedelta(days=30), **reviewed)
    make_resource("Overdue", next_review_on=today - timedelta(days=31), **reviewed)
    make_resource("Draft", is_published=False)
    assert [resource.title for resource in Resource.objects.visible_to(VISITOR)] == ["Due"]
    assert Resource.objects.visible_to(moderator).count() == 3


def test_crisis_lines_nobody_checked_for_long_are_hidden():
    today = date(2026, 11, 1)
    for name, age, active in [("Now", 10, True), ("Old", 549, True), ("Closed", 10, False)]:
        CrisisLine.objects.create(
            country=name[:2].upper(), country_name=name, service="Line", phone="116 123", hours="24/7",
            is_active=active, source_url="https://e.org", emergency=["112"],
            last_verified=today - timedelta(days=age),
        )  # fmt: skip
    (line,) = CrisisLine.objects.shown(today)
    assert (line.country_name, line.tel) == ("Now", "116123")


def read_by(resources, day, readers):
    for reader in readers:
        for resource in resources:
            ResourceRead.objects.create(resource=resource, day=day, reader=bytes([reader]) * 16)


def test_what_readers_of_a_forum_also_read(forum):
    """On the same day by the same hash; counted once the day is over, when the hashes go."""
    own, other, rare = make_resource("Own"), make_resource("Other"), make_resource("Rare")
    own.forums.add(forum)
    today = timezone.localdate()
    yesterday = today - timedelta(days=1)
    read_by([own, other], yesterday, range(6))
    read_by([own, rare], yesterday, range(10, 14))
    read_by([rare], yesterday, range(20, 40))
    count_reads(today)
    assert [resource.title for resource in Resource.objects.also_read_with(forum)] == ["Other"]
    assert not ResourceRead.objects.exists()
    weight = ResourcePair.objects.get(resource=own, other=other).weight
    count_reads(today)
    assert ResourcePair.objects.get(resource=own, other=other).weight == weight == 6
    read_by([own, other], today, range(6))
    count_reads(today + timedelta(days=1))
    assert ResourcePair.objects.get(resource=own, other=other).weight == pytest.approx(6 * 0.97 + 6)
