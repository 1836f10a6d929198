import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import Error, IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from accounts.actions import withdraw_badge
from accounts.limits import DAILY, LimitReached
from accounts.models import ActivityLimit
from forum.actions import (
    ask,
    detach_votes,
    forget_drafts,
    hide,
    move,
    recount,
    remove,
    reply_to,
    restore,
    save_draft,
    set_locked,
    update_reply,
    update_thread,
    vote_helpful,
)
from forum.models import Draft, Forum, Reply, Revision, Thread

pytestmark = pytest.mark.django_db


def forum_counts():
    forum = Forum.objects.get()
    return forum.thread_count, forum.answered_count, forum.professional_count


def test_asking_publishes_rendered_text_and_counts(forum, asker):
    thread = ask(by=asker, forum=forum, title="Is it bad?", body="A **dark** spot")
    assert thread.body_html == "<p>A <strong>dark</strong> spot</p>"
    assert thread.is_published
    assert forum_counts() == (1, 0, 0)


def test_replies_move_every_counter(thread, helper, clinician):
    first = reply_to(thread, by=helper, body="One")
    assert forum_counts() == (1, 1, 0)
    second = reply_to(thread, by=clinician, body="Two")
    assert forum_counts() == (1, 1, 1)
    thread.refresh_from_db()
    assert (thread.reply_count, thread.place_count, thread.professional_reply_count) == (2, 2, 1)
    assert thread.last_activity_at == second.created_at >= first.created_at


def test_the_same_form_sent_twice_makes_one_post(forum, asker, helper):
    key = uuid.uuid4()
    first = ask(by=asker, forum=forum, title="Is it bad?", body="Look", key=key)
    assert ask(by=asker, forum=forum, title="Is it bad?", body="Look", key=key) == first
    assert reply_to(first, by=helper, body="No", key=key) == reply_to(first, by=helper, body="No", key=key)
    assert (Thread.objects.count(), Reply.objects.count()) == (1, 1)
    assert forum_counts() == (1, 1, 0)


def test_another_text_in_the_same_form_is_another_post(thread, helper):
    """As after going back in the browser to a form that was sent."""
    key = uuid.uuid4()
    first = reply_to(thread, by=helper, body="First", key=key)
    second = reply_to(thread, by=helper, body="Second", key=key)
    assert {first.body, second.body} == set(Reply.objects.values_list("body", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_draft_saved_while_its_text_is_posted_does_not_come_back(thread, helper, at_once):
    for number in range(8):
        key = uuid.uuid4()
        calls = [lambda key=key: save_draft(helper, f"reply:{thread.pk}", body="Hel", key=key)] * 4
        calls.append(lambda key=key, number=number: reply_to(thread, by=helper, body=f"Hello {number}", key=key))
        at_once(calls)
        save_draft(helper, f"reply:{thread.pk}", body="Hell", key=key)
        assert not Draft.objects.exists()


def test_a_late_draft_of_an_edit_does_not_come_back(reply, helper):
    key = uuid.uuid4()
    update_reply(reply, by=helper, body="Newer words", key=key)
    save_draft(helper, f"reply-edit:{reply.pk}", body="Newer", key=key)
    assert not Draft.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_ten_times_at_once_makes_one_post(forum, asker, helper, at_once):
    key = uuid.uuid4()
    threads = at_once([lambda: ask(by=asker, forum=forum, title="Is it bad?", body="Look", key=key)] * 10)
    replies = at_once([lambda: reply_to(threads[0], by=helper, body="No", key=key)] * 10)
    assert len({thread.pk for thread in threads}) == len({reply.pk for reply in replies}) == 1
    assert (Thread.objects.count(), Reply.objects.count()) == (1, 1)
    assert recount(repair=False) == []


@pytest.mark.django_db(transaction=True)
def test_many_replies_at_once_are_all_counted(thread, helper, clinician, at_once):
    at_once([lambda by=by: reply_to(thread, by=by, body="Hello") for by in [helper, clinician] * 8])
    assert Thread.objects.get().reply_count == 16
    assert recount(repair=False) == []


def test_a_locked_or_hidden_question_takes_no_replies(thread, helper, moderator):
    set_locked(thread, True, by=moderator)
    with pytest.raises(PermissionDenied, match="closed"):
        reply_to(thread, by=helper, body="Too late")
    set_locked(thread, False, by=moderator)
    hide(thread, by=moderator)
    with pytest.raises(PermissionDenied):
        reply_to(thread, by=helper, body="Too late")
    assert not Reply.objects.exists()


def test_a_reply_keeps_the_credential_of_its_day_and_loses_the_badge_with_it(thread, clinician):
    reply = reply_to(thread, by=clinician, body="It is harmless.")
    assert (reply.byline.badge, reply.is_professional) == ("Dermatologist", True)
    withdraw_badge(clinician, ran_out=False)
    reply = Reply.objects.get()
    assert (reply.byline.badge, reply.is_professional) == ("", False)
    assert reply.credential_line == "Dermatologist"


def test_an_edit_keeps_what_was_there(thread, asker):
    update_thread(thread, by=asker, title="Changed title", body="Changed")
    thread.refresh_from_db()
    revision = Revision.objects.get()
    assert (thread.title, thread.body_html) == ("Changed title", "<p>Changed</p>")
    assert thread.edited_at is not None
    assert (revision.title, revision.body) == ("Is this mole changing?", "It looks *darker*.")


def test_an_edit_without_a_change_leaves_no_mark(reply, helper):
    update_reply(reply, by=helper, body=reply.body)
    reply.refresh_from_db()
    assert reply.edited_at is None
    assert not Revision.objects.exists()


def test_only_the_author_edits(reply, asker, moderator):
    for person in (asker, moderator):
        with pytest.raises(PermissionDenied):
            update_reply(reply, by=person, body="Changed")
    with pytest.raises(PermissionDenied):
        update_thread(reply.thread, by=moderator, title="Changed title", body="Changed")


def test_nobody_edits_in_a_locked_question(reply, helper, moderator):
    set_locked(reply.thread, True, by=moderator)
    with pytest.raises(PermissionDenied):
        update_reply(reply, by=helper, body="Changed")


def test_thirty_edits_a_day(reply, helper):
    update_reply(reply, by=helper, body="First change")
    ActivityLimit.objects.filter(user=helper, activity="edit").update(count=DAILY["edit"])
    with pytest.raises(LimitReached):
        update_reply(reply, by=helper, body="Second change")


def test_removing_a_reply_keeps_its_place(thread, make_reply, helper):
    replies = [make_reply(body=f"Reply {number}") for number in range(3)]
    remove(replies[1], by=helper)
    remove(replies[1], by=helper)
    thread.refresh_from_db()
    assert (thread.reply_count, thread.place_count) == (2, 3)
    assert recount(repair=False) == []


def test_removing_the_last_answer_makes_the_question_unanswered(reply, helper):
    remove(reply, by=helper)
    assert forum_counts() == (1, 0, 0)


def test_only_the_author_removes(reply, asker, moderator):
    for person in (asker, moderator):
        with pytest.raises(PermissionDenied):
            remove(reply, by=person)
    with pytest.raises(PermissionDenied):
        remove(reply.thread, by=moderator)


def test_hiding_and_restoring_puts_everything_back(thread, reply, asker, moderator):
    before = forum_counts()
    assert hide(thread, by=moderator) is True
    assert hide(thread, by=moderator) is False
    assert forum_counts() == (0, 0, 0)
    assert restore(thread, by=moderator) is True
    assert forum_counts() == before == (1, 1, 0)
    assert hide(reply, by=moderator) is True
    assert forum_counts() == (1, 0, 0)
    assert restore(reply, by=moderator) is True
    assert forum_counts() == before
    with pytest.raises(PermissionDenied):
        hide(thread, by=asker)


def test_moving_takes_everything_along(thread, reply, forum, moderator, asker):
    other = Forum.objects.create(category=forum.category, name="Rashes", slug="rashes", keep_out_of_search=True)
    assert move(thread, other, by=moderator) is True
    assert move(thread, other, by=moderator) is False
    forum.refresh_from_db()
    other.refresh_from_db()
    thread.refresh_from_db()
    assert (forum.thread_count, forum.answered_count) == (0, 0)
    assert (other.thread_count, other.answered_count) == (1, 1)
    assert thread.keep_out_of_search
    assert recount(repair=False) == []
    with pytest.raises(PermissionDenied):
        move(thread, forum, by=asker)


def test_what_its_author_removed_cannot_be_restored(reply, helper, moderator):
    remove(reply, by=helper)
    assert restore(reply, by=moderator) is False


def test_recount_reports_and_repairs_drift(reply):
    Thread.objects.update(reply_count=7, place_count=9, helpful_count=3)
    Forum.objects.update(thread_count=5, answered_count=2)
    found = {(drift.table, drift.column) for drift in recount(repair=False)}
    assert found == {
        ("forum_thread", "reply_count"),
        ("forum_thread", "place_count"),
        ("forum_thread", "helpful_count"),
        ("forum_forum", "thread_count"),
        ("forum_forum", "answered_count"),
    }
    assert recount(repair=False) != []
    recount(repair=True)
    assert recount(repair=False) == []
    assert forum_counts() == (1, 1, 0)


@pytest.mark.parametrize(
    "wrong", [{"status": "gone"}, {"body": ""}, {"body": "x" * 50_001}, {"title": ""}, {"reply_count": 5}]
)
def test_the_database_refuses_impossible_threads(thread, wrong):
    with pytest.raises(Error), transaction.atomic():
        Thread.objects.update(**wrong)


def test_a_revision_belongs_to_one_post(thread, reply):
    for owners in ({}, {"thread": thread, "reply": reply}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Revision.objects.create(body="x", **owners)


def test_one_draft_for_each_form(asker, thread):
    save_draft(asker, "ask", body="first")
    save_draft(asker, "ask", body="second")
    save_draft(asker, f"reply:{thread.pk}", body="other")
    assert set(Draft.objects.values_list("body", flat=True)) == {"second", "other"}
    save_draft(asker, "ask", body="  ")
    assert Draft.objects.count() == 1


def test_publishing_ends_the_draft_and_a_late_save_does_not_bring_it_back(thread, helper):
    key = uuid.uuid4()
    save_draft(helper, f"reply:{thread.pk}", body="Hello", key=key)
    reply_to(thread, by=helper, body="Hello", key=key)
    save_draft(helper, f"reply:{thread.pk}", body="Hello", key=key)
    assert not Draft.objects.exists()


def test_drafts_are_forgotten_after_ninety_days(asker):
    save_draft(asker, "ask", body="old")
    Draft.objects.update(updated_at=timezone.now() - timedelta(days=91))
    save_draft(asker, "reply:1", body="new")
    assert forget_drafts() == 1


def test_an_account_that_ends_takes_no_votes_with_it(reply, asker):
    vote_helpful(reply, by=asker)
    with pytest.raises(ProtectedError):
        asker.delete()
    assert detach_votes(asker) == 1
    reply.refresh_from_db()
    assert (reply.helpful_count, reply.helpful_base_count, reply.helpful_votes.count()) == (1, 1, 0)
    assert recount(repair=False) == []


def test_the_last_activity_is_that_of_the_last_reply_shown(thread, reply, moderator):
    hide(reply, by=moderator)
    thread.refresh_from_db()
    assert thread.last_activity_at == thread.created_at
    restore(reply, by=moderator)
    thread.refresh_from_db()
    assert thread.last_activity_at == reply.created_at


def test_a_closed_forum_takes_no_draft_away(forum, asker, thread):
    save_draft(asker, "ask", body="half", forum=Forum.objects.create(name="Gone", slug="gone", category=forum.category))
    Forum.objects.get(slug="gone").delete()
    assert Draft.objects.get().body == "half"


def test_an_account_that_is_deleted_leaves_its_posts(thread, reply, helper):
    helper.delete()
    reply.refresh_from_db()
    assert reply.byline.name == "Former member"
    assert recount(repair=False) == []
