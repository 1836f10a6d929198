"""When news may go into a mail: one piece of SQL for all who plan it, so that they cannot disagree."""

import json
from typing import Any

from django.conf import settings
from django.db import DataError, connection, transaction
from django.db.models.expressions import RawSQL

from notifications.kinds import KINDS, MORNING
from notifications.models import Preferences

# Of accounts_user u and a kind of news k.kind. Empty where no mail is wanted or can arrive. Mornings are those of the
# person's time zone: eight o'clock, for weekly mails on Mondays.
DUE = """
CASE coalesce(
    (SELECT c.timing FROM notifications_choice c WHERE c.user_id = u.id AND c.kind = k.kind AND c.channel = 'mail'),
    %(defaults)s::jsonb ->> k.kind
)
    WHEN 'at_once' THEN now() + %(hold)s * interval '1 second'
    WHEN 'daily' THEN (date_trunc('day', l.morning) + interval '1 day' + %(hours)s * interval '1 hour')
        AT TIME ZONE l.zone
    WHEN 'weekly' THEN (date_trunc('week', l.morning) + interval '1 week' + %(hours)s * interval '1 hour')
        AT TIME ZONE l.zone
END
"""
# Joined to accounts_user u: the person's preferences p, and in l their time zone and the local time by which it is the
# next day (week) once it is eight o'clock (on Monday).
LOCAL = """
LEFT JOIN notifications_preferences p ON p.user_id = u.id
CROSS JOIN LATERAL (
    SELECT z.zone, (now() AT TIME ZONE z.zone) - %(hours)s * interval '1 hour' AS morning
    FROM (SELECT coalesce(nullif(p.time_zone, ''), %(zone)s) AS zone) z
) l
"""
# Of the same: whether mails reach the person at all, and what they lead to.
REACHABLE = """
u.is_active AND u.email <> '' AND lower(p.stopped_address) IS DISTINCT FROM lower(u.email)
AND (u.suspended_until IS NULL OR u.suspended_until <= now())
"""


def run(statement: str, values: dict[str, Any]) -> int:
    """Run a statement made of these pieces; returns how many rows it wrote.

    A time zone that the database does not know any more, after a move to another server, must not keep everybody's
    news: its people get the site's.
    """
    try:
        return _run(statement, values)
    except DataError:
        if not forget_unknown_zones():
            raise
        return _run(statement, values)


@transaction.atomic
def _run(statement: str, values: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, {**parameters(), **values})
        return int(cursor.rowcount)


def forget_unknown_zones() -> int:
    """Take back the time zones that the database does not know; returns how many people's."""
    known = RawSQL("SELECT name FROM pg_timezone_names", [])
    return Preferences.objects.exclude(time_zone="").exclude(time_zone__in=known).update(time_zone="")


def parameters() -> dict[str, Any]:
    """The values these pieces need."""
    return {
        "defaults": json.dumps({code: kind.default for code, kind in KINDS.items()}),
        "hold": settings.MAIL_HOLD_SECONDS,
        "zone": settings.MAIL_TIME_ZONE,
        "hours": MORNING,
    }
