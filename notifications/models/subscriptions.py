from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.professions import SPECIALTIES


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def of_questions(self, user: Any) -> Self:
        """The questions that `user` follows or has muted, as far as readers can see them."""
        seen = Q(thread__status__in=["published", "removed"], thread__forum__is_open=True)
        return self.filter(seen, user=user)


class Subscription(models.Model):
    """That a member hears of one question, of a forum or of a professional field, and of how much there.

    What somebody said of a question counts more than what they said of its forum, and that more than of its field.
    """

    class Level(models.TextChoices):
        ALL = "all", _("Every reply")
        QUESTIONS = "questions", _("New questions")
        PROFESSIONALS = "professionals", _("Replies by medical professionals, and replies to me")
        MINE = "mine", _("Only replies to me: mentions and quotes (I do not follow it)")
        MUTED = "muted", _("Nothing")

    FOLLOWING: ClassVar[tuple[Level, ...]] = (Level.ALL, Level.PROFESSIONALS)
    OF_QUESTION: ClassVar[tuple[Level, ...]] = (Level.ALL, Level.PROFESSIONALS, Level.MINE, Level.MUTED)
    OF_AREA: ClassVar[dict[Level, Any]] = {
        Level.QUESTIONS: _("New questions"),
        Level.PROFESSIONALS: _("Replies by medical professionals"),
        Level.ALL: _("New questions and every reply"),
        Level.MUTED: _("Nothing, and leave it out of my summaries"),
    }

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    thread = models.ForeignKey("forum.Thread", on_delete=models.CASCADE, null=True, related_name="subscriptions")
    forum = models.ForeignKey("forum.Forum", on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    specialty = models.CharField(_("field"), max_length=60, blank=True, default="", db_default="")
    level = models.CharField(max_length=20, choices=Level, default=Level.ALL, db_default=Level.ALL)
    is_chosen = models.BooleanField(
        default=False, db_default=False, help_text=_("By the person; otherwise by asking or replying.")
    )
    created_at = models.DateTimeField(db_default=Now())

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "thread"], name="subscription_once"),
            models.UniqueConstraint(
                fields=["forum", "user"], condition=Q(forum__isnull=False), name="subscription_forum_once"
            ),
            models.UniqueConstraint(
                fields=["specialty", "user"], condition=~Q(specialty=""), name="subscription_field_once"
            ),
            models.CheckConstraint(
                condition=(
                    Q(
                        thread__isnull=False,
                        forum=None,
                        specialty="",
                        level__in=["all", "professionals", "mine", "muted"],
                    )
                    | Q(thread=None, forum__isnull=False, specialty="")
                    & Q(level__in=["all", "questions", "professionals", "muted"])
                    | Q(thread=None, forum=None, level__in=["all", "questions", "professionals", "muted"])
                    & ~Q(specialty="")
                ),
                name="subscription_of_one_thing",
            ),
        ]
        indexes = [models.Index("user", "id", condition=Q(thread=None), name="subscription_areas")]

    def __str__(self) -> str:
        return f"subscription {self.pk}"

    @property
    def level_name(self) -> Any:
        """How much of it the person hears of, in words."""
        return self.OF_AREA[self.Level(self.level)] if self.thread_id is None else self.Level(self.level).label

    @property
    def field_name(self) -> str:
        """The field in words, as the badge names it."""
        specialty = SPECIALTIES.get(self.specialty)
        return specialty.label if specialty else self.specialty
