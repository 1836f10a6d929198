"""What follows from urgent posts: help on the page, no suggesting, and somebody who is told."""

from collections.abc import Callable

from django.db.models import Q

from forum.models import Level, Post, Reply, Thread

ALARMING = Q(level=Level.RED) | Q(level=Level.CRISIS)
SHOWN = Q(status__in=[Post.Status.PUBLISHED, Post.Status.HELD])

# Called inside the transaction, its thread locked, for each post that a moderator has to look at.
# An app above registers itself here when it is ready (moderation opens a case).
needs_eyes: list[Callable[[Thread | Reply], None]] = []


def call_moderators(post: Thread | Reply) -> None:
    """Have somebody look at a post that waits, or that speaks of danger."""
    for listener in needs_eyes:
        listener(post)


def watch(thread: Thread) -> None:
    """Set on a locked thread whether it shows help and whether it may be suggested, from all its posts."""
    alarming = Reply.objects.filter(ALARMING, SHOWN, thread=thread)
    shows_help = (thread.is_alarming and thread.status != Post.Status.REMOVED) or alarming.exists()
    is_watched = shows_help and (
        (thread.is_alarming and not thread.is_looked_after) or alarming.filter(is_looked_after=False).exists()
    )
    if (shows_help, is_watched) != (thread.shows_help, thread.is_watched):
        thread.shows_help, thread.is_watched = shows_help, is_watched
        thread.save(update_fields=["shows_help", "is_watched"])
