"""The search documents of a new site: written by the database's own function, over several connections."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed

import psycopg
from psycopg_pool import ConnectionPool

from tools.bench import schema
from tools.bench.loading import SESSION

CHUNK = 500  # threads
INDEX = "SELECT indexdef FROM pg_indexes WHERE indexname = 'thread_document_words'"
REFRESH = "SELECT search_refresh(array_agg(id)) FROM forum_thread WHERE id >= %s AND id < %s"


def write_documents(url: str, threads: int, *, at_once: int, progress: Callable[[float], None]) -> None:
    """Write the document of every thread; their index is built afterwards, which takes a fraction of the time."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(INDEX).fetchone()
        assert row
        connection.execute("DROP INDEX thread_document_words")
    session = {"autocommit": True, "options": SESSION}
    with ConnectionPool(url, kwargs=session, min_size=at_once) as connections, ThreadPoolExecutor(at_once) as pool:

        def write(first: int) -> None:
            with connections.connection() as connection:
                connection.execute(REFRESH, [first, first + CHUNK])

        jobs = [pool.submit(write, first) for first in range(1, threads + 1, CHUNK)]
        for done, job in enumerate(as_completed(jobs), start=1):
            job.result()
            progress(done / (len(jobs) + 1))
    schema.run(url, row[0])
