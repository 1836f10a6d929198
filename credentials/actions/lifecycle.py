"""What happens to a badge after it was given: it runs out, is paused, given back, or taken away."""

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from credentials import mail, policies
from credentials.actions.applying import delete_file, withdraw
from credentials.actions.reviewing import NOT_YOURS
from credentials.actions.steps import What, locked, note, step
from credentials.models import OPEN, REVOCATION_REASONS, SUSPENSION_REASONS, Credential, Evidence, Reason, State

REMINDERS = (30, 7)  # days before the end
DRAFTS_KEPT = timedelta(days=90)


@transaction.atomic
def suspend(
    credential: Credential, *, by: User, reason: str, message: str = "", note: str = "", seen: int | None = None
) -> None:
    """Pause a badge: gone from every page at once, until it is given back or taken away."""
    credential = locked(credential, seen=seen)
    policies.require(policies.can_decide(by, credential), NOT_YOURS)
    policies.require(reason in SUSPENSION_REASONS, "Choose a reason.")
    credential.ended_at, credential.reason = timezone.now(), reason
    step(credential, What.SUSPENDED, State.SUSPENDED, by=by, tells=True, reason=reason, message=message, note=note)


@transaction.atomic
def reinstate(credential: Credential, *, by: User, message: str = "", note: str = "", seen: int | None = None) -> None:
    """Give a paused badge back, for the time it had left."""
    credential = locked(credential, seen=seen)
    policies.require(policies.can_decide(by, credential), NOT_YOURS)
    policies.require(credential.state == State.SUSPENDED, "Only a paused badge can be given back.")
    is_over = credential.valid_until is None or credential.valid_until <= timezone.localdate()
    policies.require(not is_over, "Its time has run out meanwhile. The person has to apply again.")
    credential.ended_at, credential.reason = None, ""
    step(credential, What.REINSTATED, State.APPROVED, by=by, tells=True, message=message, note=note)


@transaction.atomic
def revoke(
    credential: Credential, *, by: User, reason: str, message: str = "", note: str = "", seen: int | None = None
) -> None:
    """Take a badge away everywhere, from earlier answers too."""
    credential = locked(credential, seen=seen)
    policies.require(policies.can_decide(by, credential), NOT_YOURS)
    policies.require(reason in REVOCATION_REASONS, "Choose a reason.")
    _revoke(credential, by, reason, message, note)


@transaction.atomic
def give_up(*, by: User) -> bool:
    """Have the holder end the own badge; returns whether there was one."""
    credential = Credential.objects.current().filter(user=by).first()
    if credential is None:
        return False
    credential = locked(credential)
    policies.require(credential.state == State.APPROVED, "Your badge is paused. Write to us to end it.")
    _revoke(credential, by, Reason.OWN_REQUEST, "", "")
    return True


def _revoke(credential: Credential, by: User, reason: str, message: str, note: str) -> None:
    credential.ended_at, credential.reason = timezone.now(), reason
    step(credential, What.REVOKED, State.REVOKED, by=by, tells=True, reason=reason, message=message, note=note)


def expire_due(today: date | None = None) -> int:
    """End every badge whose last day has passed, each in its own transaction; returns how many."""
    today = today or timezone.localdate()
    due = Credential.objects.current().filter(valid_until__lte=today).order_by("pk")
    return sum(_expire(credential, today) for credential in due.without_particulars().select_related("user"))


@transaction.atomic
def _expire(credential: Credential, today: date) -> bool:
    credential = locked(credential)
    if not credential.is_current or credential.days_left(today) > 0:
        return False
    credential.ended_at = timezone.now()
    step(credential, What.EXPIRED, State.EXPIRED, by=None, tells=True)
    return True


def remind_due(today: date | None = None) -> int:
    """Tell holders 30 and 7 days before the end, each time once; returns how many were told."""
    today = today or timezone.localdate()
    count = 0
    for days in REMINDERS:
        ending = Credential.objects.current().filter(
            state=State.APPROVED, valid_until__gt=today, valid_until__lte=today + timedelta(days=days)
        )
        for credential in ending.without_particulars().select_related("user").order_by("pk"):
            count += _remind(credential, days)
    return count


@transaction.atomic
def _remind(credential: Credential, days: int) -> bool:
    credential = locked(credential)
    if credential.reminded_days is not None and credential.reminded_days <= days:
        return False
    if (
        credential.state != State.APPROVED
        or Credential.objects.filter(user=credential.user, state__in=OPEN[1:]).exists()
    ):
        return False  # a renewal is on its way
    credential.reminded_days = days
    credential.save(update_fields=["reminded_days"])
    note(credential, What.REMINDED, by=None)
    mail.tell(credential, What.REMINDED)  # inside the transaction: a mail that fails is tried again tomorrow
    return True


def delete_old_evidence() -> int:
    """Delete documents 30 days (a setting) after the decision; returns how many. Hash and outcome stay."""
    before = timezone.now() - timedelta(days=settings.EVIDENCE_KEPT_DAYS)
    old = Evidence.objects.filter(deleted_at=None, credential__decided_at__lt=before)
    closed = old.exclude(credential__state__in=OPEN).select_related("credential__user").order_by("pk")
    return sum(_delete_evidence(evidence) for evidence in closed)


@transaction.atomic
def _delete_evidence(evidence: Evidence) -> bool:
    credential = locked(evidence.credential)
    evidence.refresh_from_db()
    if evidence.deleted_at or credential.state in OPEN:
        return False
    delete_file(evidence)
    note(credential, What.EVIDENCE_DELETED, by=None)
    return True


def forget_old_drafts() -> int:
    """Withdraw requests that were begun 90 days ago and never sent; returns how many."""
    old = Credential.objects.filter(state=State.DRAFT, started_at__lt=timezone.now() - DRAFTS_KEPT)
    drafts = list(old.without_particulars().select_related("user"))
    for credential in drafts:
        withdraw(credential, by=None)
    return len(drafts)
