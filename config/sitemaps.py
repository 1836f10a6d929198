"""The sitemap: an index over files of questions, forums, resources and standing pages.

A file of questions is a range of ids, always as wide as the most addresses that a file may hold. So the index costs
the same at any size, a file never changes its questions, and one range of the primary key finds them.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Greatest
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.html import escape
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from common.metadata import absolute
from config.views import PAGE_TITLES
from forum.models import Forum, Thread
from forum.models.threads import slug_of
from resources.models import Resource

IDS_IN_FILE = 50_000  # sitemaps.org: no more addresses than that
ROWS_AT_ONCE = 2_000
CONTENT_TYPE = "application/xml; charset=utf-8"
START = '<?xml version="1.0" encoding="UTF-8"?>\n<{} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'

Line = tuple[str, datetime | None]  # path, and when the page changed last


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The files there are. Without dates: to know those of the questions, every question would have to be read."""
    names = ["sitemap_pages", "sitemap_forums", "sitemap_resources"]
    paths = [reverse(name) for name in names]
    paths += [reverse("sitemap_threads", args=[number]) for number in range(1, _last_file() + 1)]
    lines = [f"<sitemap><loc>{escape(absolute(path))}</loc></sitemap>\n" for path in paths]
    return HttpResponse("".join([START.format("sitemapindex"), *lines, "</sitemapindex>\n"]), content_type=CONTENT_TYPE)


@require_safe
def threads(request: HttpRequest, number: str) -> HttpResponseBase:
    last_id = int(number) * IDS_IN_FILE
    indexable = Thread.objects.indexable().filter(pk__gt=last_id - IDS_IN_FILE, pk__lte=last_id)
    # Whatever changes the file changes one of these; reading them costs a small part of writing it.
    state = indexable.aggregate(Count("pk"), Sum("pk"), activity=Max("last_activity_at"), edit=Max("edited_at"))
    if not state["pk__count"] and int(number) > _last_file():
        raise Http404
    etag = f'"{sha256(repr(state).encode()).hexdigest()[:32]}"'
    changed = max(filter(None, (state["activity"], state["edit"])), default=None)
    unchanged = get_conditional_response(request, etag, int(changed.timestamp()) if changed else None)
    response: HttpResponseBase = unchanged or StreamingHttpResponse(
        _written(_of_threads(indexable)), content_type=CONTENT_TYPE
    )
    response["ETag"] = etag
    if changed:
        response["Last-Modified"] = http_date(changed.timestamp())
    return response


@require_safe
def forums(request: HttpRequest) -> HttpResponse:
    newest = Thread.objects.listed().filter(forum=OuterRef("pk")).order_by("-last_activity_at", "-pk")
    changed = Subquery(newest.values("last_activity_at")[:1])
    rows = Forum.objects.indexable().order_by("pk").values_list("slug", changed)
    return _answer((reverse("forum:forum", args=[slug]), when) for slug, when in rows)


@require_safe
def resources(request: HttpRequest) -> HttpResponse:
    shown = Resource.objects.visible_to(AnonymousUser()).order_by("pk")
    return _answer((resource.get_absolute_url(), resource.updated_at) for resource in shown)


@require_safe
def pages(request: HttpRequest) -> HttpResponse:
    names = ["forum:home", "resources:resource_list", "resources:help_now", "moderation:transparency"]
    names += [f"page_{page}" for page in PAGE_TITLES]
    return _answer((reverse(name), None) for name in names)


def _last_file() -> int:
    """The number of the file with the newest question."""
    newest = Thread.objects.indexable().order_by("-pk").values_list("pk", flat=True).first()
    return -(-newest // IDS_IN_FILE) if newest else 0


def _of_threads(indexable: QuerySet[Thread]) -> Iterator[Line]:
    changed = Greatest("last_activity_at", "edited_at")  # PostgreSQL leaves out what is NULL
    rows = indexable.order_by("pk").values_list("pk", "title", changed)
    for pk, title, when in rows.iterator(chunk_size=ROWS_AT_ONCE):
        yield reverse("forum:thread", args=[pk, slug_of(title)]), when


def _answer(lines: Iterable[Line]) -> HttpResponse:
    return HttpResponse("".join(_written(lines)), content_type=CONTENT_TYPE)


def _written(lines: Iterable[Line]) -> Iterator[str]:
    """An urlset, in pieces of many lines."""
    piece = [START.format("urlset")]
    for path, changed in lines:
        date = f"<lastmod>{changed.isoformat(timespec='seconds')}</lastmod>" if changed else ""
        piece.append(f"<url><loc>{escape(absolute(path))}</loc>{date}</url>\n")
        if len(piece) == ROWS_AT_ONCE:
            yield "".join(piece)
            piece = []
    yield "".join([*piece, "</urlset>\n"])
