"""Appeals: by the author about a decision, or by who reported something about its outcome."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.limits import spend
from accounts.models import User
from moderation.actions.opening import Kind, open_case
from moderation.models import Action, Appeal, Decision, Report, Urgency
from moderation.policies import require

APPEAL_WITHIN = timedelta(days=183)  # six months (DSA, Article 20)
NOT_APPEALABLE = (Action.APPROVE, Action.REVERSE, Action.UPHOLD, Action.LIFT, Action.UNLOCK)


def can_appeal(decision: Decision) -> bool:
    """Whether the decision can still be appealed: within six months, and not taken back."""
    is_in_time = timezone.now() - decision.decided_at <= APPEAL_WITHIN
    return is_in_time and not decision.is_reversed and decision.action not in NOT_APPEALABLE


@transaction.atomic
def appeal(
    decision: Decision, *, text: str, by: User | None = None, report: Report | None = None
) -> tuple[Appeal, bool]:
    """Ask for another moderator to decide again; returns the appeal and whether it is new. Each side has one.

    `by` is the author, `report` the report of somebody who disagrees with its outcome.
    """
    if by is not None:
        require(decision.about_id == by.pk, _("Only the person concerned can appeal."))
    own = decision.appeals.filter(report=report) if report else decision.appeals.filter(by=by, report=None)
    if earlier := own.first():
        return earlier, False
    require(can_appeal(decision), _("This can no longer be appealed: six months are over, or it was taken back."))
    require(bool(text.strip()), _("Say why you disagree."))
    if by is not None:
        spend(by, "appeal")
    made, is_new = Appeal.objects.get_or_create(
        decision=decision, by=by, report=report, defaults={"text": text, "first_decider": decision.decided_by}
    )
    if is_new:
        open_case(made, Kind.APPEAL, Urgency.WAITING)
    return made, is_new
