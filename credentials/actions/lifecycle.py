"""What happens to a badge after it was given: it runs out, is paused, given back, or taken away."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import User
from credentials import policies, tasks
from credentials.actions.applying import delete_file, withdraw
from credentials.actions.reviewing import NOT_YOURS
from credentials.actions.steps import What, locked, step, write_down
from credentials.models import (
    OPEN,
    REVOCATION_REASONS,
    SUSPENSION_REASONS,
    Credential,
    Evidence,
    Reason,
    State,
)

REMINDERS = (30, 7)  # days before the end
UNTOUCHED_KEPT = timedelta(days=90)
FORGOTTEN = (State.DRAFT, State.NEEDS_INFORMATION)


@transaction.atomic
def suspend(
    credential: Credential, *, by: User, reason: str, message: str = "", note: str = "", seen: str | None = None
) -> None:
    """Pause a badge: gone from every page at once, until it is given back or taken away."""
    credential = locked(credential, seen=seen)
    policies.require(policies.can_decide(by, credential), str(NOT_YOURS))
    policies.require(reason in SUSPENSION_REASONS, gettext("Choose a reason."))
    credential.ended_at, credential.reason = timezone.now(), reason
    step(credential, What.SUSPENDED, State.SUSPENDED, by=by, tells=True, reason=reason, message=message, note=note)


@transaction.atomic
def reinstate(credential: Credential, *, by: User, message: str = "", note: str = "", seen: str | None = None) -> None:
    """Give a paused badge back for the time it had left; after its time it counts as run out.

    Where nobody approves alone, whoever paused it does not give it back alone either.
    """
    credential = locked(credential, seen=seen)
    policies.require(policies.can_decide(by, credential), str(NOT_YOURS))
    policies.require(credential.state == State.SUSPENDED, gettext("Only a paused badge can be given back."))
    if policies.reviewers_needed(credential, by=by, approve=True) > 1:
        paused = credential.events.filter(what=What.SUSPENDED).last()
        is_second = paused is not None and paused.by_id != by.pk and not policies.share_employer(by, credential.user)
        policies.require(
            is_second, gettext("Another reviewer, who is no colleague of this person, has to give it back.")
        )
    credential.reason = ""
    if credential.days_left(timezone.localdate()) < 0:
        step(credential, What.EXPIRED, State.EXPIRED, by=by, tells=True, message=message, note=note)
        return
    credential.ended_at = None
    step(credential, What.REINSTATED, State.APPROVED, by=by, tells=True, message=message, note=note)


@transaction.atomic
def revoke(
    credential: Credential, *, by: User, reason: str, message: str = "", note: str = "", seen: str | None = None
) -> None:
    """Take a badge away everywhere, from earlier answers too."""
    credential = locked(credential, seen=seen)
    policies.require(policies.can_decide(by, credential), str(NOT_YOURS))
    policies.require(reason in REVOCATION_REASONS, gettext("Choose a reason."))
    _revoke(credential, by, reason, message, note)


@transaction.atomic
def give_up(*, by: User) -> bool:
    """Have the holder end the own badge; returns whether there was one."""
    credential = Credential.objects.current().filter(user=by).first()
    if credential is None:
        return False
    credential = locked(credential)
    policies.require(credential.state == State.APPROVED, gettext("Your badge is paused. Write to us to end it."))
    _revoke(credential, by, Reason.OWN_REQUEST, "", "")
    return True


def _revoke(credential: Credential, by: User, reason: str, message: str, note: str) -> None:
    credential.ended_at, credential.reason = timezone.now(), reason
    step(credential, What.REVOKED, State.REVOKED, by=by, tells=True, reason=reason, message=message, note=note)


def expire_due(today: date | None = None) -> int:
    """End every badge whose last day has passed, each in its own transaction; returns how many.

    A paused badge stays paused: it is gone from every page already, and must not become one that only ran out.
    """
    today = today or timezone.localdate()
    due = Credential.objects.current().filter(state=State.APPROVED, valid_until__lt=today).order_by("pk")
    return sum(_expire(credential, today) for credential in due.without_particulars().select_related("user"))


@transaction.atomic
def _expire(credential: Credential, today: date) -> bool:
    credential = locked(credential)
    if credential.state != State.APPROVED or not credential.is_current or credential.days_left(today) >= 0:
        return False
    credential.ended_at = timezone.now()
    step(credential, What.EXPIRED, State.EXPIRED, by=None, tells=True)
    return True


def remind_due(today: date | None = None) -> int:
    """Have holders told 30 and 7 days before the end, each time once; returns how many are."""
    today = today or timezone.localdate()
    count = 0
    for days in REMINDERS:
        ending = Credential.objects.current().filter(
            state=State.APPROVED, valid_until__gte=today, valid_until__lte=today + timedelta(days=days)
        )
        due = ending.filter(Q(reminded_days=None) | Q(reminded_days__gt=days)).order_by("pk")
        count += sum(_remind(row, days) for row in due.without_particulars().select_related("user"))
    return count


@transaction.atomic
def _remind(credential: Credential, days: int) -> bool:
    credential = locked(credential)
    is_told = credential.reminded_days is not None and credential.reminded_days <= days
    renewal = Credential.objects.filter(user=credential.user, state__in=[State.SUBMITTED, State.NEEDS_INFORMATION])
    if is_told or credential.state != State.APPROVED or renewal.exists():
        return False
    credential.reminded_days = days
    credential.save(update_fields=["reminded_days"])
    write_down(credential, What.REMINDED, by=None)
    tasks.tell_holder.enqueue(credential.pk, What.REMINDED.value)
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
    write_down(credential, What.EVIDENCE_DELETED, by=None)
    return True


def delete_stray_files() -> int:
    """Delete files that no row knows a day after they came: a killed server leaves them. Returns how many."""
    storage = Evidence.file.field.storage
    try:
        _, names = storage.listdir("evidence")
    except FileNotFoundError:
        return 0
    known = set(Evidence.objects.exclude(file="").values_list("file", flat=True))
    before = timezone.now() - timedelta(days=1)
    paths = [f"evidence/{name}" for name in names]
    stray = [path for path in paths if path not in known and storage.get_modified_time(path) < before]
    for path in stray:
        storage.delete(path)
    return len(stray)


def forget_old_requests() -> int:
    """Withdraw requests that wait for their applicant and were not touched for 90 days; returns how many."""
    before = timezone.now() - UNTOUCHED_KEPT
    old = Credential.objects.filter(changed_at__lt=before, state__in=FORGOTTEN).order_by("pk")
    return sum(_forget(row, before) for row in list(old.without_particulars().select_related("user")))


@transaction.atomic
def _forget(credential: Credential, before: datetime) -> bool:
    credential = locked(credential)
    if credential.state not in FORGOTTEN or credential.changed_at >= before:
        return False
    withdraw(credential, by=None)
    return True
