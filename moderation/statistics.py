"""Counts over cases and decisions: how long things take, and what the yearly page says."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pgtrigger
from django.db.models import Count, DurationField, ExpressionWrapper, F, Q
from django.db.models.functions import ExtractYear
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from credentials.models import CredentialEvent
from moderation.models import Action, Appeal, Case, Decision, Ground, Outcome, Reason, Report, Source

LATEST = 100  # decided cases that the typical wait is taken from
FEW = 5  # smaller counts could point at somebody


def typical_wait() -> timedelta | None:
    """How long three of four posts waited lately for a moderator; None before there are any."""
    waited = ExpressionWrapper(F("closed_at") - F("opened_at"), output_field=DurationField())
    latest = Case.objects.filter(closed_at__isnull=False, kind=Case.Kind.HELD).order_by("-closed_at", "-pk")
    waits = sorted(latest.annotate(waited=waited).values_list("waited", flat=True)[:LATEST])
    return waits[len(waits) * 3 // 4] if waits else None


def forget_old(before: datetime) -> int:
    """Delete decisions (and appeals) from before a day, the only way they ever go, and closed cases.

    Returns how many decisions there were.
    """
    Appeal.objects.filter(decision__decided_at__lt=before).delete()
    Case.objects.filter(closed_at__lt=before).delete()
    with pgtrigger.ignore("moderation.Decision:decision_kept"):
        return Decision.objects.filter(decided_at__lt=before).delete()[0]


@dataclass(frozen=True)
class Row:
    label: str | Promise
    counts: tuple[int, ...]

    @property
    def shown(self) -> list[str]:
        """The counts as everybody may see them."""
        return [f"<{FEW}" if 0 < count < FEW else str(count) for count in self.counts]


@dataclass(frozen=True)
class Table:
    title: str
    columns: tuple[str, ...]
    rows: list[Row]


def years() -> list[int]:
    """The years that there is something to tell about, newest first."""
    found = Decision.objects.annotate(year=ExtractYear("decided_at")).values_list("year", flat=True)
    return sorted(set(found.order_by().distinct()), reverse=True)


def of_year(year: int) -> list[Table]:
    """What moderators did in a year, as tables of counts (DOMAIN 2.6)."""
    return [_notices(year), _own_actions(year), _automatic(year), _appeals(year), _professionals(year)]


def _notices(year: int) -> Table:
    rows = Report.objects.filter(created_at__year=year).values("reason")
    counted = {
        row["reason"]: (row["all"], row["upheld"], row["dismissed"])
        for row in rows.annotate(
            all=Count("pk"),
            upheld=Count("pk", filter=Q(outcome=Report.Outcome.UPHELD)),
            dismissed=Count("pk", filter=Q(outcome=Report.Outcome.DISMISSED)),
        ).order_by("reason")
    }
    return Table(
        _("Reports, by reason and outcome"),
        (_("Reports"), _("Something was done"), _("Nothing was found")),
        [Row(reason.label, counted.get(reason.value, (0, 0, 0))) for reason in Reason],
    )


def _own_actions(year: int) -> Table:
    decisions = Decision.objects.filter(decided_at__year=year, source=Source.OWN).exclude(ground=Ground.NONE)
    counted = dict(decisions.values_list("ground").annotate(n=Count("pk")).order_by("ground"))
    return Table(
        _("Decisions nobody had reported, by rule"),
        (_("Decisions"),),
        [Row(ground.label, (counted.get(ground.value, 0),)) for ground in Ground if ground],
    )


def _automatic(year: int) -> Table:
    """What automatic checks had flagged, and how much of it people found right."""
    flagged = Decision.objects.filter(decided_at__year=year, source=Source.AUTOMATIC)
    wrong = flagged.filter(action__in=[Action.APPROVE, Action.DISMISS, Action.FALSE_ALARM]).count()
    total = flagged.count()
    held = Decision.objects.filter(decided_at__year=year, is_automated=True).count()
    return Table(
        _("Automatic checks"),
        (_("Count"),),
        [
            Row(_("Posts a check had flagged, decided by a person"), (total,)),
            Row(_("of these, where the check was right"), (total - wrong,)),
            Row(_("Posts held back by many reports until a person looked"), (held,)),
        ],
    )


def _appeals(year: int) -> Table:
    counts = Appeal.objects.filter(created_at__year=year).aggregate(
        all=Count("pk"),
        reversed=Count("pk", filter=Q(outcome=Outcome.REVERSED)),
        upheld=Count("pk", filter=Q(outcome=Outcome.UPHELD)),
    )
    orders = Decision.objects.filter(decided_at__year=year, source=Source.AUTHORITY).count()
    return Table(
        _("Appeals and orders"),
        (_("Count"),),
        [
            Row(_("Appeals"), (counts["all"],)),
            Row(_("Decision taken back"), (counts["reversed"],)),
            Row(_("Decision kept"), (counts["upheld"],)),
            Row(_("Decisions ordered by an authority"), (orders,)),
        ],
    )


def _professionals(year: int) -> Table:
    what = CredentialEvent.What
    events = CredentialEvent.objects.filter(at__year=year, what__in=[what.APPROVED, what.REJECTED, what.REVOKED])
    counted: dict[Any, int] = dict(events.values_list("what").annotate(n=Count("pk")).order_by("what"))
    return Table(
        _("Medical professionals"),
        (_("Count"),),
        [
            Row(_("Verified"), (counted.get(what.APPROVED, 0),)),
            Row(_("Not accepted"), (counted.get(what.REJECTED, 0),)),
            Row(_("Badges taken away"), (counted.get(what.REVOKED, 0),)),
        ],
    )


def median_hours(year: int) -> float | None:
    """The median time from a case to its decision in a year, in hours; None without any."""
    waited = ExpressionWrapper(F("closed_at") - F("opened_at"), output_field=DurationField())
    waits = Case.objects.filter(closed_at__year=year).exclude(kind=Case.Kind.OWN).annotate(waited=waited)
    count = waits.count()
    if not count:
        return None
    middle = waits.order_by("waited", "pk").values_list("waited", flat=True)[count // 2]
    return float(middle.total_seconds() / 3600)
