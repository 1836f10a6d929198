"""Keeping the index: long threads and imports, the site's words, and what people look for."""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from common.later import Later
from search.models import SearchRate, SearchSeen
from search.rules import fold

BATCH = 50  # threads that are locked together
WORDS_FROM = 20_000  # questions, the newest
TERM_LENGTH = 100


def refresh_stale() -> Iterator[int]:
    """Write the documents that wait anew, batch by batch; yields how many each batch had.

    With the threads locked: a document made from what was there before somebody hid a reply would bring it back.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM search_staledocument s WHERE NOT EXISTS (SELECT FROM forum_thread t WHERE t.id = s.thread_id)"
        )
    last = 0  # what is locked just now waits for the next time
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
            cursor.execute(
                "SELECT t.id FROM search_staledocument s JOIN forum_thread t ON t.id = s.thread_id "
                "WHERE s.thread_id > %s ORDER BY s.thread_id LIMIT %s FOR NO KEY UPDATE OF t SKIP LOCKED",
                [last, BATCH],
            )
            ids = [row[0] for row in cursor.fetchall()]
            if not ids:
                return
            cursor.execute("SELECT search_refresh(%s)", [ids])
        last = ids[-1]
        yield len(ids)


@transaction.atomic
def learn_words() -> None:
    """Take the words of the newest questions, and those of the synonyms, as the site's vocabulary."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('search.learn_words'))")
        cursor.execute("DELETE FROM search_searchword")
        cursor.execute(
            """
            INSERT INTO search_searchword (word, count)
            SELECT word, max(count) FROM (
                SELECT word, ndoc AS count FROM ts_stat($words$
                    SELECT to_tsvector('simple', unaccent(t.title || ' ' || t.body)) FROM (
                        SELECT t.title, left(t.body, 4000) AS body
                        FROM forum_thread t JOIN forum_forum f ON f.id = t.forum_id
                        WHERE t.status = 'published' AND f.is_open ORDER BY t.created_at DESC LIMIT %s
                    ) t
                $words$)
                UNION ALL
                SELECT (ts_lexize('simple', word))[1], 5 FROM search_searchsynonym,
                    regexp_split_to_table(unaccent(rule), '[^[:alpha:]]+') AS word WHERE length(word) > 3
            ) words
            WHERE word ~ '^[[:alpha:]]{2,60}$' GROUP BY word
            """,
            [WORDS_FROM],
        )


def record_search(text: str, *, found: int, person: str) -> None:
    """Count the person once a day for these words. Who it was cannot be told from what is kept."""
    term = fold(text)[:TERM_LENGTH]
    if not term:
        return
    day = timezone.localdate()
    key = hmac.digest(settings.SECRET_KEY.encode(), f"searches {day}".encode(), "sha256")
    searches.add(Seen(term, found, day, _hash(key, person), _hash(key, term)))


class Seen(NamedTuple):
    """One search as it waits to be counted."""

    term: str
    found: int
    day: date
    person_hash: bytes
    term_hash: bytes


@transaction.atomic
def _store_searches(waiting: list[Seen]) -> None:
    with connection.cursor() as cursor:
        for search in sorted(waiting):  # in one order, so that two processes do not wait for each other
            cursor.execute(
                "INSERT INTO search_searchseen (day, person, term_hash) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                [search.day, search.person_hash, search.term_hash],
            )
            cursor.execute(
                """
                INSERT INTO search_searchterm AS t (text, people, found, last_day)
                SELECT %s, count(*), %s, %s FROM search_searchseen WHERE day = %s AND term_hash = %s
                ON CONFLICT (text) DO UPDATE
                SET people = greatest(t.people, EXCLUDED.people), found = EXCLUDED.found, last_day = EXCLUDED.last_day
                """,
                [search.term, search.found, search.day, search.day, search.term_hash],
            )


searches = Later(_store_searches)


def _hash(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), hashlib.sha256)[:16]


def forget_searches(today: date | None = None) -> None:
    """Drop the hashes of past days, and words that fewer than five people looked for on any day, after 90."""
    today = today or timezone.localdate()
    SearchSeen.objects.filter(day__lt=today).delete()
    SearchRate.objects.all().delete()  # they count seconds and minutes
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM search_searchterm WHERE people < 5 AND last_day < %s - 90", [today])
