"""What reviewers do with a request that was sent."""

from calendar import monthrange
from datetime import date
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from credentials import policies
from credentials.actions.applying import missing
from credentials.actions.steps import What, locked, step, write_down
from credentials.lookups import Finding, lookup_for
from credentials.models import Credential, Evidence, State

NOT_YOURS = _("Only a reviewer can do this, and never about the own request.")
NOT_WAITING = _("This request does not wait for a decision now.")
CHECKS = ("register_seen", "name_matches", "status_active", "no_conditions", "second_link")


@transaction.atomic
def ask_for_more(credential: Credential, *, by: User, message: str, note: str = "", seen: str | None = None) -> None:
    """Give the request back to the applicant with a question. Outdated if somebody was faster."""
    credential = locked(credential, seen=seen)
    policies.require(policies.can_decide(by, credential), str(NOT_YOURS))
    policies.require(credential.state == State.SUBMITTED, str(NOT_WAITING))
    policies.require(bool(message.strip()), gettext("Write what you need from the applicant."))
    step(credential, What.ASKED, State.NEEDS_INFORMATION, by=by, tells=True, message=message, note=note)


@transaction.atomic
def decide(
    credential: Credential,
    *,
    by: User,
    approve: bool,
    reason: str = "",
    message: str = "",
    note: str = "",
    checks: dict[str, Any] | None = None,
    seen: str | None = None,
) -> bool:
    """Approve or turn down; returns False where this was the first of two voices and another reviewer is needed.

    Outdated if somebody was faster. To approve, every check has to be made. Where reviewer and
    applicant share an employer, or the site wants two, nobody decides alone, and one of the two
    must be no colleague.
    """
    credential = locked(credential, seen=seen)
    policies.require(policies.can_decide(by, credential), str(NOT_YOURS))
    may_wait_for = (State.SUBMITTED,) if approve else (State.SUBMITTED, State.NEEDS_INFORMATION)
    policies.require(credential.state in may_wait_for, str(NOT_WAITING))
    details: dict[str, Any] = {"reason": reason, "message": message, "note": note, "checks": checks or {}}
    if approve:
        undone = [check for check in CHECKS if not (checks or {}).get(check)]
        policies.require(not undone, gettext("Make every check of the list before you approve."))
        policies.require(not missing(credential), gettext("Something is missing in this request. Ask for it first."))
        details["reason"] = ""
    else:
        policies.require(bool(reason), gettext("Choose a reason."))
        policies.require(bool(message.strip()), gettext("Write to the applicant why, in plain words."))
    if not _has_enough_voices(credential, by, approve):
        write_down(credential, What.ADVISED_APPROVAL if approve else What.ADVISED_REJECTION, by=by, **details)
        return False
    credential.decided_at, credential.decided_by = timezone.now(), by
    credential.reason = details["reason"]
    if not approve:
        credential.ended_at = credential.decided_at
        step(credential, What.REJECTED, State.REJECTED, by=by, tells=True, **details)
        return True
    _approve(credential, by, details)
    return True


def _has_enough_voices(credential: Credential, by: User, approve: bool) -> bool:
    if policies.reviewers_needed(credential, by=by, approve=approve) == 1:
        return True
    wanted = What.ADVISED_APPROVAL if approve else What.ADVISED_REJECTION
    given = policies.advice_given(credential)
    policies.require(
        all(event.by_id != by.pk for event in given),
        gettext("You have given your view. Another reviewer has to decide now."),
    )
    others = [event.by for event in given if event.by and event.what == wanted and policies.can_review(event.by)]
    independent = [person for person in [by, *others] if not policies.share_employer(person, credential.user)]
    return bool(others and independent)


def _approve(credential: Credential, by: User, details: dict[str, Any]) -> None:
    """Put the new registration in the place of the one it renews."""
    policies.require(
        policies.may_hold_a_badge(credential.user),
        gettext("A badge of this person was taken away for good in the meantime."),
    )
    same_number = Credential.objects.current().filter(
        scheme=credential.scheme, number_fingerprint=credential.number_fingerprint
    )
    policies.require(
        not same_number.exclude(user=credential.user).exists(),
        gettext("This registration stands for another account already. Find out who is who before you go on."),
    )
    policies.require(
        not Credential.objects.current().filter(user=credential.user, state=State.SUSPENDED).exists(),
        gettext(
            "The badge of this person is paused. Give it back or take it away before you decide about a new request."
        ),
    )
    today = timezone.localdate()
    replaced = Credential.objects.filter(
        user=credential.user, state__in=[State.APPROVED, State.EXPIRED], superseded_by=None
    ).exclude(pk=credential.pk)
    for earlier in replaced.select_for_update():
        earlier.superseded_by = credential
        earlier.save(update_fields=["superseded_by"])
        write_down(earlier, What.SUPERSEDED, by=by)
    credential.name_when_checked = credential.user.display_name
    credential.valid_until = later(today, settings.CREDENTIAL_VALID_MONTHS)
    credential.reminded_days = None
    try:
        step(credential, What.APPROVED, State.APPROVED, by=by, tells=True, **details)
    except IntegrityError as error:
        raise policies.Refused(gettext("This registration stands for another account already.")) from error


def later(day: date, months: int) -> date:
    """The same day so many months on, or the last of that month."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def look_up(credential: Credential, *, by: User) -> Finding:
    """Ask the register and write down what it said; the question is asked outside any transaction."""
    policies.require(policies.can_decide(by, credential), str(NOT_YOURS))
    register = lookup_for(credential)
    policies.require(register is not None, gettext("This register cannot be asked from here."))
    assert register is not None
    finding = register.find(credential.number, credential.name_on_register)
    with transaction.atomic():
        write_down(
            locked(credential), What.LOOKED_UP, by=by, note=finding.summary, checks={"supports": finding.supports}
        )
    return finding


def open_document(evidence: Evidence, *, by: User) -> None:
    """Write down that a reviewer opens this document; refused for anybody else, and for the own ones."""
    policies.require(policies.can_decide(by, evidence.credential), str(NOT_YOURS))
    with override(None):  # the record is kept in English
        note = f"{evidence.get_kind_display()}, {evidence.sha256[:12]}"
    write_down(evidence.credential, What.OPENED, by=by, note=note)
