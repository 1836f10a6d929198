"""Reports: from members and from people without an account, about a question, a reply or a person."""

from collections.abc import Collection, Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from accounts.limits import spend
from accounts.models import User
from forum import actions as forum_actions
from forum.actions.tally import locked_thread
from forum.models import HeldFor, Reply, Thread
from forum.trust import Trust, trust_of
from moderation import tasks
from moderation.actions.deciding import automatic
from moderation.actions.opening import Kind, open_case, subject_of
from moderation.models import Action, Case, Report
from moderation.models.reports import urgency_of
from moderation.policies import require

Thing = Thread | Reply | User
WITHOUT_ACCOUNT = 0.5  # what such a report weighs


@transaction.atomic
def report(
    thing: Thing,
    *,
    by: User | None,
    reason: str,
    explanation: str = "",
    law: str = "",
    name: str = "",
    email: str = "",
) -> tuple[Report, bool]:
    """One person's report of one thing, and whether it is new: a second one before the first is decided adds nothing.

    Several reports of members of good standing hide a post until a moderator has looked. Refused for the own posts
    and for what nobody can see any more; LimitReached after the day's last one.
    """
    require(by is None or by.pk != _owner(thing), _("This is your own. You can edit it or delete it yourself."))
    require(by is None or not by.is_suspended, _("Your account is suspended. Write to us by e-mail."))
    if by is not None and not _has_reported(thing, by):
        spend(by, "report")  # the limit comes before every other lock, see accounts.limits
    thing = _locked(thing)
    case = open_case(thing, Kind.REPORT, urgency_of(reason))
    earlier = _earlier(case, by, email)
    if earlier is not None:
        if by is None:
            tasks.send_receipt.enqueue(earlier.pk)  # it may have been lost; the page itself says nothing
        return earlier, False
    made = Report.objects.create(
        case=case,
        reporter=by,
        reason=reason,
        explanation=explanation,
        law=law,
        name=name,
        email=email,
        counts=by is not None and is_of_good_standing(by),
    )
    _hide_at_threshold(thing, case)
    tasks.send_receipt.enqueue(made.pk)
    return made, True


def _owner(thing: Thing) -> Any:
    return thing.pk if isinstance(thing, User) else thing.author_id


def _locked(thing: Thing) -> Thing:
    """The thing as it is now, its thread locked. Refused where readers no longer see it."""
    if isinstance(thing, User):
        return thing
    gone = _("This is no longer shown, so there is nothing left to report.")
    thread = locked_thread(thing.pk if isinstance(thing, Thread) else thing.thread_id)
    if isinstance(thing, Thread):
        require(thread.is_published, gone)
        return thread
    reply = Reply.objects.select_for_update(no_key=True).get(pk=thing.pk)
    require(reply.is_published, gone)
    reply.thread = thread
    return reply


def _has_reported(thing: Thing, by: User) -> bool:
    cases = Case.objects.open().filter(**subject_of(thing))
    return Report.objects.filter(case__in=cases, reporter=by).exists()


def _earlier(case: Case, by: User | None, email: str) -> Report | None:
    if by is not None:
        return case.reports.filter(reporter=by).first()
    return case.reports.filter(reporter=None, email__iexact=email).first() if email else None


def is_of_good_standing(user: User) -> bool:
    """Whether the reports of a member may hide something: known for a while, and mostly right so far."""
    return trust_of(user) >= Trust.MEMBER and accuracy(user) >= 0.5


def accuracy(user: User) -> float:
    """The share of a member's decided reports that led to something; one of each kind is taken for granted."""
    return _accuracies([user.pk])[user.pk]


def _accuracies(keys: Iterable[int]) -> dict[int, float]:
    """The same of several members, by their keys."""
    decided = Report.objects.filter(reporter__in=keys).exclude(outcome=Report.Outcome.OPEN).order_by("reporter")
    rows = decided.values_list("reporter").annotate(
        right=Count("pk", filter=Q(outcome=Report.Outcome.UPHELD)), total=Count("pk")
    )
    counts = {key: (right, total) for key, right, total in rows}
    shares = {key: counts.get(key, (0, 0)) for key in keys}
    return {key: (right + 1) / (total + 2) for key, (right, total) in shares.items()}


def weights(reports: Collection[Report]) -> list[float]:
    """What each report weighs: 1 for somebody new to it, up to 2 for who is always right, near 0 for who never is."""
    accurate = _accuracies({one.reporter_id for one in reports if one.reporter_id is not None})
    return [WITHOUT_ACCOUNT if one.reporter_id is None else 2 * accurate[one.reporter_id] for one in reports]


def _hide_at_threshold(thing: Thing, case: Case) -> None:
    """Hold a post back once reports of members of good standing weigh enough.

    Never one that speaks of danger: whoever wrote it needs answers, and moderators have it at the top of their queue.
    Never one that a moderator has let through after a report: many clicks are no new reason.
    """
    if isinstance(thing, User) or not thing.is_published or thing.is_alarming or thing.is_emergency:
        return
    since = thing.edited_at or thing.created_at
    let_through = [Action.DISMISS, Action.APPROVE, Action.REVERSE]
    if thing.decisions.filter(action__in=let_through, decided_at__gte=since).exists():
        return
    total = sum(weights(list(case.reports.filter(counts=True))))
    if total < settings.REPORTS_TO_HIDE:
        return
    forum_actions.hold(thing, by=None, held_for=HeldFor.REPORTED)
    automatic(thing, Action.HOLD, before={"status": "published", "held_for": ""}, case=case)
