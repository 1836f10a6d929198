"""Mails about reports and decisions. Neutral: a lock screen learns neither what was posted nor what was decided."""

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from common.mail import send_mail
from moderation.letters import ALERT
from moderation.models import Case, Decision, Report
from notifications.actions import post
from notifications.models import Mail


def _send(email: str, subject: str, name: str, path: str, **words: object) -> None:
    context = {"site_name": settings.SITE_NAME, "address": settings.SITE_URL + path, **words}
    body = render_to_string(f"moderation/emails/{name}.txt", context)
    send_mail(email, subject % {"site": settings.SITE_NAME}, body)


def reachable_staff() -> QuerySet[User]:
    """The moderators that a mail can reach."""
    return User.objects.filter(is_staff=True, is_active=True).exclude(email="")


@transaction.atomic
def alert_on_call(pk: int) -> int:
    """Have the moderators on call who may open a case asked to look at it at once (all who may, where none is on call).

    Returns how many. Each gets one mail about it, sent before all others and tried again until it arrives.
    """
    case = Case.objects.open().filter(pk=pk).first()
    if case is None:
        return 0
    able = [one for one in reachable_staff().order_by("pk") if Case.objects.visible_to(one).filter(pk=pk).exists()]
    chosen = [one for one in able if one.is_on_call] or able
    post([moderator.pk for moderator in chosen], ALERT, about=case.pk, rank=Mail.Rank.URGENT)
    return len(chosen)


def _address_of(report: Report) -> str:
    if report.reporter is not None:
        return report.reporter.email if report.reporter.is_active else ""
    return report.email


def send_receipt(pk: int) -> None:
    """Tell who reported something that it has arrived, with its number."""
    report = Report.objects.select_related("reporter").filter(pk=pk).first()
    if report and (email := _address_of(report)):
        _send(email, _("Your report to %(site)s"), "receipt", report.get_absolute_url(), reference=report.reference)


def tell_reporter(pk: int) -> None:
    """Tell who reported something that it is decided, and how to object."""
    report = Report.objects.select_related("reporter").filter(pk=pk).first()
    if report and (email := _address_of(report)):
        _send(
            email, _("News about your report to %(site)s"), "outcome", report.get_absolute_url(),
            reference=report.reference,
        )  # fmt: skip


def tell_author(pk: int) -> None:
    """Tell an author that there is a decision to read, with its reasons and how to appeal."""
    decision = Decision.objects.select_related("about").filter(pk=pk).first()
    person = decision.about if decision else None
    if decision and person and person.email and person.is_active:
        _send(person.email, _("News in your account on %(site)s"), "decision", reverse("moderation:decisions"))
