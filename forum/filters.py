"""The filters and orders of list pages. Every order is total: it ends in the primary key."""

from collections.abc import Mapping
from typing import Any, cast

import django_filters as filters
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from forum.models import Reply, Thread
from forum.models.replies import HAS_A_PLACE


class SortFilter(filters.ChoiceFilter):
    """A fixed choice of orders; the first is the default."""

    def __init__(self, orders: dict[str, tuple[str, ...]], labels: Mapping[str, str | Promise], **kwargs: Any) -> None:
        self.orders = orders
        self.default = next(iter(orders))
        choices = [(key, labels[key]) for key in orders]
        super().__init__(
            choices=choices,
            error_messages={"invalid_choice": _("There is no order of that name. Choose one of those shown.")},
            **kwargs,
        )

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        return qs.order_by(*self.orders[value or self.default])


class ListFilter(filters.FilterSet):
    """A filter set that a page can show: the current choices, and the page's status code.

    A choice that does not exist shows the default with a message, as 400.
    """

    @property
    def status(self) -> int:
        return 200 if self.is_valid() else 400

    def choice(self, name: str) -> str:
        """The valid choice made for a field, or its default."""
        chosen = self.form.cleaned_data.get(name) if self.is_valid() else None
        field = self.filters[name]
        return str(chosen or getattr(field, "default", ""))

    @property
    def rows(self) -> QuerySet[Any]:
        """The rows of the valid choices, in an order in any case."""
        if self.is_valid():
            return cast("QuerySet[Any]", self.qs)
        return cast("QuerySet[Any]", self.filters["sort"].filter(self.queryset, ""))

    @property
    def messages(self) -> list[str]:
        return [message for errors in self.form.errors.values() for message in errors]


class ThreadFilter(ListFilter):
    """The questions of one forum."""

    LABELS = {"active": _("Latest activity"), "newest": _("Newest"), "helpful": _("Most helpful")}
    ANSWERED = {"professional": _("By a professional"), "yes": _("Answered"), "no": _("Not yet answered")}

    sort = SortFilter(
        {
            "active": ("-last_activity_at", "-pk"),
            "newest": ("-created_at", "-pk"),
            "helpful": ("-helpful_count", "-pk"),
        },
        LABELS,
    )
    answered = filters.ChoiceFilter(
        choices=list(ANSWERED.items()),
        method="by_answers",
        error_messages={"invalid_choice": _("There is no filter of that name. Choose one of those shown.")},
    )

    class Meta:
        model = Thread
        fields = ["sort", "answered"]

    def by_answers(self, threads: QuerySet[Thread], _name: str, value: str) -> QuerySet[Thread]:
        match value:
            case "professional":
                return threads.filter(professional_reply_count__gt=0)
            case "yes":
                return threads.filter(reply_count__gt=0)
            case "no":
                return threads.filter(reply_count=0)
        return threads


class ReplyFilter(ListFilter):
    """The replies of one thread. The time orders keep the places of removed replies."""

    LABELS = {"helpful": _("Helpful"), "oldest": _("Oldest"), "newest": _("Newest")}

    sort = SortFilter(
        {
            "helpful": ("-helpful_count", "created_at", "pk"),
            "oldest": ("created_at", "pk"),
            "newest": ("-created_at", "-pk"),
        },
        LABELS,
    )

    class Meta:
        model = Reply
        fields = ["sort"]

    @property
    def rows(self) -> QuerySet[Reply]:
        if self.choice("sort") == "helpful":
            return super().rows.filter(status=Reply.Status.PUBLISHED)
        return super().rows.filter(HAS_A_PLACE)
