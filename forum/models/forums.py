from typing import Any, Self

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.professions import SPECIALTIES, is_at_home
from common.shown import Versioned, shows_rows
from forum.care import CARDS, TOPICS, CareCard
from notifications.models import Subscription
from resources.models import ListVersion


class ForumModerator(models.Model):
    """That a moderator looks after this forum. Without any such row a moderator looks after the whole site."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="moderated")
    forum = models.ForeignKey("forum.Forum", on_delete=models.CASCADE, related_name="moderators")

    class Meta:
        ordering = ["user", "forum"]
        constraints = [models.UniqueConstraint(fields=["user", "forum"], name="forum_moderator_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.forum}"


def moderated_forums(user: Any) -> frozenset[int] | None:
    """The keys of the forums that a moderator looks after, None for all of them; one query for a request."""
    if user.is_superuser:
        return None
    if not hasattr(user, "_moderated_forums"):
        user._moderated_forums = frozenset(ForumModerator.objects.filter(user=user).values_list("forum", flat=True))
    return user._moderated_forums or None


def looks_after(user: Any, forum_id: int) -> bool:
    """Whether `user` moderates that forum."""
    if not (user.is_authenticated and user.is_moderator):
        return False
    own = moderated_forums(user)
    return own is None or forum_id in own


class Category(Versioned):
    """A group of forums on the home page."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    position = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name


class ForumQuerySet(models.QuerySet["Forum"]):
    def visible_to(self, user: Any) -> Self:
        """Every open forum; moderators see the closed ones they look after too."""
        if not (user.is_authenticated and user.is_moderator):
            return self.filter(is_open=True)
        own = moderated_forums(user)
        return self.all() if own is None else self.filter(Q(is_open=True) | Q(pk__in=own))

    def indexable(self) -> Self:
        """What search engines and feeds may have: forums open to all and not kept out."""
        return self.filter(is_open=True, keep_out_of_search=False)

    def in_field_of(self, professional: User) -> Self:
        """The forums where the badge names the person's specialty."""
        key = professional.professional_specialty
        return self.in_specialty(key) if key in SPECIALTIES else self

    def in_specialty(self, key: str) -> Self:
        """The forums that belong to a professional field."""
        specialty = SPECIALTIES[key]
        if specialty.is_general:
            return self
        return self.filter(Q(specialties=[]) | Q(specialties__contains=[key]))

    def own_of(self, member: User) -> Self:
        """What a member follows, and where they have asked, without what they have muted."""
        said = Subscription.objects.filter(user=member)
        followed = said.exclude(level=Subscription.Level.MUTED)
        fields = list(followed.exclude(specialty="").values_list("specialty", flat=True))
        asked = apps.get_model("forum", "Thread").objects.filter(author=member).values("forum")
        chosen = Q(pk__in=followed.filter(forum__isnull=False).values("forum")) | Q(pk__in=asked)
        if any(SPECIALTIES[key].is_general for key in fields if key in SPECIALTIES):
            chosen = Q()  # at home everywhere
        elif fields:
            chosen |= Q(specialties=[]) | Q(specialties__overlap=fields)
        return self.filter(chosen, is_open=True).not_muted_by(member)

    def not_muted_by(self, member: User) -> Self:
        """Without the forums of which a member wants to hear nothing."""
        muted = Subscription.objects.filter(user=member, level=Subscription.Level.MUTED, forum__isnull=False)
        return self.exclude(pk__in=muted.values("forum"))

    def related_to(self, forum: "Forum") -> Self:
        """The others of its category, in the order of the home page."""
        shows_rows(ListVersion, [ListVersion.FORUMS])
        return self.filter(category=forum.category_id).exclude(pk=forum.pk).order_by("position", "pk")

    def waiting_counts(self) -> dict[str, int]:
        """How many questions nobody has answered, and how many no professional has, from the kept counters."""
        sums = self.aggregate(all=Sum("thread_count"), answered=Sum("answered_count"), by=Sum("professional_count"))
        total = sums["all"] or 0
        return {"answer": total - (sums["answered"] or 0), "professional": total - (sums["by"] or 0)}

    def by_category(self) -> Self:
        """In the order of the home page, with the category loaded."""
        shows_rows(ListVersion, [ListVersion.FORUMS])
        return self.select_related("category").order_by("category__position", "category_id", "position", "pk")


class Forum(Versioned):
    """A condition or subject people ask about."""

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="forums")
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0, db_default=0)
    is_open = models.BooleanField(_("shown to readers"), default=True, db_default=True)
    keep_out_of_search = models.BooleanField(
        _("kept out of search engines"),
        default=False,
        db_default=False,
        help_text=_("For new questions; askers may change it."),
    )
    is_discussion = models.BooleanField(
        _("for discussions"),
        default=False,
        db_default=False,
        help_text=_("People talk here rather than ask: search engines are told about posts and comments, not answers."),
    )
    specialties = ArrayField(
        models.CharField(max_length=60),
        default=list,
        blank=True,
        db_default=[],
        help_text="Whose field this is (accounts.professions). None: everybody’s.",
    )
    shows_crisis_help = models.BooleanField(_("shows crisis help"), default=False, db_default=False)
    care_topic = models.CharField(
        _("care advice"),
        max_length=20,
        choices=TOPICS,
        blank=True,
        default="",
        db_default="",
        help_text=_("When to call for help or see somebody, above the replies."),
    )

    # Kept exact by forum.actions.tally; `manage.py recount` checks them.
    thread_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    answered_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    professional_count = models.PositiveIntegerField(
        _("answered by a professional"), default=0, db_default=0, editable=False
    )

    objects = ForumQuerySet.as_manager()

    class Meta:
        ordering = ["category__position", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answered_count__lte=models.F("thread_count"))
                & models.Q(professional_count__lte=models.F("answered_count")),
                name="forum_counts_nest",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("forum:forum", args=[self.slug])

    @property
    def is_indexable(self) -> bool:
        return self.is_open and not self.keep_out_of_search

    @property
    def is_sensitive(self) -> bool:
        """Whether somebody who reads here may have to hide it from a person nearby."""
        return self.keep_out_of_search or self.shows_crisis_help

    @property
    def care_cards(self) -> tuple[CareCard, ...]:
        """When readers of this forum should not wait for an answer here, most urgent first."""
        return CARDS.get(self.care_topic, ())

    def is_field_of(self, professional: User) -> bool:
        return is_at_home(professional.professional_specialty, self.specialties)
