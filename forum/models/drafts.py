from django.conf import settings
from django.db import models

from forum.models.forums import Forum
from forum.models.posts import INTEREST_LIMIT, STORED_BODY_LIMIT, TITLE_LIMIT


class Draft(models.Model):
    """What somebody has typed and not sent yet: one for each form, kept 90 days."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    place = models.CharField(max_length=40, help_text="ask, reply:<thread>, thread:<edited> or reply-edit:<edited>")
    forum = models.ForeignKey(Forum, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    title = models.CharField(max_length=TITLE_LIMIT, blank=True)
    body = models.TextField(max_length=STORED_BODY_LIMIT, blank=True)
    interest = models.CharField(max_length=INTEREST_LIMIT, blank=True, default="", db_default="")
    facts = models.JSONField(default=dict, db_default={}, blank=True)
    is_anonymous = models.BooleanField(default=False)
    keep_out_of_search = models.BooleanField(null=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "place"], name="draft_once")]

    def __str__(self) -> str:
        return f"draft {self.pk}"
