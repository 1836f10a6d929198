import re
from datetime import date, timedelta
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, Max, OuterRef, Q, Subquery, Value
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.markdown import render_markdown
from common.shown import shows_rows

SIDEBAR_SIZE = 5
ALSO_READ_SIZE = 3
ENOUGH_READERS = 5  # what few people read together might tell who they are
CHECK_GRACE = timedelta(days=30)  # a resource is hidden this long after a missed review
LINE_SHOWN_FOR = timedelta(days=548)  # a crisis line not verified for 18 months is hidden


class ResourceQuerySet(models.QuerySet["Resource"]):
    def visible_to(self, user: Any) -> Self:
        """Published resources whose review is not long overdue; moderators see all."""
        shows_rows(ListVersion, [ListVersion.RESOURCES])
        if user.is_authenticated and user.is_moderator:
            return self.all()
        return self.filter(is_published=True, next_review_on__gte=timezone.localdate() - CHECK_GRACE)

    def popular(self) -> Self:
        """Most read lately first."""
        return self.order_by("-popularity", "pk")

    def beside(self, user: Any, forum: models.Model | None = None) -> Self:
        """The few for the side of a page: those of `forum` first, filled up with the site's."""
        here: Exists | Value = Value(False)
        if forum is not None:
            links = Resource.forums.through._default_manager.filter(resource=OuterRef("pk"), forum=forum.pk)
            here = Exists(links)
        shown = self.visible_to(user).annotate(is_of_forum=here)
        return shown.order_by("-is_of_forum", "-popularity", "pk")[:SIDEBAR_SIZE]

    def also_read_with(self, forum: models.Model) -> Self:
        """The few, not of this forum, that readers of the forum's resources read most on the same days."""
        pairs = ResourcePair.objects.filter(resource__forums=forum.pk, other=OuterRef("pk"))
        together = pairs.order_by().values("other").annotate(most=Max("weight")).values("most")
        others = self.exclude(forums=forum.pk).annotate(together=Subquery(together))
        return others.filter(together__gte=ENOUGH_READERS).order_by("-together", "pk")[:ALSO_READ_SIZE]


class ListVersion(models.Model):
    """A number that triggers of the database raise with every change of a short list that many pages show."""

    RESOURCES, FORUMS, CRISIS_LINES = 1, 2, 3

    number = models.BigIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"list {self.pk}, version {self.number}"


class ResourcePair(models.Model):
    """Two resources that the same people read on the same day; older days count less and less."""

    resource = models.ForeignKey("Resource", on_delete=models.CASCADE, related_name="pairs")
    other = models.ForeignKey("Resource", on_delete=models.CASCADE, related_name="+")
    weight = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["resource", "other"], name="resource_pair_once")]

    def __str__(self) -> str:
        return f"{self.resource_id} with {self.other_id}"


class Resource(models.Model):
    """Reviewed reading: an article of ours, or a link to a page we have checked."""

    class Kind(models.TextChoices):
        ARTICLE = "article", _("own article")
        LINK = "link", _("page of another publisher")

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.ARTICLE)
    title = models.CharField(max_length=150)
    slug = models.SlugField(max_length=100, unique=True)
    publisher = models.CharField(max_length=120, help_text=_("Who made it and answers for it."))
    blurb = models.CharField(max_length=200, help_text=_("One plain sentence: what the reader will learn."))
    url = models.URLField(
        _("address"), max_length=500, blank=True, help_text=_("Only for a page of another publisher.")
    )
    body = models.TextField(_("text"), max_length=50_000, blank=True, help_text=_("Markdown. Only for an own article."))
    body_html = models.TextField(editable=False, blank=True)
    language = models.CharField(max_length=10, default="en", db_default="en")
    forums = models.ManyToManyField("forum.Forum", related_name="resources", blank=True)
    reviewed_by = models.CharField(max_length=120, blank=True, help_text=_("Name and profession, as shown to readers."))
    reviewed_on = models.DateField(_("last checked"))
    next_review_on = models.DateField(_("next check"), help_text=_("Hidden 30 days after this date."))
    is_published = models.BooleanField(_("published"), default=True, db_default=True)
    popularity = models.FloatField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ResourceQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="link", body="") & ~Q(url="") | Q(kind="article", url="") & ~Q(body=""),
                name="resource_kind_fits",
                violation_error_message=_("An own article needs a text and no address, a link the other way round."),
            ),
            models.CheckConstraint(
                condition=Q(url="") | Q(url__startswith="https://") | Q(url__startswith="http://"),
                name="resource_url_is_web",
            ),
            models.CheckConstraint(
                condition=Q(next_review_on__gt=F("reviewed_on")),
                name="resource_review_order",
                violation_error_message=_("The next check must come after the last one."),
            ),
        ]
        indexes = [
            models.Index(F("popularity").desc(), "id", condition=Q(is_published=True), name="resource_popular"),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, **kwargs: Any) -> None:
        """Store the HTML made from the text with it."""
        self.body_html = render_markdown(self.body)
        super().save(**kwargs)

    def get_absolute_url(self) -> str:
        return reverse("resources:resource", args=[self.slug])

    @property
    def is_link(self) -> bool:
        return self.kind == self.Kind.LINK


class ResourceSource(models.Model):
    """What an own article rests on."""

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="sources")
    title = models.CharField(max_length=200)
    publisher = models.CharField(max_length=120)
    url = models.URLField(_("address"), max_length=500)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title


class ResourceRead(models.Model):
    """One reader of one resource on one day, by a hash that nobody can turn back; gone the day after."""

    day = models.DateField()
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="+")
    reader = models.BinaryField(max_length=16)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "resource", "reader"], name="resource_read_once")]

    def __str__(self) -> str:
        return f"a read on {self.day}"


class ResourceDay(models.Model):
    """How many people read a resource on a day."""

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    readers = models.PositiveIntegerField()

    class Meta:
        ordering = ["-day", "pk"]
        constraints = [models.UniqueConstraint(fields=["resource", "day"], name="resource_day_once")]
        indexes = [models.Index(fields=["day"], name="resource_day")]

    def __str__(self) -> str:
        return f"{self.readers} on {self.day}"


WAYS = ("tel:", "sms:", "mailto:", "https://")


def is_way(way: object) -> bool:
    """Whether it is a label with an address that a help page may link to."""
    if not isinstance(way, dict) or way.keys() != {"label", "href"}:
        return False
    label, href = way["label"], way["href"]
    return isinstance(label, str) and isinstance(href, str) and bool(label) and (not href or href.startswith(WAYS))


class CrisisLineQuerySet(models.QuerySet["CrisisLine"]):
    def shown(self, today: date | None = None) -> Self:
        """Lines somebody has verified in the last 18 months; the entry without a country last."""
        shows_rows(ListVersion, [ListVersion.CRISIS_LINES])
        since = (today or timezone.localdate()) - LINE_SHOWN_FOR
        listed = self.filter(is_active=True, last_verified__gte=since)
        return listed.order_by(models.Case(models.When(country="", then=1), default=0), "country_name", "pk")


class CrisisLine(models.Model):
    """Where people in one country call when they cannot go on."""

    country = models.CharField(max_length=2, blank=True, help_text=_("ISO code; empty for everywhere else."))
    country_name = models.CharField(max_length=60)
    service = models.CharField(max_length=100)
    phone = models.CharField(max_length=30, blank=True, help_text=_("As dialled inside the country."))
    other_ways = models.JSONField(default=list, blank=True, help_text='[{"label": "Text 988", "href": "sms:988"}]')
    hours = models.CharField(max_length=60)
    emergency = models.JSONField(default=list, help_text=_('Emergency numbers: ["911"]'))
    source_url = models.URLField(_("source"), max_length=300)
    last_verified = models.DateField(help_text=_("Readers stop seeing the line 18 months after this date."))
    is_active = models.BooleanField(_("shown"), default=True, db_default=True)

    objects = CrisisLineQuerySet.as_manager()

    class Meta:
        ordering = ["country_name", "pk"]
        constraints = [models.UniqueConstraint(fields=["country", "service"], name="crisis_line_once")]

    def __str__(self) -> str:
        return f"{self.country_name}: {self.service}"

    def clean(self) -> None:
        """Refuse lists of another shape: everybody's help page is made from them."""
        numbers = self.emergency
        if not isinstance(numbers, list) or not all(
            isinstance(n, str) and re.fullmatch(r"[0-9]{2,6}", n) for n in numbers
        ):
            raise ValidationError({"emergency": _('Enter a list of numbers in quotes, for example ["999", "112"].')})
        ways = self.other_ways
        if not isinstance(ways, list) or not all(map(is_way, ways)):
            message = _(
                'Enter a list like [{"label": "Text 988", "href": "sms:988"}]; href may be "" or start with %(ways)s.'
            )
            raise ValidationError({"other_ways": message % {"ways": ", ".join(WAYS)}})

    @property
    def tel(self) -> str:
        """For a tel: link: digits only, since short codes must not get a country prefix."""
        return "".join(filter(str.isdigit, self.phone))

    @property
    def is_due(self) -> bool:
        """Whether staff should check it again: a year has passed."""
        return self.last_verified < timezone.localdate() - timedelta(days=365)
