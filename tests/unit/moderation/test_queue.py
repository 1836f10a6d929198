"""What comes into the queue, in which order, and who may take it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from credentials import actions as credential_actions
from credentials.models import State
from forum.actions import ask, reply_to, update_thread
from forum.models import ForumModerator
from moderation import actions
from moderation.actions import Outdated
from moderation.models import Case, Urgency
from moderation.policies import Refused
from tests.conftest import make_user

pytestmark = pytest.mark.django_db

CRISIS = "I took an overdose an hour ago. Goodbye everyone."
RED = "I want to kill myself."


def test_a_crisis_comes_first_then_by_urgency_then_the_oldest(make_reply, make_thread, stranger, moderator, sent):
    reported = make_reply(body="One")
    actions.report(reported, by=stranger, reason="harassment")
    actions.report(make_reply(body="Two"), by=stranger, reason="spam")
    actions.report(make_reply(body="Three"), by=stranger, reason="about_me")
    actions.report(make_reply(body="Four"), by=stranger, reason="harassment")
    make_reply(body=RED)
    make_thread(title="A question", body=CRISIS)
    queue = [(case.urgency, case.kind) for case in Case.objects.visible_to(moderator).open().in_order()]
    assert queue == [
        (Urgency.CRISIS, "crisis"),
        (Urgency.RISK, "crisis"),
        (Urgency.PERSONAL, "report"),
        (Urgency.HARM, "report"),
        (Urgency.HARM, "report"),
        (Urgency.LATER, "report"),
    ]
    harm = Case.objects.filter(urgency=Urgency.HARM).in_order()
    assert harm[0].reply == reported


def test_everything_about_one_post_is_one_case(make_reply, stranger, asker, only_case):
    reply = make_reply()
    actions.report(reply, by=stranger, reason="spam")
    actions.report(reply, by=asker, reason="at_risk")
    case = only_case()
    assert case.reports.count() == 2
    assert case.urgency == Urgency.RISK


def test_the_database_keeps_two_open_cases_of_one_thing_apart(reply):
    Case.objects.create(kind="own", urgency=4, reply=reply)
    with pytest.raises(IntegrityError, match="case_open_once_reply"), transaction.atomic():
        Case.objects.create(kind="own", urgency=4, reply=reply)
    with pytest.raises(IntegrityError, match="case_of_one_subject"), transaction.atomic():
        Case.objects.create(kind="own", urgency=4, thread=reply.thread, reply=reply)
    with pytest.raises(IntegrityError, match="case_of_one_subject"), transaction.atomic():
        Case.objects.create(kind="own", urgency=4)


@pytest.mark.django_db(transaction=True)
def test_reports_at_once_make_one_case(reply, at_once, settings):
    settings.REPORTS_TO_HIDE = 100
    people = [make_user(f"reporter{number}") for number in range(12)]
    at_once([lambda person=person: actions.report(reply, by=person, reason="spam") for person in people])
    case = Case.objects.get()
    assert case.reports.count() == 12


def test_a_request_for_the_badge_waits_in_the_queue_exactly_while_it_waits_for_a_reviewer(sent, reviewer, moderator):
    credential = sent()
    case = Case.objects.get(credential=credential)
    assert case.is_open
    assert list(Case.objects.visible_to(reviewer).open()) == [case]
    assert not Case.objects.visible_to(moderator).exists()
    credential_actions.ask_for_more(credential, by=reviewer, message="A document, please.")
    credential.refresh_from_db()
    assert credential.state == State.NEEDS_INFORMATION
    case.refresh_from_db()
    assert not case.is_open


def test_a_claim_keeps_others_away_for_half_an_hour(reply, stranger, moderator, administrator, only_case):
    actions.report(reply, by=stranger, reason="spam")
    actions.claim(only_case(), by=moderator)
    with pytest.raises(Outdated, match="moderator is looking at this"):
        actions.claim(only_case(), by=administrator)
    assert actions.claim(only_case(), by=moderator).claimed_by == moderator  # again, and longer
    Case.objects.update(claimed_at=timezone.now() - timedelta(minutes=31))
    assert actions.claim(only_case(), by=administrator).claimed_by == administrator


def test_a_case_is_handed_over_with_a_word(reply, stranger, moderator, administrator, only_case):
    actions.report(reply, by=stranger, reason="spam")
    actions.claim(only_case(), by=moderator)
    assert actions.release(only_case(), by=administrator) is False
    assert actions.release(only_case(), by=moderator, handover="Too close to home for me.") is True
    case = only_case()
    assert (case.holder, case.handover) == (None, "Too close to home for me.")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_claim_at_once_one_wins(reply, stranger, moderator, administrator, at_once, only_case):
    actions.report(reply, by=stranger, reason="spam")

    def claim(by):
        try:
            return actions.claim(only_case(), by=by).claimed_by
        except Outdated:
            return None

    won = at_once([lambda: claim(moderator), lambda: claim(administrator)])
    assert won.count(None) == 1


def test_moderators_see_what_they_look_after(make_reply, stranger, other_forums_moderator, moderator, asker):
    actions.report(make_reply(), by=stranger, reason="spam")
    actions.report(asker, by=stranger, reason="impersonation")
    assert Case.objects.visible_to(moderator).count() == 2
    assert Case.objects.visible_to(other_forums_moderator).count() == 0
    ForumModerator.objects.filter(user=other_forums_moderator).update(forum=make_reply().thread.forum)
    del other_forums_moderator._moderated_forums
    assert Case.objects.visible_to(other_forums_moderator).count() == 1  # people are for those of the whole site
    assert not Case.objects.visible_to(stranger).exists()


def test_nobody_gets_a_case_about_the_own_posts(forum, moderator, stranger, administrator):
    own = ask(by=moderator, forum=forum, title="My own question", body="What is this?")
    actions.report(own, by=stranger, reason="spam")
    assert not Case.objects.visible_to(moderator).exists()
    with pytest.raises(Refused):
        actions.claim(Case.objects.get(), by=moderator)
    assert actions.claim(Case.objects.get(), by=administrator)


def test_a_moderator_opens_a_case_nobody_reported(reply, moderator, helper):
    case = actions.open_by_moderator(reply, by=moderator)
    assert (case.kind, case.claimed_by) == ("own", moderator)
    assert actions.open_by_moderator(reply, by=moderator) == case
    with pytest.raises(Refused):
        actions.open_by_moderator(reply, by=helper)


def test_a_post_in_danger_opens_a_case_and_its_edit_no_second_one(make_thread, asker, helper, only_case):
    thread = make_thread(title="A question", body=RED)
    update_thread(thread, by=asker, title=thread.title, body=f"{RED} Really.")
    assert only_case().kind == "crisis"
    reply_to(thread, by=helper, body="I have thought of you all day.")
    assert Case.objects.count() == 1


def test_a_clock_says_what_is_late(reply, stranger, only_case):
    actions.report(reply, by=stranger, reason="at_risk")
    case = only_case()
    assert not case.is_late
    case.opened_at -= timedelta(hours=3)
    assert case.is_late
