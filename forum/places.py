"""Where a reply stands: the page and anchor behind a permalink. And where a merged question has gone."""

from typing import Any

from django.db.models import Q
from django.urls import reverse

from common.pagination import page_of
from forum.models import Reply, Thread
from forum.models.replies import HAS_A_PLACE


def address_of(reply: Reply, thread: Thread) -> str:
    """The address of the thread page that shows the reply.

    A published reply is found in the default order; the place of a removed one in the oldest-first
    order, which alone keeps it. One that waits stands below all others, for its author only.
    """
    if reply.is_held:
        return f"{thread.get_absolute_url()}#reply-{reply.pk}"
    replies = Reply.objects.filter(thread=thread)
    query: dict[str, str | int] = {}
    earlier = Q(created_at__lt=reply.created_at) | Q(created_at=reply.created_at, pk__lt=reply.pk)
    if reply.is_published:
        more_helpful = Q(helpful_count__gt=reply.helpful_count)
        as_helpful = Q(helpful_count=reply.helpful_count) & earlier
        before = replies.filter(more_helpful | as_helpful, status=Reply.Status.PUBLISHED)
    else:
        query["sort"] = "oldest"
        before = replies.filter(HAS_A_PLACE).filter(earlier)
    if (page := page_of(before.count())) > 1:
        query["page"] = page
    return reverse("forum:thread", args=[thread.pk, thread.slug], query=query or None, fragment=f"reply-{reply.pk}")


def address_since_merge(thread_id: int, page: str, user: Any) -> str | None:
    """Where a page of a merged question is now, or None where it was not merged or `user` may not see it there.

    The question itself is the reply it has become; its feed and the like are those of the question above that reply.
    """
    page = "thread_bare" if page == "thread" else page  # whatever its title was
    reply = Reply.objects.filter(merged_threads=thread_id).first()
    if reply is None:
        return None
    if reply.stands_as_id:  # split off again: that question's own address says who may see it
        return reverse(f"forum:{page}", args=[reply.stands_as_id])
    thread = Thread.objects.visible_to(user).filter(pk=reply.thread_id).first()
    if thread is None:
        return None
    if page != "thread_bare":
        return reverse(f"forum:{page}", args=[thread.pk])
    return thread.get_absolute_url() if reply.status == Reply.Status.HELD else reply.get_absolute_url()
