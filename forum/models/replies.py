from dataclasses import replace
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import MD5, Now
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.shown import Versioned
from forum.models.forums import moderated_forums
from forum.models.posts import (
    ANONYMOUS,
    ANONYMOUS_ASKER,
    FORMER_MEMBER,
    INTEREST_LIMIT,
    Byline,
    Post,
    blocked_for,
    byline_of,
    professional_byline,
)
from forum.models.threads import Thread

OPINION_LIMIT = 500
HAS_A_PLACE = ~Q(status=Post.Status.HELD)


class ReplyQuerySet(models.QuerySet["Reply"]):
    def visible_to(self, user: Any) -> Self:
        """The one door for views: what `user` may not see does not exist."""
        shown = [Post.Status.PUBLISHED, Post.Status.REMOVED]  # a removed question leaves its replies in place
        visible = Q(status=Post.Status.PUBLISHED, thread__status__in=shown, thread__forum__is_open=True)
        if user.is_authenticated:  # author may be NULL: never compare it with an anonymous pk
            visible |= Q(author=user, status=Post.Status.HELD)
            if user.is_moderator:
                own = moderated_forums(user)
                if own is None:
                    return self.all()
                visible |= Q(thread__forum__in=own)
        return self.filter(visible)

    def waiting_of(self, user: Any, thread: Thread) -> "list[Reply]":
        """The own replies in a thread that a moderator has to read first, oldest first."""
        rows = list(
            self.filter(thread=thread, author=user, status=Post.Status.HELD).for_page(user).order_by("created_at", "pk")
        )
        for reply in rows:
            reply.thread = thread
        return rows

    def with_places(self) -> Self:
        """Replies and the places kept for removed and hidden ones, as the time orders show them."""
        return self.filter(HAS_A_PLACE)

    def for_page(self, user: Any) -> Self:
        """All that the reply card shows, without another query."""
        voted: Exists | Value = Value(False)
        opinion: Subquery | Value = Value(None, output_field=models.CharField())
        if user.is_authenticated:
            voted = Exists(HelpfulVote.objects.filter(reply=OuterRef("pk"), user=user))
            if user.is_medical_professional:
                own = PeerOpinion.objects.filter(reply=OuterRef("pk"), user=user)
                opinion = Subquery(own.values("kind")[:1])
        blocked = blocked_for(user)
        return self.select_related("author").annotate(voted_by_me=voted, my_opinion=opinion, **blocked)

    def for_rows(self, user: Any) -> Self:
        """With what a row in a list shows to `user`, the question included."""
        blocked = blocked_for(user) | blocked_for(user, "thread__author")
        return self.select_related("author", "thread__forum").annotate(**blocked)

    def written_openly_by(self, person: Any) -> Self:
        """Published replies under the person's name: not those to an own anonymous question."""
        openly = self.filter(author=person, status=Post.Status.PUBLISHED, is_anonymous=False)
        return openly.exclude(by_asker=True, thread__is_anonymous=True)

    def by_professionals(self) -> Self:
        """Published replies that carry the badge now, newest first."""
        return self.filter(status=Post.Status.PUBLISHED, has_badge=True).order_by("-created_at", "-pk")


class Reply(Post):
    """An answer to a question."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="replies")
    cautions: "list[PeerOpinion]"  # put here by the page that shows them
    thread_author_is_blocked = False  # see blocked_for
    new_question: Thread | None = None  # put here by the page: what the reply has become, where the reader may see it
    by_asker = models.BooleanField(_("by the person who asked"), default=False, db_default=False, editable=False)
    is_anonymous = models.BooleanField(
        _("shown without a name"),
        default=False,
        db_default=False,
        editable=False,
        help_text="It was written under an anonymous question that is not the one above it now.",
    )
    stands_as = models.ForeignKey(
        Thread,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        related_name="former_replies",
        help_text="The question that this reply has become; it keeps the place as a signpost.",
    )
    credential_line = models.CharField(
        max_length=80, blank=True, editable=False, help_text=_("The profession shown in the badge when it was written.")
    )
    interest = models.CharField(
        _("declared interest"),
        max_length=INTEREST_LIMIT,
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "What a professional declares with a reply, for example payments by a maker of something it names."
        ),
    )
    has_badge = models.BooleanField(
        _("shown with the badge"),
        default=False,
        db_default=False,
        editable=False,
        help_text="Kept by forum.actions.follow_badge when its author gains or loses the badge.",
    )
    imported_as_professional = models.BooleanField(default=False, db_default=False, editable=False)
    helpful_count = models.PositiveIntegerField(_("helpful"), default=0, db_default=0, editable=False)
    helpful_base_count = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text=_("Votes without a person: imported, or of closed accounts.")
    )

    agree_count = models.PositiveIntegerField(_("professionals agree"), default=0, db_default=0, editable=False)
    caution_count = models.PositiveIntegerField(_("cautions"), default=0, db_default=0, editable=False)

    objects = ReplyQuerySet.as_manager()

    class Meta(Post.Meta):
        ordering = ["created_at", "pk"]
        verbose_name_plural = _("replies")
        constraints = [
            *Post.Meta.constraints,
            models.UniqueConstraint("author", "submission_key", MD5("body"), name="reply_submitted_once"),
            models.CheckConstraint(
                condition=Q(helpful_base_count__lte=F("helpful_count")), name="reply_helpful_count_at_least_base"
            ),
            models.CheckConstraint(
                condition=~Q(by_asker=True, is_anonymous=True), name="reply_anonymous_asker_by_the_thread"
            ),
            models.CheckConstraint(
                condition=Q(stands_as=None) | Q(status="hidden"), name="reply_signpost_is_not_shown"
            ),
        ]
        indexes = [
            models.Index(
                "thread",
                F("helpful_count").desc(),
                "created_at",
                "id",
                condition=Q(status=Post.Status.PUBLISHED),
                name="reply_helpful",
            ),
            models.Index("thread", "created_at", "id", condition=HAS_A_PLACE, name="reply_oldest"),
            models.Index("author", F("created_at").desc(), F("id").desc(), name="reply_of_author"),
            models.Index("thread", condition=Q(level="red") | Q(level="crisis"), name="reply_alarming"),
            models.Index(
                "status", F("id").desc(), condition=~Q(status=Post.Status.PUBLISHED), name="reply_not_published"
            ),
            models.Index(
                F("created_at").desc(),
                F("id").desc(),
                condition=Q(status=Post.Status.PUBLISHED, has_badge=True),
                name="reply_with_badge",
            ),
            models.Index("author", "thread", condition=Q(status=Post.Status.HELD), name="reply_own_waiting"),
            models.Index("stands_as", condition=Q(stands_as__isnull=False), name="reply_signpost"),
        ]

    def __str__(self) -> str:
        return f"reply {self.pk}"

    def get_absolute_url(self) -> str:
        """The permalink: it finds the page, whatever the order and the length of the thread."""
        return reverse("forum:reply", args=[self.pk])

    @property
    def is_professional(self) -> bool:
        """Whether the badge is shown: the author holds it now, and it does not betray an anonymous asker."""
        if self.author is None or self.hides_author:
            return False
        return self.has_badge and self.author.is_medical_professional

    @property
    def was_professional(self) -> bool:
        """Whether its author held the badge when writing it and has only let it run out since."""
        if self.author is None or self.hides_author:
            return False
        return bool(self.credential_line) and self.author.was_medical_professional

    @property
    def by_anonymous_asker(self) -> bool:
        return self.by_asker and self.thread.is_anonymous

    @property
    def by_blocked(self) -> bool:
        """Whether the reader has blocked the person named here, so never somebody who is shown without a name."""
        return self.author_is_blocked and not self.hides_author

    @property
    def thread_by_blocked(self) -> bool:
        """The same of the person named at the question."""
        return self.thread_author_is_blocked and not self.thread.is_anonymous

    @property
    def hides_author(self) -> bool:
        """Whether it is shown without a name, as it was when it was written."""
        return self.is_anonymous or self.by_anonymous_asker

    @property
    def byline(self) -> Byline:
        if self.by_anonymous_asker:
            return ANONYMOUS_ASKER
        if self.is_anonymous:
            return ANONYMOUS
        note = _("asked this question") if self.by_asker else ""
        if self.author is None:
            return FORMER_MEMBER
        if self.is_professional:
            return professional_byline(self.author, self.thread.forum, note=note, line=self.credential_line)
        past = gettext(self.credential_line) if self.was_professional else ""
        imported = self.imported_as_professional
        return replace(byline_of(self.author, note=note), past_badge=past, imported_professional=imported)

    @property
    def shows_agreement(self) -> bool:
        """Whether the agreement of others is shown: never beside somebody whose badge was taken away."""
        return bool(self.agree_count) and (self.is_professional or self.was_professional)


class HelpfulVote(models.Model):
    """One person found one reply helpful."""

    reply = models.ForeignKey(Reply, on_delete=models.CASCADE, related_name="helpful_votes")
    # Protected: forum.actions.detach_votes comes first, so that an account's end never changes a count.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="helpful_votes")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reply", "user"], name="helpful_vote_once")]
        # Votes are stored in the order of time, so this takes next to no room and costs a vote nothing.
        indexes = [BrinIndex("created_at", autosummarize=True, name="helpful_vote_day")]

    def __str__(self) -> str:
        return f"vote {self.pk}"


class PeerOpinionQuerySet(models.QuerySet["PeerOpinion"]):
    def shown(self) -> Self:
        """Those of people who hold the badge now, oldest first; never what a moderator has hidden."""
        return self.filter(has_badge=True, is_hidden=False).order_by("created_at", "pk")


class PeerOpinion(Versioned):
    """What one medical professional says about a reply: agreement, or a caution with a short text.

    Kept apart from helpful votes, which everybody has.
    """

    class Kind(models.TextChoices):
        AGREE = "agree", _("agrees")
        CAUTION = "caution", _("adds a caution")

    reply = models.ForeignKey(Reply, on_delete=models.CASCADE, related_name="opinions")
    # Protected, like votes: an account's end must not change what readers count on without an action.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="peer_opinions")
    kind = models.CharField(max_length=10, choices=Kind)
    text = models.CharField(max_length=OPINION_LIMIT, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    has_badge = models.BooleanField(_("counts"), default=True, db_default=True, editable=False)
    is_hidden = models.BooleanField(_("hidden by a moderator"), default=False, db_default=False)

    objects = PeerOpinionQuerySet.as_manager()
    user_is_blocked = False  # see blocked_for

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reply", "user"], name="peer_opinion_once"),
            models.CheckConstraint(
                condition=(Q(kind="agree") & Q(text="")) | (Q(kind="caution") & ~Q(text="")),
                name="peer_opinion_text_is_a_caution",
            ),
        ]

    def __str__(self) -> str:
        return f"opinion {self.pk}"

    @property
    def byline(self) -> Byline:
        return professional_byline(self.user, self.reply.thread.forum)
