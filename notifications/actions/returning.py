"""Taking in what came back to the mailbox, so that mails that are lost or not wanted stop."""

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from time import monotonic

import structlog
from django.conf import settings

from notifications.actions.bouncing import note_report
from notifications.actions.choosing import stop_kinds
from notifications.mailboxes import opened
from notifications.models import Bounce, Mail
from notifications.reports import Report
from notifications.returned import AT_MOST, Returned, read, reports_in
from notifications.tokens import holder_of

logger = structlog.get_logger(__name__)

MESSAGES = 200  # in one run
SECONDS = 60  # after which a run leaves the rest to the next


class Taken(StrEnum):
    """What a message turned out to be."""

    NOTED = "noted"
    STOPPED = "stopped"
    NOT_OURS = "not_ours"
    UNREADABLE = "unreadable"


def read_bounces() -> Iterator[tuple[Taken, float]]:
    """Take in what is in BOUNCE_MAILBOX and empty it; yields what each message was, and how much is done (0 to 1).

    A message goes after what it says is stored for good, so a run that dies is repeated by the next, which changes
    nothing twice. MailboxAway where it cannot be opened.
    """
    end = monotonic() + SECONDS
    with opened(settings.BOUNCE_MAILBOX) as box:
        names = box.names()[:MESSAGES]
        for number, name in enumerate(names, 1):
            content = box.read(name, AT_MOST)
            if content is not None:
                taken = take_in(content)
                box.take_out(name)
                yield taken, number / len(names)
            if monotonic() > end:
                break


def take_in(content: bytes) -> Taken:
    """Do what a message asks for, if it can be believed (notifications.returned)."""
    try:
        returned = read(content)
    except Exception as error:  # anybody may send anything
        return _unreadable(error)
    holder = holder_of(returned.token) if returned.token else None
    if holder:
        stop_kinds(holder.user, holder.kinds)
        return Taken.STOPPED
    mails = Mail.objects.exclude(Mail.too_old()).filter(pk__in=returned.keys).order_by("pk").select_related("user")
    return _note(returned, list(mails)) if returned.keys else Taken.NOT_OURS


def _note(returned: Returned, mails: list[Mail]) -> Taken:
    if not mails:
        return Taken.NOT_OURS
    try:
        reports = list(reports_in(returned))
    except Exception as error:
        return _unreadable(error)
    about = [(mail, report) for report in reports for mail in mails if _is_about(mail, report)]
    for mail, report in about:
        note_report(mail, replace(report, mail_id=mail.pk), Bounce.Source.MAILBOX)
        logger.info("mail came back", kind=report.kind, code=report.code, mail=str(mail.pk))
    return Taken.NOTED if about else Taken.NOT_OURS


def _is_about(mail: Mail, report: Report) -> bool:
    if not report.address:
        return report.kind == Bounce.Kind.COMPLAINT
    return report.address.casefold() == mail.user.email.casefold()


def _unreadable(error: Exception) -> Taken:
    logger.warning("message in the bounce mailbox not readable", error=type(error).__name__)
    return Taken.UNREADABLE
