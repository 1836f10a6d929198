"""Counting what is read, without knowing who reads."""

import hashlib
import hmac
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from common.later import Later
from resources.models import Resource, ResourceRead

COUNTED_DAYS = 30
HALF_LIFE_DAYS = 10
READERS_OF_ONE_ADDRESS = 8
# Programs that say what they are. Those that do not are one reader a day each, like anybody.
ROBOT_WORDS = ("bot", "crawl", "spider", "slurp", "preview", "fetch", "monitor", "headless", "http:", "https:")


def is_robot(user_agent: str) -> bool:
    """Whether the program says that it is not a person's browser."""
    agent = user_agent.lower()
    return not agent.startswith("mozilla/") or any(word in agent for word in ROBOT_WORDS)


def reader_hash(day: date, address: str, user_agent: str) -> bytes:
    """The same for one browser on one day, another the next day; cannot be turned back.

    An address gives a few readers at most, whatever its browsers call themselves: many people share one
    on phone networks, but nobody becomes a crowd by changing the name.
    """
    key = hmac.digest(settings.SECRET_KEY.encode(), f"resource reads {day}".encode(), "sha256")
    browser = hashlib.sha256(user_agent.encode()).digest()[0] % READERS_OF_ONE_ADDRESS
    return hmac.digest(key, f"{address}\n{browser}".encode(), hashlib.sha256)[:16]


def record_read(resource: Resource, *, address: str, user_agent: str) -> None:
    """Count the reader once for today. Robots do not count."""
    if not is_robot(user_agent):
        day = timezone.localdate()
        reads.add(ResourceRead(day=day, resource=resource, reader=reader_hash(day, address, user_agent)))


def _store_reads(waiting: list[ResourceRead]) -> None:
    there = set(Resource.objects.filter(pk__in={read.resource_id for read in waiting}).values_list("pk", flat=True))
    ResourceRead.objects.bulk_create(
        [read for read in waiting if read.resource_id in there], ignore_conflicts=True, batch_size=1_000
    )


reads = Later(_store_reads)


@transaction.atomic
def count_reads(today: date | None = None) -> None:
    """Bring the daily counts and everyone's popularity up to date, and drop the hashes of past days.

    Popularity: readers of the last 30 days, each day counting half as much as the one 10 days later.
    """
    today = today or timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('resources.count_reads'))")
        cursor.execute(
            """
            INSERT INTO resources_resourceday AS d (resource_id, day, readers)
            SELECT resource_id, day, count(*) FROM resources_resourceread GROUP BY resource_id, day
            ON CONFLICT (resource_id, day) DO UPDATE SET readers = greatest(d.readers, EXCLUDED.readers)
            """
        )
        cursor.execute(
            """
            UPDATE resources_resource r SET popularity = s.score
            FROM (
                SELECT
                    r.id,
                    coalesce(sum(d.readers * power(0.5, (%(today)s - d.day) / %(half_life)s::float)), 0) AS score
                FROM resources_resource r
                LEFT JOIN resources_resourceday d
                    ON d.resource_id = r.id AND d.day > %(since)s AND d.day <= %(today)s
                GROUP BY r.id
            ) s
            WHERE s.id = r.id AND r.popularity <> s.score
            """,
            {"today": today, "since": today - timedelta(days=COUNTED_DAYS), "half_life": HALF_LIFE_DAYS},
        )
        pair_reads(cursor, today)
    ResourceRead.objects.filter(day__lt=today).delete()


def pair_reads(cursor: Any, today: date) -> None:
    """Add what the same people read on past days to the pairs; what was added before counts less."""
    cursor.execute("SELECT count(DISTINCT day) FROM resources_resourceread WHERE day < %s", [today])
    if not (days := cursor.fetchone()[0]):
        return
    cursor.execute("UPDATE resources_resourcepair SET weight = weight * power(0.97, %s)", [days])
    cursor.execute("DELETE FROM resources_resourcepair WHERE weight < 0.1")
    cursor.execute(
        """
        INSERT INTO resources_resourcepair AS p (resource_id, other_id, weight)
        SELECT a.resource_id, b.resource_id, count(*)
        FROM resources_resourceread a
        JOIN resources_resourceread b ON b.day = a.day AND b.reader = a.reader AND b.resource_id <> a.resource_id
        WHERE a.day < %s
        GROUP BY a.resource_id, b.resource_id
        ON CONFLICT (resource_id, other_id) DO UPDATE SET weight = p.weight + EXCLUDED.weight
        """,
        [today],
    )
