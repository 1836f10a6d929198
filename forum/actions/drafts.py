"""Keeping what somebody is still writing."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from forum.models import Draft, Forum, Reply, Thread

DRAFTS_KEPT = timedelta(days=90)


@transaction.atomic
def save_draft(
    user: User,
    place: str,
    *,
    title: str = "",
    body: str = "",
    forum: Forum | None = None,
    is_anonymous: bool = False,
    key: UUID | None = None,
) -> Draft | None:
    """Keep the text for its form; an empty one is forgotten. None when there is nothing to keep.

    A save that arrives after its form was sent (`key` has made a post) must not bring the text back.
    """
    sent = key and any(model.objects.filter(author=user, submission_key=key).exists() for model in (Thread, Reply))
    if sent or not (title.strip() or body.strip()):
        if not sent:
            discard_draft(user, place)
        return None
    fields: dict[str, Any] = {"title": title, "body": body, "forum": forum, "is_anonymous": is_anonymous}
    return Draft.objects.update_or_create(user=user, place=place, defaults=fields)[0]


def discard_draft(user: User, place: str) -> None:
    Draft.objects.filter(user=user, place=place).delete()


def forget_drafts() -> int:
    """Delete drafts nobody has touched for 90 days; returns how many."""
    return Draft.objects.filter(updated_at__lt=timezone.now() - DRAFTS_KEPT).delete()[0]
