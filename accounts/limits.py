"""How often a person may do things in a day, counted exactly in one statement."""

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import User

DAILY = {
    "question": 20,
    "reply": 200,
    "edit": 30,
    "helpful_vote": 50,
    "opinion": 50,
    "work_code": 10,
    "evidence": 20,
    "picture": 20,
    "credential": 10,
    "report": 20,
    "appeal": 10,
    "redact": 20,
}


class LimitReached(Exception):
    """The person did this as often today as anyone may; `str()` is a sentence for that person."""

    def __init__(self, activity: str, limit: int | None = None) -> None:
        self.activity, self.limit = activity, limit or DAILY[activity]
        reached = {
            "question": _("You have reached the limit of %(limit)s questions in a day. You can go on tomorrow."),
            "reply": _("You have reached the limit of %(limit)s replies in a day. You can go on tomorrow."),
            "edit": _("You have reached the limit of %(limit)s edits in a day. You can go on tomorrow."),
            "helpful_vote": _(
                "You have reached the limit of %(limit)s replies marked as helpful in a day. You can go on tomorrow."
            ),
            "work_code": _("You have reached the limit of %(limit)s codes in a day. You can go on tomorrow."),
            "evidence": _("You have reached the limit of %(limit)s documents in a day. You can go on tomorrow."),
            "picture": _("You have reached the limit of %(limit)s pictures in a day. You can go on tomorrow."),
            "report": _(
                "You have reached the limit of %(limit)s reports in a day. In an emergency call for help; "
                "you can report again tomorrow."
            ),
            "redact": _("You have taken words out %(limit)s times today. You can go on tomorrow."),
            "appeal": _("You have reached the limit of %(limit)s appeals in a day. You can go on tomorrow."),
            "credential": _("You have reached the limit of %(limit)s requests in a day. You can go on tomorrow."),
            "opinion": _(
                "You have reached the limit of %(limit)s replies agreed with or cautioned about in a day. "
                "You can go on tomorrow."
            ),
        }[activity]
        super().__init__(reached % {"limit": self.limit})


def spend(user: User, activity: str, *, at_most: int | None = None) -> None:
    """Count one more `activity` of today (UTC); LimitReached when that is one too many (`at_most`, or DAILY).

    Runs inside the transaction of the action, so what is rolled back is not counted. The row is
    locked until then: take this lock before any other, always.
    """
    limit = at_most or DAILY[activity]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO accounts_activitylimit AS a (user_id, activity, day, count)
            VALUES (%s, %s, current_date, 1)
            ON CONFLICT (user_id, activity) DO UPDATE
            SET count = CASE WHEN a.day = current_date THEN a.count + 1 ELSE 1 END, day = current_date
            WHERE a.day <> current_date OR a.count < %s
            """,
            [user.pk, activity, limit],
        )
        if cursor.rowcount == 0:
            raise LimitReached(activity, limit)
