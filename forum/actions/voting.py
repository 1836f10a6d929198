"""Marking replies as helpful."""

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.limits import spend
from accounts.models import User
from forum import policies
from forum.actions.tally import locked_thread, still_in
from forum.models import HelpfulVote, Reply, Thread

OWN = _("You cannot mark your own reply as helpful.")
CLOSED = _("This question is closed, so its replies cannot be marked any more.")


@transaction.atomic
def vote_helpful(reply: Reply, *, by: User) -> bool:
    """Record that `by` found the reply helpful; return whether that is new.

    LimitReached after the day's votes; a repeated vote never counts towards them.
    """
    policies.require(reply.author_id != by.pk, OWN)
    policies.require(policies.can_vote_helpful(by, reply), CLOSED)
    if HelpfulVote.objects.filter(reply=reply, user=by).exists():
        return False
    spend(by, "helpful_vote")
    thread = locked_thread(reply.thread_id)
    current = _current(reply, thread)
    policies.require(policies.can_vote_helpful(by, current), CLOSED)
    _, new = HelpfulVote.objects.get_or_create(reply=reply, user=by)  # unique: helpful_vote_once
    if new:
        _move(thread, reply, +1)
    return new


@transaction.atomic
def undo_helpful(reply: Reply, *, by: User) -> bool:
    """Take the vote back; return whether there was one."""
    thread = locked_thread(reply.thread_id)
    policies.require(policies.can_vote_helpful(by, _current(reply, thread)), CLOSED)
    deleted, _ = HelpfulVote.objects.filter(reply=reply, user=by).delete()
    if deleted:
        _move(thread, reply, -1)
    return bool(deleted)


def _current(reply: Reply, thread: Thread) -> Reply:
    """The reply as it is now that its thread is locked."""
    return still_in(thread, Reply.objects.get(pk=reply.pk))


def _move(thread: Thread, reply: Reply, by: int) -> None:
    reply.helpful_count = F("helpful_count") + by
    reply.save(update_fields=["helpful_count"])  # RETURNING puts the new number on `reply`
    Thread.objects.filter(pk=thread.pk).update(helpful_count=F("helpful_count") + by)


@transaction.atomic
def detach_votes(user: User) -> int:
    """Keep what `user` voted as a number without a person, before the account ends; returns how many."""
    replies = Reply.objects.filter(helpful_votes__user=user).order_by("pk").select_for_update(no_key=True, of=("self",))
    keys = [reply.pk for reply in replies]
    Reply.objects.filter(pk__in=keys).update(helpful_base_count=F("helpful_base_count") + 1)
    HelpfulVote.objects.filter(user=user, reply__in=keys).delete()
    return len(keys)
