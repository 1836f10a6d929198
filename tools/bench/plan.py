"""The site to be, without its texts: who asks, replies and votes, where and when, as tables in a schema of their own.

All chance comes from bench.chance(number, salt), a hash, so the same seed gives the same site whatever the order in
which PostgreSQL makes the rows. Counters are counted here, before the rows they belong to are stored. OFFSET 0 keeps
PostgreSQL from working a number out again for each of its uses.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, time, timedelta
from itertools import accumulate
from typing import Any, NamedTuple

import psycopg

from accounts.professions import SPECIALTIES, is_at_home
from tools.bench.texts import Forum
from tools.bench.vocabulary import lists

YEARS = timedelta(days=5 * 365)
SCHEMA = """
DROP SCHEMA IF EXISTS bench CASCADE;
CREATE SCHEMA bench;
CREATE FUNCTION bench.chance(bigint, int) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    'SELECT (hashint8extended($1, $2 + {seed}::bigint * 1000) & 4503599627370495) / 4503599627370496.0::float8';
CREATE TABLE bench.forum (n int, id bigint, keep_out_of_search bool, professionals bigint[]);
CREATE TABLE bench.professional (id bigint, specialty text, title text);
"""
PEOPLE = """
INSERT INTO accounts_user (id, password, is_superuser, username, email, display_name, kind, is_staff, is_active,
    date_joined, is_medical_professional, professional_title, professional_specialty, verified_on)
SELECT i, '!bench', false, name || '_' || i, '',
    CASE WHEN p.id IS NOT NULL THEN 'Dr ' || initcap(name) || ' ' || initcap(surname)
        WHEN bench.chance(i, 3) < 0.6 THEN initcap(name) ELSE '' END,
    'imported', false, true, %(start)s::timestamptz - bench.chance(i, 4) * interval '1 year',
    p.id IS NOT NULL, coalesce(p.title, ''), coalesce(p.specialty, ''),
    CASE WHEN p.id IS NOT NULL THEN %(end)s::date - 1 - floor(300 * bench.chance(i, 5))::int END
FROM generate_series(1::bigint, %(people)s) i
CROSS JOIN LATERAL (SELECT
    (%(names)s::text[])[1 + floor(bench.chance(i, 1) * cardinality(%(names)s::text[]))::int] AS name,
    (%(names)s::text[])[1 + floor(bench.chance(i, 2) * cardinality(%(names)s::text[]))::int] AS surname) AS called
LEFT JOIN bench.professional p ON p.id = i
"""
# The running total of the weights, rounded, gives sizes that add up to exactly what was asked for.
THREADS = """
CREATE UNLOGGED TABLE bench.thread AS
WITH weighed AS (
    SELECT i AS id, width_bucket(bench.chance(i, 10), {forums}::float8[]) AS forum,
        {professionals} + 1 + floor(({people} - {professionals}) * bench.chance(i, 11) ^ 2)::bigint AS author_id,
        '{start}'::timestamptz + sqrt((i - 1 + bench.chance(i, 12)) / {threads}) * interval '{seconds} s' AS created_at,
        CASE WHEN i = ANY('{longest}'::bigint[]) OR bench.chance(i, 13) >= 0.02 THEN 'published'
            WHEN bench.chance(i, 13) < 0.005 THEN 'held'
            WHEN bench.chance(i, 13) < 0.012 THEN 'hidden' ELSE 'removed' END AS status,
        bench.chance(i, 14) < 0.05 AS is_anonymous,
        array_position('{longest}'::bigint[], i) AS long,
        least((1 - bench.chance(i, 15)) ^ (-1 / 1.5), 200) - 0.8 AS weight
    FROM generate_series(1::bigint, {threads}) i OFFSET 0
), summed AS (
    SELECT *, CASE WHEN status = 'held' OR long IS NOT NULL OR bench.chance(id, 16) < 0.12 THEN 0 ELSE weight END AS w
    FROM weighed OFFSET 0
), totals AS (
    SELECT *, sum(w) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) AS upto, sum(w) OVER () AS total FROM summed
)
SELECT id, forum, author_id, created_at, status, is_anonymous, long IS NOT NULL AS is_long,
    coalesce(('{sizes}'::int[])[long],
        (round({rest} * upto / total) - round({rest} * (upto - w) / total))::int) AS size
FROM totals
"""
REPLIES = """
CREATE UNLOGGED TABLE bench.reply AS
WITH placed AS (
    SELECT t.id * 1000000 + n AS key, t.id AS thread_id, t.forum, t.author_id AS asker_id, t.is_anonymous, t.is_long,
        t.created_at + CASE
            WHEN t.is_long THEN bench.chance(t.id * 1000000 + n, 20) * ('{end}'::timestamptz - t.created_at)
            ELSE least(
                interval '2 days' * (-ln(1 - bench.chance(t.id * 1000000 + n, 21))) ^ 2.5,
                bench.chance(t.id * 1000000 + n, 22) * ('{end}'::timestamptz - t.created_at)) END AS created_at
    FROM bench.thread t CROSS JOIN LATERAL generate_series(1, t.size) n OFFSET 0
), written AS (
    SELECT p.*,
        CASE WHEN bench.chance(key, 23) < 0.03
            THEN f.professionals[1 + floor(bench.chance(key, 24) ^ 1.5 * cardinality(f.professionals))::int]
            WHEN bench.chance(key, 23) < 0.15 AND NOT is_long THEN asker_id
            ELSE {professionals} + 1 + floor(({people} - {professionals}) * bench.chance(key, 24) ^ 2)::bigint
            END AS author_id,
        CASE WHEN is_long OR bench.chance(key, 25) >= 0.02 THEN 'published'
            WHEN bench.chance(key, 25) < 0.005 THEN 'held'
            WHEN bench.chance(key, 25) < 0.012 THEN 'hidden' ELSE 'removed' END AS status
    FROM placed p JOIN bench.forum f ON f.n = p.forum OFFSET 0
), voted AS (
    SELECT *, author_id <= {professionals} AS has_badge,
        CASE WHEN status = 'held' THEN 0 ELSE least({people} - 1, 2000,
            floor(CASE WHEN author_id <= {professionals} THEN 0.9 ELSE 0.45 END
                * (1 - bench.chance(key, 26)) ^ (-1 / 1.6)))::int END AS helpful_count
    FROM written OFFSET 0
)
SELECT row_number() OVER (ORDER BY created_at, key) AS id,
    sum(helpful_count) OVER (ORDER BY created_at, key ROWS UNBOUNDED PRECEDING) - helpful_count AS votes_before,
    thread_id, forum, author_id, status, created_at, author_id = asker_id AS by_asker, has_badge, helpful_count
FROM voted ORDER BY created_at, key
"""
COUNTED = """
CREATE UNIQUE INDEX ON bench.reply (id);
CREATE UNLOGGED TABLE bench.counted AS
SELECT t.*, coalesce(c.last_at, t.created_at) AS last_activity_at, coalesce(c.replies, 0) AS reply_count,
    coalesce(c.places, 0) AS place_count, coalesce(c.professional, 0) AS professional_reply_count,
    coalesce(c.helpful, 0) AS helpful_count
FROM bench.thread t LEFT JOIN (
    SELECT thread_id, max(created_at) FILTER (WHERE status = 'published') AS last_at,
        count(*) FILTER (WHERE status = 'published') AS replies, count(*) FILTER (WHERE status <> 'held') AS places,
        count(*) FILTER (WHERE status = 'published' AND has_badge) AS professional,
        sum(helpful_count) FILTER (WHERE status = 'published') AS helpful
    FROM bench.reply GROUP BY thread_id
) c ON c.thread_id = t.id;
CREATE UNIQUE INDEX ON bench.counted (id);
ANALYZE bench.reply, bench.counted;
"""
# Steps of one length round a circle of a prime number of people meet nobody twice, and never their start: the author.
VOTES = """
INSERT INTO forum_helpfulvote (id, reply_id, user_id, created_at)
SELECT r.votes_before + k, r.id, 1 + (r.author_id - 1 + k * step) %% %(people)s,
    r.created_at + bench.chance(r.votes_before + k, 31) ^ 3 * (%(end)s::timestamptz - r.created_at)
FROM bench.reply r
CROSS JOIN LATERAL (SELECT 1 + floor(bench.chance(r.id, 30) * (%(people)s - 1))::bigint AS step) AS circle
CROSS JOIN LATERAL generate_series(1, r.helpful_count) k
WHERE r.id >= %(first)s AND r.id < %(last)s
"""
FORUM_COUNTERS = """
UPDATE forum_forum f SET thread_count = c.threads, answered_count = c.answered, professional_count = c.professional
FROM (
    SELECT forum, count(*) AS threads, count(*) FILTER (WHERE reply_count > 0) AS answered,
        count(*) FILTER (WHERE professional_reply_count > 0) AS professional
    FROM bench.counted WHERE status = 'published' GROUP BY forum
) c JOIN bench.forum b ON b.n = c.forum WHERE b.id = f.id
"""


def is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


class Size(NamedTuple):
    """How much of everything a site of so many replies has."""

    replies: int
    seed: int
    end: datetime  # the newest post is older

    @classmethod
    def of(cls, replies: int, seed: int) -> Size:
        """A site that ends last midnight (UTC): the same seed gives the same site all day."""
        return cls(replies, seed, datetime.combine(datetime.now(UTC).date(), time(), UTC))

    @property
    def start(self) -> datetime:
        return self.end - YEARS

    @property
    def threads(self) -> int:
        return self.replies // 5

    @property
    def people(self) -> int:
        """A prime, see VOTES."""
        number = min(200_000, max(200, self.replies // 50))
        while not is_prime(number):
            number += 1
        return number

    @property
    def professionals(self) -> int:
        """The first of the people."""
        return min(500, max(40, self.people // 20))

    @property
    def longest(self) -> dict[int, int]:
        """The threads of a fixed size, and that size."""
        sizes = {self.threads * 3 // 5: 5_000 if self.replies >= 10_000 else self.replies // 10}
        return sizes | ({self.threads // 2: 100_000} if self.replies >= 1_000_000 else {})


def lay_out(connection: psycopg.Connection[Any], size: Size) -> list[Forum]:
    """Make the people and plan every thread and reply; returns the forums in the order of the plan."""
    chance = random.Random(f"{size.seed} plan")
    connection.execute(SCHEMA.format(seed=size.seed))
    specialties = chance.choices(list(SPECIALTIES.values()), k=size.professionals)
    with connection.cursor().copy("COPY bench.professional FROM STDIN") as copy:
        for number, specialty in enumerate(specialties, start=1):
            copy.write_row((number, specialty.key, specialty.title))
    forums = connection.execute(
        "SELECT f.id, f.slug, dense_rank() OVER (ORDER BY c.position, c.id) - 1, f.keep_out_of_search, f.specialties"
        " FROM forum_forum f JOIN forum_category c ON c.id = f.category_id"
        " ORDER BY c.position, c.id, f.position, f.id"
    ).fetchall()
    with connection.cursor().copy("COPY bench.forum FROM STDIN") as copy:
        for n, (pk, _, _, keep_out, homes) in enumerate(forums):
            at_home = [i for i, s in enumerate(specialties, start=1) if is_at_home(s.key, homes)]
            copy.write_row((n, pk, keep_out, at_home or [1]))
    names = lists()["names"]
    people = {"start": size.start, "end": size.end, "people": size.people, "names": names}
    connection.execute(PEOPLE, people)

    ranks = chance.sample(range(1, len(forums) + 1), len(forums))
    shares = list(accumulate(rank**-0.8 for rank in ranks))
    facts = {
        "forums": "'{" + ",".join(str(share / shares[-1]) for share in shares[:-1]) + "}'",
        "people": size.people,
        "professionals": size.professionals,
        "threads": size.threads,
        "start": size.start.isoformat(),
        "end": size.end.isoformat(),
        "seconds": int(YEARS.total_seconds()),
        "longest": "{" + ",".join(map(str, size.longest)) + "}",
        "sizes": "{" + ",".join(map(str, size.longest.values())) + "}",
        "rest": size.replies - sum(size.longest.values()),
    }
    for statement in (THREADS, REPLIES, COUNTED):
        connection.execute(statement.format(**facts))
    return [Forum(slug, topic) for _, slug, topic, _, _ in forums]
