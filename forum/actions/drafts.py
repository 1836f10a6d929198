"""Keeping what somebody is still writing."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from forum.models import Draft, Forum, Reply, Thread

DRAFTS_KEPT = timedelta(days=90)


def lock_writing(user: User) -> None:
    """Let this person's posting and saving of drafts happen one after the other, until the transaction ends.

    Otherwise a draft saved while its text is being posted would come back as a ghost.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('writing', %s))", [user.pk])


@transaction.atomic
def save_draft(
    user: User,
    place: str,
    *,
    title: str = "",
    body: str = "",
    forum: Forum | None = None,
    facts: dict[str, str] | None = None,
    interest: str = "",
    is_anonymous: bool = False,
    keep_out_of_search: bool | None = None,
    key: UUID | None = None,
) -> Draft | None:
    """Keep the text for its form; an empty one is forgotten. None when there is nothing to keep.

    A save that arrives after its form was sent (`key` has made or edited a post) must not bring the text back.
    """
    lock_writing(user)
    if key and any(
        model.objects.filter(Q(submission_key=key) | Q(edit_key=key), author=user).exists() for model in (Thread, Reply)
    ):
        return None
    if not (title.strip() or body.strip() or facts or interest):
        discard_draft(user, place)
        return None
    fields: dict[str, Any] = {
        "title": title,
        "body": body,
        "forum": forum,
        "facts": facts or {},
        "interest": interest,
        "is_anonymous": is_anonymous,
        "keep_out_of_search": keep_out_of_search,
    }
    return Draft.objects.update_or_create(user=user, place=place, defaults=fields)[0]


def discard_draft(user: User, place: str) -> None:
    Draft.objects.filter(user=user, place=place).delete()


def forget_drafts() -> int:
    """Delete drafts nobody has touched for 90 days; returns how many."""
    return Draft.objects.filter(updated_at__lt=timezone.now() - DRAFTS_KEPT).delete()[0]
