"""Keeping the counters of threads and forums exact while posts change."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db.models import F, Max

from forum.models import Forum, Post, Reply, Thread

HELD_FIELDS = ["status", "held_for"]


def locked_thread(pk: int) -> Thread:
    """The thread, locked until the transaction ends. Thread.DoesNotExist if it is gone.

    Nothing is joined to it: after waiting for the lock, PostgreSQL would join what stood there before.
    """
    return Thread.objects.select_for_update(no_key=True).get(pk=pk)


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
