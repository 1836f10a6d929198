"""Reports: who may, how often, what they weigh, and when a post is hidden by them."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.limits import DAILY, LimitReached
from accounts.models import ActivityLimit, User
from forum.actions import hide, remove, restore
from moderation import actions
from moderation.actions import Grounds, Verdict
from moderation.models import Action, Case, Decision, Report
from moderation.policies import Refused
from tests.conftest import make_user

pytestmark = pytest.mark.django_db


def report(thing, by, reason="spam", **fields):
    return actions.report(thing, by=by, reason=reason, **fields)


@pytest.fixture
def people():
    return [make_user(f"reporter{number}") for number in range(5)]


def test_nobody_reports_the_own_posts_or_oneself(reply, thread, helper, asker):
    for thing, by in [(reply, helper), (thread, asker), (helper, helper)]:
        with pytest.raises(Refused, match="This is your own"):
            report(thing, by)


def test_what_is_gone_cannot_be_reported(reply, thread, helper, asker, stranger, moderator):
    remove(reply, by=helper)
    with pytest.raises(Refused, match="no longer shown"):
        report(reply, stranger)
    hide(thread, by=moderator)
    with pytest.raises(Refused, match="no longer shown"):
        report(thread, stranger)


def test_a_second_report_before_the_first_is_decided_adds_nothing(reply, stranger):
    first, is_new = report(reply, stranger)
    assert is_new
    for _ in range(3):
        again, is_new = report(reply, stranger, reason="harassment")
        assert (again, is_new) == (first, False)
    assert Report.objects.count() == 1
    with pytest.raises(IntegrityError, match="report_once_by_a_member"), transaction.atomic():
        Report.objects.create(case=first.case, reporter=stranger, reason="spam")


def test_an_address_without_an_account_reports_once_too(reply):
    first, _ = report(reply, None, name="Ann", email="ann@example.org")
    again, is_new = report(reply, None, name="Ann", email="ANN@example.org")
    assert (again, is_new) == (first, False)
    assert report(reply, None, reason="child")[1]  # without a name
    assert report(reply, None, reason="child")[1]


def test_a_thousand_reports_end_at_the_days_limit(make_reply, stranger):
    ActivityLimit.objects.create(user=stranger, activity="report", day=timezone.now().date(), count=DAILY["report"])
    with pytest.raises(LimitReached, match="20 reports"):
        report(make_reply(), stranger)
    assert not Report.objects.exists()
    assert not Case.objects.exists()


def test_three_members_of_good_standing_hide_a_post_until_somebody_looks(reply, thread, people, tasks_run):
    for person in people[:2]:
        report(reply, person)
    reply.refresh_from_db()
    assert reply.is_published
    report(reply, people[2])
    reply.refresh_from_db()
    assert (reply.status, reply.held_for) == ("held", "reported")
    decision = Decision.objects.get()
    assert (decision.action, decision.is_automated, decision.decided_by, decision.is_told) == ("hold", True, None, True)
    assert "tell_author" in tasks_run()
    thread.refresh_from_db()
    assert thread.reply_count == 0


def test_newcomers_and_strangers_hide_nothing(reply):
    for number in range(6):
        report(reply, make_user(f"fresh{number}", date_joined=timezone.now()))
        report(reply, None, name="x", email=f"{number}@example.org")
    reply.refresh_from_db()
    assert reply.is_published


def test_who_was_mostly_wrong_counts_less(make_reply, people, moderator):
    often_wrong = people[0]
    for number in range(4):
        made, _ = report(make_reply(body=f"Fine {number}"), often_wrong)
        actions.decide(made.case, Verdict([Action.DISMISS]), by=moderator)
    assert actions.accuracy(often_wrong) == pytest.approx(1 / 6)
    reply = make_reply(body="One more")
    for person in people[:3]:
        report(reply, person)
    reply.refresh_from_db()
    assert reply.is_published
    assert not Report.objects.get(case__reply=reply, reporter=often_wrong).counts
    report(reply, people[3])
    reply.refresh_from_db()
    assert reply.is_held


def test_who_is_always_right_counts_more(make_reply, people, moderator):
    for person in people[:2]:
        for number in range(8):
            made, _ = report(make_reply(body=f"Bad {number}"), person)
            if made.is_open:
                actions.decide(made.case, Verdict([Action.HIDE], Grounds(ground="kind")), by=moderator)
    assert actions.weights([Report(reporter=people[0]), Report()]) == [pytest.approx(1.8), 0.5]
    reply = make_reply(body="One more")
    report(reply, people[0])
    report(reply, people[1])
    reply.refresh_from_db()
    assert reply.is_held


def test_a_cry_for_help_is_never_hidden_by_reports(make_reply, people):
    reply = make_reply(body="I want to kill myself.")
    for person in people:
        report(reply, person, reason="at_risk")
    reply.refresh_from_db()
    assert reply.is_published


def test_what_a_moderator_has_let_through_is_not_hidden_by_more_clicks(reply, people, moderator):
    for person in people[:3]:
        report(reply, person)
    case = Case.objects.with_subjects().get()
    actions.decide(case, Verdict([Action.DISMISS]), by=moderator)
    reply.refresh_from_db()
    assert reply.is_published
    for person in [*people[3:], *(make_user(f"more{number}") for number in range(3))]:
        report(reply, person)
    reply.refresh_from_db()
    assert reply.is_published
    assert Case.objects.open().count() == 1


def test_the_hidden_post_comes_back_when_a_moderator_finds_nothing(reply, thread, people, moderator):
    for person in people[:3]:
        report(reply, person)
    actions.decide(Case.objects.with_subjects().get(), Verdict([Action.APPROVE]), by=moderator)
    reply.refresh_from_db()
    thread.refresh_from_db()
    assert (reply.is_published, reply.held_for, thread.reply_count) == (True, "", 1)
    assert set(Report.objects.values_list("outcome", flat=True)) == {"dismissed"}


def test_somebody_who_is_suspended_does_not_report(reply, stranger, moderator):
    User.objects.filter(pk=stranger.pk).update(suspended_until=timezone.now() + timezone.timedelta(days=1))
    stranger.refresh_from_db()
    with pytest.raises(Refused, match="suspended"):
        report(reply, stranger)


@pytest.mark.django_db(transaction=True)
def test_one_person_in_two_tabs_reports_once(reply, stranger, at_once):
    results = at_once([lambda: report(reply, User.objects.get(pk=stranger.pk)) for _ in range(6)])
    assert sum(is_new for _, is_new in results) == 1
    assert Report.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_reports_at_the_threshold_at_once_hide_once(reply, at_once):
    people = [make_user(f"reporter{number}") for number in range(8)]

    def one(person):
        try:
            return report(reply, person)[1]
        except Refused:
            return False

    at_once([lambda person=person: one(person) for person in people])
    assert Decision.objects.count() == 1
    restore(reply, by=make_user("moderator", is_staff=True))
