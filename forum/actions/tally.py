"""Keeping the counters of threads and forums exact while posts change."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection
from django.db.models import Count, F, Max, Q, Sum
from django.utils.translation import gettext_lazy as _

from forum import policies
from forum.models import Forum, Post, Reply, Thread
from forum.models.replies import HAS_A_PLACE

MOVED = _("This reply has just gone to another question. Load the page again.")

HELD_FIELDS = ["status", "held_for"]


def locked_thread(pk: int) -> Thread:
    """The thread, locked until the transaction ends. Thread.DoesNotExist if it is gone.

    Nothing is joined to it: after waiting for the lock, PostgreSQL would join what stood there before.
    """
    return Thread.objects.select_for_update(no_key=True).get(pk=pk)


def locked_threads(*pks: int) -> list[Thread]:
    """The same for several, in the order asked for; locked in the order of their keys."""
    threads = Thread.objects.select_for_update(no_key=True)
    found = {thread.pk: thread for thread in threads.filter(pk__in=pks).order_by("pk")}
    if found.keys() != set(pks):
        raise Thread.DoesNotExist
    return [found[pk] for pk in pks]


def lock_arrangement(*, shared: bool = False) -> None:
    """Let one merge or split happen at a time, until the transaction ends; `shared` only keeps them from happening.

    It comes before the threads: who wants all replies of a person cannot know which threads to lock otherwise.
    """
    with connection.cursor() as cursor:
        function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        cursor.execute(f"SELECT {function}(hashtext('forum.arrangement'))")


def still_in(thread: Thread, reply: Reply) -> Reply:
    """A reply read after its thread was locked, with that thread on it. Refused where it went to another meanwhile."""
    policies.require(reply.thread_id == thread.pk, MOVED)
    reply.thread = thread
    return reply


def contribution(thread: Thread) -> tuple[int, int, int]:
    """What one thread adds to its forum: itself, answered, answered by a professional."""
    if not thread.is_published:
        return (0, 0, 0)
    return (1, int(thread.reply_count > 0), int(thread.professional_reply_count > 0))


@contextmanager
def forum_counts(thread: Thread, *, is_new: bool = False) -> Iterator[None]:
    """Move the forum's counters by what the block changes about a locked (or new) thread."""
    before = (0, 0, 0) if is_new else contribution(thread)
    yield
    moved = [after - was for after, was in zip(contribution(thread), before, strict=True)]
    if any(moved):
        add_to_forum(thread.forum_id, moved)


@contextmanager
def counted_anew(*threads: Thread) -> Iterator[None]:
    """Count locked (or new) threads and their forums anew after replies went from one to another in the block."""
    moved: dict[int, list[int]] = {thread.forum_id: [0, 0, 0] for thread in threads}

    def note(sign: int) -> None:
        for thread in threads:
            if thread.pk:
                amounts = zip(moved[thread.forum_id], contribution(thread), strict=True)
                moved[thread.forum_id] = [so_far + sign * amount for so_far, amount in amounts]

    note(-1)
    yield
    for thread in threads:
        _count_anew(thread)
    note(+1)
    for forum_id in sorted(pk for pk in moved if any(moved[pk])):
        add_to_forum(forum_id, moved[forum_id])


def add_to_forum(forum_id: int, amounts: Sequence[int]) -> None:
    """Add to a forum's counters what contribution() counts."""
    Forum.objects.filter(pk=forum_id).update(
        thread_count=F("thread_count") + amounts[0],
        answered_count=F("answered_count") + amounts[1],
        professional_count=F("professional_count") + amounts[2],
    )


def change_reply_status(reply: Reply, thread: Thread, status: str, *, held_for: str = "") -> None:
    """Set the status of a reply of a locked thread, with all counters of thread and forum."""
    with forum_counts(thread):
        _count(thread, reply, -1)
        reply.status, reply.held_for = status, held_for
        _count(thread, reply, +1)
        reply.save(update_fields=HELD_FIELDS)
        newest = Reply.objects.filter(thread=thread, status=Post.Status.PUBLISHED).aggregate(at=Max("created_at"))["at"]
        thread.last_activity_at = max(thread.created_at, newest or thread.created_at)
        _save_counts(thread)


def count_new_reply(thread: Thread, reply: Reply) -> None:
    """Add a reply that was just stored to a locked thread."""
    with forum_counts(thread):
        _count(thread, reply, +1)
        if reply.is_published:
            thread.last_activity_at = max(thread.last_activity_at, reply.created_at)
        _save_counts(thread)


def _count_anew(thread: Thread) -> None:
    shown = Q(status=Post.Status.PUBLISHED)
    counts = Reply.objects.filter(thread=thread).aggregate(
        reply_count=Count("pk", filter=shown),
        place_count=Count("pk", filter=HAS_A_PLACE),
        professional_reply_count=Count("pk", filter=shown & Q(has_badge=True)),
        helpful_count=Sum("helpful_count", filter=shown, default=0),
        newest=Max("created_at", filter=shown),
    )
    thread.last_activity_at = max(thread.created_at, counts.pop("newest") or thread.created_at)
    for name, count in counts.items():
        setattr(thread, name, count)
    _save_counts(thread)


def _save_counts(thread: Thread) -> None:
    counters = ["reply_count", "place_count", "professional_reply_count", "helpful_count"]
    thread.save(update_fields=[*counters, "last_activity_at"])


def _count(thread: Thread, reply: Reply, sign: int) -> None:
    if reply.status != Post.Status.HELD:
        thread.place_count += sign
    if reply.is_published:
        thread.reply_count += sign
        thread.helpful_count += sign * reply.helpful_count
        if reply.has_badge:
            thread.professional_reply_count += sign
