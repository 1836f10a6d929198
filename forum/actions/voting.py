"""Marking replies as helpful.

Many may mark replies of one question at the same moment, and each has to wait for its row. So a vote is one call of the
database (migration 0016), which does everything else before that row is locked: it is held for one statement and the
commit, nothing else.
"""

from typing import NamedTuple

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.limits import DAILY, LimitReached
from accounts.models import User
from common.quick import quick_row
from forum import policies
from forum.actions.tally import locked_thread, still_in
from forum.models import HelpfulVote, Reply, Thread

OWN = _("You cannot mark your own reply as helpful.")
CLOSED = _("This question is closed, so its replies cannot be marked any more.")


class Vote(NamedTuple):
    """What came of a vote: whether it is new, and how many the reply has now."""

    is_new: bool
    votes: int


def vote_helpful(reply: Reply, *, by: User) -> bool:
    """Record that `by` found the reply helpful; return whether that is new. The new number is on `reply`.

    LimitReached after the day's votes; a repeated vote never counts towards them.
    """
    try:
        vote = vote_for(reply.pk, by=by)
    except Reply.DoesNotExist:
        raise policies.Refused(CLOSED) from None
    reply.helpful_count = vote.votes
    return vote.is_new


def vote_for(reply_id: int, *, by: User) -> Vote:
    """The same for the reply with this key; Reply.DoesNotExist where readers see none."""
    policies.require(not by.is_suspended, CLOSED)
    row = quick_row(
        "SELECT * FROM forum_vote($1::bigint, $2::bigint, $3::integer)", reply_id, by.pk, DAILY["helpful_vote"]
    )
    outcome, votes = row or (None, 0)
    if outcome is None:
        raise Reply.DoesNotExist
    policies.require(outcome != "own", OWN)
    policies.require(outcome != "closed", CLOSED)
    if outcome == "limit":
        raise LimitReached("helpful_vote")
    if outcome == "new":
        transaction.on_commit(_wait_for_disk)
    return Vote(outcome == "new", votes)


def _wait_for_disk() -> None:
    """Return when all that was committed is safe: one write of the disk for all who wait, and nobody holds a row."""
    quick_row("SELECT pg_logical_emit_message(false, 'forum.vote', '', true)::text")


@transaction.atomic
def undo_helpful(reply: Reply, *, by: User) -> bool:
    """Take the vote back; return whether there was one. The new number is on `reply`."""
    thread = locked_thread(reply.thread_id)
    current = still_in(thread, Reply.objects.get(pk=reply.pk))
    policies.require(policies.can_vote_helpful(by, current), CLOSED)
    deleted, _ = HelpfulVote.objects.filter(reply=reply, user=by).delete()
    if deleted:
        reply.helpful_count = F("helpful_count") - 1
        reply.save(update_fields=["helpful_count"])  # RETURNING puts the new number on `reply`
        Thread.objects.filter(pk=thread.pk).update(helpful_count=F("helpful_count") - 1)
    return bool(deleted)


@transaction.atomic
def detach_votes(user: User) -> int:
    """Keep what `user` voted as a number without a person, before the account ends; returns how many."""
    replies = Reply.objects.filter(helpful_votes__user=user).order_by("pk").select_for_update(no_key=True, of=("self",))
    keys = [reply.pk for reply in replies]
    Reply.objects.filter(pk__in=keys).update(helpful_base_count=F("helpful_base_count") + 1)
    HelpfulVote.objects.filter(user=user, reply__in=keys).delete()
    return len(keys)
