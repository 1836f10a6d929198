"""Questions like another one: while somebody asks, below a question, and for moderators who look for duplicates."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from common.shown import shows_rows
from forum.models import Thread
from search import engine
from search.models import SimilarThreads

SHOWN = 5
SHORTEST = 12  # letters; shorter titles are like everything
BUDGET = 0.3  # seconds
BATCH, AGAIN_AFTER = 200, "30 days"


def similar_questions(title: str, user: Any = None, *, budget: float = BUDGET) -> list[Thread]:
    """The closest questions that everybody sees, as rows for `user`.

    None where the title says too little or time runs out.
    """
    if len(title.strip()) < SHORTEST:
        return []
    scope = engine.Scope(Thread.objects.to_suggest(), AnonymousUser())
    ids = engine.search(title, scope, spell=False, budget=budget).ids[: SHOWN + 1]
    threads = Thread.objects.to_suggest().for_rows(user).in_bulk(ids)
    return [threads[pk] for pk in ids if pk in threads][:SHOWN]


def similar_to(thread: Thread, user: Any) -> QuerySet[Thread]:
    """What find_similar has found for this question, of what everybody sees now, as rows for `user`."""
    try:
        ids = thread.similar_found.ids  # loaded with the question
    except SimilarThreads.DoesNotExist:
        ids = []
    shows_rows(SimilarThreads, [thread.pk])
    shows_rows(Thread, ids)
    return Thread.objects.to_suggest().for_rows(user).filter(pk__in=ids).order_by("-pk")


def find_similar(batch: int = BATCH) -> Iterator[int]:
    """Look for the questions like those that have none yet, or old ones; yields after each. Newest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT d.thread_id FROM search_threaddocument d
            LEFT JOIN search_similarthreads s ON s.thread_id = d.thread_id
            WHERE s.thread_id IS NULL OR s.made_at < now() - interval '{AGAIN_AFTER}'
            ORDER BY d.thread_id DESC LIMIT %s
            """,
            [batch],
        )
        waiting = [row[0] for row in cursor.fetchall()]
    for thread in Thread.objects.filter(pk__in=waiting).only("title").order_by("-pk"):
        found = [other.pk for other in similar_questions(thread.title, budget=2.0) if other.pk != thread.pk]
        SimilarThreads.objects.update_or_create(
            thread_id=thread.pk, defaults={"ids": found[:SHOWN], "made_at": timezone.now()}
        )
        yield thread.pk
