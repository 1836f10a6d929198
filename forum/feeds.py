"""Atom feeds of the site, a forum and a question: the newest entries, under the names that pages show.

What a feed may hold is `indexable()`: nothing held, hidden, removed or kept out of search engines.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet, Subquery
from django.db.models.functions import MD5
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from common.markdown import plain_text
from common.metadata import absolute
from common.text import for_xml, shorten
from forum.models import Forum, Post, Reply, Thread

ENTRIES = 30
SUMMARY_LENGTH = 500
NAMES = ("author_id", "author__username", "author__display_name")


def newest_questions(*, forum: str = "") -> QuerySet[Thread]:
    """The entries of the feed of the site, or of the forum of that slug."""
    threads = Thread.objects.indexable().order_by("-created_at", "-pk")
    if forum:
        # As a value, not a join: so the database takes the forum's own index, also where its questions are few and old.
        threads = threads.filter(forum=Subquery(Forum.objects.filter(slug=forum).order_by().values("pk")[:1]))
    return threads[:ENTRIES]


def newest_replies(thread_id: int) -> QuerySet[Reply]:
    """The entries of the feed of a question; none where the question itself has no feed."""
    replies = Reply.objects.filter(status=Post.Status.PUBLISHED, thread__in=Thread.objects.indexable())
    return replies.filter(thread=thread_id).order_by("-created_at", "-pk")[:ENTRIES]


@dataclass(frozen=True)
class Version:
    """Which state a feed is in, by one query for all that its entries show."""

    etag: str
    last_modified: datetime | None

    @classmethod
    def of_questions(cls, threads: QuerySet[Thread]) -> "Version":
        return cls._of(threads, "pk", "title", "is_anonymous", "forum__name", *NAMES)

    @classmethod
    def of_replies(cls, replies: QuerySet[Reply]) -> "Version":
        return cls._of(replies, "pk", "by_asker", "is_anonymous", "thread__is_anonymous", "thread__title", *NAMES)

    @classmethod
    def _of(cls, posts: QuerySet[Any], *shown: str) -> "Version":
        rows = list(posts.values_list("created_at", "edited_at", MD5("body_html"), *shown))
        state = repr((settings.SITE_URL, settings.SITE_NAME, settings.LANGUAGE_CODE, rows))
        newest = max((edited or created for created, edited, *_ in rows), default=None)
        return cls(f'"{sha256(state.encode()).hexdigest()[:32]}"', newest)


def of_site() -> str:
    feed = _feed(settings.SITE_NAME, name="feed", path=reverse("forum:home"), feed_path=reverse("forum:feed"))
    return _written(feed, _question_entries(newest_questions().select_related("author")))


def of_forum(forum: Forum) -> str:
    feed = _feed(
        f"{forum.name} – {settings.SITE_NAME}",
        name=f"feed/forum/{forum.pk}",
        path=forum.get_absolute_url(),
        feed_path=reverse("forum:forum_feed", args=[forum.slug]),
    )
    return _written(feed, _question_entries(newest_questions(forum=forum.slug).select_related("author")))


def of_thread(thread: Thread) -> str:
    feed = _feed(
        f"{thread.title} – {settings.SITE_NAME}",
        name=f"feed/thread/{thread.pk}",
        path=thread.get_absolute_url(),
        feed_path=reverse("forum:thread_feed", args=[thread.pk]),
    )
    replies = list(newest_replies(thread.pk).select_related("author"))
    for reply in replies:
        reply.thread = thread
    return _written(feed, _reply_entries(replies))


class _PlainAtomFeed(Atom1Feed):
    """Atom whose summaries are plain text; Django's say that they are HTML."""

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, {**item, "description": None})
        handler.addQuickElement("summary", item["description"], {"type": "text"})


def tag(name: str) -> str:
    """An id that stays the same whatever becomes of addresses."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},2026:{name}"


def _feed(title: str, *, name: str, path: str, feed_path: str) -> Atom1Feed:
    return _PlainAtomFeed(
        title=for_xml(title),
        link=absolute(path),
        description=None,
        language=settings.LANGUAGE_CODE,
        feed_url=absolute(feed_path),
        feed_guid=tag(name),
    )


def _question_entries(threads: Iterable[Thread]) -> Iterator[dict[str, Any]]:
    for thread in threads:
        yield {"title": thread.title, "unique_id": tag(f"thread/{thread.pk}"), **_entry(thread)}


def _reply_entries(replies: Iterable[Reply]) -> Iterator[dict[str, Any]]:
    for reply in replies:
        title = _("Reply by %(name)s") % {"name": reply.byline.name}
        yield {"title": title, "unique_id": tag(f"reply/{reply.pk}"), **_entry(reply)}


def _entry(post: Thread | Reply) -> dict[str, Any]:
    return {
        "link": absolute(post.get_absolute_url()),
        "author_name": str(post.byline.name),
        "pubdate": post.created_at,
        "updateddate": post.edited_at or post.created_at,
        "description": shorten(plain_text(post.body_html), SUMMARY_LENGTH),
    }


def _written(feed: Atom1Feed, entries: Iterable[dict[str, Any]]) -> str:
    for entry in entries:
        for key in ("title", "author_name", "description"):
            entry[key] = for_xml(entry[key])
        feed.add_item(**entry)
    return feed.writeString("utf-8")
