"""Taking threads out: what readers can see, and nothing more."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from forum.exchange import own_source
from forum.models import Byline, Reply, Thread

CHUNK = 500


def exported_threads() -> QuerySet[Thread]:
    """Every published question with its published replies, oldest first."""
    replies = Reply.objects.filter(status=Reply.Status.PUBLISHED).select_related("author").order_by("created_at", "pk")
    threads = Thread.objects.listed().select_related("forum", "author", "source").order_by("pk")
    return threads.prefetch_related(Prefetch("replies", queryset=replies))


def export_lines() -> Iterator[dict[str, Any]]:
    for thread in exported_threads().iterator(chunk_size=CHUNK):
        yield as_line(thread, thread.replies.all())


def as_line(thread: Thread, replies: Iterable[Reply]) -> dict[str, Any]:
    """One thread in the exchange format."""
    source = getattr(thread, "source", None)
    return {
        "id": source.external_id if source else str(thread.pk),
        "source": source.name if source else own_source(),
        "licence": (source.licence or None) if source else None,
        "forum": thread.forum.name,
        "title": thread.title,
        "body": thread.body,
        "author": shown_name(thread.byline),
        "created_at": thread.created_at.isoformat(),
        "tags": source.tags if source else [],
        "url": (source.url or None) if source else settings.SITE_URL + thread.get_absolute_url(),
        "replies": [as_reply(reply, thread) for reply in replies],
    }


def as_reply(reply: Reply, thread: Thread) -> dict[str, Any]:
    reply.thread = thread
    return {
        "author": shown_name(reply.byline, is_anonymous=reply.by_anonymous_asker),
        "body": reply.body,
        "created_at": reply.created_at.isoformat(),
        "helpful": reply.helpful_count,
        "professional": reply.is_professional or reply.imported_as_professional,
    }


def shown_name(byline: Byline, *, is_anonymous: bool = False) -> str:
    """The name readers see; the anonymous asker's replies keep the note that says so."""
    return f"{byline.name} ({byline.note})" if is_anonymous else byline.name
