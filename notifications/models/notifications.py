from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notifications.kinds import ADDRESSED, ANSWER, FOLLOWED, KINDS, QUESTION, STORED, UNANSWERED
from notifications.models.mails import Mail

KEPT = timedelta(days=90)


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, user: Any) -> Self:
        """The own ones, of replies and questions that readers see now (notifications.counting says the same)."""
        replies = Q(
            reply__status="published",
            reply__thread__status__in=["published", "removed"],
            reply__thread__forum__is_open=True,
        )
        questions = Q(thread__status="published", thread__forum__is_open=True)
        is_over = Q(kind=UNANSWERED, thread__reply_count__gt=0)
        return self.filter(replies | questions, user=user).exclude(is_over)

    def of_thread(self, thread_id: int) -> Self:
        """About that question, or about replies to it."""
        return self.filter(Q(thread=thread_id) | Q(reply__thread=thread_id))

    def newest_first(self) -> Self:
        return self.order_by("-pk")


class Notification(models.Model):
    """That one member is told of one reply, or of one question, once. It is what mails are made of.

    `mail_due_at` is when it may go into a mail, and `mail` the one it went into: never both, so it never goes twice.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=[(code, KINDS[code].title) for code in STORED])
    reply = models.ForeignKey("forum.Reply", on_delete=models.CASCADE, null=True, related_name="+")
    thread = models.ForeignKey("forum.Thread", on_delete=models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True, blank=True)
    mail_due_at = models.DateTimeField(null=True, blank=True)
    mail = models.ForeignKey(Mail, on_delete=models.SET_NULL, null=True, related_name="notifications")

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "reply"], name="notification_once"),
            models.UniqueConstraint(
                fields=["user", "thread", "kind"], condition=Q(thread__isnull=False), name="notification_question_once"
            ),
            models.CheckConstraint(
                condition=Q(reply__isnull=False, thread=None, kind__in=[ANSWER, ADDRESSED, FOLLOWED])
                | Q(reply=None, thread__isnull=False, kind__in=[QUESTION, UNANSWERED]),
                name="notification_of_one_thing",
            ),
            models.CheckConstraint(condition=Q(mail_due_at=None) | Q(mail=None), name="notification_mailed_once"),
        ]
        indexes = [
            models.Index("user", F("id").desc(), name="notification_newest"),
            models.Index("user", condition=Q(read_at__isnull=True), name="notification_unread"),
            models.Index("created_at", name="notification_old"),
            models.Index("mail_due_at", "user", condition=Q(mail_due_at__isnull=False), name="notification_mail_due"),
        ]

    def __str__(self) -> str:
        return f"notification {self.pk}"

    @property
    def question(self) -> Any:
        """The question it is about."""
        return self.reply.thread if self.reply else self.thread

    @property
    def byline(self) -> Any:
        """Who wrote what it is about, as readers see it."""
        return (self.reply or self.question).byline

    @property
    def speaker_id(self) -> Any:
        """Who is named in it, or nobody where the author is anonymous."""
        if self.reply is None:
            return None if self.question.is_anonymous else self.question.author_id
        is_anonymous = self.reply.is_anonymous or (self.reply.by_asker and self.reply.thread.is_anonymous)
        return None if is_anonymous else self.reply.author_id

    @property
    def path(self) -> str:
        """Where it leads: an address made of numbers, so that it tells nothing in a mail either."""
        if self.reply_id:
            return reverse("forum:reply", args=[self.reply_id])
        name = "thread_no_answer" if self.kind == UNANSWERED else "thread_bare"
        return reverse(f"forum:{name}", args=[self.thread_id])

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


class NewQuestion(models.Model):
    """A question that the followers of its forum have not been told of yet."""

    thread = models.OneToOneField("forum.Thread", on_delete=models.CASCADE, primary_key=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"news of question {self.pk}"
