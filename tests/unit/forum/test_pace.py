"""Pauses between posts and the limits of the first day (DOMAIN 7.2)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.limits import LimitReached
from forum.actions import ask, reply_to
from forum.models import Reply, Thread
from forum.pace import TooSoon
from tests.conftest import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def pauses(settings):
    settings.POSTING_PAUSES = {"question": 15, "reply": 5}


def answer(thread, by, text):
    return reply_to(thread, by=by, body=text)


def wait(seconds):
    """Let the posts so far be older."""
    for model in (Thread, Reply):
        for post in model.objects.all():
            model.objects.filter(pk=post.pk).update(created_at=post.created_at - timedelta(seconds=seconds))


def test_a_pause_between_two_posts_that_says_how_long(helper, thread):
    answer(thread, helper, "One")
    with pytest.raises(TooSoon, match=r"What you wrote is kept: press the button again in \d seconds?") as told:
        answer(thread, helper, "Two")
    assert 1 <= told.value.seconds <= 5
    wait(5)
    assert answer(thread, helper, "Two").pk


def test_questions_have_a_longer_pause_of_their_own(helper, thread, forum):
    answer(thread, helper, "One")
    ask(by=helper, forum=forum, title="A question", body="First text")
    wait(10)
    with pytest.raises(TooSoon):
        ask(by=helper, forum=forum, title="A question", body="Second text")
    wait(5)
    assert ask(by=helper, forum=forum, title="A question", body="Second text").pk


def test_the_first_day_is_slower_and_has_fewer_posts(forum, thread):
    fresh = make_user("fresh", date_joined=timezone.now())
    answer(thread, fresh, "One")
    wait(20)
    with pytest.raises(TooSoon):
        answer(thread, fresh, "Two")
    for number in range(2, 11):
        wait(40)
        answer(thread, fresh, f"Reply {number}")
    wait(40)
    with pytest.raises(LimitReached, match="10 replies in a day"):
        answer(thread, fresh, "Reply 11")


def test_the_same_text_again_within_five_minutes(helper, thread, make_thread):
    answer(thread, helper, "Show it to a doctor, please.")
    wait(60)
    other = make_thread(title="Another question", body="Another text")
    with pytest.raises(TooSoon, match="just posted this text"):
        answer(other, helper, "show it to a DOCTOR please")
    wait(300)
    assert answer(other, helper, "Show it to a doctor, please.").pk


def test_people_somebody_has_made_sure_of_do_not_wait(clinician, thread, make_thread):
    answer(thread, clinician, "One")
    assert answer(thread, clinician, "Two").pk
    wait(60)
    assert answer(make_thread(title="Another question", body="Another text"), clinician, "Two").pk


def test_a_refused_post_is_not_counted(helper, thread):
    answer(thread, helper, "One")
    for _ in range(3):
        with pytest.raises(TooSoon):
            answer(thread, helper, "Two")
    assert Reply.objects.count() == 1
