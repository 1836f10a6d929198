from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User, initials
from common.markdown import render_markdown
from forum.models.forums import Forum

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


class Post(models.Model):
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

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["published", "held", "hidden", "removed"]), name="%(class)s_status_known"
            ),
            models.CheckConstraint(
                condition=Q(body__length__lte=STORED_BODY_LIMIT) & ~Q(body=""), name="%(class)s_body_length"
            ),
        ]

    @property
    def is_published(self) -> bool:
        return self.status == self.Status.PUBLISHED

    @property
    def is_removed(self) -> bool:
        return self.status == self.Status.REMOVED

    def set_body(self, text: str) -> None:
        """Take over a Markdown text and the HTML made from it; the caller saves both."""
        self.body, self.body_html = text, render_markdown(text)

    def shows_text_to(self, user: Any) -> bool:
        """Whether `user` reads the text here or only that something was removed."""
        if self.is_published:
            return True
        if not user.is_authenticated:
            return False
        return bool(user.is_moderator or (self.status == self.Status.HELD and self.author_id == user.pk))
