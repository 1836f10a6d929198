"""Who hears of what: questions, forums and professional fields."""

from typing import Any

from accounts.models import User
from notifications.models import Preferences, Subscription


def follow(thread_id: int, level: str, *, by: User) -> None:
    """Have `by` hear of that much of a question, from now on."""
    Subscription.objects.update_or_create(user=by, thread_id=thread_id, defaults={"level": level, "is_chosen": True})


def follow_by_writing(thread_id: int, *, by: User) -> None:
    """Have somebody who asked or replied follow the question, unless they have said otherwise or follow it already."""
    if not Preferences.objects.filter(user=by, follows_own=False).exists():
        Subscription.objects.bulk_create([Subscription(user=by, thread_id=thread_id)], ignore_conflicts=True)


def follow_area(level: str, *, by: User, forum_id: int | None = None, specialty: str = "") -> None:
    """Have `by` hear of that much of a forum, or of a professional field (a key of accounts.professions)."""
    area: dict[str, Any] = {"forum_id": forum_id, "specialty": specialty, "thread": None}
    Subscription.objects.update_or_create(user=by, **area, defaults={"level": level, "is_chosen": True})


def unfollow_area(*, by: User, forum_id: int | None = None, specialty: str = "") -> bool:
    """Forget what `by` said of a forum or field; returns whether there was anything."""
    return bool(Subscription.objects.filter(user=by, forum=forum_id, specialty=specialty, thread=None).delete()[0])
