"""Questions like the one somebody is about to ask, within a fixed time."""

from django.db import OperationalError, connection, transaction

from forum.models import Thread

SHOWN = 5
BUDGET = "300ms"
SHORTEST = 12  # letters; shorter titles are like everything


def similar_questions(title: str) -> list[Thread]:
    """The closest questions, or none where the title says too little or the search takes too long."""
    if len(title.strip()) < SHORTEST:
        return []
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{BUDGET}'")
            return list(Thread.objects.similar_to(title[:200]).for_rows()[:SHOWN])
    except OperationalError:  # help that comes too late is no help
        return []
