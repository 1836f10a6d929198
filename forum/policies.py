"""May this person do this? Pure functions; actions ask them to refuse, templates to hide a button."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.functional import Promise

from forum.models import Reply, Thread
from forum.models.forums import looks_after


class Refused(PermissionDenied):
    """Not allowed; `str()` is a sentence for the person."""


def require(allowed: bool, reason: str | Promise) -> None:
    if not allowed:
        raise Refused(reason)


def can_reply(user: Any, thread: Thread) -> bool:
    is_open = thread.is_published and not thread.is_locked and thread.forum.is_open
    return bool(user.is_authenticated and user.may_write and is_open)


def can_vote_helpful(user: Any, reply: Reply) -> bool:
    thread = reply.thread
    is_open = reply.is_published and thread.is_published and not thread.is_locked
    return bool(user.is_authenticated and not user.is_suspended and is_open and reply.author_id != user.pk)


def can_give_opinion(user: Any, reply: Reply) -> bool:
    """A verified professional, about somebody else's reply to an open question."""
    return can_vote_helpful(user, reply) and bool(user.is_medical_professional)


def can_agree(user: Any, reply: Reply) -> bool:
    """Agreement is between professionals; a caution may be about anybody's reply."""
    return can_give_opinion(user, reply) and reply.is_professional


def can_edit(user: Any, post: Thread | Reply) -> bool:
    """The author, while the post is shown or waits for a moderator, and its question is open."""
    thread = post if isinstance(post, Thread) else post.thread
    is_author = user.is_authenticated and post.author_id == user.pk and user.may_write
    return bool(is_author and (post.is_published or post.is_held) and not thread.is_locked)


def can_delete(user: Any, post: Thread | Reply) -> bool:
    """The author, also in a locked thread: nobody has to leave his words in public."""
    is_author = user.is_authenticated and post.author_id == user.pk
    return bool(is_author and post.status in (post.Status.PUBLISHED, post.Status.HELD))


def can_see_revisions(user: Any, post: Thread | Reply) -> bool:
    thread = post if isinstance(post, Thread) else post.thread
    return bool(user.is_authenticated and (post.author_id == user.pk or can_moderate(user, thread)))


def can_moderate(user: Any, thread: Thread | None = None) -> bool:
    """A moderator, of the forum of `thread` where one is given."""
    if thread is None:
        return bool(user.is_authenticated and user.is_moderator)
    return looks_after(user, thread.forum_id)


def can_reveal_asker(user: Any) -> bool:
    return bool(can_moderate(user) and user.has_perm("forum.reveal_asker"))
