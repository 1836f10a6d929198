"""Taking threads out: what readers can see, and nothing more."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db.models import Count, Prefetch, QuerySet

from accounts.models import User
from forum.exchange import ANONYMOUS, ANONYMOUS_ASKER, FORMER_MEMBER, own_source
from forum.models import Reply, Thread

CHUNK = 500


def exported_threads() -> QuerySet[Thread]:
    """Every published question with its published replies, oldest first."""
    replies = Reply.objects.filter(status=Reply.Status.PUBLISHED).select_related("author").order_by("created_at", "pk")
    threads = Thread.objects.listed().select_related("forum", "author", "source").order_by("pk")
    return threads.prefetch_related(Prefetch("replies", queryset=replies))


def export_lines() -> Iterator[dict[str, Any]]:
    names = shared_names()
    for thread in exported_threads().iterator(chunk_size=CHUNK):
        yield as_line(thread, thread.replies.all(), names)


def as_line(thread: Thread, replies: Iterable[Reply], names: set[str]) -> dict[str, Any]:
    """One thread in the exchange format."""
    source = getattr(thread, "source", None)
    line = {
        "id": source.external_id if source else str(thread.pk),
        "source": source.name if source else own_source(),
        "licence": (source.licence or None) if source else None,
        "forum": thread.forum.name,
        "title": thread.title,
        "body": thread.body,
        "author": author_name(thread, names),
        "created_at": thread.created_at.isoformat(),
        "tags": source.tags if source else [],
        "url": (source.url or None) if source else settings.SITE_URL + thread.get_absolute_url(),
        "replies": [as_reply(reply, thread, names) for reply in replies],
    }
    if thread.keep_out_of_search != thread.forum.keep_out_of_search:  # the asker's own choice
        line["keep_out_of_search"] = thread.keep_out_of_search
    if thread.facts:
        line["facts"] = thread.facts
    return line


def as_reply(reply: Reply, thread: Thread, names: set[str]) -> dict[str, Any]:
    reply.thread = thread
    line = {
        "author": author_name(reply, names),
        "body": reply.body,
        "created_at": reply.created_at.isoformat(),
        "helpful": reply.helpful_count,
        "professional": reply.is_professional or reply.imported_as_professional,
    }
    return {**line, "interest": reply.interest} if reply.interest else line


def shared_names() -> set[str]:
    """Shown names that more than one account has."""
    named = User.objects.exclude(display_name="").values("display_name")
    return set(named.annotate(people=Count("pk")).filter(people__gt=1).values_list("display_name", flat=True))


def author_name(post: Thread | Reply, shared: set[str]) -> str:
    """The name readers see; in English where it is nobody's, so that any site can read it back.

    Members who share a name get their username with it, to stay two people elsewhere.
    """
    author = post.author
    if post.is_anonymous:
        return ANONYMOUS
    if isinstance(post, Reply) and post.by_anonymous_asker:
        return ANONYMOUS_ASKER
    if author is None:
        return FORMER_MEMBER
    if post.byline.url and author.kind != User.Kind.IMPORTED and author.name in shared:
        return f"{author.name} ({author.username})"
    return author.name
