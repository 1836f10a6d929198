"""Whom somebody may want to name with @ in a reply: the people who wrote in that question lately."""

import re

from accounts.models import User
from forum.addressed import MENTION
from forum.models import Post, Reply, Thread

LOOKED_AT = 200  # replies, whatever the length of the question
OFFERED = 8


def people_to_name(thread: Thread, typed: str, *, by: User) -> list[User]:
    """Those whose username, or a word of whose name, begins with what is typed; whoever wrote last comes first.

    Only people whose name the question shows, other than `by` and those whom `by` has blocked.
    """
    begins = re.compile(rf"(?<!\w){re.escape(typed.casefold())}")
    return [
        person
        for person in _people_in(thread, by)
        if MENTION.fullmatch(f"@{person.username}")  # names from elsewhere may be longer than @ reaches
        and (person.username.casefold().startswith(typed.casefold()) or begins.search(person.display_name.casefold()))
    ][:OFFERED]


def _people_in(thread: Thread, by: User) -> list[User]:
    """Each once, by their newest reply; the asker last, unless they replied."""
    newest = Reply.objects.with_places().filter(thread=thread).order_by("-created_at", "-pk").values("pk")[:LOOKED_AT]
    replies = Reply.objects.visible_to(by).filter(pk__in=newest, status=Post.Status.PUBLISHED, is_anonymous=False)
    if thread.is_anonymous:
        replies = replies.filter(by_asker=False)
    replies = replies.filter(author__isnull=False).order_by("-created_at", "-pk")
    authors = list(replies.values_list("author", flat=True))
    if thread.author_id and thread.is_published and not thread.is_anonymous:
        authors.append(thread.author_id)
    others = User.objects.with_public_profile().exclude(kind=User.Kind.IMPORTED).exclude(pk=by.pk)
    people = others.exclude(pk__in=User.objects.blocked_by(by)).only("username", "display_name").in_bulk(authors)
    return [people[key] for key in dict.fromkeys(authors) if key in people]
