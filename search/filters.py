"""The choices of the search page; all of them stand in its address."""

from datetime import timedelta
from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.forms import BoundField
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from forum.filters import ListFilter
from forum.models import Category, Forum, Thread

UNKNOWN = {"invalid_choice": _("There is no choice of that name. Choose one of those shown.")}
AGES = {"week": 7, "month": 31, "year": 366}


def open_forums(request: Any) -> QuerySet[Forum]:
    return Forum.objects.filter(is_open=True).by_category()


class SearchFilter(ListFilter):
    """Which questions are searched, and the order of what is found."""

    ORDERS = {"relevance": _("Best match"), "newest": _("Newest"), "helpful": _("Most helpful")}
    ANSWERED = {"professional": _("By a professional"), "yes": _("Answered"), "no": _("Not yet answered")}
    SINCE = {"week": _("Past week"), "month": _("Past month"), "year": _("Past year")}

    sort = filters.ChoiceFilter(choices=list(ORDERS.items()), method="leave", error_messages=UNKNOWN)
    forum = filters.ModelChoiceFilter(
        queryset=open_forums,
        to_field_name="slug",
        label=_("Forum"),
        empty_label=_("All forums"),
        error_messages=UNKNOWN,
    )
    category = filters.ModelChoiceFilter(
        queryset=Category.objects.all(), to_field_name="slug", field_name="forum__category", error_messages=UNKNOWN
    )
    answered = filters.ChoiceFilter(
        choices=list(ANSWERED.items()),
        label=_("Answered"),
        empty_label=_("All questions"),
        method="by_answers",
        error_messages=UNKNOWN,
    )
    since = filters.ChoiceFilter(
        choices=list(SINCE.items()),
        label=_("Asked"),
        empty_label=_("Any time"),
        method="by_age",
        error_messages=UNKNOWN,
    )
    helpful = filters.ChoiceFilter(choices=[("1", "1")], method="by_helpful", error_messages=UNKNOWN)
    author = filters.CharFilter(method="by_author", max_length=150)

    class Meta:
        model = Thread
        fields = ["sort", "forum", "category", "answered", "since", "helpful", "author"]

    def leave(self, threads: QuerySet[Thread], _name: str, _value: str) -> QuerySet[Thread]:
        return threads

    def by_answers(self, threads: QuerySet[Thread], _name: str, value: str) -> QuerySet[Thread]:
        if value == "professional":
            return threads.filter(professional_reply_count__gt=0)
        return threads.filter(reply_count__gt=0) if value == "yes" else threads.filter(reply_count=0)

    def by_age(self, threads: QuerySet[Thread], _name: str, value: str) -> QuerySet[Thread]:
        return threads.filter(created_at__gte=timezone.now() - timedelta(days=AGES[value]))

    def by_helpful(self, threads: QuerySet[Thread], _name: str, _value: str) -> QuerySet[Thread]:
        return threads.filter(helpful_count__gt=0)

    def by_author(self, threads: QuerySet[Thread], _name: str, value: str) -> QuerySet[Thread]:
        """Questions that somebody asked with the name shown; anonymous ones are nobody's."""
        person = User.objects.with_public_profile().filter(username__iexact=value).first()
        return threads.filter(author=person, is_anonymous=False) if person else threads.none()

    @property
    def rows(self) -> QuerySet[Thread]:
        return self.qs if self.is_valid() else self.queryset  # type: ignore[no-any-return]

    @property
    def selects(self) -> list[BoundField]:
        """The choices that the page offers; the others it only keeps."""
        return [self.form[name] for name in ("forum", "answered", "since")]

    @property
    def others(self) -> list[BoundField]:
        return [self.form[name] for name in ("sort", "category", "helpful", "author") if self.form[name].value()]

    @property
    def is_narrowed(self) -> bool:
        return any(self.data.get(name) for name in ("forum", "category", "answered", "since", "helpful", "author"))
