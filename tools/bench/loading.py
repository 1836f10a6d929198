"""Storing the planned threads and replies with their texts, by COPY, in several processes."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from typing import Any

import psycopg

from tools.bench.plan import VOTES, Size
from tools.bench.texts import QUESTION_COUNTS, REPLY_COUNTS, Forum, Writer, stored

CHUNK = 10_000
# replica: no triggers. What they would have derived is for the commands that run after the load.
SESSION = "-c session_replication_role=replica -c synchronous_commit=off -c work_mem=256MB"
THREADS = """COPY (
    SELECT c.forum, c.id, f.id, c.author_id, c.status, c.created_at, c.is_anonymous, f.keep_out_of_search,
        c.last_activity_at, c.reply_count, c.place_count, c.professional_reply_count, c.helpful_count
    FROM bench.counted c JOIN bench.forum f ON f.n = c.forum
    WHERE c.id >= {first} AND c.id < {last} ORDER BY c.id
) TO STDOUT"""
THREAD_COLUMNS = """COPY forum_thread (id, forum_id, author_id, status, created_at, is_anonymous, keep_out_of_search,
    last_activity_at, reply_count, place_count, professional_reply_count, helpful_count, title, body, body_html)
    FROM STDIN"""
REPLIES = """COPY (
    SELECT r.forum, r.id, r.thread_id, r.author_id, r.status, r.created_at, r.by_asker, r.has_badge, r.helpful_count,
        coalesce(p.title, '')
    FROM bench.reply r LEFT JOIN bench.professional p ON p.id = r.author_id AND r.has_badge
    WHERE r.id >= {first} AND r.id < {last} ORDER BY r.id
) TO STDOUT"""
REPLY_COLUMNS = """COPY forum_reply (id, thread_id, author_id, status, created_at, by_asker, has_badge, helpful_count,
    credential_line, body, body_html) FROM STDIN"""


class Loader:
    """Lives in each process of the pool."""

    def __init__(self, url: str, forums: list[Forum], size: Size) -> None:
        self.size = size
        self.writer = Writer(forums, size.seed)
        self.connection = psycopg.connect(url, autocommit=True, options=SESSION)

    def rows(self, query: str, first: int) -> list[tuple[int, str]]:
        """Planned rows as the position of the forum and the other columns in COPY's own form."""
        with self.connection.cursor().copy(query.format(first=first, last=first + CHUNK)) as copy:
            lines = b"".join(map(bytes, copy)).decode().splitlines()
        parts = (line.split("\t", 1) for line in lines)
        return [(int(forum), columns) for forum, columns in parts]

    def threads(self, first: int) -> int:
        chance = random.Random(f"{self.size.seed} threads {first}")
        rows = self.rows(THREADS, first)
        counts = QUESTION_COUNTS.draw(chance, len(rows))
        texts = (
            f"{columns}\t{self.writer.title(chance, forum)}\t{stored(self.writer.paragraphs(chance, forum, count))}\n"
            for (forum, columns), count in zip(rows, counts, strict=True)
        )
        with self.connection.cursor().copy(THREAD_COLUMNS) as copy:
            copy.write("".join(texts))
        return len(rows)

    def replies(self, first: int) -> int:
        chance = random.Random(f"{self.size.seed} replies {first}")
        rows = self.rows(REPLIES, first)
        counts = REPLY_COUNTS.draw(chance, len(rows))
        texts = (
            f"{columns}\t{stored(self.writer.paragraphs(chance, forum, count))}\n"
            for (forum, columns), count in zip(rows, counts, strict=True)
        )
        with self.connection.cursor().copy(REPLY_COLUMNS) as copy:
            copy.write("".join(texts))
        people = {"people": self.size.people, "end": self.size.end}
        self.connection.execute(VOTES, {**people, "first": first, "last": first + CHUNK})
        return len(rows)


loader: Loader


def begin(*arguments: Any) -> None:
    """The first thing each process does."""
    global loader
    loader = Loader(*arguments)


def load(what: str, first: int) -> int:
    """Store one chunk; returns the number of rows."""
    return loader.threads(first) if what == "threads" else loader.replies(first)


def load_posts(url: str, forums: list[Forum], size: Size, *, at_once: int, progress: Callable[[float], None]) -> None:
    """Store all threads, replies and votes."""
    total = size.threads + size.replies
    stored_rows = 0
    context = multiprocessing.get_context("spawn")  # a fork would share the parent's connection
    with ProcessPoolExecutor(at_once, context, begin, (url, forums, size)) as pool:
        jobs: list[Future[int]] = []
        for what, rows in (("threads", size.threads), ("replies", size.replies)):
            jobs += [pool.submit(load, what, first) for first in range(1, rows + 1, CHUNK)]
        for job in as_completed(jobs):
            stored_rows += job.result()
            progress(stored_rows / total)
