import contextlib

import pytest
from django.core.exceptions import PermissionDenied

from accounts.limits import DAILY, LimitReached
from accounts.models import ActivityLimit
from forum.actions import hide, recount, remove, set_locked, undo_helpful, vote_helpful
from forum.models import HelpfulVote, Reply, Thread
from tests.conftest import make_user

pytestmark = pytest.mark.django_db


def counts(reply):
    reply.refresh_from_db()
    return reply.helpful_count, reply.helpful_votes.count(), Thread.objects.get(pk=reply.thread_id).helpful_count


def test_a_second_vote_changes_nothing(asker, reply):
    assert vote_helpful(reply, by=asker) is True
    assert vote_helpful(reply, by=asker) is False
    assert counts(reply) == (1, 1, 1)


def test_a_vote_can_be_taken_back_once(asker, reply):
    vote_helpful(reply, by=asker)
    assert undo_helpful(reply, by=asker) is True
    assert undo_helpful(reply, by=asker) is False
    assert counts(reply) == (0, 0, 0)


def test_the_new_number_is_on_the_reply(asker, reply):
    vote_helpful(reply, by=asker)
    assert reply.helpful_count == 1


def test_nobody_votes_for_the_own_reply(helper, reply):
    with pytest.raises(PermissionDenied, match="your own reply"):
        vote_helpful(reply, by=helper)
    assert counts(reply) == (0, 0, 0)


@pytest.mark.parametrize("what", ["locked", "reply hidden", "thread hidden", "reply removed", "thread removed"])
def test_closed_and_hidden_things_take_no_votes(asker, helper, stranger, moderator, reply, what):
    vote_helpful(reply, by=stranger)
    match what:
        case "locked":
            set_locked(reply.thread, True, by=moderator)
        case "reply hidden":
            hide(reply, by=moderator)
        case "thread hidden":
            hide(reply.thread, by=moderator)
        case "reply removed":
            remove(reply, by=helper)
        case "thread removed":
            remove(reply.thread, by=asker)
    with pytest.raises(PermissionDenied):
        vote_helpful(reply, by=asker)
    with pytest.raises(PermissionDenied):
        undo_helpful(reply, by=stranger)
    assert HelpfulVote.objects.count() == 1


def test_fifty_votes_a_day_and_no_more(asker, reply):
    vote_helpful(reply, by=asker)
    ActivityLimit.objects.filter(user=asker, activity="helpful_vote").update(count=DAILY["helpful_vote"])
    undo_helpful(reply, by=asker)
    with pytest.raises(LimitReached):
        vote_helpful(reply, by=asker)
    assert counts(reply) == (0, 0, 0)


def test_a_refused_vote_is_not_counted_as_activity(helper, reply):
    with pytest.raises(PermissionDenied):
        vote_helpful(reply, by=helper)
    assert not ActivityLimit.objects.filter(user=helper, activity="helpful_vote").exists()


@pytest.mark.django_db(transaction=True)
def test_fifty_people_clicking_ten_times_each_count_fifty(reply, at_once):
    people = [make_user(f"person{number}") for number in range(50)]

    def click(person):
        return [vote_helpful(Reply.objects.get(pk=reply.pk), by=person) for _ in range(10)].count(True)

    assert at_once([lambda person=person: click(person) for person in people]) == [1] * 50
    assert counts(reply) == (50, 50, 50)


@pytest.mark.django_db(transaction=True)
def test_half_of_them_undoing_at_the_same_time_leaves_the_count_right(reply, at_once):
    people = [make_user(f"person{number}") for number in range(50)]
    for person in people[:25]:
        vote_helpful(reply, by=person)

    def change(number, person):
        for _ in range(5):
            fresh = Reply.objects.get(pk=reply.pk)
            if number < 25:
                undo_helpful(fresh, by=person)
            else:
                vote_helpful(fresh, by=person)

    at_once([lambda n=number, p=person: change(n, p) for number, person in enumerate(people)])
    assert counts(reply) == (25, 25, 25)
    assert recount(repair=False) == []


@pytest.mark.django_db(transaction=True)
def test_one_person_in_ten_tabs_votes_once(asker, reply, at_once):
    news = at_once([lambda: vote_helpful(Reply.objects.get(pk=reply.pk), by=asker)] * 10)
    assert news.count(True) == 1
    assert counts(reply) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_votes_while_a_moderator_hides_and_the_author_removes(helper, moderator, make_reply, at_once):
    """Whoever comes first, the counters agree with the rows and nobody waits in a circle."""
    replies = [make_reply(body=f"Reply {number}") for number in range(4)]
    voters = [make_user(f"person{number}") for number in range(8)]

    def vote(person):
        for reply in replies:
            with contextlib.suppress(PermissionDenied):
                vote_helpful(Reply.objects.get(pk=reply.pk), by=person)

    calls = [lambda person=person: vote(person) for person in voters]
    calls += [lambda: hide(replies[0], by=moderator), lambda: remove(replies[1], by=helper)]
    calls += [lambda: recount(repair=True)]
    at_once(calls)
    assert recount(repair=False) == []
    assert Thread.objects.get().reply_count == 2
