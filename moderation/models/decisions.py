from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from forum.models import Reply, Thread
from moderation.models.cases import Case
from moderation.models.reports import Report, new_reference

MESSAGE_LIMIT = 2000


class Action(models.TextChoices):
    """What was done. The words are those the author of a post reads."""

    DISMISS = "dismiss", _("left as it is")
    APPROVE = "approve", _("published")
    HOLD = "hold", _("held back until a moderator has looked at it")
    EDIT = "edit", _("edited, so that it keeps to the rules")
    HIDE = "hide", _("hidden from readers")
    REMOVE = "remove", _("removed")
    LOCK = "lock", _("closed for replies")
    UNLOCK = "unlock", _("opened again for replies")
    MOVE = "move", _("moved to another forum")
    MERGE = "merge", _("put together with another question")
    SPLIT = "split", _("made into a question of its own")
    REDACT = "redact", _("cleared of personal details")
    SAFE = "safe", _("looked after")
    FALSE_ALARM = "false_alarm", _("found not to be about a crisis")
    WARN = "warn", _("a warning")
    READ_ONLY = "read_only", _("no posting for a while")
    SUSPEND = "suspend", _("account suspended for a while")
    BAN = "ban", _("account closed by the moderators")
    LIFT = "lift", _("restrictions lifted")
    REVERSE = "reverse", _("decision taken back")
    UPHOLD = "uphold", _("decision kept")


class Ground(models.TextChoices):
    """The rule that was broken (the community rules and the safe-messaging rules)."""

    NONE = "", _("no rule was broken")
    DIAGNOSIS = "diagnosis", _("No personal diagnosis given as certain; sources for claims about treatment")
    TREATMENT = "treatment", _("No advice to stop or change a prescribed treatment")
    MEDICINES = "medicines", _("No buying, selling, sharing or sourcing of medicines or drugs")
    MIRACLE = "miracle", _("No miracle cures, affiliate links, advertising or fundraising")
    IMPERSONATION = "impersonation", _("No pretending to be a medical professional")
    PERSONAL = "personal", _("No personal details about anybody")
    KIND = "kind", _("Be kind: no harassment, hate or threats")
    SAFE_MESSAGING = "safe_messaging", _("No methods or details of suicide, self-harm or disordered eating")
    SEXUAL = "sexual", _("No sexual content")
    CHILD = "child", _("Nothing that harms or endangers children")
    UNDER_AGE = "under_age", _("Members have to be old enough")
    ONE_QUESTION = "one_question", _("One question in a thread, in the forum where it fits")
    LAW = "law", _("Against the law")


class Source(models.TextChoices):
    NOTICE = "notice", _("a report")
    OWN = "own", _("the moderators’ own reading")
    AUTOMATIC = "automatic", _("an automatic check")
    AUTHOR = "author", _("the author’s own wish")
    AUTHORITY = "authority", _("an order of an authority")


class Outcome(models.TextChoices):
    OPEN = "", _("not decided yet")
    REVERSED = "reversed", _("the decision was taken back")
    UPHELD = "upheld", _("the decision stays")


class DecisionQuerySet(models.QuerySet["Decision"]):
    def about(self, person: Any) -> "DecisionQuerySet":
        """What was decided about somebody or their posts, newest first; only what they are told about."""
        return self.filter(about=person, is_told=True).order_by("-decided_at", "-pk")


class Decision(models.Model):
    """One decision of a moderator (or of the site itself). Append-only: the database refuses to change or delete it.

    It points at things without keeping them alive: an erased post leaves the record, without any text.
    """

    reference = models.CharField(max_length=20, unique=True, default=new_reference, editable=False)
    case = models.ForeignKey(
        Case, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="decisions"
    )
    thread = models.ForeignKey(
        Thread, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="decisions"
    )
    reply = models.ForeignKey(
        Reply, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="decisions"
    )
    about = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, null=True, db_constraint=False,
        related_name="decisions_about",
    )  # fmt: skip
    action = models.CharField(max_length=12, choices=Action)
    ground = models.CharField(max_length=15, choices=Ground, blank=True, default=Ground.NONE)
    law = models.CharField(max_length=300, blank=True)
    facts = models.CharField(_("facts relied on"), max_length=MESSAGE_LIMIT, blank=True)
    message = models.CharField(_("message to the author"), max_length=MESSAGE_LIMIT, blank=True)
    source = models.CharField(max_length=10, choices=Source)
    is_automated = models.BooleanField(_("decided without a person"), default=False)
    until = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="decisions"
    )
    decided_at = models.DateTimeField(db_default=Now())
    is_told = models.BooleanField(_("the author is told"), default=False)
    before = models.JSONField(default=dict, help_text="What it takes to undo it. Never any text of a post.")
    reverses = models.OneToOneField(
        "self", on_delete=models.DO_NOTHING, null=True, blank=True, db_constraint=False, related_name="reversed_by"
    )

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-decided_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(action__in=Action.values), name="decision_action_known"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=False) | Q(is_automated=True), name="decision_has_a_decider"
            ),
            models.CheckConstraint(condition=~Q(ground="law") | ~Q(law=""), name="decision_names_the_law"),
        ]
        indexes = [
            models.Index("about", F("decided_at").desc(), F("id").desc(), name="decision_about"),
            models.Index("thread", name="decision_of_thread"),
            models.Index("reply", name="decision_of_reply"),
            models.Index("decided_at", name="decision_when"),
        ]
        triggers = [pgtrigger.Protect(name="decision_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("moderation:decision", args=[self.reference])

    @property
    def post(self) -> Thread | Reply | None:
        """What it was about, where that still is there."""
        try:
            return self.reply or self.thread
        except (Reply.DoesNotExist, Thread.DoesNotExist):
            return None

    @property
    def decider_name(self) -> str:
        """Who decided, for moderators. An author's own wish names nobody: the question may be anonymous."""
        if self.is_automated:
            return gettext("automatically")
        if self.source == Source.AUTHOR:
            return gettext("its author")
        return self.decided_by.username if self.decided_by else "—"

    @property
    def is_reversed(self) -> bool:
        return hasattr(self, "reversed_by")


class Appeal(models.Model):
    """That the author, or who reported it, wants somebody else to look at a decision again."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, db_constraint=False, related_name="appeals")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="appeals"
    )
    report = models.ForeignKey(Report, on_delete=models.CASCADE, null=True, blank=True, related_name="appeals")
    text = models.CharField(max_length=MESSAGE_LIMIT)
    created_at = models.DateTimeField(db_default=Now())
    first_decider = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default=Outcome.OPEN)
    answer = models.CharField(max_length=MESSAGE_LIMIT, blank=True, default="")

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "by"], condition=Q(report=None), name="appeal_once_by_author"),
            models.UniqueConstraint(fields=["decision", "report"], name="appeal_once_by_reporter"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(first_decider=None) | ~Q(decided_by=F("first_decider")),
                name="appeal_decided_by_somebody_else",
            ),
        ]

    def __str__(self) -> str:
        return f"appeal {self.pk}"


class MessageTemplate(models.Model):
    """Words that moderators often need, for one kind of action or for all."""

    name = models.CharField(max_length=80, unique=True)
    action = models.CharField(max_length=12, choices=Action, blank=True)
    text = models.TextField(max_length=MESSAGE_LIMIT)
    position = models.PositiveSmallIntegerField(default=0, db_default=0)
    is_active = models.BooleanField(_("in use"), default=True, db_default=True)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name
