import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from moderation.models.cases import Case, Urgency

EXPLANATION_LIMIT = 2000
LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is taken for another


def new_reference() -> str:
    """A number for a report or a decision that nobody can guess: 16 letters, 78 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


class Reason(models.TextChoices):
    """Why somebody reports something, in the order of the form: what is most urgent first."""

    ABOUT_ME = "about_me", _("Somebody posted about me")
    AT_RISK = "at_risk", _("Someone may be at risk of suicide or of harm")
    DANGEROUS = "dangerous", _("Dangerous or false medical information")
    DRUGS = "drugs", _("Selling, sharing or sourcing medicines or drugs")
    PERSONAL = "personal", _("Personal information about somebody")
    HARASSMENT = "harassment", _("Harassment, hate or threats")
    SPAM = "spam", _("Advertising or spam")
    IMPERSONATION = "impersonation", _("Pretending to be a medical professional")
    SEXUAL = "sexual", _("Sexual content")
    CHILD = "child", _("Content that involves the abuse of a child")
    ILLEGAL = "illegal", _("Something else that is against the law")
    OTHER = "other", _("Something else")


URGENCY = {
    Reason.AT_RISK: Urgency.RISK,
    Reason.CHILD: Urgency.RISK,
    Reason.ABOUT_ME: Urgency.PERSONAL,
    Reason.PERSONAL: Urgency.PERSONAL,
    Reason.SPAM: Urgency.LATER,
    Reason.OTHER: Urgency.LATER,
}


def urgency_of(reason: str) -> Urgency:
    return URGENCY.get(Reason(reason), Urgency.HARM)


class Report(models.Model):
    """One person's report of one thing, with or without an account."""

    class Outcome(models.TextChoices):
        OPEN = "", _("not looked at yet")
        UPHELD = "upheld", _("something was done")
        DISMISSED = "dismissed", _("nothing against the rules was found")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="reports")
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="reports"
    )
    reason = models.CharField(max_length=15, choices=Reason)
    explanation = models.CharField(max_length=EXPLANATION_LIMIT, blank=True)
    law = models.CharField(_("which law, or why"), max_length=300, blank=True)
    name = models.CharField(max_length=100, blank=True)
    email = models.EmailField(blank=True)
    reference = models.CharField(max_length=20, unique=True, default=new_reference, editable=False)
    counts = models.BooleanField(
        _("counts towards hiding"), default=False, help_text=_("Made by a member of good standing.")
    )
    created_at = models.DateTimeField(db_default=Now())
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default=Outcome.OPEN)
    decision = models.ForeignKey(
        "moderation.Decision", on_delete=models.SET_NULL, null=True, blank=True, related_name="reports"
    )

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "reporter"], name="report_once_by_a_member"),
            models.UniqueConstraint(
                fields=["case", "email"], condition=Q(reporter=None) & ~Q(email=""), name="report_once_by_an_address"
            ),
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="report_reason_known"),
        ]
        indexes = [models.Index("reporter", models.F("created_at").desc(), name="report_of_reporter")]

    def __str__(self) -> str:
        return f"report {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("moderation:report", args=[self.reference])

    @property
    def is_open(self) -> bool:
        return self.outcome == self.Outcome.OPEN
