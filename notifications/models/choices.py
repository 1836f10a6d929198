from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notifications.kinds import KINDS, Channel, Timing


class Choice(models.Model):
    """When somebody wants one kind of news by one channel, where it is not the kind's default."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=[(code, kind.title) for code, kind in KINDS.items()])
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.MAIL, db_default=Channel.MAIL)
    timing = models.CharField(max_length=10, choices=Timing)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "channel"], name="choice_once"),
            models.CheckConstraint(condition=Q(kind__in=list(KINDS)), name="choice_kind_known"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="choice_channel_known"),
            models.CheckConstraint(condition=Q(timing__in=Timing.values), name="choice_timing_known"),
        ]
        # Who wants a summary that nobody gets unasked.
        indexes = [models.Index("kind", "user", condition=~Q(timing="never"), name="choice_wanted")]

    def __str__(self) -> str:
        return f"choice {self.pk}"

    @classmethod
    def stopped_by(cls, user: object) -> set[str]:
        """The kinds of which somebody wants no mail at all."""
        never = cls.objects.filter(user=user, channel=Channel.MAIL, timing=Timing.NEVER)
        return set(never.values_list("kind", flat=True))


class Preferences(models.Model):
    """What somebody wants of their mails, and whether their address takes them. No row: what is the default."""

    class Stopped(models.TextChoices):
        BOUNCED = "bounced", _("the mailbox does not exist or takes no mail")
        COMPLAINED = "complained", _("somebody marked a mail as spam")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    includes_titles = models.BooleanField(_("titles in my e-mails"), default=False, db_default=False)
    follows_own = models.BooleanField(_("follow what I ask and answer"), default=True, db_default=True)
    time_zone = models.CharField(max_length=60, blank=True, default="", db_default="")
    was_here_at = models.DateTimeField(
        default=timezone.now, db_default=Now(), help_text=_("Last looked at the summary or the notifications.")
    )

    stopped = models.CharField(max_length=10, choices=Stopped, blank=True, default="", db_default="")
    stopped_address = models.EmailField(
        blank=True, default="", db_default="", help_text=_("The one that takes no mail.")
    )
    stopped_at = models.DateTimeField(null=True, blank=True)
    resumed_at = models.DateTimeField(null=True, blank=True, help_text=_("The person asked for another try."))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(stopped="", stopped_address="", stopped_at=None)
                | (Q(stopped__in=["bounced", "complained"], stopped_at__isnull=False) & ~Q(stopped_address="")),
                name="preferences_stopped_whole",
            )
        ]

    def __str__(self) -> str:
        return f"preferences of {self.user_id}"

    @classmethod
    def of(cls, user: object) -> Self:
        """Those of a member, not stored yet where nothing was chosen."""
        return cls.objects.filter(user=user).first() or cls(user=user)

    @property
    def takes_no_mail(self) -> bool:
        """Whether mails to the present address have been stopped."""
        return bool(self.stopped) and self.stopped_address.casefold() == self.user.email.casefold()
