"""Ways round holding. Each test says what should be so."""

from uuid import uuid4

import pytest
from django.utils import timezone

from forum.actions import ask, reply_to, update_reply, update_thread
from moderation import actions
from moderation.actions import Verdict
from moderation.models import Action, Case
from tests.conftest import make_user

pytestmark = pytest.mark.django_db
SPAM = (
    "Buy cheap oxycodone without prescription at https://pharma.example/oxy and https://pills.example/ "
    "and https://x.example, order now!"
)


@pytest.fixture(autouse=True)
def real_settings(settings, thread):
    settings.HELD_FIRST_POSTS = 1


@pytest.fixture
def newcomer(db):
    return make_user("newcomer", date_joined=timezone.now())


def test_spam_with_a_cry_for_help_in_it_is_held_all_the_same(newcomer, thread):
    reply = reply_to(thread, by=newcomer, body=SPAM + " I want to die.")
    assert reply.is_held, (reply.status, reply.level, reply.rules)


def test_a_cry_for_help_that_is_edited_away_does_not_leave_spam_published(newcomer, forum):
    thread = ask(by=newcomer, forum=forum, title="Cheap pills here", body=SPAM + "\n\nI want to die.")
    edited = update_thread(thread, by=newcomer, title="Cheap pills here", body=SPAM)
    assert edited.is_held, (edited.status, edited.level, edited.rules)


def test_a_cry_for_help_does_not_make_a_newcomer_a_member(forum):
    from forum.trust import Trust, trust_of

    fresh = make_user("fresh")
    ask(by=fresh, forum=forum, title="A first question", body="I want to die.")
    assert trust_of(fresh) < Trust.MEMBER


@pytest.fixture
def approved(newcomer, thread, moderator):
    reply = reply_to(thread, by=newcomer, body="Thank you all for the kind answers to this question here.")
    case = Case.objects.with_subjects().get()
    actions.decide(case, Verdict([Action.APPROVE]), by=moderator)
    reply.refresh_from_db()
    assert reply.is_published
    return reply


def test_an_approved_text_is_not_replaced_in_small_steps(approved, newcomer):
    words = [
        "my",
        "neighbour",
        "in",
        "number",
        "nine",
        "is",
        "a",
        "drunk",
        "who",
        "beats",
        "his",
        "poor",
        "dog",
        "and",
        "everybody",
        "in",
        "our",
        "street",
        "knows",
        "that",
        "he",
        "stole",
        "my",
        "bicycle",
        "last",
        "spring",
    ]
    body = approved.body.split()
    reply = approved
    for start in range(0, len(words), 7):
        body = (body + words[start : start + 7])[-len(words) :]
        reply = update_reply(reply, by=newcomer, body=" ".join(body))
    assert reply.is_held, reply.body


def test_an_approved_text_is_not_replaced_with_words_that_have_no_spaces(approved, newcomer):
    reply = update_reply(
        approved,
        by=newcomer,
        body="my-neighbour-in-number-nine-is-a-drunk-who-beats-his-dog and/everybody/knows/that/he/stole/my/bicycle",
    )
    assert reply.is_held, reply.body


def test_an_approved_title_is_not_replaced(newcomer, forum, moderator):
    thread = ask(by=newcomer, forum=forum, title="Question about my mole", body="It has grown and itches at times.")
    actions.decide(Case.objects.with_subjects().get(), Verdict([Action.APPROVE]), by=moderator)
    thread = update_thread(
        thread, by=newcomer, title="Dr Smith of Leeds is a pig", body="It has grown and itches at times."
    )
    assert thread.is_held, thread.title


def test_approved_facts_are_not_replaced(newcomer, forum, moderator):
    thread = ask(by=newcomer, forum=forum, title="Question about my mole", body="It has grown and itches at times.")
    actions.decide(Case.objects.with_subjects().get(), Verdict([Action.APPROVE]), by=moderator)
    thread = update_thread(
        thread,
        by=newcomer,
        title=thread.title,
        body=thread.body,
        facts={
            "duration": "My neighbour in number nine is a drunk who beats his poor dog",
            "tests": "and everybody in our street knows that he stole my bicycle",
        },
    )
    assert thread.held_for == "edited", (thread.held_for, thread.rules)


def test_a_form_without_its_start_is_too_fast(thread, settings):
    settings.HELD_FIRST_POSTS = 0
    bot = make_user("bot", date_joined=timezone.now())
    assert reply_to(thread, by=bot, body="A wonderful product that helped me a lot.", seconds=None).is_held


def test_card_numbers_stop_in_the_facts_too(sign_in, asker, forum):
    response = sign_in(asker).post(
        "/ask/",
        {
            "forum": forum.pk,
            "title": "A long question",
            "body": "Some words about it.",
            "fact_tests": "card 4111 1111 1111 1111",
            "key": str(uuid4()),
        },
    )
    assert response.status_code == 422, response.status_code


def test_crisis_posts_do_not_flood_those_on_call(forum, thread, moderator, tasks_run, settings):
    settings.HELD_FIRST_POSTS = 0
    loud = make_user("loud")
    for number in range(10):
        reply_to(thread, by=loud, body=f"I took an overdose. I want to kill myself. Goodbye everyone {number}.")
    assert tasks_run().count("alert_on_call") <= 3, tasks_run().count("alert_on_call")


def test_an_edit_does_not_end_the_watch_before_a_moderator_has_looked(forum, asker):
    thread = ask(
        by=asker, forum=forum, title="A question", body="I took an overdose. I want to kill myself. Goodbye everyone."
    )
    thread = update_thread(thread, by=asker, title="A question", body="My knee hurts when I climb the stairs.")
    thread.refresh_from_db()
    assert thread.is_watched
