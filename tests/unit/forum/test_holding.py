"""Which posts wait for a moderator, and which never do."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.actions import grant_badge
from forum.actions import ask, hide, reply_to, restore, update_reply, update_thread
from forum.holding import reason_to_hold
from forum.models import HeldFor, Thread
from forum.screening import screen
from forum.trust import Trust, accepted_posts, trust_of
from tests.conftest import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def first_posts_wait(settings):
    settings.HELD_FIRST_POSTS = 1


@pytest.fixture
def thread(forum, moderator):
    return ask(by=moderator, forum=forum, title="Is this mole changing?", body="It looks darker.")


@pytest.fixture
def newcomer(first_posts_wait):
    return make_user("newcomer", date_joined=timezone.now())


def held(post) -> str:
    post.refresh_from_db()
    return post.held_for if post.is_held else ""


def question(by, forum, body="It itches at night.", **fields):
    return ask(**{"by": by, "forum": forum, "title": "A question of mine", "body": body, "seconds": 60, **fields})


def test_the_first_post_of_a_newcomer_waits_and_the_next_one_does_not(newcomer, forum, moderator, thread):
    first = question(newcomer, forum)
    assert held(first) == HeldFor.FIRST
    assert held(reply_to(thread, by=newcomer, body="Another thing.")) == HeldFor.FIRST
    restore(first, by=moderator)
    assert held(reply_to(thread, by=newcomer, body="Now one more.", seconds=60)) == ""


def test_nobody_in_a_crisis_posts_into_silence(newcomer, forum):
    assert held(question(newcomer, forum, body="I want to kill myself. I took an overdose.", seconds=1)) == ""
    assert held(question(newcomer, forum, body="My chest pain goes into my arm and I am sweating now")) == ""


def test_professionals_and_staff_are_known_people(newcomer, forum, moderator):
    grant_badge(newcomer, specialty="dermatologist", verified_on=timezone.localdate())
    assert held(question(newcomer, forum)) == ""
    assert held(question(moderator, forum, body="See https://a.example and https://b.example")) == ""


def test_links_of_the_first_day(newcomer, forum, moderator, settings):
    restore(question(newcomer, forum), by=moderator)
    two = "My doctor gave me two leaflets, https://a.example/x and https://b.example/y. Are they right?"
    third = f"{two} A third one says something else: https://c.example/z"
    assert held(question(newcomer, forum, body=two)) == ""
    assert held(question(newcomer, forum, body=third)) == HeldFor.LINKS


def test_a_text_faster_than_people_type(newcomer, forum, moderator, thread):
    restore(question(newcomer, forum), by=moderator)
    assert held(reply_to(thread, by=newcomer, body="Quickly done.", seconds=2)) == HeldFor.TOO_FAST
    assert held(reply_to(thread, by=newcomer, body="Slowly done.", seconds=60)) == ""
    assert held(reply_to(thread, by=newcomer, body="Nobody knows when.", seconds=None)) == HeldFor.TOO_FAST


def test_the_same_text_again(newcomer, forum, moderator):
    restore(question(newcomer, forum, body="Have you tried my way of it?"), by=moderator)
    assert held(question(newcomer, forum, body="HAVE you tried, my way of it")) == HeldFor.REPEATED


def test_getting_medicines_without_a_prescription(helper, thread):
    offer = "I have spare oxycodone tablets to sell, message me on telegram"
    assert held(reply_to(thread, by=helper, body=offer)) in (HeldFor.SOURCING, HeldFor.SPAM)


def test_dosing_by_people_without_a_badge(helper, clinician, thread):
    advice = "Just take 3 of the 10mg tablets instead of one and double it next week."
    assert held(reply_to(thread, by=helper, body=advice)) == HeldFor.DOSING
    assert held(reply_to(thread, by=clinician, body=advice)) == ""


def test_an_edit_does_not_get_round_it(newcomer, forum, moderator):
    post = question(newcomer, forum)
    restore(post, by=moderator)
    thread = Thread.objects.get(pk=post.pk)
    update_thread(thread, by=newcomer, title=thread.title, body="It itches, at night!")
    assert held(post) == ""
    other = "Buy our cream at https://cream.example now: " + "it heals every spot of skin you have got there. " * 3
    update_thread(thread, by=newcomer, title=thread.title, body=other)
    assert held(post)
    assert Thread.objects.listed().count() == 0


def test_an_edit_with_a_new_find_waits_also_for_members(helper, reply):
    update_reply(reply, by=helper, body="Stop taking your tablets and take 4 of the 20mg ones instead.")
    assert held(reply) == HeldFor.DOSING


def test_an_edit_of_what_was_let_through_with_its_finds_does_not_wait_again(helper, thread, moderator):
    reply = reply_to(thread, by=helper, body="Just take 3 of the 10mg tablets instead of one.")
    restore(reply, by=moderator)
    update_reply(reply, by=helper, body="Just take 3 of the 10mg tablets instead of one!")
    assert held(reply) == ""


def test_a_held_post_can_be_edited_and_goes_on_waiting(newcomer, forum):
    post = question(newcomer, forum)
    update_thread(post, by=newcomer, title=post.title, body="Without my name now.")
    post.refresh_from_db()
    assert (post.body, held(post)) == ("Without my name now.", HeldFor.FIRST)


def test_trust_grows_with_posts_and_time(newcomer, forum, thread, moderator):
    assert trust_of(newcomer) == Trust.UNKNOWN
    restore(question(newcomer, forum), by=moderator)
    assert trust_of(newcomer) == Trust.NEW
    newcomer.date_joined -= timedelta(days=2)
    newcomer.save()
    assert trust_of(newcomer) == Trust.MEMBER
    for number in range(19):
        reply_to(thread, by=newcomer, body=f"Reply {number}")
    assert trust_of(newcomer) == Trust.MEMBER
    newcomer.date_joined -= timedelta(days=30)
    assert trust_of(newcomer) == Trust.TRUSTED


def test_trust_is_lost_for_a_while(helper, forum):
    helper.trust_lost_until = timezone.now() + timedelta(days=1)
    helper.save()
    assert trust_of(helper) == Trust.LOST
    assert held(question(helper, forum)) == HeldFor.MODERATOR
    helper.trust_lost_until = timezone.now() - timedelta(days=1)
    assert trust_of(helper) > Trust.LOST


def test_hidden_posts_do_not_make_anybody_trusted(newcomer, thread, moderator, settings):
    settings.HELD_FIRST_POSTS = 0
    reply = reply_to(thread, by=newcomer, body="One", seconds=60)
    assert accepted_posts(newcomer, at_most=5) == 1
    hide(reply, by=moderator)
    assert accepted_posts(newcomer, at_most=5) == 0


def test_counting_accepted_posts_has_a_bound(asker, make_reply, thread):
    for number in range(4):
        make_reply(by=asker, body=f"{number}")
    assert accepted_posts(asker, at_most=3) == 3


def test_a_held_post_counts_nowhere(newcomer, forum, thread):
    reply_to(thread, by=newcomer, body="Waiting.")
    thread.refresh_from_db()
    assert (thread.reply_count, thread.place_count, thread.last_activity_at) == (0, 0, thread.created_at)
    question(newcomer, forum)
    forum.refresh_from_db()
    assert forum.thread_count == 1


def test_a_reason_is_a_sentence_for_the_author():
    assert all(str(reason.label).endswith(".") for reason in HeldFor)


def test_the_reason_does_not_depend_on_more_than_what_is_given(helper):
    assert reason_to_hold(helper, screen("My knee hurts."), body="My knee hurts.", seconds=100) == ""
