"""What moderators may do to posts. The moderation app records why; nothing else may call these."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from forum import policies
from forum.actions.tally import (
    HELD_FIELDS,
    add_to_forum,
    change_reply_status,
    contribution,
    forum_counts,
    locked_thread,
    still_in,
)
from forum.actions.watching import watch
from forum.addressed import addressed_in
from forum.models import Forum, HeldFor, Level, Post, Reply, Revision, Thread
from forum.screening import SCREENED_FIELDS, note_screening, screen_again
from notifications.actions import tell, tell_of_question

MODERATORS_ONLY = _("Only moderators of this forum can do this.")


def hide(post: Thread | Reply, *, by: User) -> bool:
    """Take a published or held post out of view; return whether that is new."""
    return _change(post, Post.Status.HIDDEN, {Post.Status.PUBLISHED, Post.Status.HELD}, by)


def restore(post: Thread | Reply, *, by: User) -> bool:
    """Show a hidden or held post (again), with its votes and in its place; return whether that is new.

    What was merged or split off comes back by undo_merge and undo_split.
    """
    return _change(post, Post.Status.PUBLISHED, {Post.Status.HIDDEN, Post.Status.HELD}, by)


def hold(post: Thread | Reply, *, by: User | None, held_for: str = HeldFor.MODERATOR) -> bool:
    """Keep a published post from readers until somebody has looked at it; `by` is None for the site itself."""
    return _change(post, Post.Status.HELD, {Post.Status.PUBLISHED}, by, held_for=held_for)


@transaction.atomic
def _change(
    post: Thread | Reply, status: Post.Status, possible: set[Post.Status], by: User | None, *, held_for: str = ""
) -> bool:
    thread = locked_thread(post.pk if isinstance(post, Thread) else post.thread_id)
    if by is not None:
        policies.require(policies.can_moderate(by, thread), MODERATORS_ONLY)
    if isinstance(post, Thread):
        if thread.status not in possible or thread.merged_into_id:
            return False
        is_first_shown = thread.is_held and status == Post.Status.PUBLISHED and not thread.reply_count
        with forum_counts(thread):
            thread.status, thread.held_for = status, held_for
            if is_first_shown:
                thread.last_activity_at = timezone.now()  # readers can answer from now on
            thread.save(update_fields=[*HELD_FIELDS, "last_activity_at"])
        if is_first_shown:
            tell_of_question(thread.pk)
    else:
        reply = still_in(thread, Reply.objects.select_for_update(no_key=True).get(pk=post.pk))
        if reply.status not in possible or reply.stands_as_id:
            return False
        is_first_shown = reply.is_held and status == Post.Status.PUBLISHED
        change_reply_status(reply, thread, status, held_for=held_for)
        if is_first_shown:
            tell(reply.pk, addressed_in(reply.body, thread))
    watch(thread)
    return True


@transaction.atomic
def look_after(post: Thread | Reply, *, by: User, is_false_alarm: bool = False) -> bool:
    """Note that somebody has looked after the writer of an urgent post; return whether that is new.

    Help stays on the page, as it should wherever suicide is the subject, unless it was a false alarm.
    """
    thread = locked_thread(post.pk if isinstance(post, Thread) else post.thread_id)
    policies.require(policies.can_moderate(by, thread), MODERATORS_ONLY)
    current: Thread | Reply = thread
    if isinstance(post, Reply):
        current = still_in(thread, Reply.objects.select_for_update(no_key=True).get(pk=post.pk))
    if current.is_looked_after and not (is_false_alarm and current.is_alarming):
        return False
    current.is_looked_after = True
    if is_false_alarm:
        current.level, current.is_emergency = Level.GREEN, False
    current.save(update_fields=SCREENED_FIELDS)
    watch(thread)
    return True


@transaction.atomic
def rewrite(post: Thread | Reply, *, by: User, body: str, title: str | None = None) -> Revision:
    """Change somebody's text so that it keeps to the rules; returns the revision with what it said before."""
    thread = locked_thread(post.pk if isinstance(post, Thread) else post.thread_id)
    policies.require(policies.can_moderate(by, thread), MODERATORS_ONLY)
    current: Thread | Reply = thread
    if isinstance(post, Reply):
        current = still_in(thread, Reply.objects.select_for_update(no_key=True).get(pk=post.pk))
    revision = Revision.of(current, replaced_by=by)
    revision.save()
    fields = ["body", "body_html", "edited_at", *SCREENED_FIELDS]
    if isinstance(current, Thread) and title is not None:
        current.title = title
        fields.append("title")
    current.set_body(body)
    current.edited_at = timezone.now()
    note_screening(current, screen_again(current))
    current.save(update_fields=fields)
    watch(thread)
    return revision


@transaction.atomic
def set_locked(thread: Thread, locked: bool, *, by: User, until: datetime | None = None) -> bool:
    """Close (until a time, or for good) or open a question for replies and votes; return whether that is new."""
    thread = locked_thread(thread.pk)
    policies.require(policies.can_moderate(by, thread), MODERATORS_ONLY)
    until = until if locked else None
    if (thread.is_locked, thread.locked_until) == (locked, until):
        return False
    thread.is_locked, thread.locked_until = locked, until
    thread.save(update_fields=["is_locked", "locked_until"])
    return True


def reopen_due() -> int:
    """Open the questions whose time of being closed is over; returns how many."""
    due = Thread.objects.filter(locked_until__lte=timezone.now())
    return due.update(is_locked=False, locked_until=None)


@transaction.atomic
def move(thread: Thread, forum: Forum, *, by: User) -> bool:
    """Put a question into another forum, with all that belongs to it; return whether that is new."""
    thread = locked_thread(thread.pk)
    policies.require(policies.can_moderate(by, thread), MODERATORS_ONLY)
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
