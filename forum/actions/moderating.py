"""What moderators may do to a post from the admin."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from forum import policies
from forum.actions.tally import (
    add_to_forum,
    change_reply_status,
    contribution,
    forum_counts,
    locked_thread,
    still_in,
)
from forum.models import Forum, Post, Reply, Thread

MODERATORS_ONLY = _("Only moderators can do this.")


def hide(post: Thread | Reply, *, by: User) -> bool:
    """Take a published or held post out of view; return whether that is new."""
    return _change(post, Post.Status.HIDDEN, {Post.Status.PUBLISHED, Post.Status.HELD}, by)


def restore(post: Thread | Reply, *, by: User) -> bool:
    """Show a hidden or held post (again), with its votes and in its place; return whether that is new.

    What was merged or split off comes back by undo_merge and undo_split.
    """
    return _change(post, Post.Status.PUBLISHED, {Post.Status.HIDDEN, Post.Status.HELD}, by)


@transaction.atomic
def _change(post: Thread | Reply, status: Post.Status, possible: set[Post.Status], by: User) -> bool:
    policies.require(policies.can_moderate(by), MODERATORS_ONLY)
    thread = locked_thread(post.pk if isinstance(post, Thread) else post.thread_id)
    if isinstance(post, Thread):
        if thread.status not in possible or thread.merged_into_id:
            return False
        with forum_counts(thread):
            thread.status = status
            thread.save(update_fields=["status"])
        return True
    reply = still_in(thread, Reply.objects.select_for_update(no_key=True).get(pk=post.pk))
    if reply.status not in possible or reply.stands_as_id:
        return False
    change_reply_status(reply, thread, status)
    return True


@transaction.atomic
def set_locked(thread: Thread, locked: bool, *, by: User) -> bool:
    """Close or open a question for replies and votes; return whether that is new."""
    policies.require(policies.can_moderate(by), MODERATORS_ONLY)
    thread = locked_thread(thread.pk)
    if thread.is_locked == locked:
        return False
    thread.is_locked = locked
    thread.save(update_fields=["is_locked"])
    return True


@transaction.atomic
def move(thread: Thread, forum: Forum, *, by: User) -> bool:
    """Put a question into another forum, with all that belongs to it; return whether that is new."""
    policies.require(policies.can_moderate(by), MODERATORS_ONLY)
    thread = locked_thread(thread.pk)
    if thread.forum_id == forum.pk:
        return False
    amounts = contribution(thread)
    changes = {thread.forum_id: [-amount for amount in amounts], forum.pk: amounts}
    for forum_id in sorted(changes):
        add_to_forum(forum_id, changes[forum_id])
    thread.forum = forum
    # Moving never makes a question easier to find than its asker or its new forum wants.
    thread.keep_out_of_search = thread.keep_out_of_search or forum.keep_out_of_search
    thread.save(update_fields=["forum", "keep_out_of_search"])
    return True
