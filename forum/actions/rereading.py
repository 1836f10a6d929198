"""Reading posts that came another way than through a form: imported, or written before there were rules."""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Max

from forum.actions.tally import locked_thread
from forum.actions.watching import watch
from forum.models import Post, Thread
from forum.screening import SCREENED_FIELDS, note_screening, rules, text_of
from safety.screening import RuleSet

BATCH = 200


def read_again(*, after: int = 0) -> Iterator[float]:
    """Screen the questions with a key above `after`, and their replies; yields the share that is done.

    They show help where they have to. Nobody is called: what was written long ago is looked after already.
    """
    last = last_question()
    reader = rules()
    for start in range(after, last, BATCH):
        for thread in Thread.objects.filter(pk__gt=start, pk__lte=start + BATCH).order_by("pk"):
            _read_thread(thread, reader)
        yield min(1.0, (start + BATCH - after) / max(1, last - after))


def _read_thread(thread: Thread, reader: RuleSet) -> None:
    posts: list[Post] = [thread, *thread.replies.order_by("pk").iterator(chunk_size=BATCH)]
    found = [post for post in posts if not post.rules and _read(post, reader)]
    if not found:
        return
    with transaction.atomic():
        current = locked_thread(thread.pk)
        for post in found:
            type(post).objects.filter(pk=post.pk, rules=[]).update(  # type: ignore[attr-defined]
                **{name: getattr(post, name) for name in SCREENED_FIELDS}
            )
        current.refresh_from_db(fields=SCREENED_FIELDS)
        watch(current)


def _read(post: Post, reader: RuleSet) -> bool:
    note_screening(post, reader.screen(text_of(post)))
    post.is_looked_after = True
    return bool(post.rules)


def last_question() -> int:
    """The highest key of a question so far."""
    return Thread.objects.aggregate(last=Max("pk"))["last"] or 0
