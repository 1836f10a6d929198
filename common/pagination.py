"""Numbered pages over a queryset whose length is already known."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect

from common.shown import shows_list

type View = Callable[..., HttpResponse]

PAGE_SIZE = 20
SHALLOW = 500  # rows that cost next to nothing to skip


@dataclass(frozen=True)
class Page:
    """One page of rows and what its navigation needs."""

    rows: list[Any]
    number: int
    last: int
    total: int

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number < self.last else None

    @property
    def numbers(self) -> list[int | None]:
        """Page numbers to offer: first, last and the neighbours; None where some are left out."""
        near = {1, self.last, *range(max(1, self.number - 1), min(self.last, self.number + 1) + 1)}
        shown: list[int | None] = []
        for number in sorted(near):
            if shown and shown[-1] is not None and number - shown[-1] == 2:
                shown.append(number - 1)
            elif shown and shown[-1] is not None and number - shown[-1] > 2:
                shown.append(None)
            shown.append(number)
        return shown


class NoSuchPage(Http404):
    """The address names a page that the list does not have."""


def numbered(view: View) -> View:
    """A view whose ?page= means the first page when there is no such page, which has an address of its own."""

    @wraps(view)
    def with_pages(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("page") == "1":
            return HttpResponsePermanentRedirect(_bare(request))
        try:
            return view(request, *args, **kwargs)
        except NoSuchPage:
            return HttpResponseRedirect(_bare(request))

    return with_pages


def _bare(request: HttpRequest) -> str:
    query = request.GET.copy()
    del query["page"]
    return f"{request.path}?{query.urlencode()}" if query else request.path


def page_number(raw: str | None) -> int:
    """The page asked for in the address; anything but a plain number from 1 on does not exist."""
    if raw is None:
        return 1
    if not raw.isascii() or not raw.isdigit() or len(raw) > 9 or int(raw) == 0:
        raise NoSuchPage
    return int(raw)


def paginate(
    queryset: QuerySet[Any],
    raw_page: str | None,
    *,
    total: int,
    size: int = PAGE_SIZE,
    deep: Callable[[int, int], Any] | None = None,
    is_versioned: bool = False,
) -> Page:
    """The page named by `raw_page`, or NoSuchPage. `total` comes from a kept counter.

    `deep` gives a query for the keys of so many rows from a position on, where skipping up to there would be long.
    `is_versioned`: whatever changes the order or the members of the list changes a row that the page shows too.
    """
    assert queryset.totally_ordered, "A page of an order with ties would repeat and skip rows."
    number = page_number(raw_page)
    last = last_page(total, size)
    if number > last:
        raise NoSuchPage
    start = (number - 1) * size
    # Skipping happens over the narrow rows of an index; only the page's own rows are read whole.
    keys: Any = queryset.values("pk")[start : start + size]
    if start > SHALLOW and deep:
        keys = deep(start, size)
    elif start > max(SHALLOW, total / 2):  # shorter from the end
        keys = queryset.reverse().values("pk")[max(0, total - start - size) : total - start]
    if not is_versioned:
        shows_list(keys)
    return Page(list(queryset.filter(pk__in=keys)), number, last, total)


def last_page(total: int, size: int = PAGE_SIZE) -> int:
    """The number of the last page of so many rows."""
    return max(1, -(-total // size))


def page_address(path: str, number: int) -> str:
    """The address of a page of the list at `path`; the first has no number in it."""
    return f"{path}?{urlencode({'page': number})}" if number > 1 else path


def page_of(position: int, size: int = PAGE_SIZE) -> int:
    """The number of the page that holds the row at `position`, counted from 0."""
    return position // size + 1
