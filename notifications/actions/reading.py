from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from notifications.models import Notification, Preferences
from notifications.models.notifications import NotificationQuerySet


def mark_read(user: User, *, thread_id: int | None = None, up_to: int | None = None) -> int:
    """Mark the own notifications of one question, or all up to a key, as read; returns how many were not.

    What is read is not mailed any more.
    """
    unread = Notification.objects.all()
    if thread_id is not None:
        unread = unread.of_thread(thread_id)
    if up_to is not None:
        unread = unread.filter(pk__lte=up_to)
    return _mark(unread, user.pk)


def mark_seen(user_id: int, *, thread_id: int, reply_ids: Iterable[int]) -> None:
    """Mark as read what somebody is told of by opening the question itself, of the replies that this page shows."""
    shown = Notification.objects.filter(Q(reply__in=list(reply_ids)) | Q(thread=thread_id))
    if shown.filter(user=user_id, read_at=None).exists():  # rarely: most pages are read without having been told
        _mark(shown, user_id)


@transaction.atomic
def _mark(notifications: NotificationQuerySet, user_id: int) -> int:
    """Lock them in the order of their keys, as all do that change many, so that nobody waits for each other."""
    unread = notifications.filter(user=user_id, read_at=None).order_by("pk")
    keys = list(unread.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    if not keys:
        return 0
    return Notification.objects.filter(pk__in=keys).update(read_at=timezone.now(), mail_due_at=None)


def note_visit(user: User) -> None:
    """Note that somebody looks at what they are told: who never does gets no summaries by mail any more."""
    day_ago = timezone.now() - timedelta(days=1)  # one write a day is enough
    Preferences.objects.filter(user=user, was_here_at__lt=day_ago).update(was_here_at=timezone.now())
