from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Block, User, initials
from common.markdown import render_markdown
from common.shown import Versioned
from forum.models.forums import Forum, looks_after

BODY_LIMIT = 10_000  # what a person may write; imports may bring more
STORED_BODY_LIMIT = 50_000
TITLE_LIMIT = 200
TITLE_MINIMUM = 6  # letters that can be seen
INTEREST_LIMIT = 200


@dataclass(frozen=True)
class Byline:
    """Who is shown as the author of a post. Templates read this and never the account itself."""

    name: str | Promise
    note: str | Promise = ""
    url: str = ""
    initials: str = "?"
    colour: int = 0
    avatar_url: str = ""
    badge: str | Promise = ""  # what stands behind "Medical professional": the specialty, or that it is another one
    checked_on: date | None = None  # when the badge was checked last
    past_badge: str = ""  # the profession of somebody who was verified when this was written and is not now
    imported_professional: bool = False


ANONYMOUS = Byline(_("Anonymous"), initials="A", colour=8)
ANONYMOUS_ASKER = Byline(_("Anonymous"), note=_("asked this question"), initials="A", colour=8)
FORMER_MEMBER = Byline(_("Former member"), initials="F", colour=8)


def byline_of(author: User, *, note: str | Promise = "") -> Byline:
    """The byline of a person who is not anonymous here, without any badge."""
    url = author.get_absolute_url() if author.is_active else ""
    return Byline(
        author.name, note, url, initials(author.name), author.colour, author.avatar_url if author.is_active else ""
    )


OTHER_SPECIALTY = _("other specialty")


def professional_byline(author: User, forum: Forum, *, note: str | Promise = "", line: str = "") -> Byline:
    """The byline of somebody who holds the badge, as it reads in this forum; `line` is the title held at the time."""
    badge = gettext(line or author.professional_title) if forum.is_field_of(author) else OTHER_SPECIALTY
    return replace(byline_of(author, note=note), badge=badge, checked_on=author.verified_on)


def blocked_for(user: Any, person: str = "author") -> dict[str, Exists]:
    """For annotate(): `<person>_is_blocked`, whether `user` has blocked whom the row names. Nothing for visitors."""
    if user is None or not user.is_authenticated:
        return {}
    return {f"{person.replace('__', '_')}_is_blocked": Exists(Block.objects.of(OuterRef(person), by=user))}


class Level(models.TextChoices):
    """How urgent a text reads (safety.triage)."""

    GREEN = "green", _("nothing urgent")
    AMBER = "amber", _("distress")
    RED = "red", _("thoughts of suicide")
    CRISIS = "crisis", _("a crisis now")


class HeldFor(models.TextChoices):
    """Why a post waits for a moderator, in words for its author."""

    FIRST = "first", _("The first posts of a new member are read by a moderator before others see them.")
    LINKS = "links", _("Posts of new members with links to other sites are read by a moderator first.")
    REPEATED = "repeated", _("You have posted the same text before.")
    TOO_FAST = "too_fast", _("It was written faster than people type, so a moderator makes sure that it was you.")
    SOURCING = "sourcing", _("It may be about getting medicines without a prescription.")
    DOSING = "dosing", _("It may tell others how much of a medicine to take or to stop.")
    SPAM = "spam", _("It looks like an advertisement.")
    EDITED = "edited", _("It was changed after a moderator had looked at it.")
    REPORTED = "reported", _("Several members have asked a moderator to look at it.")
    MODERATOR = "moderator", _("A moderator wants to look at it again.")


class Post(Versioned):
    """What a question and a reply have in common."""

    class Status(models.TextChoices):
        PUBLISHED = "published", _("Published")
        HELD = "held", _("held (awaiting review)")
        HIDDEN = "hidden", _("hidden (by moderation)")
        REMOVED = "removed", _("removed (by author)")

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="%(class)ss"
    )
    body = models.TextField(_("text"), max_length=STORED_BODY_LIMIT)
    body_html = models.TextField(editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.PUBLISHED, db_default=Status.PUBLISHED)
    created_at = models.DateTimeField(db_default=Now())
    edited_at = models.DateTimeField(null=True, blank=True)
    # Made with the form: the same form and text sent twice make one post.
    submission_key = models.UUIDField(null=True, blank=True, editable=False)
    edit_key = models.UUIDField(null=True, blank=True, editable=False)  # of the form of the last edit
    author_is_blocked = False  # see blocked_for; pages ask by_blocked, which keeps anonymous posts anonymous
    held_for = models.CharField(
        _("held because"), max_length=10, choices=HeldFor, blank=True, default="", db_default="", editable=False
    )

    # What reading the text has shown: a level, an emergency and the rules that say so. Never the words.
    level = models.CharField(max_length=10, choices=Level, default=Level.GREEN, db_default=Level.GREEN, editable=False)
    is_emergency = models.BooleanField(_("speaks of an emergency"), default=False, db_default=False, editable=False)
    rules = ArrayField(models.CharField(max_length=60), default=list, db_default=[], editable=False, blank=True)
    rules_version = models.CharField(max_length=20, blank=True, default="", db_default="", editable=False)
    is_looked_after = models.BooleanField(
        _("looked after by a moderator"), default=False, db_default=False, editable=False
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["published", "held", "hidden", "removed"]), name="%(class)s_status_known"
            ),
            models.CheckConstraint(
                condition=Q(body__length__lte=STORED_BODY_LIMIT) & ~Q(body=""), name="%(class)s_body_length"
            ),
            models.CheckConstraint(
                condition=Q(level__in=["green", "amber", "red", "crisis"]), name="%(class)s_level_known"
            ),
            models.CheckConstraint(condition=Q(held_for="") | Q(status="held"), name="%(class)s_held_for_while_held"),
        ]

    @property
    def is_published(self) -> bool:
        return self.status == self.Status.PUBLISHED

    @property
    def is_held(self) -> bool:
        return self.status == self.Status.HELD

    @property
    def is_alarming(self) -> bool:
        """Whether its writer, or somebody spoken of, may be about to come to harm."""
        return self.level in (Level.RED, Level.CRISIS)

    @property
    def is_removed(self) -> bool:
        return self.status == self.Status.REMOVED

    def set_body(self, text: str) -> None:
        """Take over a Markdown text and the HTML made from it; the caller saves both."""
        self.body, self.body_html = text, render_markdown(text)

    def shows_text_to(self, user: Any, forum_id: int) -> bool:
        """Whether `user` reads the text of this post in that forum or only that something was removed."""
        if self.is_published:
            return True
        if not user.is_authenticated:
            return False
        return looks_after(user, forum_id) or (self.is_held and self.author_id == user.pk)
