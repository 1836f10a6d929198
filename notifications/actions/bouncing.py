"""Mails that did not arrive, and those who do not want them."""

from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from notifications.actions.choosing import plan_again, stop_kinds
from notifications.kinds import KINDS
from notifications.models import Bounce, Mail, Notification, Preferences
from notifications.reports import Report, report_of

logger = structlog.get_logger(__name__)

STOPPING = {Bounce.Kind.HARD: Preferences.Stopped.BOUNCED, Bounce.Kind.COMPLAINT: Preferences.Stopped.COMPLAINED}


@transaction.atomic
def note_bounce(mail: Mail, address: str, kind: Bounce.Kind, source: Bounce.Source, *, code: str = "") -> bool:
    """Note once that a mail to `address` came back or was not welcome; returns whether mails to the person stop.

    They do after a hard bounce or a complaint, unless the address is not the person's any more, or they have asked to
    try again since the mail was made.
    """
    user = User.objects.select_for_update(no_key=True).filter(pk=mail.user_id).first()
    if user is None or Mail.objects.select_for_update(no_key=True).filter(pk=mail.pk).first() is None:
        return False
    defaults = {"user": user, "source": source, "code": code[:20]}
    Bounce.objects.get_or_create(mail=mail, kind=kind, defaults=defaults)
    stopped = STOPPING.get(kind)
    if stopped is None or user.email.casefold() != address.strip().casefold():
        return False
    preferences = Preferences.objects.get_or_create(user=user)[0]
    if preferences.resumed_at and preferences.resumed_at > mail.made_at:
        return False
    preferences.stopped, preferences.stopped_address, preferences.stopped_at = stopped, user.email, timezone.now()
    preferences.save(update_fields=["stopped", "stopped_address", "stopped_at"])
    plan_again(user)
    return True


def note_event(event: Any, service: str) -> None:
    """Do what an event of a mail service asks for (anymail.signals.tracking); the same one twice changes nothing."""
    report = report_of(event, service)
    if report is None:
        return
    mail = mail_of(report)
    if mail:
        note_report(mail, report, Bounce.Source.SERVICE)
    logger.info("mail event", kind=report.kind or "unsubscribed", code=report.code, mail=str(mail.pk) if mail else None)


def mail_of(report: Report) -> Mail | None:
    """The mail that a service reports on.

    Where it names none that is kept, like one about signing in, it is the newest to the address: it shows whose it is.
    """
    kept = Mail.objects.exclude(Mail.too_old()).select_related("user")
    mail = None
    if report.mail_id:
        mail = kept.filter(pk=report.mail_id).first()
    if mail is None and report.service_id:
        mail = kept.filter(service_id=report.service_id[:200]).order_by("made_at", "pk").last()
    if mail is None and report.address:
        owner = ~Q(user__email="") & Q(user__email__iexact=report.address)
        sent = kept.filter(owner, tries__gt=0).exclude(outcome=Mail.Outcome.EMPTY)
        mail = sent.order_by("made_at", "pk").last()
    return mail


def note_report(mail: Mail, report: Report, source: Bounce.Source) -> None:
    """Note what became of a mail, or stop mails of its kinds where that is what the person asked for."""
    if report.kind is None:
        kinds = kinds_of(mail)
        if kinds and mail.user.is_active:
            stop_kinds(mail.user, kinds)
        return
    # Whoever got the mail complains about it; their service often leaves the address out.
    address = report.address or (mail.user.email if report.kind == Bounce.Kind.COMPLAINT else "")
    note_bounce(mail, address, report.kind, source, code=report.code)


def kinds_of(mail: Mail) -> tuple[str, ...]:
    """The kinds of news that a mail brought; none where it was one that cannot be stopped."""
    if mail.letter == Mail.NEWS:
        return tuple(Notification.objects.filter(mail=mail).order_by("kind").values_list("kind", flat=True).distinct())
    return (mail.letter,) if mail.letter in KINDS else ()


def resume_mail(user: User) -> None:
    """Send mails to the person's address again."""
    Preferences.objects.filter(user=user).update(
        stopped="", stopped_address="", stopped_at=None, resumed_at=timezone.now()
    )
