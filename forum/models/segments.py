from django.db import models
from django.db.models import Q

from forum.models.threads import Thread


class Segment(models.Model):
    """A stretch of the replies of a long thread in one order, and how many there are in it.

    It begins at a place in that order and ends where the next one begins, so that a page deep in the thread is found
    by adding up a few of these instead of passing every reply before it. Only the database writes it (migration 0012).
    """

    # The constraint is made by hand: the database itself deletes segments with their thread.
    thread = models.ForeignKey(
        Thread, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="segments"
    )
    sort = models.CharField(
        max_length=7, help_text="helpful: published replies; time: these and the places of removed and hidden ones."
    )
    # Where it begins. Not a reply, which may move on, but where one stood.
    rank = models.IntegerField(help_text="Votes, as a negative number; 0 in the order of time.")
    created_at = models.DateTimeField()
    reply_id = models.BigIntegerField()
    replies = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["thread", "sort", "rank", "created_at", "reply_id"], name="segment_begins_once"
            ),
            models.CheckConstraint(condition=Q(sort__in=["helpful", "time"]), name="segment_sort_known"),
        ]

    def __str__(self) -> str:
        return f"segment {self.pk}"
