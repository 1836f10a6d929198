"""What members are told about and by which way, as data: one more kind, timing or channel is one more line here."""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Timing(models.TextChoices):
    """When a channel brings news of one kind."""

    AT_ONCE = "at_once", _("At once")
    DAILY = "daily", _("Once a day")
    WEEKLY = "weekly", _("Once a week")
    NEVER = "never", _("Never")


class Channel(models.TextChoices):
    """The ways by which news reaches somebody who is not on the site; the list of notifications is always there."""

    MAIL = "mail", _("E-mail")


class Audience(models.TextChoices):
    """Whom a kind of news is for."""

    MEMBERS = "members", _("All members")
    PROFESSIONALS = "professionals", _("Medical professionals")
    MODERATORS = "moderators", _("Moderators")


@dataclass(frozen=True)
class Kind:
    """One kind of news. None of its words says what was asked or written.

    `says` completes a name in the list of notifications; a kind without it is a summary, which is made when it is sent.
    `letter` stands for the kind in the address that stops it, see notifications.tokens.
    """

    letter: str
    title: str | Promise
    timings: tuple[Timing, ...]
    default: Timing
    says: str | Promise = ""
    hint: str | Promise = ""
    audience: Audience = Audience.MEMBERS

    @property
    def wakes_as(self) -> Timing:
        """What somebody gets who wants it again."""
        return self.default if self.default != Timing.NEVER else self.timings[0]


ANSWER, ADDRESSED, FOLLOWED, QUESTION, UNANSWERED = "answer", "addressed", "followed", "question", "unanswered"
DIGEST, WAITING, QUEUE = "digest", "waiting", "queue"

ALL_TIMINGS = (Timing.AT_ONCE, Timing.DAILY, Timing.WEEKLY, Timing.NEVER)
KINDS = {
    ANSWER: Kind("a", _("Answers to my questions"), ALL_TIMINGS, Timing.AT_ONCE, says=_("answered your question")),
    ADDRESSED: Kind(
        "m", _("When somebody mentions or quotes me"), ALL_TIMINGS, Timing.AT_ONCE, says=_("wrote to you")
    ),
    FOLLOWED: Kind("f", _("Replies to other questions I follow"), ALL_TIMINGS, Timing.AT_ONCE, says=_("replied")),
    QUESTION: Kind("q", _("New questions in forums and fields I follow"), ALL_TIMINGS, Timing.DAILY, says=_("asked")),
    UNANSWERED: Kind(
        "u", _("When nobody has answered me for three days"), (Timing.AT_ONCE, Timing.NEVER), Timing.AT_ONCE,
        says=_("Nobody has answered yet"), hint=_("Once for a question, with what may help."),
    ),
    DIGEST: Kind(
        "d", _("What was helpful in my forums"), (Timing.WEEKLY, Timing.NEVER), Timing.NEVER,
        hint=_("Ten questions at most, from forums you follow or asked in. Nothing in weeks without any."),
    ),
    WAITING: Kind(
        "w", _("Questions in my field that wait for an answer"), (Timing.DAILY, Timing.NEVER), Timing.NEVER,
        hint=_("Those that nobody has answered for a day."), audience=Audience.PROFESSIONALS,
    ),
    QUEUE: Kind(
        "o", _("What waits for moderators"), (Timing.DAILY, Timing.NEVER), Timing.DAILY,
        hint=_("Urgent cases still come at once to those on call."), audience=Audience.MODERATORS,
    ),
}  # fmt: skip
STORED = tuple(code for code, kind in KINDS.items() if kind.says)  # those that are rows in the list of notifications
SUMMARIES = tuple(code for code in KINDS if code not in STORED)

MORNING = 8  # o'clock where the person is: when daily and weekly mails go out
