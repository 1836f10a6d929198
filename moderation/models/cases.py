from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from credentials.models import Credential
from forum.models import Forum, Reply, Thread
from forum.models.forums import moderated_forums


class Urgency(models.IntegerChoices):
    """How soon somebody has to look, most urgent first."""

    CRISIS = 0, _("somebody may be in danger now")
    RISK = 1, _("somebody may be at risk")
    PERSONAL = 2, _("about a person who can be recognised")
    HARM = 3, _("may do harm")
    WAITING = 4, _("somebody waits for an answer")
    LATER = 5, _("can wait")


# Within what time somebody should have looked.
DUE = {
    Urgency.CRISIS: timedelta(minutes=30),
    Urgency.RISK: timedelta(hours=2),
    Urgency.PERSONAL: timedelta(hours=6),
    Urgency.HARM: timedelta(hours=24),
    Urgency.WAITING: timedelta(hours=24),
    Urgency.LATER: timedelta(days=3),
}
CLAIM_LASTS = timedelta(minutes=30)
OPEN = Q(closed_at=None)
SUBJECTS = ("thread", "reply", "person", "appeal", "credential")


def _only(subject: str) -> Q:
    return Q(**{f"{name}__isnull": name != subject for name in SUBJECTS})


ONE_SUBJECT = reduce(or_, map(_only, SUBJECTS))


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: Any) -> Self:
        """What a moderator may decide: all of it, or what belongs to the forums the moderator looks after.

        Nobody gets a case about the own posts or the own person; who sees requests for the badge also has to be a
        reviewer.
        """
        if not (user.is_authenticated and user.is_moderator):
            return self.none()
        cases = self.exclude(about=user.pk).exclude(appeal__decision__about=user.pk)
        if not user.has_perm("credentials.review_credential"):
            cases = cases.filter(credential=None)
        own = moderated_forums(user)
        if own is None:
            return cases
        return cases.filter(
            Q(thread__forum__in=own)
            | Q(reply__thread__forum__in=own)
            | Q(appeal__decision__thread__forum__in=own)
            | Q(appeal__decision__reply__thread__forum__in=own)
        )

    def open(self) -> Self:
        return self.filter(OPEN)

    def in_order(self) -> Self:
        """As the queue has it: by urgency, then the oldest."""
        return self.order_by("urgency", "opened_at", "pk")

    def with_subjects(self) -> Self:
        """With what the queue and the page of a case show of the subject."""
        return self.select_related(
            "thread__forum", "thread__author", "reply__thread__forum", "reply__author", "person", "claimed_by",
            "credential__user", "appeal__decision", "appeal__report", "about",
        )  # fmt: skip


class Case(models.Model):
    """One matter that a moderator has to look at. All reports of one thing are one case, and open only once."""

    class Kind(models.TextChoices):
        CRISIS = "crisis", _("in danger")
        REPORT = "report", _("reported")
        HELD = "held", _("held back")
        FOUND = "found", _("found by a rule")
        APPEAL = "appeal", _("appeal")
        CREDENTIAL = "credential", _("request for the badge")
        OWN = "own", _("opened by a moderator")

    kind = models.CharField(max_length=10, choices=Kind)
    urgency = models.PositiveSmallIntegerField(choices=Urgency)
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, null=True, blank=True, related_name="cases")
    reply = models.ForeignKey(Reply, on_delete=models.CASCADE, null=True, blank=True, related_name="cases")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="cases"
    )
    appeal = models.ForeignKey(
        "moderation.Appeal", on_delete=models.CASCADE, null=True, blank=True, related_name="cases"
    )
    credential = models.ForeignKey(Credential, on_delete=models.CASCADE, null=True, blank=True, related_name="cases")
    about = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="cases_about"
    )
    opened_at = models.DateTimeField(db_default=Now())
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="claimed_cases"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    handover = models.CharField(_("word to the next moderator"), max_length=500, blank=True, default="", db_default="")
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["urgency", "opened_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=ONE_SUBJECT, name="case_of_one_subject"),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True) | Q(claimed_at__isnull=False), name="case_claimed_at_a_time"
            ),
            *(
                models.UniqueConstraint(fields=[subject], condition=OPEN, name=f"case_open_once_{subject}")
                for subject in SUBJECTS
            ),
        ]
        indexes = [
            models.Index("urgency", "opened_at", "id", condition=OPEN, name="case_queue"),
            models.Index(models.F("closed_at").desc(), name="case_closed"),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("admin:moderation_case_change", args=[self.pk])

    @property
    def post(self) -> Thread | Reply | None:
        return self.thread or self.reply

    @property
    def in_thread(self) -> Thread | None:
        """The question that the case is about, or whose reply it is about."""
        return self.reply.thread if self.reply else self.thread

    @property
    def forum(self) -> Forum | None:
        thread = self.in_thread
        return thread.forum if thread else None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def due_at(self) -> datetime:
        return self.opened_at + DUE[Urgency(self.urgency)]

    @property
    def is_late(self) -> bool:
        return self.is_open and timezone.now() > self.due_at

    @property
    def holder(self) -> Any:
        """Who has claimed the case; a claim runs out, so that nothing lies with somebody who went home."""
        if self.claimed_by is None or self.claimed_at is None or timezone.now() - self.claimed_at > CLAIM_LASTS:
            return None
        return self.claimed_by


class StaffNote(models.Model):
    """What moderators want each other to know about a member. Members never see it."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="staff_notes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.CharField(max_length=1000)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"note {self.pk}"
