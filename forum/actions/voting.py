"""Marking replies as helpful.

Many may mark replies of one question at the same moment, and each has to wait for its row. So a vote does everything
else before that row is locked, and one statement counts it: the row is held for that and the commit, nothing else.
"""

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.limits import spend
from accounts.models import User
from forum import policies
from forum.actions.tally import locked_thread, still_in
from forum.models import HelpfulVote, Reply, Thread

OWN = _("You cannot mark your own reply as helpful.")
CLOSED = _("This question is closed, so its replies cannot be marked any more.")
VOTE = "INSERT INTO forum_helpfulvote (reply_id, user_id) VALUES (%s, %s) ON CONFLICT (reply_id, user_id) DO NOTHING"
# can_vote_helpful() once more, of both rows as they are after waiting for them: UPDATE looks at its conditions again.
# The next one waits for this commit, so the commit does not wait for the disk; the answer does, see _wait_for_disk.
COUNT = """
WITH counted AS (
    UPDATE forum_thread SET helpful_count = helpful_count + 1
    WHERE id = %(thread)s AND status = 'published' AND NOT is_locked RETURNING id
)
UPDATE forum_reply r SET helpful_count = r.helpful_count + 1 FROM counted
WHERE r.id = %(reply)s AND r.thread_id = counted.id AND r.status = 'published'
RETURNING r.helpful_count, set_config('synchronous_commit', 'off', true)
"""


@transaction.atomic
def vote_helpful(reply: Reply, *, by: User) -> bool:
    """Record that `by` found the reply helpful; return whether that is new. The new number is on `reply`.

    LimitReached after the day's votes; a repeated vote never counts towards them.
    """
    policies.require(reply.author_id != by.pk, OWN)
    policies.require(policies.can_vote_helpful(by, reply), CLOSED)
    with connection.cursor() as cursor:
        cursor.execute(VOTE, [reply.pk, by.pk])
        if not cursor.rowcount:
            return False
    spend(by, "helpful_vote")
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"reply": reply.pk, "thread": reply.thread_id})
        row = cursor.fetchone()
    if row is None:
        still_in(Thread(pk=reply.thread_id), Reply.objects.get(pk=reply.pk))
        raise policies.Refused(CLOSED)
    reply.helpful_count = row[0]
    transaction.on_commit(_wait_for_disk)
    return True


def _wait_for_disk() -> None:
    """Return when all that was committed is safe: one write of the disk for all who wait, and nobody holds a row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_logical_emit_message(false, 'forum.vote', '', true)")


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
