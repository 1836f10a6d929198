from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from forum.facts import labelled
from forum.models.posts import INTEREST_LIMIT
from forum.models.replies import Reply
from forum.models.threads import Thread


class Revision(models.Model):
    """What a post said before an edit."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, null=True, blank=True, related_name="revisions")
    reply = models.ForeignKey(Reply, on_delete=models.CASCADE, null=True, blank=True, related_name="revisions")
    title = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    interest = models.CharField(max_length=INTEREST_LIMIT, blank=True, default="", db_default="")
    facts = models.JSONField(default=dict, db_default={}, blank=True)
    replaced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    replaced_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-replaced_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(thread__isnull=True) ^ Q(reply__isnull=True), name="revision_of_one_post"
            )
        ]

    def __str__(self) -> str:
        return f"revision {self.pk}"

    @property
    def shown_facts(self) -> list[tuple[str, str]]:
        return labelled(self.facts)

    @classmethod
    def of(cls, post: Thread | Reply, **fields: Any) -> "Revision":
        """An unsaved revision that holds what `post` says now."""
        if isinstance(post, Thread):
            return cls(thread=post, title=post.title, body=post.body, facts=post.facts, **fields)
        return cls(reply=post, body=post.body, interest=post.interest, **fields)
