"""How quickly one person may post (DOMAIN 7.2). Who has to wait is told for how long, and loses nothing."""

import math
from datetime import timedelta
from typing import Literal

from django.conf import settings
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.limits import spend
from accounts.models import User
from forum.holding import is_repeat
from forum.models import Reply, Thread
from forum.trust import is_first_day, is_known

Kind = Literal["question", "reply"]
FIRST_DAY_SLOWER = {"question": 8, "reply": 6}  # times the pause of everybody else
FIRST_DAY_AT_MOST = {"question": 3, "reply": 10}
SAME_TEXT_AGAIN = timedelta(minutes=5)


class TooSoon(Exception):
    """The person has to wait a little; `str()` says so, `seconds` how long."""

    def __init__(self, words: str, seconds: int) -> None:
        super().__init__(words)
        self.seconds = seconds


def keep_pace(by: User, kind: Kind, *, body: str) -> None:
    """Count one more post of today; TooSoon within the pause, LimitReached after the day's last one.

    People somebody has made sure of do not wait between posts, and may give two people the same answer.
    """
    if is_known(by):
        spend(by, kind)
        return
    _pause(by, kind)
    if settings.POSTING_PAUSES and is_repeat(by, body, within=SAME_TEXT_AGAIN):
        raise TooSoon(
            _("You have just posted this text. If it should stand there too, post it again in five minutes."),
            int(SAME_TEXT_AGAIN.total_seconds()),
        )
    spend(by, kind, at_most=FIRST_DAY_AT_MOST[kind] if is_first_day(by) else None)


def _pause(by: User, kind: Kind) -> None:
    pause = settings.POSTING_PAUSES.get(kind, 0) * (FIRST_DAY_SLOWER[kind] if is_first_day(by) else 1)
    if not pause:
        return
    posts = Thread.objects.filter(author=by) if kind == "question" else Reply.objects.filter(author=by)
    latest = posts.aggregate(at=Max("created_at"))["at"]
    left = math.ceil(pause - (timezone.now() - latest).total_seconds()) if latest else 0
    if left > 0:
        words = ngettext(
            "You have posted a moment ago. What you wrote is kept: press the button again in %(n)s second.",
            "You have posted a moment ago. What you wrote is kept: press the button again in %(n)s seconds.",
            left,
        )
        raise TooSoon(words % {"n": left}, left)
