"""May this person do this? They only read: the own requests, addresses and earlier views of the people concerned."""

from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings

from accounts.models import User
from credentials.models import FINAL_REASONS, Credential, CredentialEvent, State
from forum.policies import Refused, require

__all__ = ["Refused", "require"]

# Addresses anybody can have: they link nobody to an employer.
PRIVATE_MAIL = frozenset((Path(__file__).parent / "data/private_mail.txt").read_text().split())


# Names below a country under which organisations register: "trust.nhs.uk" and "clinic.com.au" are one employer each.
SECOND_LEVEL = frozenset("ac co com edu gob gouv gov gv health id med mil nhs nom or org net sch".split())  # noqa: SIM905


def domain_of(email: str) -> str:
    """The employer an address points to, without subdomains; nothing for an address that anybody can have."""
    domain = email.rpartition("@")[2].strip().casefold().rstrip(".")
    labels = domain.split(".")
    is_below = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL
    employer = ".".join(labels[-3:] if is_below else labels[-2:])
    return "" if {domain, employer} & PRIVATE_MAIL else employer


def can_review(user: Any) -> bool:
    return bool(user and user.is_authenticated and user.is_moderator and user.has_perm("credentials.review_credential"))


def can_decide(user: Any, credential: Credential) -> bool:
    """A reviewer, and never about the own registration."""
    return can_review(user) and credential.user_id != user.pk


def can_apply(user: Any) -> bool:
    """Not while a badge is paused, and not after a false claim or for conduct: those write to the team."""
    if not user.is_authenticated:
        return False
    is_paused = Credential.objects.filter(user=user, state=State.SUSPENDED, superseded_by=None).exists()
    return not is_paused and may_hold_a_badge(user)


def may_hold_a_badge(user: User) -> bool:
    """Never again after a false claim or for conduct, unless the team opens the way by hand."""
    ended = Credential.objects.filter(user=user, state__in=[State.REVOKED, State.REJECTED])
    return not ended.filter(reason__in=FINAL_REASONS).exists()


def employers(user: User) -> set[str]:
    """The domains of the person's addresses that anybody cannot have."""
    addresses = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    work = Credential.objects.filter(user=user).exclude(work_domain="").values_list("work_domain", flat=True)
    return {domain for domain in [*map(domain_of, addresses), *work] if domain}


def share_employer(one: User, other: User) -> bool:
    return bool(employers(one) & employers(other))


def reviewers_needed(credential: Credential, *, by: User, approve: bool) -> int:
    """Two where the site asks for two, and where reviewer and applicant seem to be colleagues."""
    if approve and settings.CREDENTIAL_TWO_REVIEWERS:
        return 2
    return 2 if share_employer(by, credential.user) else 1


def advice_given(credential: Credential) -> list[CredentialEvent]:
    """What first reviewers have said since the request was sent the last time."""
    what = CredentialEvent.What
    events = list(credential.events.all())
    sent = max((event.pk for event in events if event.what == what.SUBMITTED), default=0)
    return [
        event for event in events if event.pk > sent and event.what in (what.ADVISED_APPROVAL, what.ADVISED_REJECTION)
    ]
