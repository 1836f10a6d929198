"""Asking, replying, editing and taking back."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actions import BADGE, RESTRICTIONS
from accounts.limits import spend
from accounts.models import User
from forum import policies
from forum.actions.drafts import discard_draft, lock_writing
from forum.actions.tally import (
    HELD_FIELDS,
    change_reply_status,
    count_new_reply,
    forum_counts,
    locked_thread,
    still_in,
)
from forum.actions.watching import call_moderators, watch
from forum.addressed import addressed_in
from forum.holding import deserves_a_look, reason_to_hold, reason_to_hold_edit
from forum.models import Forum, Post, Reply, Revision, Thread
from forum.pace import keep_pace
from forum.screening import SCREENED_FIELDS, note_screening, said, screen, text_of
from notifications.actions import follow_by_writing, tell, tell_of_question
from safety.screening import Screening

MAY_NOT_WRITE = _("You cannot post at the moment. Your account page says why and until when.")


@transaction.atomic
def ask(
    *,
    by: User,
    forum: Forum,
    title: str,
    body: str,
    is_anonymous: bool = False,
    keep_out_of_search: bool = False,
    facts: dict[str, str] | None = None,
    key: UUID | None = None,
    seconds: int | None = None,
) -> Thread:
    """Publish a question, or hold it for a moderator. The same `key` and text again give the question they made.

    In a forum that is kept out of search engines every question starts kept out. `seconds`: how long the form was
    open. TooSoon, LimitReached or Refused say why nothing was posted.
    """
    _start_writing(by)
    policies.require(forum.is_open, _("This forum is closed. Choose another one."))
    if earlier := _earlier(Thread, by, key, title=title, body=body):
        return earlier
    keep_pace(by, "question", body=body)
    thread = Thread(
        author=by, forum=forum, title=title, is_anonymous=is_anonymous, submission_key=key,
        keep_out_of_search=keep_out_of_search or forum.keep_out_of_search, facts=facts or {},
    )  # fmt: skip
    thread.set_body(body)
    screening = screen(body, title=title, facts=thread.facts)
    is_more_urgent = note_screening(thread, screening)
    _hold(thread, reason_to_hold(by, screening, body=body, seconds=seconds))
    with forum_counts(thread, is_new=True):
        thread.save(force_insert=True)
    _after_writing(thread, thread, screening, by=by, is_more_urgent=is_more_urgent)
    follow_by_writing(thread.pk, by=by)
    if thread.is_published:
        tell_of_question(thread.pk)
    discard_draft(by, "ask")
    return thread


def _start_writing(by: User) -> None:
    """Take the person's writing in turn, and make sure that moderators let it go on."""
    lock_writing(by)
    by.refresh_from_db(fields=[*BADGE, *RESTRICTIONS])  # it may have ended since this request began
    policies.require(by.may_write, MAY_NOT_WRITE)


def _hold(post: Thread | Reply, reason: str) -> None:
    if reason:
        post.status, post.held_for = Post.Status.HELD, reason


def _after_writing(
    thread: Thread,
    post: Thread | Reply,
    screening: Screening,
    *,
    by: User,
    is_more_urgent: bool,
    known: set[str] | None = None,
) -> None:
    """What a stored post brings about: help on its page, and somebody who looks at it.

    A professional who names signs of an emergency tells others when to call for help. What was `known` before an edit
    calls nobody again.
    """
    if post.is_alarming or thread.shows_help:
        watch(thread)
    is_urgent = is_more_urgent and (post.is_alarming or not by.is_medical_professional)
    is_new_find = not set(screening.rules) <= (known or set())
    if post.is_held or is_urgent or (is_new_find and deserves_a_look(by, screening)):
        call_moderators(post)


@transaction.atomic
def reply_to(
    thread: Thread, *, by: User, body: str, interest: str = "", key: UUID | None = None, seconds: int | None = None
) -> Reply:
    """Publish a reply, or hold it for a moderator. The same `key` and text again give the reply they made.

    An `interest` is kept where the badge is shown: without it nobody takes the reply for professional advice, and
    it could betray an anonymous asker. `seconds`: how long the form was open. Raises like ask().
    """
    _start_writing(by)
    if earlier := _earlier(Reply, by, key, body=body):
        return earlier
    keep_pace(by, "reply", body=body)
    thread = locked_thread(thread.pk)
    policies.require(policies.can_reply(by, thread), _("This question is closed, so it takes no more replies."))
    by_asker = thread.author_id == by.pk
    shows_badge = by.is_medical_professional and not (by_asker and thread.is_anonymous)
    reply = Reply(
        thread=thread, author=by, by_asker=by_asker, submission_key=key, has_badge=shows_badge,
        credential_line=by.professional_title if shows_badge else "", interest=interest if shows_badge else "",
    )  # fmt: skip
    reply.set_body(body)
    screening = screen(body, interest=reply.interest)
    is_more_urgent = note_screening(reply, screening)
    _hold(reply, reason_to_hold(by, screening, body=body, seconds=seconds))
    reply.save(force_insert=True)
    count_new_reply(thread, reply)
    _after_writing(thread, reply, screening, by=by, is_more_urgent=is_more_urgent)
    follow_by_writing(thread.pk, by=by)
    if reply.is_published:
        tell(reply.pk, addressed_in(reply.body, thread))
    discard_draft(by, f"reply:{thread.pk}")
    return reply


def _earlier[P: (Thread, Reply)](model: type[P], by: User, key: UUID | None, **texts: str) -> P | None:
    """What the same form has made of the same text. Another text in it is another post: it came by Back."""
    return model.objects.filter(author=by, submission_key=key, **texts).first() if key else None


@transaction.atomic
def update_thread(
    thread: Thread,
    *,
    by: User,
    title: str,
    body: str,
    facts: dict[str, str] | None = None,
    keep_out_of_search: bool | None = None,
    key: UUID | None = None,
    seconds: int | None = None,
) -> Thread:
    """Change a question, keeping what it said before. An edit without a change leaves no mark. None: as it was.

    What a moderator has not seen may make it wait again.
    """
    _start_writing(by)
    spend(by, "edit")
    thread = locked_thread(thread.pk)
    policies.require(policies.can_edit(by, thread), _("This question can no longer be edited."))
    facts = thread.facts if facts is None else facts
    if (title, body, facts) != (thread.title, thread.body, thread.facts):
        Revision.of(thread, replaced_by=by).save()
        screening = screen(body, title=title, facts=facts)
        before, after = text_of(thread), said(title, body, *facts.values())
        reason = reason_to_hold_edit(by, thread, screening, before=before, after=after)
        thread.title, thread.facts = title, facts
        thread.set_body(body)
        thread.edited_at = timezone.now()
        known = set(thread.rules)
        is_more_urgent = note_screening(thread, screening)
        with forum_counts(thread):
            _hold(thread, reason)
            thread.save(
                update_fields=["title", "body", "body_html", "facts", "edited_at", *HELD_FIELDS, *SCREENED_FIELDS]
            )
        _after_writing(thread, thread, screening, by=by, is_more_urgent=is_more_urgent, known=known)
    if keep_out_of_search is not None:
        thread.keep_out_of_search = keep_out_of_search
    thread.edit_key = key
    thread.save(update_fields=["keep_out_of_search", "edit_key"])
    discard_draft(by, f"thread:{thread.pk}")
    return thread


@transaction.atomic
def update_reply(
    reply: Reply,
    *,
    by: User,
    body: str,
    interest: str | None = None,
    key: UUID | None = None,
    seconds: int | None = None,
) -> Reply:
    """Change a reply, keeping what it said before. An edit without a change leaves no mark. None: as it was.

    What a moderator has not seen may make it wait again.
    """
    _start_writing(by)
    spend(by, "edit")
    thread = locked_thread(reply.thread_id)
    reply = still_in(thread, Reply.objects.select_for_update(no_key=True).get(pk=reply.pk))
    policies.require(policies.can_edit(by, reply), _("This reply can no longer be edited."))
    if interest is None or (interest and not reply.has_badge):
        interest = reply.interest
    if (body, interest) != (reply.body, reply.interest):
        Revision.of(reply, replaced_by=by).save()
        screening = screen(body, interest=interest)
        before, after = text_of(reply), said(body, interest)
        reason = reason_to_hold_edit(by, reply, screening, before=before, after=after)
        reply.interest = interest
        reply.set_body(body)
        reply.edited_at = timezone.now()
        known = set(reply.rules)
        is_more_urgent = note_screening(reply, screening)
        reply.save(update_fields=["body", "body_html", "interest", "edited_at", *SCREENED_FIELDS])
        if reason:
            change_reply_status(reply, thread, Post.Status.HELD, held_for=reason)
        _after_writing(thread, reply, screening, by=by, is_more_urgent=is_more_urgent, known=known)
    reply.edit_key = key
    reply.save(update_fields=["edit_key"])
    discard_draft(by, f"reply-edit:{reply.pk}")
    return reply


@transaction.atomic
def remove(post: Thread | Reply, *, by: User) -> None:
    """Take back one's own question or reply. Others' replies to a question stay, without its text."""
    thread = locked_thread(post.pk if isinstance(post, Thread) else post.thread_id)
    if isinstance(post, Thread):
        if thread.is_removed and thread.author_id == by.pk:
            return
        policies.require(policies.can_delete(by, thread), _("Only the person who asked can delete this question."))
        with forum_counts(thread):
            thread.status, thread.held_for = Post.Status.REMOVED, ""
            thread.save(update_fields=HELD_FIELDS)
        watch(thread)
        return
    reply = still_in(thread, Reply.objects.select_for_update(no_key=True).get(pk=post.pk))
    if reply.is_removed and reply.author_id == by.pk:
        return
    policies.require(policies.can_delete(by, reply), _("Only the person who wrote this reply can delete it."))
    change_reply_status(reply, thread, Post.Status.REMOVED)
    watch(thread)
