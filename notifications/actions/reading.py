from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from notifications.models import Notification, Preferences


def mark_read(user: User, *, thread_id: int | None = None, up_to: int | None = None) -> int:
    """Mark the own notifications of one question, or all up to a key, as read; returns how many were not.

    What is read is not mailed any more.
    """
    unread = Notification.objects.filter(user=user, read_at=None)
    if thread_id is not None:
        unread = unread.of_thread(thread_id)
    if up_to is not None:
        unread = unread.filter(pk__lte=up_to)
    return unread.update(read_at=timezone.now(), mail_due_at=None)


def mark_seen(user_id: int, *, thread_id: int, reply_ids: Iterable[int]) -> None:
    """Mark as read what somebody is told of by opening the question itself, of the replies that this page shows."""
    shown = Q(reply__in=list(reply_ids)) | Q(thread=thread_id)
    Notification.objects.filter(shown, user=user_id, read_at=None).update(read_at=timezone.now(), mail_due_at=None)


def note_visit(user: User) -> None:
    """Note that somebody looks at what they are told: who never does gets no summaries by mail any more."""
    day_ago = timezone.now() - timedelta(days=1)  # one write a day is enough
    Preferences.objects.filter(user=user, was_here_at__lt=day_ago).update(was_here_at=timezone.now())
