"""Where a reply stands: the page and anchor behind a permalink, and what a page deep in a thread shows.

And where a merged question has gone.
"""

from typing import Any

from django.db.models import BigIntegerField, F, Func, Value
from django.db.models.expressions import RawSQL
from django.urls import reverse

from common.pagination import page_of
from forum.models import Reply, Thread


def replies_at(thread: Thread, sort: str, start: int, size: int) -> RawSQL:
    """A query for the keys of so many replies from a position in an order of the page on; as quick anywhere."""
    return RawSQL("SELECT forum_page(%s, %s, %s, %s)", [thread.pk, sort, start, size])


def address_of(reply: Reply, thread: Thread) -> str:
    """The address of the thread page that shows the reply.

    A published reply is found in the default order; the place of a removed one in the oldest-first
    order, which alone keeps it. One that waits stands below all others, for its author only.
    """
    if reply.is_held:
        return f"{thread.get_absolute_url()}#reply-{reply.pk}"
    query: dict[str, str | int] = {} if reply.is_published else {"sort": "oldest"}
    order = Value("helpful" if reply.is_published else "time")
    position = Func(F("pk"), order, function="forum_position", output_field=BigIntegerField())
    if (page := page_of(Reply.objects.values_list(position, flat=True).get(pk=reply.pk))) > 1:
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
