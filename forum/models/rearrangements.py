from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from forum.models.replies import Reply
from forum.models.threads import Thread


class Rearrangement(models.Model):
    """One merge or split that can be undone: which replies went from one question to another, and how they stood."""

    is_split = models.BooleanField()
    source = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="+")
    target = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="+")
    reply = models.ForeignKey(
        Reply,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Merge: what the question has become. Split: what has become the question.",
    )
    moved = ArrayField(models.BigIntegerField(), help_text="The replies that went.")
    askers = ArrayField(models.BigIntegerField(), help_text="Those of them by the person who asked the source.")
    hid_target = models.BooleanField(default=False, help_text="The target was kept out of search engines by this.")
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source"], condition=Q(is_split=False), name="rearrangement_merged_once"),
            models.UniqueConstraint(fields=["target"], condition=Q(is_split=True), name="rearrangement_split_once"),
        ]

    def __str__(self) -> str:
        return f"{'split' if self.is_split else 'merge'} {self.pk}"
