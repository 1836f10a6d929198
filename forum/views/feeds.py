"""The Atom feeds: the same for everybody, so a visitor's and a moderator's feed do not differ."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from forum import feeds
from forum.http import or_gone
from forum.models import Forum, Thread


@require_safe
def site_feed(request: HttpRequest) -> HttpResponseBase:
    return _answer(request, feeds.Version.of_questions(feeds.newest_questions()), feeds.of_site)


@require_safe
def forum_feed(request: HttpRequest, slug: str) -> HttpResponseBase:
    version = feeds.Version.of_questions(feeds.newest_questions(forum=slug))
    return _answer(request, version, lambda: feeds.of_forum(get_object_or_404(Forum.objects.indexable(), slug=slug)))


@require_safe
@or_gone
def thread_feed(request: HttpRequest, thread_id: int) -> HttpResponseBase:
    version = feeds.Version.of_replies(feeds.newest_replies(thread_id))
    threads = Thread.objects.indexable().select_related("forum")
    return _answer(request, version, lambda: feeds.of_thread(get_object_or_404(threads, pk=thread_id)))


def _answer(request: HttpRequest, version: feeds.Version, write: Callable[[], str]) -> HttpResponseBase:
    """304 where the reader has this version; without entries nothing says yet that the feed exists."""
    response: HttpResponseBase | None = None
    if version.last_modified:
        response = get_conditional_response(request, version.etag, int(version.last_modified.timestamp()))
    if response is None:
        response = HttpResponse(write(), content_type=Atom1Feed.content_type)
    if version.last_modified:
        response["ETag"] = version.etag
        response["Last-Modified"] = http_date(version.last_modified.timestamp())
    response["X-Robots-Tag"] = "noindex"
    return response
