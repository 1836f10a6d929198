"""How often a person may do things in a day, counted exactly in one statement."""

from django.db import connection

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
}


class LimitReached(Exception):
    """The person did this as often today as anyone may; `str()` is a sentence for that person."""

    def __init__(self, activity: str) -> None:
        self.activity, self.limit = activity, DAILY[activity]
        what = {
            "question": "questions in a day",
            "reply": "replies in a day",
            "edit": "edits in a day",
            "helpful_vote": "replies marked as helpful in a day",
            "work_code": "codes in a day",
            "evidence": "documents in a day",
            "picture": "pictures in a day",
            "credential": "requests in a day",
            "opinion": "replies agreed with or cautioned about in a day",
        }[activity]
        super().__init__(f"You have reached the limit of {self.limit} {what}. You can go on tomorrow.")


def spend(user: User, activity: str) -> None:
    """Count one more `activity` of today (UTC); LimitReached when that is one too many.

    Runs inside the transaction of the action, so what is rolled back is not counted. The row is
    locked until then: take this lock before any other, always.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO accounts_activitylimit AS a (user_id, activity, day, count)
            VALUES (%s, %s, current_date, 1)
            ON CONFLICT (user_id, activity) DO UPDATE
            SET count = CASE WHEN a.day = current_date THEN a.count + 1 ELSE 1 END, day = current_date
            WHERE a.day <> current_date OR a.count < %s
            """,
            [user.pk, activity, DAILY[activity]],
        )
        if cursor.rowcount == 0:
            raise LimitReached(activity)
