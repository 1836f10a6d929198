"""Who hears of what: questions, forums and professional fields."""

from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from notifications.actions.reading import mark_read
from notifications.models import Preferences, Subscription


@transaction.atomic
def follow(thread_id: int, level: str, *, by: User) -> None:
    """Have `by` hear of that much of a question, from now on; where that is nothing, no mail brings what waits."""
    if level == Subscription.Level.MUTED:
        mark_read(by, thread_id=thread_id)
    Subscription.objects.update_or_create(user=by, thread_id=thread_id, defaults={"level": level, "is_chosen": True})


def follow_by_writing(thread_id: int, *, by: User) -> None:
    """Have somebody who asked or replied follow the question, unless they have said otherwise or follow it already."""
    if not Preferences.objects.filter(user=by, follows_own=False).exists():
        Subscription.objects.bulk_create([Subscription(user=by, thread_id=thread_id)], ignore_conflicts=True)


FOLLOW_ON = """
INSERT INTO notifications_subscription (user_id, thread_id, level, is_chosen, created_at)
SELECT user_id, %(to)s, level, is_chosen, created_at FROM notifications_subscription
WHERE thread_id = %(thread)s AND level = ANY(%(levels)s) AND (%(users)s::bigint[] IS NULL OR user_id = ANY(%(users)s))
ON CONFLICT DO NOTHING
"""


def follow_on(thread_id: int, *, to: int, user_ids: Iterable[int] | None = None) -> None:
    """Have those who follow a question follow another one too, to which its replies went; only these, where given.

    What they have said of the other one stays.
    """
    users = None if user_ids is None else list(user_ids)
    values = {"thread": thread_id, "to": to, "users": users, "levels": list(Subscription.FOLLOWING)}
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW_ON, values)


def follow_area(level: str, *, by: User, forum_id: int | None = None, specialty: str = "") -> None:
    """Have `by` hear of that much of a forum, or of a professional field (a key of accounts.professions)."""
    area: dict[str, Any] = {"forum_id": forum_id, "specialty": specialty, "thread": None}
    Subscription.objects.update_or_create(user=by, **area, defaults={"level": level, "is_chosen": True})


def unfollow_area(*, by: User, forum_id: int | None = None, specialty: str = "") -> bool:
    """Forget what `by` said of a forum or field; returns whether there was anything."""
    return bool(Subscription.objects.filter(user=by, forum=forum_id, specialty=specialty, thread=None).delete()[0])
