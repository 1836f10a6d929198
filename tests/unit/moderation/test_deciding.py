"""Decisions: what they do, their record, who is told, and the way back."""

from datetime import timedelta

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.limits import DAILY, LimitReached
from accounts.models import ActivityLimit, User
from forum.actions import hold, recount, remove, reply_to, undo_helpful, update_reply, vote_helpful
from forum.models import Forum, Reply, Thread
from moderation import actions
from moderation.actions import Details, Grounds, Outdated, Verdict
from moderation.models import Action, Appeal, Case, Decision, Outcome, Report
from moderation.policies import Refused
from moderation.statistics import forget_old
from tests.conftest import make_user

pytestmark = pytest.mark.django_db

KIND = Grounds(ground="kind", facts="Two insults.", message="Please stay friendly.")


@pytest.fixture
def reported(reply, stranger, only_case):
    actions.report(reply, by=stranger, reason="harassment")
    return only_case()


def decide(case, *chosen, by, grounds=KIND, seen=None, keeps_open=False, **details):
    case = Case.objects.with_subjects().get(pk=case.pk)
    return actions.decide(case, Verdict(chosen, grounds, Details(**details), keeps_open), by=by, seen=seen)


def test_hiding_is_written_down_with_its_reason_and_both_sides_are_told(reported, reply, moderator, helper, tasks_run):
    (decision,) = decide(reported, Action.HIDE, by=moderator)
    reply.refresh_from_db()
    assert reply.status == "hidden"
    assert (decision.reply, decision.about, decision.decided_by) == (reply, helper, moderator)
    assert (decision.ground, decision.facts, decision.source, decision.is_automated) == (
        "kind", "Two insults.", "notice", False,
    )  # fmt: skip
    assert decision.before == {"status": "published", "held_for": ""}
    assert Report.objects.get().outcome == "upheld"
    assert not Case.objects.open().exists()
    assert tasks_run() == ["send_receipt", "tell_reporter", "tell_author"]


def test_nothing_is_decided_without_a_reason(reported, moderator):
    with pytest.raises(Refused, match="Choose the rule"):
        decide(reported, Action.HIDE, by=moderator, grounds=Grounds())
    with pytest.raises(Refused, match="which law"):
        decide(reported, Action.HIDE, by=moderator, grounds=Grounds(ground="law"))
    with pytest.raises(Refused, match="Choose what to do"):
        decide(reported, by=moderator)
    assert not Decision.objects.exists()
    assert reported.reply.is_published


def test_a_dismissal_tells_the_reporter_and_not_the_author(reported, moderator, tasks_run):
    decide(reported, Action.DISMISS, by=moderator, grounds=Grounds())
    assert Report.objects.get().outcome == "dismissed"
    assert tasks_run() == ["send_receipt", "tell_reporter"]


def test_of_two_decisions_the_second_is_told_that_somebody_was_faster(reported, moderator, administrator):
    decide(reported, Action.DISMISS, by=moderator, grounds=Grounds())
    with pytest.raises(Outdated, match="decided this meanwhile"):
        decide(reported, Action.HIDE, by=administrator)


def test_a_claimed_case_is_decided_by_whoever_claimed_it(reported, moderator, administrator):
    actions.claim(reported, by=moderator)
    with pytest.raises(Outdated, match="looking at this"):
        decide(reported, Action.HIDE, by=administrator)
    assert decide(reported, Action.HIDE, by=moderator)


def test_nobody_decides_about_a_text_that_has_changed_since(reported, reply, helper, moderator):
    seen = actions.what_is_seen(reported)
    update_reply(reply, by=helper, body="Other words now.")
    with pytest.raises(Outdated, match="changed since you opened it"):
        decide(reported, Action.HIDE, by=moderator, seen=seen)
    assert decide(reported, Action.HIDE, by=moderator, seen=actions.what_is_seen(Case.objects.get()))


def test_the_record_is_never_changed_or_deleted(reported, moderator):
    (decision,) = decide(reported, Action.HIDE, by=moderator)
    for change in (
        lambda: Decision.objects.filter(pk=decision.pk).update(facts="Nothing"),
        lambda: Decision.objects.all().delete(),
        lambda: connection.cursor().execute("UPDATE moderation_decision SET facts = ''"),
        lambda: connection.cursor().execute("DELETE FROM moderation_decision"),
    ):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            change()
    assert Decision.objects.get().facts == "Two insults."


def test_decisions_go_after_two_years_only(reported, moderator):
    assert decide(reported, Action.HIDE, by=moderator)
    assert forget_old(timezone.now() - timedelta(days=730)) == 0
    with pgtrigger.ignore("moderation.Decision:decision_kept"):
        Decision.objects.update(decided_at=timezone.now() - timedelta(days=731))
    assert forget_old(timezone.now() - timedelta(days=730)) == 1


def test_the_record_outlives_what_it_was_about(reported, reply, moderator):
    (decision,) = decide(reported, Action.HIDE, by=moderator)
    reply.delete()
    assert Decision.objects.get().reply_id == decision.reply_id


# Everything that can be done, and the way back


def state(post):
    """All of a post and its thread that a decision may touch."""
    post = type(post).objects.get(pk=post.pk)
    thread = post if isinstance(post, Thread) else Thread.objects.get(pk=post.thread_id)
    counts = [thread.reply_count, thread.place_count, thread.helpful_count, thread.last_activity_at]
    forums = list(Forum.objects.order_by("pk").values_list("thread_count", "answered_count", "professional_count"))
    return [
        post.status, post.body, post.body_html, getattr(post, "title", ""), thread.forum_id, thread.is_locked,
        thread.locked_until, getattr(post, "helpful_count", 0), counts, forums,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("action", "details"),
    [
        (Action.HIDE, {}),
        (Action.REMOVE, {}),
        (Action.HOLD, {}),
        (Action.EDIT, {"body": "Kinder words."}),
        (Action.LOCK, {}),
        (Action.LOCK, {"until": timezone.now() + timedelta(days=1)}),
        (Action.MOVE, {"forum": True}),
        (Action.DISMISS, {}),
    ],
)
def test_taking_back_restores_exactly_what_was_there(
    action, details, thread, reply, helper, asker, stranger, moderator, second_moderator, forum
):
    if "forum" in details:
        details = {"forum": Forum.objects.create(category=forum.category, name="Rashes", slug="rashes")}
    vote_helpful(reply, by=asker)
    post = thread if action in (Action.LOCK, Action.MOVE) else reply
    reply_to(thread, by=stranger, body="A later reply.")
    before = state(post)
    case = actions.open_by_moderator(post, by=moderator)
    (decision,) = decide(case, action, by=moderator, **details)
    assert (state(post) == before) == (action == Action.DISMISS)
    actions.undo(decision, by=second_moderator)
    assert state(post) == before
    assert recount(repair=False) == []
    reversal = Decision.objects.get(reverses=decision)
    assert (reversal.action, reversal.decided_by) == ("reverse", second_moderator)
    with pytest.raises(Refused, match="taken back already"):
        actions.undo(decision, by=moderator)


@pytest.mark.parametrize("action", [Action.HIDE, Action.REMOVE, Action.APPROVE, Action.EDIT])
def test_a_post_that_waited_waits_again_in_the_queue(action, reply, moderator):
    hold(reply, by=None, held_for="sourcing")
    case = actions.open_by_moderator(reply, by=moderator)
    (decision,) = decide(case, action, by=moderator, body="Without the address.")
    actions.undo(decision, by=moderator)
    reply.refresh_from_db()
    assert (reply.status, reply.held_for, reply.body) == ("held", "sourcing", "Show it to a doctor.")
    assert Case.objects.open().get().reply == reply
    assert recount(repair=False) == []


def test_a_post_that_was_hidden_before_it_was_approved_is_hidden_again(reported, reply, moderator):
    decide(reported, Action.HIDE, by=moderator)
    (decision,) = decide(actions.open_by_moderator(reply, by=moderator), Action.APPROVE, by=moderator)
    actions.undo(decision, by=moderator)
    reply.refresh_from_db()
    assert reply.status == "hidden"


@pytest.mark.parametrize("action", [Action.READ_ONLY, Action.SUSPEND, Action.BAN])
def test_restrictions_of_a_person_and_the_way_back(action, reported, helper, moderator, thread):
    until = timezone.now() + timedelta(days=3)
    (decision,) = decide(reported, action, by=moderator, until=until)
    helper = User.objects.get(pk=helper.pk)
    assert not helper.may_write
    assert helper.is_suspended == (action != Action.READ_ONLY)
    with pytest.raises(Refused, match="cannot post at the moment"):
        reply_to(thread, by=helper, body="Still here.")
    actions.undo(decision, by=moderator)
    helper = User.objects.get(pk=helper.pk)
    assert helper.may_write
    assert (helper.trust_lost_until, helper.read_only_until, helper.suspended_until) == (None, None, None)


def test_a_restriction_in_the_past_is_refused(reported, moderator):
    for action in (Action.READ_ONLY, Action.SUSPEND):
        with pytest.raises(Refused, match="future"):
            decide(reported, action, by=moderator, until=timezone.now() - timedelta(minutes=1))
        with pytest.raises(Refused, match="until when"):
            decide(reported, action, by=moderator)
    with pytest.raises(Refused, match="future"):
        case = actions.open_by_moderator(reported.reply.thread, by=moderator)
        decide(case, Action.LOCK, by=moderator, until=timezone.now() - timedelta(minutes=1))


def test_post_and_author_in_one_decision(reported, reply, helper, moderator):
    decisions = decide(reported, Action.REMOVE, Action.WARN, by=moderator)
    assert [decision.action for decision in decisions] == ["remove", "warn"]
    helper.refresh_from_db()
    assert helper.trust_lost_until is not None
    assert list(Decision.objects.about(helper)) == decisions[::-1]


def test_nobody_restricts_oneself_or_an_administrator(moderator, administrator, forum, make_user_case, stranger):
    for person, by in [(administrator, moderator), (make_user("colleague", is_staff=True), moderator)]:
        case = make_user_case(person)
        with pytest.raises(Refused, match="only an administrator"):
            decide(case, Action.SUSPEND, by=by, until=timezone.now() + timedelta(days=1))
    with pytest.raises(Refused, match="not yours"):
        decide(make_user_case(moderator), Action.WARN, by=moderator)
    assert decide(Case.objects.get(person__username="colleague"), Action.WARN, by=administrator)


@pytest.fixture
def make_user_case(stranger):
    def make(person):
        actions.report(person, by=stranger, reason="impersonation")
        return Case.objects.get(person=person)

    return make


def test_a_moderator_of_another_forum_decides_nothing_here(reported, other_forums_moderator, reply):
    with pytest.raises(Refused, match="not yours"):
        decide(reported, Action.HIDE, by=other_forums_moderator)
    with pytest.raises(Refused, match="not yours"):
        actions.open_by_moderator(reply, by=other_forums_moderator)


@pytest.mark.parametrize("action", [Action.WARN, Action.DISMISS])
def test_a_moderator_of_some_forums_takes_nothing_back_about_a_person(
    action, stranger, helper, moderator, other_forums_moderator
):
    actions.report(helper, by=stranger, reason="spam")
    (decision,) = decide(Case.objects.get(), action, by=moderator)
    with pytest.raises(Refused, match="not yours"):
        actions.undo(decision, by=other_forums_moderator)


def test_a_case_may_stay_open_for_more(reported, moderator):
    decide(reported, Action.WARN, by=moderator, keeps_open=True)
    assert Case.objects.open().count() == 1
    assert decide(reported, Action.HIDE, by=moderator)


def test_marking_safe_ends_the_watch_and_keeps_the_help(make_thread, moderator):
    thread = make_thread(title="A question", body="I want to kill myself.")
    thread.refresh_from_db()
    assert (thread.shows_help, thread.is_watched) == (True, True)
    assert not Thread.objects.to_suggest().exists()
    decide(Case.objects.get(), Action.SAFE, by=moderator, grounds=Grounds())
    thread.refresh_from_db()
    assert (thread.shows_help, thread.is_watched, thread.is_looked_after) == (True, False, True)
    assert Thread.objects.to_suggest().exists()


def test_a_false_alarm_takes_the_help_away_again(make_reply, thread, moderator):
    make_reply(body="Thoughts of suicide: what does the leaflet mean? I want to kill myself laughing")
    case = Case.objects.get()
    decide(case, Action.FALSE_ALARM, by=moderator, grounds=Grounds())
    thread.refresh_from_db()
    assert (thread.shows_help, thread.is_watched) == (False, False)


def test_a_thread_is_watched_for_its_replies_too(thread, make_reply, helper):
    reply = make_reply(body="I want to kill myself.")
    thread.refresh_from_db()
    assert (thread.shows_help, thread.is_watched) == (True, True)
    remove(reply, by=helper)
    thread.refresh_from_db()
    assert (thread.shows_help, thread.is_watched) == (False, False)


def test_what_its_author_has_deleted_is_not_brought_back(reported, reply, helper, moderator):
    decisions = decide(reported, Action.EDIT, by=moderator, body="Kinder.")
    remove(Reply.objects.get(pk=reply.pk), by=helper)
    case = Case.objects.create(kind="own", urgency=4, reply=reply, about=helper)
    with pytest.raises(Refused, match="cannot be done to it as it is now"):
        decide(case, Action.APPROVE, by=moderator)
    assert decisions


def test_an_approved_post_is_published_and_its_author_told(reply, moderator, tasks_run):
    hold(reply, by=moderator)
    case = actions.open_by_moderator(reply, by=moderator)
    decide(case, Action.APPROVE, by=moderator, grounds=Grounds())
    reply.refresh_from_db()
    assert reply.is_published
    assert tasks_run() == ["tell_author"]


# Twenty moderators, two hundred items


@pytest.mark.django_db(transaction=True)
def test_twenty_moderators_decide_two_hundred_items_exactly_once_each(forum, at_once):
    asker, reporter = make_user("asker"), make_user("reporter")
    thread = Thread(author=asker, forum=forum, title="A question")
    thread.set_body("Text")
    thread.save()
    replies = []
    for number in range(200):
        reply = Reply(thread=thread, author=asker, body=f"Reply {number}", body_html=f"<p>Reply {number}</p>")
        replies.append(reply)
    Reply.objects.bulk_create(replies)
    recount(repair=True)
    for reply in Reply.objects.all():
        case = Case.objects.create(kind="report", urgency=3, reply=reply, about=asker)
        Report.objects.create(case=case, reporter=reporter, reason="spam")
    moderators = [make_user(f"moderator{number}", is_staff=True) for number in range(20)]

    def work(by):
        done = lost = 0
        for case in Case.objects.with_subjects().open().order_by("pk"):
            try:
                decide(case, Action.HIDE if case.pk % 2 else Action.DISMISS, by=by)
                done += 1
            except (Outdated, Refused):
                lost += 1
        return done, lost

    results = at_once([lambda by=by: work(by) for by in moderators])
    assert sum(done for done, _ in results) == 200
    assert sum(lost for _, lost in results) > 0
    assert Decision.objects.count() == 200
    assert Decision.objects.values("reply").distinct().count() == 200
    assert not Case.objects.open().exists()
    assert not Report.objects.filter(outcome="").exists()
    hidden = Reply.objects.filter(status="hidden").count()
    assert hidden == Decision.objects.filter(action="hide").count() == 100
    assert recount(repair=False) == []


# Appeals


@pytest.fixture
def hidden(reported, moderator):
    return decide(reported, Action.HIDE, by=moderator)[0]


def appealed(decision, by, text="It was a joke."):
    made, is_new = actions.appeal(decision, text=text, by=by)
    assert is_new
    return Case.objects.with_subjects().get(appeal=made)


def test_an_appeal_is_decided_by_somebody_else(hidden, helper, moderator, second_moderator, reply):
    case = appealed(hidden, helper)
    with pytest.raises(Refused, match="not yours"):
        actions.decide_appeal(case, by=moderator, reverse=False, answer="No.")
    actions.decide_appeal(case, by=second_moderator, reverse=True, answer="You are right.")
    reply.refresh_from_db()
    assert reply.is_published
    made = Appeal.objects.get()
    assert (made.outcome, made.decided_by, made.answer) == (Outcome.REVERSED, second_moderator, "You are right.")
    assert not Case.objects.open().exists()


def test_the_database_refuses_an_appeal_decided_by_who_decided_first(hidden, helper, moderator):
    appealed(hidden, helper)
    with pytest.raises(DatabaseError, match="appeal_decided_by_somebody_else"), transaction.atomic():
        Appeal.objects.update(decided_by=moderator)


def test_neither_side_decides_an_objection_to_the_outcome_of_a_report(
    thread, moderator, second_moderator, administrator
):
    reply = reply_to(thread, by=administrator, body="Words of a moderator.")
    report, _ = actions.report(reply, by=second_moderator, reason="harassment")
    (decision,) = decide(Case.objects.get(), Action.DISMISS, by=moderator)
    actions.appeal(decision, text="Look again.", report=report)
    case = Case.objects.with_subjects().get(appeal__isnull=False)
    for side in (moderator, second_moderator, administrator):
        with pytest.raises(Refused, match="not yours"):
            actions.decide_appeal(case, by=side, reverse=False, answer="No.")
    assert not Case.objects.visible_to(administrator).filter(pk=case.pk).exists()
    assert actions.decide_appeal(case, by=make_user("moderator3", is_staff=True), reverse=False, answer="No.")


def test_an_appeal_that_fails_keeps_the_decision_with_reasons(hidden, helper, second_moderator, reply, tasks_run):
    case = appealed(hidden, helper)
    with pytest.raises(Refused, match="reasons"):
        actions.decide_appeal(case, by=second_moderator, reverse=False, answer=" ")
    actions.decide_appeal(case, by=second_moderator, reverse=False, answer="It was no joke to her.")
    reply.refresh_from_db()
    assert reply.status == "hidden"
    assert Decision.objects.get(action="uphold").message == "It was no joke to her."
    assert tasks_run()[-1] == "tell_author"


def test_each_side_appeals_once_within_six_months(hidden, helper, stranger, moderator):
    appealed(hidden, helper)
    assert actions.appeal(hidden, text="Again", by=helper)[1] is False
    with pytest.raises(Refused, match="person concerned"):
        actions.appeal(hidden, text="Me too", by=stranger)
    with pgtrigger.ignore("moderation.Decision:decision_kept"):
        Decision.objects.update(decided_at=timezone.now() - timedelta(days=184))
    report = Report.objects.get()
    with pytest.raises(Refused, match="six months"):
        actions.appeal(Decision.objects.get(), text="I disagree", report=report)


def test_a_reporter_objects_to_a_dismissal_and_the_matter_opens_again(reported, reply, moderator, second_moderator):
    (decision,) = decide(reported, Action.DISMISS, by=moderator, grounds=Grounds())
    made, _ = actions.appeal(decision, text="Read it again.", report=Report.objects.get())
    case = Case.objects.with_subjects().get(appeal=made)
    actions.decide_appeal(case, by=second_moderator, reverse=True, answer="You are right.")
    assert Case.objects.open().get().reply == reply


def test_appeals_have_a_daily_limit(hidden, helper):
    ActivityLimit.objects.create(user=helper, activity="appeal", day=timezone.now().date(), count=DAILY["appeal"])
    with pytest.raises(LimitReached):
        actions.appeal(hidden, text="No", by=helper)


def test_votes_and_place_come_back_with_a_reversed_hiding(
    thread, make_reply, asker, stranger, helper, moderator, second_moderator
):
    first, second, third = (make_reply(body=f"Reply {number}") for number in range(3))
    vote_helpful(second, by=asker)
    vote_helpful(second, by=stranger)
    order = list(Reply.objects.filter(thread=thread, status="published").order_by("-helpful_count", "created_at", "pk"))
    case = actions.open_by_moderator(second, by=moderator)
    (decision,) = decide(case, Action.REMOVE, by=moderator)
    appeal_case = appealed(decision, helper)
    actions.decide_appeal(appeal_case, by=second_moderator, reverse=True, answer="Right.")
    again = list(Reply.objects.filter(thread=thread, status="published").order_by("-helpful_count", "created_at", "pk"))
    assert again == order
    assert again[0].helpful_count == 2
    undo_helpful(again[0], by=asker)
    assert recount(repair=False) == []
    assert {first, third} < set(again)
