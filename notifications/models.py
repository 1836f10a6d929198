"""Who follows what, and what each member is told. A row says what kind of news it is and where: never a word of it."""

from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notifications.kinds import KINDS

KEPT = timedelta(days=90)


class Subscription(models.Model):
    """That a member hears of the replies to a question, and of which."""

    class Level(models.TextChoices):
        ALL = "all", _("Every reply")
        PROFESSIONALS = "professionals", _("Replies by medical professionals, and replies to me")
        MINE = "mine", _("Only replies to me: mentions and quotes")
        MUTED = "muted", _("Nothing")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    thread = models.ForeignKey("forum.Thread", on_delete=models.CASCADE, related_name="subscriptions")
    level = models.CharField(max_length=20, choices=Level, default=Level.ALL, db_default=Level.ALL)
    is_chosen = models.BooleanField(
        default=False, db_default=False, help_text=_("By the person; otherwise by asking or replying.")
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "thread"], name="subscription_once"),
            models.CheckConstraint(
                condition=Q(level__in=["all", "professionals", "mine", "muted"]), name="subscription_level_known"
            ),
        ]

    def __str__(self) -> str:
        return f"subscription {self.pk}"


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, user: Any) -> Self:
        """The own ones, of replies that readers see now."""
        return self.filter(
            user=user,
            reply__status="published",
            reply__thread__status__in=["published", "removed"],
            reply__thread__forum__is_open=True,
        )

    def newest_first(self) -> Self:
        return self.order_by("-pk")


class Notification(models.Model):
    """That one member is told of one reply, once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=[(key, kind.label) for key, kind in KINDS.items()])
    reply = models.ForeignKey("forum.Reply", on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "reply"], name="notification_once"),
            models.CheckConstraint(condition=Q(kind__in=list(KINDS)), name="notification_kind_known"),
        ]
        indexes = [
            models.Index("user", F("id").desc(), name="notification_newest"),
            models.Index("user", condition=Q(read_at__isnull=True), name="notification_unread"),
            models.Index("created_at", name="notification_old"),
        ]

    def __str__(self) -> str:
        return f"notification {self.pk}"

    @property
    def is_read(self) -> bool:
        return self.read_at is not None

    @staticmethod
    def too_old() -> Q:
        """Those that are not kept any longer."""
        return Q(created_at__lt=timezone.now() - KEPT)


class News(models.Model):
    """A reply that its readers have not been told of yet: stored with it, gone once they have."""

    reply = models.OneToOneField("forum.Reply", on_delete=models.CASCADE, primary_key=True, related_name="+")
    # Whom it mentions or quotes; they hear of it even if they do not follow the question.
    created_at = models.DateTimeField(db_default=Now())
    addressed = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        verbose_name_plural = _("news")

    def __str__(self) -> str:
        return f"news of reply {self.pk}"
