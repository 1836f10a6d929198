"""What people want to get by mail."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from accounts.models import User
from notifications.actions.due import DUE, LOCAL, REACHABLE, run
from notifications.kinds import KINDS, Timing
from notifications.models import Choice, Preferences

# What waits for a mail gets a new time, or none. What waits for none is old news and stays so.
PLAN = f"""
WITH k AS MATERIALIZED (
    SELECT id, user_id, kind FROM notifications_notification
    WHERE user_id = %(user)s AND mail_due_at IS NOT NULL AND read_at IS NULL
    ORDER BY id FOR UPDATE  -- in one order everywhere, so that nobody waits for each other
)
UPDATE notifications_notification AS waiting SET mail_due_at = CASE WHEN {REACHABLE} THEN {DUE} END
FROM k
JOIN accounts_user u ON u.id = k.user_id
{LOCAL}
WHERE k.id = waiting.id
"""


@transaction.atomic
def choose(user: User, timings: Mapping[str, str], **preferences: Any) -> None:
    """Keep when `user` wants news of these kinds, and other fields of Preferences; what waits is planned anew."""
    Preferences.objects.update_or_create(user=user, defaults=preferences)
    Choice.objects.bulk_create(
        [Choice(user=user, kind=kind, timing=timing) for kind, timing in timings.items()],
        update_conflicts=True,
        unique_fields=["user", "kind", "channel"],
        update_fields=["timing"],
    )
    plan_again(user)


def stop_kinds(user: User, kinds: Iterable[str]) -> None:
    """Send `user` no more mails about news of these kinds."""
    choose(user, dict.fromkeys(kinds, Timing.NEVER))


def want_kinds(user: User, kinds: Iterable[str]) -> None:
    """Have mails about these kinds sent again, as they are sent to those who never chose."""
    choose(user, {kind: KINDS[kind].wakes_as for kind in kinds})


def plan_again(user: User) -> None:
    """Give the news that wait for a mail to `user` the time that fits what is wanted now."""
    run(PLAN, {"user": user.pk})
