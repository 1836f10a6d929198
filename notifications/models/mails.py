import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

KEPT = timedelta(days=90)


class Mail(models.Model):
    """One mail that somebody is to get: what it is about, never what it says. That is looked up when it is sent.

    The row is claimed by moving `due_at` on before each try, so a sender that dies leaves it for another one. Its key
    makes the Message-ID: should it go out twice, both are the same message.
    """

    class Outcome(models.TextChoices):
        SENT = "sent", _("sent")
        EMPTY = "empty", _("nothing to say any more")
        REFUSED = "refused", _("refused by the other side")
        GIVEN_UP = "given_up", _("given up after many tries")

    class Rank(models.IntegerChoices):
        """What goes out first."""

        URGENT = 0
        NEWS = 1
        SUMMARY = 2

    NEWS: ClassVar[str] = "news"  # the letter about notifications

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    letter = models.CharField(max_length=20, help_text=_("What it is, see notifications.letters."))
    about = models.BigIntegerField(null=True, blank=True, help_text=_("A key that the letter understands."))
    day = models.DateField(null=True, blank=True, help_text=_("Of a summary: the day or week it belongs to."))
    rank = models.PositiveSmallIntegerField(choices=Rank, default=Rank.NEWS, db_default=Rank.NEWS)
    made_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(db_default=Now())
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default="", db_default="")
    service_id = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text=_("What a mail service calls it.")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "letter", "day"], condition=Q(day__isnull=False), name="mail_summary_once"
            ),
            models.UniqueConstraint(
                fields=["user", "letter", "about"], condition=Q(about__isnull=False), name="mail_about_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, outcome="")
                | Q(ended_at__isnull=False, outcome__in=["sent", "empty", "refused", "given_up"]),
                name="mail_ended_with_outcome",
            ),
        ]
        indexes = [
            models.Index("rank", "due_at", "id", condition=Q(ended_at=None), name="mail_due"),
            models.Index("user", "letter", F("made_at").desc(), name="mail_latest"),
            models.Index("made_at", name="mail_old"),
            models.Index("service_id", condition=~Q(service_id=""), name="mail_of_service"),
        ]

    def __str__(self) -> str:
        return f"mail {self.pk}"

    @staticmethod
    def too_old() -> Q:
        """Those that are not kept any longer. A bounce that comes later finds nothing to stop."""
        return Q(made_at__lt=timezone.now() - KEPT)


class Bounce(models.Model):
    """That a mail did not arrive, or was not welcome. Kept for 90 days, without the address."""

    class Kind(models.TextChoices):
        HARD = "hard", _("the mailbox does not exist or takes no mail")
        SOFT = "soft", _("it could not be delivered for now")
        COMPLAINT = "complaint", _("marked as spam")

    class Source(models.TextChoices):
        SERVER = "server", _("said by the mail server at once")
        SERVICE = "service", _("reported by the mail service")
        MAILBOX = "mailbox", _("came back to the mailbox")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    mail = models.ForeignKey(Mail, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    source = models.CharField(max_length=10, choices=Source)
    code = models.CharField(max_length=20, blank=True, help_text=_("As the other side gave it, like 550 or 5.1.1."))
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        # Services repeat themselves, and so do mail servers. Once is enough to know it.
        constraints = [models.UniqueConstraint(fields=["mail", "kind"], name="bounce_once")]
        indexes = [models.Index("created_at", name="bounce_old")]

    def __str__(self) -> str:
        return f"bounce {self.pk}"

    @staticmethod
    def too_old() -> Q:
        return Q(created_at__lt=timezone.now() - KEPT)
