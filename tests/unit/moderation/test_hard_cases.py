"""Decisions, undo, appeals. Each test says what should be so."""

import contextlib
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from forum.actions import hold, remove, reply_to, update_reply, update_thread
from forum.models import Forum
from moderation import actions
from moderation.actions import Details, Grounds, Verdict
from moderation.models import Action, Appeal, Case, Decision, Report
from moderation.policies import Refused
from notifications.actions import send_mails
from tests.conftest import make_user

pytestmark = pytest.mark.django_db
KIND = Grounds(ground="kind", facts="Two insults.", message="Please stay friendly.")


def case_of(thing):
    case = actions.open_by_moderator(thing, by=User.objects.get(username="moderator"))
    actions.release(case, by=User.objects.get(username="moderator"))
    return Case.objects.with_subjects().get(pk=case.pk)


def decide(thing, *chosen, by, grounds=KIND, **details):
    return actions.decide(case_of(thing), Verdict(chosen, grounds, Details(**details)), by=by)


@pytest.fixture(autouse=True)
def _moderator(moderator):
    return moderator


def press(client, case, do="decide", **data):
    page = client.get(case.get_absolute_url()).content.decode()
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    return client.post(case.get_absolute_url(), {"do": do, "seen": seen[1] if seen else "", **data})


# -- undo restores exactly what was there


def test_taking_back_the_hiding_of_a_held_post_holds_it_again(reply, moderator):
    hold(reply, by=moderator)
    [decision] = decide(reply, Action.HIDE, by=moderator)
    actions.undo(decision, by=moderator)
    reply.refresh_from_db()
    assert reply.status == "held", reply.status


def test_taking_back_the_approval_of_a_hidden_post_hides_it_again(reply, moderator):
    decide(reply, Action.HIDE, by=moderator)
    [decision] = decide(reply, Action.APPROVE, by=moderator)
    actions.undo(decision, by=moderator)
    reply.refresh_from_db()
    assert reply.status == "hidden", reply.status


def test_taking_back_an_approval_says_again_why_it_was_held(reply, moderator):
    hold(reply, by=None, held_for="sourcing")
    [decision] = decide(reply, Action.APPROVE, by=moderator)
    actions.undo(decision, by=moderator)
    reply.refresh_from_db()
    assert reply.held_for == "sourcing", reply.held_for


def test_taking_back_an_edit_of_a_held_post_does_not_publish_the_first_text(reply, moderator):
    hold(reply, by=None, held_for="sourcing")
    [decision] = decide(reply, Action.EDIT, by=moderator, body="Without the address.")
    actions.undo(decision, by=moderator)
    reply.refresh_from_db()
    assert (reply.status, reply.body) == ("held", "Show it to a doctor."), (reply.status, reply.body)


def test_taking_back_an_old_suspension_leaves_a_later_ban(reply, helper, moderator):
    [suspended] = decide(reply, Action.SUSPEND, by=moderator, until=timezone.now() + timedelta(days=1))
    decide(reply, Action.BAN, by=moderator)
    actions.undo(suspended, by=moderator)
    helper.refresh_from_db()
    assert helper.is_banned


def test_taking_back_one_removal_leaves_the_trust_lost_by_another(make_reply, helper, moderator):
    [first] = decide(make_reply(body="One"), Action.REMOVE, by=moderator)
    decide(make_reply(body="Two"), Action.REMOVE, by=moderator)
    actions.undo(first, by=moderator)
    helper.refresh_from_db()
    assert helper.trust_lost_until


def test_removal_and_suspension_taken_back_in_any_order_leave_nothing(reply, helper, moderator):
    removed, suspended = decide(
        reply, Action.REMOVE, Action.SUSPEND, by=moderator, until=timezone.now() + timedelta(days=1)
    )
    actions.undo(removed, by=moderator)
    actions.undo(suspended, by=moderator)
    helper.refresh_from_db()
    assert (helper.trust_lost_until, helper.suspended_until) == (None, None)


def test_taking_back_a_move_leaves_what_the_asker_has_chosen_since(thread, asker, forum, moderator):
    other = Forum.objects.create(category=forum.category, name="Rashes", slug="rashes")
    [decision] = decide(thread, Action.MOVE, by=moderator, forum=other)
    thread.refresh_from_db()
    update_thread(thread, by=asker, title=thread.title, body=thread.body, keep_out_of_search=True)
    actions.undo(decision, by=moderator)
    thread.refresh_from_db()
    assert thread.keep_out_of_search


def test_taking_back_an_edit_keeps_what_the_author_wrote_since(reply, helper, moderator):
    [decision] = decide(reply, Action.EDIT, by=moderator, body="Without the address.")
    update_reply(reply, by=helper, body="A new text by its author, without any address, and longer.")
    with contextlib.suppress(Refused):
        actions.undo(decision, by=moderator)
    reply.refresh_from_db()
    assert reply.body.startswith("A new text")


# -- appeals


def hidden_and_appealed(reply, helper, by):
    [decision] = decide(reply, Action.HIDE, by=by)
    appeal, _ = actions.appeal(decision, text="It was a joke.", by=helper)
    return decision, Case.objects.with_subjects().get(appeal=appeal)


def test_an_appeal_is_closed_when_the_decision_is_taken_back_meanwhile(reply, helper, moderator):
    decision, case = hidden_and_appealed(reply, helper, moderator)
    actions.undo(decision, by=moderator)
    appeal = Appeal.objects.get()
    assert not Case.objects.open().filter(pk=case.pk).exists()
    assert appeal.outcome == "reversed"


def test_an_appeal_can_be_granted_when_somebody_else_has_restored_the_post(reply, helper, moderator, second_moderator):
    _decision, case = hidden_and_appealed(reply, helper, moderator)
    decide(reply, Action.APPROVE, by=second_moderator)
    actions.decide_appeal(case, by=second_moderator, reverse=True, answer="Yes")
    assert Appeal.objects.get().outcome == "reversed"


def test_an_appeal_against_an_automatic_hold_can_be_granted_after_the_case_was_decided(
    reply, helper, moderator, second_moderator, settings
):
    settings.REPORTS_TO_HIDE = 1
    reporter = make_user("reporter")
    for _number in range(1):
        reply_to(reply.thread, by=reporter, body="Some words about it")
    actions.report(reply, by=reporter, reason="spam")
    decision = Decision.objects.get(is_automated=True)
    appeal, _ = actions.appeal(decision, text="Not spam", by=helper)
    actions.decide(Case.objects.with_subjects().get(reply=reply), Verdict([Action.APPROVE]), by=moderator)
    appeal.refresh_from_db()
    if not appeal.outcome:
        actions.decide_appeal(
            Case.objects.with_subjects().get(appeal=appeal), by=second_moderator, reverse=True, answer="x"
        )
    appeal.refresh_from_db()
    assert appeal.outcome == "reversed"


def test_no_moderator_decides_an_appeal_about_the_own_post(thread, stranger, moderator, second_moderator):
    reply = reply_to(thread, by=second_moderator, body="Words of a moderator")
    actions.report(reply, by=stranger, reason="harassment")
    [decision] = actions.decide(Case.objects.with_subjects().get(), Verdict([Action.DISMISS]), by=moderator)
    actions.appeal(decision, text="It was harassment", report=Report.objects.get())
    case = Case.objects.with_subjects().get(appeal__isnull=False)
    with pytest.raises(Refused):
        actions.decide_appeal(case, by=second_moderator, reverse=False, answer="I was right.")


def test_no_moderator_sees_an_appeal_about_the_own_post(thread, stranger, moderator, second_moderator):
    reply = reply_to(thread, by=second_moderator, body="Words of a moderator")
    actions.report(reply, by=stranger, reason="harassment")
    [decision] = actions.decide(Case.objects.with_subjects().get(), Verdict([Action.DISMISS]), by=moderator)
    actions.appeal(decision, text="It was harassment", report=Report.objects.get())
    assert not Case.objects.visible_to(second_moderator).filter(appeal__isnull=False).exists()


def test_no_moderator_decides_the_own_objection_to_the_outcome_of_a_report(reply, moderator, second_moderator):
    actions.report(reply, by=second_moderator, reason="harassment")
    [decision] = actions.decide(Case.objects.with_subjects().get(), Verdict([Action.DISMISS]), by=moderator)
    actions.appeal(decision, text="It was harassment", report=Report.objects.get())
    case = Case.objects.with_subjects().get(appeal__isnull=False)
    with pytest.raises(Refused):
        actions.decide_appeal(case, by=second_moderator, reverse=True, answer="I was right.")


def test_the_reporter_who_wins_an_appeal_is_told_the_new_outcome(
    reply, stranger, moderator, second_moderator, tasks_run
):
    actions.report(reply, by=stranger, reason="harassment")
    [decision] = actions.decide(Case.objects.with_subjects().get(), Verdict([Action.DISMISS]), by=moderator)
    actions.appeal(decision, text="It was harassment", report=Report.objects.get())
    actions.decide_appeal(
        Case.objects.with_subjects().get(appeal__isnull=False), by=second_moderator, reverse=True, answer="Yes"
    )
    again = Case.objects.with_subjects().open().get(reply=reply)
    actions.decide(again, Verdict([Action.HIDE], KIND), by=second_moderator)
    assert Report.objects.get().outcome == "upheld", (Report.objects.get().outcome, tasks_run())


def test_an_appeal_against_a_redaction_by_a_moderator_can_be_granted_or_is_not_offered(
    reply, helper, moderator, second_moderator
):
    actions.redact(reply, "doctor", by=moderator)
    decision = Decision.objects.get(action="redact")
    if actions.can_appeal(decision):
        actions.appeal(decision, text="Why?", by=helper)
        actions.decide_appeal(
            Case.objects.with_subjects().get(appeal__isnull=False), by=second_moderator, reverse=True, answer="Yes"
        )


# -- authority


def test_a_moderator_of_some_forums_takes_back_no_warning_of_a_person(helper, moderator, other_forums_moderator):
    [decision] = decide(helper, Action.WARN, by=moderator)
    with pytest.raises(Refused):
        actions.undo(decision, by=other_forums_moderator)


def test_a_moderator_of_some_forums_reopens_no_case_about_a_person(helper, stranger, moderator, other_forums_moderator):
    actions.report(helper, by=stranger, reason="spam")
    [decision] = actions.decide(Case.objects.with_subjects().get(), Verdict([Action.DISMISS]), by=moderator)
    with pytest.raises(Refused):
        actions.undo(decision, by=other_forums_moderator)


def test_a_moderator_of_other_forums_reads_no_decisions_of_this_one(sign_in, reply, moderator, other_forums_moderator):
    [decision] = decide(reply, Action.HIDE, by=moderator)
    client = sign_in(other_forums_moderator)
    assert decision.reference not in client.get("/admin/moderation/decision/").text
    response = client.get(f"/admin/moderation/decision/{decision.pk}/change/")
    assert response.status_code != 200


def test_a_moderator_of_other_forums_reads_no_earlier_texts_of_hidden_posts(
    sign_in, reply, helper, moderator, other_forums_moderator
):
    from django.contrib.auth.models import Permission

    other_forums_moderator.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    update_reply(reply, by=helper, body="Another text, not Quixotal")
    decide(reply, Action.HIDE, by=moderator)
    revision = reply.revisions.get()
    page = sign_in(other_forums_moderator).get(f"/admin/forum/revision/{revision.pk}/change/")
    assert "Show it to a doctor" not in page.text


def test_the_mail_of_a_crisis_goes_to_somebody_who_can_act(make_thread, moderator, other_forums_moderator):
    from django.core import mail

    from moderation.mail import alert_on_call

    User.objects.filter(pk=other_forums_moderator.pk).update(is_on_call=True)
    make_thread(title="A question", body="I took an overdose. I want to kill myself. Goodbye everyone.")
    mail.outbox.clear()
    alert_on_call(Case.objects.get().pk)
    send_mails()
    told = {address for one in mail.outbox for address in one.to}
    assert moderator.email in told
    assert other_forums_moderator.email not in told


def test_a_suspended_moderator_is_not_on_call(make_thread, moderator, second_moderator):
    from django.core import mail

    from moderation.mail import alert_on_call

    User.objects.filter(pk=second_moderator.pk).update(
        is_on_call=True, suspended_until=timezone.now() + timedelta(days=1)
    )
    make_thread(title="A question", body="I took an overdose. I want to kill myself. Goodbye everyone.")
    mail.outbox.clear()
    alert_on_call(Case.objects.get().pk)
    send_mails()
    assert {address for one in mail.outbox for address in one.to} == {moderator.email}


# -- reasons


@pytest.mark.parametrize("action", ["lock", "move", "merge", "split"])
def test_every_decision_that_the_author_is_told_of_has_a_reason(
    action, thread, make_reply, make_thread, forum, moderator
):
    other = Forum.objects.create(category=forum.category, name="Rashes", slug="rashes")
    _one, two = make_reply(body="One"), make_reply(body="Two")
    into = make_thread(title="Another question")
    thread.refresh_from_db()
    with pytest.raises(Refused):
        decide(
            thread,
            Action(action),
            by=moderator,
            grounds=Grounds(),
            forum=other if action == "move" else None,
            into=into,
            replies=[two.pk],
            title="A new question",
        )


def test_a_dismissal_and_a_ban_together_are_refused(reply, moderator):
    with pytest.raises(Refused):
        decide(reply, Action.DISMISS, Action.BAN, by=moderator)


def test_an_action_that_does_not_fit_is_refused(reply, helper, moderator):
    remove(reply, by=helper)
    with pytest.raises(Refused):
        decide(reply, Action.EDIT, by=moderator, body="Another text")


def test_after_an_edit_reports_can_hide_again(reply, helper, moderator, settings):
    settings.REPORTS_TO_HIDE = 1
    first, second = make_user("first"), make_user("second")
    for one in (first, second):
        reply_to(reply.thread, by=one, body="Words of mine")
    hold(reply, by=None, held_for="first")
    decide(reply, Action.APPROVE, by=moderator)
    update_reply(reply, by=helper, body="You are all idiots and I hate you.")
    actions.report(reply, by=first, reason="harassment")
    reply.refresh_from_db()
    assert reply.is_held
