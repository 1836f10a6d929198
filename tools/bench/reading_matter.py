"""Resources with the readers of a year."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import psycopg

from tools.bench.plan import Size
from tools.bench.texts import Forum, Writer

RESOURCES, DAYS = 300, 365
INSERT = """
INSERT INTO resources_resource (kind, title, slug, publisher, blurb, url, body, body_html, reviewed_by, reviewed_on,
    next_review_on, updated_at)
VALUES (%(kind)s, %(title)s, %(slug)s, 'Bench press', %(blurb)s, %(url)s, %(body)s, %(html)s, '', %(reviewed)s,
    %(next)s, now()) RETURNING id
"""
DAILY = """
INSERT INTO resources_resourceday (resource_id, day, readers)
SELECT %(id)s, %(today)s::date - age, 1 + floor(%(most)s * (0.6 + 0.8 * bench.chance(%(id)s * 1000 + age, 40)))::int
FROM generate_series(1, %(days)s) age
"""


def add_resources(connection: psycopg.Connection[Any], forums: list[Forum], size: Size) -> None:
    """Articles and links for one to three forums each, read by few or by hundreds a day."""
    chance = random.Random(f"{size.seed} resources")
    writer = Writer(forums, size.seed)
    ids = [row[0] for row in connection.execute("SELECT id FROM bench.forum ORDER BY n")]
    today = size.end.date()
    for number in range(1, RESOURCES + 1):
        forum = chance.randrange(len(forums))
        paragraphs = [writer.sentences(chance, forum, 5) for _ in range(6)] if number % 2 else []
        row = {
            "kind": "article" if paragraphs else "link",
            "title": writer.title(chance, forum).rstrip("?")[:150],
            "slug": f"resource-{number}",
            "blurb": writer.sentences(chance, forum, 1)[:200],
            "url": "" if paragraphs else f"https://example.org/{number}",
            "body": "\n\n".join(paragraphs),
            "html": "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs),
            "reviewed": today - timedelta(days=chance.randrange(1, 300)),
            "next": today + timedelta(days=chance.randrange(30, 700)),
        }
        inserted = connection.execute(INSERT, row).fetchone()
        assert inserted
        for home in {forum, *chance.choices(range(len(forums)), k=2)}:
            connection.execute(
                "INSERT INTO resources_resource_forums (resource_id, forum_id) VALUES (%s, %s)",
                [inserted[0], ids[home]],
            )
        most = round(400 / number**0.7)
        connection.execute(DAILY, {"id": inserted[0], "today": today, "most": most, "days": DAYS})
