"""The one place where a credential changes its state."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import grant_badge, withdraw_badge
from accounts.models import User
from common.encryption import fingerprint
from credentials import tasks
from credentials.models import TRANSITIONS, Credential, CredentialEvent, State
from credentials.policies import require
from forum.actions import follow_badge, lock_writing

What = CredentialEvent.What

# Called inside the transaction after every step. An app above registers itself here when it is ready (moderation
# keeps its queue by it).
state_changed: list[Callable[[Credential], None]] = []


class Outdated(Exception):
    """Somebody else was first: the credential is no longer what the person saw. `str()` is a sentence for them."""

    def __init__(self) -> None:
        super().__init__("Somebody changed this in the meantime, so nothing was saved. Look at it again as it is now.")


def locked(credential: Credential, *, seen: str | None = None) -> Credential:
    """The credential as it is now, locked until the transaction ends, together with its holder's writing.

    `seen` is what_is_seen() of the page the person looked at; Outdated if it is another one now.
    """
    lock_writing(credential.user)
    rows = Credential.objects.without_particulars().select_related("user")  # what a step needs: never the secrets
    credential = rows.select_for_update(of=("self",)).get(pk=credential.pk)
    if seen is not None and seen != what_is_seen(credential):
        raise Outdated
    return credential


def what_is_seen(credential: Credential) -> str:
    """Stands for what a reviewer has looked at: the newest step, and the name that would carry the badge."""
    return f"{last_event(credential)}.{fingerprint('seen', credential.user.name)[:12]}"


LOOKS = (What.OPENED, What.LOOKED_UP)  # they change nothing that another reviewer has seen


def last_event(credential: Credential) -> int:
    """The number of the newest step, 0 before the first."""
    steps = credential.events.exclude(what__in=LOOKS)
    return steps.order_by("-pk").values_list("pk", flat=True).first() or 0


def step(
    credential: Credential, what: What, to: State, *, by: User | None, tells: bool = False, **details: Any
) -> CredentialEvent:
    """Move a locked credential to another state, write the step down, and have the badge follow.

    Refused where the life of a credential has no such step. `tells`: send the holder a neutral mail.
    """
    start = State(credential.state)
    not_now = _("This cannot be done now: %(state)s.") % {"state": start.label}
    require(to == start or to in TRANSITIONS[start], not_now)
    credential.state = to
    credential.save()
    event = write_down(credential, what, by=by, from_state=start, **details)
    sync_badge(credential.user)
    for listener in state_changed:
        listener(credential)
    if tells:
        tasks.tell_holder.enqueue(credential.pk, what.value)  # a row of the same transaction: never lost, never early
    return event


def write_down(credential: Credential, what: What, *, by: User | None, **details: Any) -> CredentialEvent:
    """Write down a step, by default one that changes no state."""
    details.setdefault("from_state", credential.state)
    return CredentialEvent.objects.create(credential=credential, what=what, by=by, to_state=credential.state, **details)


def sync_badge(user: User) -> None:
    """Give the account and everything it wrote the badge that its credentials say, or none."""
    user.refresh_from_db()
    held = (user.is_medical_professional, user.was_medical_professional, user.professional_specialty, user.verified_on)
    rows = Credential.objects.without_particulars().filter(user=user, superseded_by=None)
    current = rows.filter(state=State.APPROVED).first()
    if current and current.decided_at:
        wanted = (True, False, current.specialty, timezone.localdate(current.decided_at))
        if held != wanted:
            grant_badge(user, specialty=current.specialty, verified_on=wanted[3])
            follow_badge(user)
        return
    ended = rows.filter(state__in=[State.EXPIRED, State.SUSPENDED, State.REVOKED])
    last = ended.order_by("-ended_at", "-pk").first()
    ran_out = last is not None and last.state == State.EXPIRED
    is_revoked = last is not None and last.state == State.REVOKED
    if held[0] or held[1] != ran_out or is_revoked:
        withdraw_badge(user, ran_out=ran_out)
        follow_badge(user, forgets_titles=is_revoked)
