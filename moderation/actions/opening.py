"""How matters come into the queue, and how moderators share them out."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from credentials.models import Credential, State
from forum.models import Level, Reply, Thread
from moderation import tasks
from moderation.models import Case, Urgency
from moderation.policies import can_decide, can_moderate, require

NOT_YOURS = _("This is not yours to decide: another moderator has to.")
Kind = Case.Kind
ONE_ALERT_AN = timedelta(hours=1)


class Outdated(Exception):
    """Somebody else was first, or the thing was changed meanwhile. `str()` is a sentence for the moderator."""


def subject_of(thing: Any) -> dict[str, Any]:
    """How a case names what it is about."""
    names: dict[type, str] = {Thread: "thread", Reply: "reply", User: "person", Credential: "credential"}
    return {names.get(type(thing), "appeal"): thing}


def _about(thing: Any) -> User | None:
    if isinstance(thing, User):
        return thing
    if isinstance(thing, Credential):
        return thing.user
    return thing.author if isinstance(thing, Thread | Reply) else thing.decision.about


def open_case(thing: Any, kind: Kind, urgency: Urgency) -> Case:
    """The open case about a thing, made more urgent where this calls for it, or a new one; locked."""
    fields = {"kind": kind, "urgency": urgency, "about": _about(thing)}
    case, is_new = Case.objects.select_for_update(of=("self",), no_key=True).get_or_create(
        **subject_of(thing), closed_at=None, defaults=fields
    )
    if not is_new and urgency < case.urgency:
        case.kind, case.urgency = kind, urgency
        case.save(update_fields=["kind", "urgency"])
    return case


def open_for_post(post: Thread | Reply) -> None:
    """Put a post that waits, or that speaks of danger, into the queue; tell those on call of a crisis."""
    if post.level == Level.CRISIS and not post.is_looked_after:
        case = open_case(post, Kind.CRISIS, Urgency.CRISIS)
        if _has_just_been_told(case):
            return
        tasks.alert_on_call.enqueue(case.pk)  # a row of the same transaction: never lost, never early
    elif (post.is_alarming or post.is_emergency) and not post.is_looked_after:
        open_case(post, Kind.CRISIS, Urgency.RISK)
    elif post.is_held:
        harmful = post.held_for in ("sourcing", "dosing")
        open_case(post, Kind.HELD, Urgency.HARM if harmful else Urgency.WAITING)
    else:
        open_case(post, Kind.FOUND, Urgency.HARM)


def _has_just_been_told(case: Case) -> bool:
    """Whether those on call got a mail about the same person within the hour: one is enough to find the others."""
    since = timezone.now() - ONE_ALERT_AN
    others = Case.objects.open().filter(about=case.about, urgency=Urgency.CRISIS, opened_at__gt=since)
    return case.about is not None and others.exclude(pk=case.pk).exists()


def follow_credential(credential: Credential) -> None:
    """Keep a request for the badge in the queue exactly while it waits for a reviewer."""
    if credential.state == State.SUBMITTED:
        open_case(credential, Kind.CREDENTIAL, Urgency.LATER)
    else:
        close(Case.objects.open().filter(credential=credential))


def close(cases: Any) -> int:
    """Take cases out of the queue, together with their claims; returns how many."""
    return int(cases.update(closed_at=timezone.now(), claimed_by=None, claimed_at=None))


@transaction.atomic
def open_by_moderator(thing: Thread | Reply | User, *, by: User) -> Case:
    """Have a moderator look into something nobody reported; the case is claimed at once."""
    require(can_moderate(by), NOT_YOURS)
    case = open_case(thing, Kind.OWN, Urgency.WAITING)
    require(can_decide(by, case), NOT_YOURS)
    if case.holder is None:
        _claim(case, by)
    return case


def locked_case(pk: int) -> Case:
    """The case as it is now, locked until the transaction ends.

    Locked first and read then: joined at once, PostgreSQL would join what stood there before it waited.
    """
    Case.objects.select_for_update(no_key=True).get(pk=pk)
    return Case.objects.with_subjects().get(pk=pk)


@transaction.atomic
def claim(case: Case, *, by: User) -> Case:
    """Take a case, so that nobody else works on it for half an hour. Outdated if somebody has it, or it is closed."""
    case = locked_case(case.pk)
    require(can_decide(by, case), NOT_YOURS)
    if not case.is_open:
        raise Outdated(str(CLOSED))
    if case.holder not in (None, by):
        raise Outdated(str(TAKEN) % {"name": case.holder.username})
    _claim(case, by)
    return case


CLOSED = _("Somebody has decided this meanwhile.")
TAKEN = _("%(name)s is looking at this.")


def _claim(case: Case, by: User) -> None:
    case.claimed_by, case.claimed_at = by, timezone.now()
    case.save(update_fields=["claimed_by", "claimed_at"])


@transaction.atomic
def release(case: Case, *, by: User, handover: str = "") -> bool:
    """Give a claimed case back to the others, with a word to whoever takes it next; returns whether there was a claim.

    Nobody has to say why: distressing cases may be handed over at any time.
    """
    case = locked_case(case.pk)
    if not case.is_open or case.claimed_by_id != by.pk:
        return False
    case.claimed_by = case.claimed_at = None
    case.handover = handover[:500]
    case.save(update_fields=["claimed_by", "claimed_at", "handover"])
    return True
