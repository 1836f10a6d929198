from datetime import datetime, timedelta
from typing import Any, Self

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import MD5, Length, Now, Upper
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.models import Block, User
from common.shown import Versioned
from forum.facts import labelled
from forum.models.forums import Forum, moderated_forums
from forum.models.posts import ANONYMOUS, FORMER_MEMBER, TITLE_LIMIT, Byline, Post, blocked_for, byline_of
from notifications.models import Subscription

models.TextField.register_lookup(Length)
models.CharField.register_lookup(Length)

PUBLISHED = Q(status=Post.Status.PUBLISHED)
# Words that are actions below /threads/<id>/ and so cannot be a title's slug.
ACTIONS = {
    "no-answer", "reply", "edit", "delete", "follow", "report", "history", "lock", "newest", "people", "professional",
}  # fmt: skip


def slug_of(title: str) -> str:
    """The readable part of a question's address."""
    slug = slugify(title)[:80].strip("-") or "question"
    return f"{slug}-question" if slug in ACTIONS else slug


class ThreadQuerySet(models.QuerySet["Thread"]):
    def visible_to(self, user: Any) -> Self:
        """The one door for views: what `user` may not see does not exist.

        A question removed by its author stays reachable, without its text, for the replies below it. One that was
        merged has no page any more, for nobody: its address leads on, see forum.places.
        """
        visible = Q(forum__is_open=True) & (PUBLISHED | Q(status=Post.Status.REMOVED, reply_count__gt=0))
        if user.is_authenticated:
            visible |= Q(author=user, status=Post.Status.HELD)
            if user.is_moderator:
                own = moderated_forums(user)
                visible = Q() if own is None else visible | Q(forum__in=own)
        return self.filter(visible, merged_into=None)

    def with_own(self, user: Any) -> Self:
        """With `has_own_waiting` and `is_followed`: whether `user` has a reply there that waits, and follows it."""
        waits: Exists | Value = Value(False)
        follows: Exists | Value = Value(False)
        if user.is_authenticated:
            replies = apps.get_model("forum", "Reply").objects
            waits = Exists(replies.filter(thread=OuterRef("pk"), author=user, status=Post.Status.HELD))
            follows = Exists(
                Subscription.objects.filter(thread=OuterRef("pk"), user=user, level__in=Subscription.FOLLOWING)
            )
        return self.annotate(has_own_waiting=waits, is_followed=follows)

    def listed(self) -> Self:
        """What lists show to everybody: published questions of open forums."""
        return self.filter(PUBLISHED, forum__is_open=True)

    def indexable(self) -> Self:
        """What search engines and feeds may have; Thread.is_indexable says the same of one."""
        return self.listed().filter(keep_out_of_search=False, forum__keep_out_of_search=False)

    def gone(self) -> Self:
        """What readers no longer see: hidden (not merged), or taken back with no reply left to show."""
        gone = Q(status=Post.Status.HIDDEN, merged_into=None) | Q(status=Post.Status.REMOVED, reply_count=0)
        return self.filter(gone, forum__is_open=True)

    def published_in(self, forum: Forum) -> Self:
        """What the page of a forum lists; whether somebody may open that page is the forum's affair."""
        return self.filter(PUBLISHED, forum=forum)

    def with_blocks_by(self, user: Any) -> Self:
        """Each with what `by_blocked` needs to know for `user`."""
        return self.annotate(**blocked_for(user))

    def for_rows(self, user: Any = None) -> Self:
        """With what a row in a list shows; to `user`, without the titles by people whom `user` has blocked."""
        return self.select_related("author", "forum").defer("body", "body_html", "facts").with_blocks_by(user)

    def to_suggest(self) -> Self:
        """What digests and suggestions may bring up: nothing a moderator still has to look after."""
        return self.listed().filter(is_watched=False)

    def helpful_lately(self, user: Any, forums: QuerySet[Forum]) -> Self:
        """What people in these forums found helpful within a week, for a summary: the most helpful first.

        Nothing of the member's own, nothing they have muted or by people they have blocked, and no question in which
        somebody spoke of suicide, whether a moderator has looked after it or not.
        """
        muted = Subscription.objects.filter(user=user, level=Subscription.Level.MUTED).values("thread")
        week_ago = timezone.now() - timedelta(days=7)
        threads = self.to_suggest().filter(forum__in=forums, last_activity_at__gt=week_ago, shows_help=False)
        threads = threads.exclude(author=user).exclude(pk__in=muted.filter(thread__isnull=False))
        return threads.without_blocked(user).filter(reply_count__gt=0).order_by("-helpful_count", "-reply_count", "-pk")

    def unanswered_for_a_day(
        self, professional: User, forums: QuerySet[Forum], *, since: datetime, until: datetime
    ) -> Self:
        """Questions of these forums that nobody has answered for a day, the oldest first.

        Only those whose day was over after `since`, but not after `until`.
        """
        day = timedelta(days=1)
        threads = self.to_suggest().filter(reply_count=0, is_locked=False, forum__in=forums)
        threads = threads.filter(created_at__gt=since - 7 * day)  # held at first for a week at most
        threads = threads.filter(last_activity_at__gt=since - day, last_activity_at__lte=until - day)
        return threads.exclude(author=professional).without_blocked(professional).order_by("created_at", "pk")

    def without_blocked(self, user: Any) -> Self:
        """Without the questions of named people whom `user` has blocked."""
        blocked = Block.objects.filter(user=user).values("blocked")
        return self.exclude(Q(is_anonymous=False, author__in=blocked))

    def waiting(self) -> Self:
        """Published questions nobody has answered, newest first."""
        return self.listed().filter(reply_count=0).order_by("-created_at", "-pk")

    def waiting_for_professionals(self) -> Self:
        """Published questions no professional has answered, newest first."""
        return self.listed().filter(professional_reply_count=0).order_by("-created_at", "-pk")


class Thread(Post):
    """A question with its replies."""

    forum = models.ForeignKey(Forum, on_delete=models.PROTECT, related_name="threads")
    title = models.CharField(max_length=TITLE_LIMIT)
    is_anonymous = models.BooleanField(_("asked anonymously"), default=False, db_default=False)
    is_locked = models.BooleanField(_("closed for replies and votes"), default=False, db_default=False)
    locked_until = models.DateTimeField(_("opens again"), null=True, blank=True, editable=False)
    # Kept by forum.actions.watching from the levels of the question and of its replies.
    shows_help = models.BooleanField(_("shows where to find help"), default=False, db_default=False, editable=False)
    is_watched = models.BooleanField(
        _("not suggested to others until a moderator has looked after it"),
        default=False,
        db_default=False,
        editable=False,
    )
    keep_out_of_search = models.BooleanField(_("kept out of search engines"), default=False, db_default=False)
    facts = models.JSONField(default=dict, db_default={}, blank=True, help_text="See forum.facts.")
    last_activity_at = models.DateTimeField(db_default=Now(), editable=False)

    # Set by forum.actions.merge: where its replies went, and the reply that says what it said.
    merged_into = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, editable=False, db_index=False, related_name="merged"
    )
    merged_as = models.ForeignKey(
        "forum.Reply",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        related_name="merged_threads",
    )

    # Kept exact inside the action that changes them; `manage.py recount` checks them.
    reply_count = models.PositiveIntegerField(_("replies"), default=0, db_default=0, editable=False)
    place_count = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text=_("Replies and the places of removed ones.")
    )
    professional_reply_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    helpful_count = models.PositiveIntegerField(
        _("helpful votes"), default=0, db_default=0, editable=False, help_text=_("Over all published replies.")
    )

    has_own_waiting: bool  # annotated by with_own()
    is_followed: bool
    objects = ThreadQuerySet.as_manager()

    class Meta(Post.Meta):
        ordering = ["-last_activity_at", "-pk"]
        permissions = [("reveal_asker", "Can see who asked an anonymous question (each look is logged)")]
        constraints = [
            *Post.Meta.constraints,
            models.UniqueConstraint(
                "author", "submission_key", MD5("title"), MD5("body"), name="thread_submitted_once"
            ),
            models.CheckConstraint(
                condition=~Q(title="") & Q(title__length__lte=TITLE_LIMIT), name="thread_title_length"
            ),
            models.CheckConstraint(
                condition=Q(professional_reply_count__lte=F("reply_count")) & Q(reply_count__lte=F("place_count")),
                name="thread_counts_nest",
            ),
            models.CheckConstraint(
                condition=Q(locked_until=None) | Q(is_locked=True), name="thread_opens_again_only_if_locked"
            ),
            models.CheckConstraint(
                condition=Q(is_watched=False) | Q(shows_help=True), name="thread_watched_shows_help"
            ),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="thread_not_merged_into_itself"),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(status__in=["hidden", "removed"]), name="thread_merged_is_not_shown"
            ),
        ]
        indexes = [
            models.Index(
                "forum", F("last_activity_at").desc(), F("id").desc(), condition=PUBLISHED, name="thread_active"
            ),
            models.Index("forum", F("created_at").desc(), F("id").desc(), condition=PUBLISHED, name="thread_newest"),
            models.Index(F("created_at").desc(), F("id").desc(), condition=PUBLISHED, name="thread_created"),
            models.Index(
                "forum", F("helpful_count").desc(), F("id").desc(), condition=PUBLISHED, name="thread_helpful"
            ),
            models.Index(
                F("created_at").desc(), F("id").desc(), condition=PUBLISHED & Q(reply_count=0), name="thread_waiting"
            ),
            models.Index("author", F("created_at").desc(), F("id").desc(), name="thread_of_author"),
            models.Index(
                "forum",
                F("last_activity_at").desc(),
                F("id").desc(),
                condition=PUBLISHED & Q(professional_reply_count__gt=0),
                name="thread_by_professional",
            ),
            models.Index(
                "forum",
                F("last_activity_at").desc(),
                F("id").desc(),
                condition=PUBLISHED & Q(reply_count=0),
                name="thread_unanswered",
            ),
            *[
                models.Index("forum", F(by).desc(), F("id").desc(), condition=PUBLISHED & Q(**only), name=name)
                for by, only, name in [
                    ("created_at", {"reply_count": 0}, "thread_unanswered_newest"),
                    ("helpful_count", {"reply_count": 0}, "thread_unanswered_helpful"),
                    ("created_at", {"professional_reply_count__gt": 0}, "thread_professional_newest"),
                    ("helpful_count", {"professional_reply_count__gt": 0}, "thread_professional_helpful"),
                ]
            ],
            models.Index(
                "created_at",
                "id",
                condition=PUBLISHED & Q(professional_reply_count=0),
                name="thread_without_professional",
            ),
            models.Index("status", F("id").desc(), condition=~PUBLISHED, name="thread_not_published"),
            models.Index(F("id").desc(), condition=Q(is_locked=True), name="thread_locked"),
            models.Index("locked_until", condition=Q(locked_until__isnull=False), name="thread_opens_again"),
            models.Index("merged_into", condition=Q(merged_into__isnull=False), name="thread_merged"),
            models.Index("merged_as", condition=Q(merged_as__isnull=False), name="thread_merged_as"),
            GinIndex(OpClass(Upper("title"), "gin_trgm_ops"), name="thread_title_part"),  # for the admin's search
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def shown_facts(self) -> list[tuple[str, str]]:
        """The optional facts, as pairs of label and text."""
        return labelled(self.facts)

    @property
    def slug(self) -> str:
        """The readable part of the address; nothing of the title once the question is not published."""
        if not self.is_published:
            return "question"
        return slug_of(self.title)

    def get_absolute_url(self) -> str:
        return reverse("forum:thread", args=[self.pk, self.slug])

    @property
    def is_indexable(self) -> bool:
        """Whether search engines, feeds and social networks may have it."""
        return self.is_published and not self.keep_out_of_search and self.forum.is_indexable

    @property
    def byline(self) -> Byline:
        if self.is_anonymous:
            return ANONYMOUS
        return byline_of(self.author) if self.author else FORMER_MEMBER

    @property
    def by_blocked(self) -> bool:
        """Whether the reader has blocked the person named here. Never an anonymous asker: that would tell who asks."""
        return self.author_is_blocked and not self.is_anonymous


class ThreadSource(Versioned):
    """Where an imported question came from; shown with it, and what makes a second import harmless."""

    thread = models.OneToOneField(Thread, on_delete=models.CASCADE, primary_key=True, related_name="source")
    name = models.CharField(_("source"), max_length=200)
    external_id = models.CharField(max_length=200)
    licence = models.CharField(max_length=300, blank=True)
    url = models.URLField(_("address"), max_length=1000, blank=True)
    tags = ArrayField(models.CharField(max_length=100), default=list, blank=True)

    class Meta:
        # The id first: the import asks for many ids at once.
        constraints = [models.UniqueConstraint(fields=["external_id", "name"], name="thread_source_once")]

    def __str__(self) -> str:
        return f"{self.name}: {self.external_id}"
