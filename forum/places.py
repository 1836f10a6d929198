"""Where a reply stands: the page and anchor behind a permalink."""

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
