"""Comparing the kept counters with what they count, and repairing them."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection, transaction


@dataclass(frozen=True)
class Counter:
    """One kept column and the SQL that counts it anew for a row `t` of its table."""

    table: str
    column: str
    counted: str


PUBLISHED_REPLIES = "FROM forum_reply p WHERE p.thread_id = t.id AND p.status = 'published'"
PUBLISHED_THREADS = "FROM forum_thread p WHERE p.forum_id = t.id AND p.status = 'published'"
SHOWN_OPINIONS = "FROM forum_peeropinion o WHERE o.reply_id = t.id AND o.has_badge AND NOT o.is_hidden"
HOLDS_BADGE = """coalesce((
    SELECT u.is_medical_professional AND NOT (t.is_anonymous OR t.by_asker AND q.is_anonymous)
    FROM accounts_user u JOIN forum_thread q ON q.id = t.thread_id WHERE u.id = t.author_id), false)"""
COUNTERS = [
    Counter(
        "forum_reply",
        "helpful_count",
        "t.helpful_base_count + (SELECT count(*) FROM forum_helpfulvote v WHERE v.reply_id = t.id)",
    ),
    Counter("forum_reply", "agree_count", f"(SELECT count(*) {SHOWN_OPINIONS} AND o.kind = 'agree')"),
    Counter("forum_reply", "caution_count", f"(SELECT count(*) {SHOWN_OPINIONS} AND o.kind = 'caution')"),
    Counter("forum_reply", "has_badge", HOLDS_BADGE),
    Counter("forum_thread", "reply_count", f"(SELECT count(*) {PUBLISHED_REPLIES})"),
    Counter(
        "forum_thread",
        "place_count",
        "(SELECT count(*) FROM forum_reply p WHERE p.thread_id = t.id AND p.status <> 'held')",
    ),
    Counter("forum_thread", "professional_reply_count", f"(SELECT count(*) {PUBLISHED_REPLIES} AND p.has_badge)"),
    Counter("forum_thread", "helpful_count", f"(SELECT coalesce(sum(p.helpful_count), 0) {PUBLISHED_REPLIES})"),
    Counter("forum_forum", "thread_count", f"(SELECT count(*) {PUBLISHED_THREADS})"),
    Counter("forum_forum", "answered_count", f"(SELECT count(*) {PUBLISHED_THREADS} AND p.reply_count > 0)"),
    Counter(
        "forum_forum", "professional_count", f"(SELECT count(*) {PUBLISHED_THREADS} AND p.professional_reply_count > 0)"
    ),
]
SEGMENTS = "forum_segment"
TABLES = [*dict.fromkeys(counter.table for counter in COUNTERS), SEGMENTS]
BATCH = 5_000


@dataclass(frozen=True)
class Drift:
    """How many rows of a counter were wrong."""

    table: str
    column: str
    rows: int


def recount(
    *, repair: bool, only: str = "", progress: Callable[[str, float], None] = lambda _name, _done: None
) -> list[Drift]:
    """Count everything (or `only` one of TABLES) anew, in batches; with `repair` set what is wrong.

    Returns what was wrong. Rows are locked by batch, in the order that all actions use, so it can run on a busy site.
    Columns of one table are set together: a check between two of them would refuse one without the other.
    """
    drifts = []
    for table in [only] if only else TABLES:
        if table == SEGMENTS:
            drifts += _recount_segments(repair=repair, progress=progress)
            continue
        counters = [counter for counter in COUNTERS if counter.table == table]
        wrong = dict.fromkeys((counter.column for counter in counters), 0)
        last = _last_id(table)
        for start in range(0, last + 1, BATCH):
            for column, rows in _batch(table, counters, start, repair=repair).items():
                wrong[column] += rows
            progress(table, min(1.0, (start + BATCH) / (last + 1)))
        drifts += [Drift(table, column, rows) for column, rows in wrong.items() if rows]
    return drifts


def _recount_segments(*, repair: bool, progress: Callable[[str, float], None]) -> list[Drift]:
    """The segments of long threads, by which deep pages are found: missing ones, and those that count wrong."""
    wrong = 0
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id FROM forum_thread WHERE place_count >= 8 * forum_segment_size()
            UNION SELECT thread_id FROM forum_segment ORDER BY id
            """
        )
        keys = [key for (key,) in cursor.fetchall()]
        for done, key in enumerate(keys, start=1):
            with transaction.atomic():
                if repair:
                    cursor.execute("SELECT FROM forum_thread WHERE id = %s FOR NO KEY UPDATE", [key])
                cursor.execute("SELECT forum_wrong_segments(%s)", [key])
                found = int(cursor.fetchone()[0])
                if repair and found:
                    cursor.execute("SELECT forum_make_segments(%s)", [key])
            wrong += found
            progress(SEGMENTS, done / len(keys))
    return [Drift(SEGMENTS, "replies", wrong)] if wrong else []


def _last_id(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
        return int(cursor.fetchone()[0])


@transaction.atomic
def _batch(table: str, counters: list[Counter], start: int, *, repair: bool) -> dict[str, int]:
    columns = [counter.column for counter in counters]
    counted = ", ".join(f"{counter.counted} AS {counter.column}" for counter in counters)
    differs = " OR ".join(f"t.{column} <> c.{column}" for column in columns)
    sums = ", ".join(f"count(*) FILTER (WHERE t.{column} <> c.{column})" for column in columns)
    with connection.cursor() as cursor:
        in_batch = [start, start + BATCH]
        if repair:  # a writer holds its thread or forum row until it has counted
            cursor.execute(f"SELECT id FROM {table} WHERE id >= %s AND id < %s ORDER BY id FOR NO KEY UPDATE", in_batch)
        source = f"(SELECT t.id, {counted} FROM {table} t WHERE t.id >= %s AND t.id < %s) c"
        cursor.execute(f"SELECT {sums} FROM {source} JOIN {table} t ON t.id = c.id", in_batch)
        wrong = dict(zip(columns, map(int, cursor.fetchone()), strict=True))
        if repair and any(wrong.values()):
            assignments = ", ".join(f"{column} = c.{column}" for column in columns)
            cursor.execute(
                f"UPDATE {table} t SET {assignments} FROM {source} WHERE t.id = c.id AND ({differs})", in_batch
            )
    return wrong
