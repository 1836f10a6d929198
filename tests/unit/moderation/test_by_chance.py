import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from forum.actions import (
    ask,
    hold,
    merge,
    recount,
    remove,
    reply_to,
    rewrite,
    update_reply,
    update_thread,
    vote_helpful,
)
from forum.actions.watching import watch
from forum.models import Forum, Reply, Thread
from moderation import actions
from moderation.actions import Details, Grounds, Outdated, Verdict
from moderation.desk import may_undo, possible_actions
from moderation.models import Action, Case, Decision
from moderation.policies import Refused
from tests.conftest import make_user
from tests.pages import assert_true
from tests.unit.moderation.test_hard_cases import case_of, decide

pytestmark = pytest.mark.django_db
KIND = Grounds(ground="kind", facts="Two insults.", message="Please stay friendly.")


@pytest.fixture(autouse=True)
def _moderator(moderator):
    return moderator


def in_limbo():
    """Posts that wait for a moderator with nobody being told."""
    found = []
    for model, name in ((Thread, "thread"), (Reply, "reply")):
        for post in model.objects.filter(status="held"):
            if not Case.objects.open().filter(**{name: post}).exists():
                found.append(post)
    return found


def test_a_post_held_again_by_taking_back_waits_in_the_queue(reply, moderator):
    hold(reply, by=None, held_for="first")
    [decision] = decide(reply, Action.APPROVE, by=moderator)
    actions.undo(decision, by=moderator)
    assert in_limbo() == []


def test_a_held_post_whose_author_is_warned_stays_in_the_queue(reply, moderator):
    hold(reply, by=None, held_for="first")
    decide(reply, Action.WARN, by=moderator)
    assert in_limbo() == []


def test_a_held_question_that_is_closed_stays_in_the_queue(thread, moderator):
    hold(thread, by=None, held_for="first")
    assert Action.LOCK in possible_actions(case_of(thread))
    decide(thread, Action.LOCK, by=moderator)
    assert in_limbo() == []


@pytest.mark.parametrize("action", ["dismiss", "lock", "edit"])
def test_a_crisis_that_was_decided_is_not_watched_for_ever(action, make_thread, moderator):
    thread = make_thread(title="A question", body="I want to kill myself.")
    actions.decide(
        Case.objects.with_subjects().get(),
        Verdict([Action(action)], KIND, Details(body="I want to kill myself, help.")),
        by=moderator,
    )
    thread.refresh_from_db()
    assert not (thread.is_watched and not Case.objects.open().exists())


def test_a_quote_in_a_question_that_was_split_off_loses_the_words(thread, make_reply, helper, stranger, moderator):
    one = make_reply(body="My name is Merovinge")
    make_reply(body="Another reply")
    quoting = reply_to(thread, by=stranger, body="> My name is Merovinge\n\nHello to you.")
    decide(thread, Action.SPLIT, by=moderator, replies=[quoting.pk], title="A new question here")
    new = Thread.objects.order_by("-pk").first()
    actions.redact(one, "Merovinge", by=helper)
    new.refresh_from_db()
    assert "Merovinge" not in new.body


def test_a_quote_of_the_question_two_splits_away_loses_the_words(
    thread, make_reply, asker, helper, stranger, moderator
):
    update_thread(thread, by=asker, title=thread.title, body="My name is Merovinge")
    make_reply(body="stays")
    a = make_reply(body="first that goes")
    b = reply_to(thread, by=stranger, body="stays in the middle")
    quoting = reply_to(thread, by=stranger, body="> My name is Merovinge\n\nHello to you.")
    decide(thread, Action.SPLIT, by=moderator, replies=[a.pk, b.pk, quoting.pk], title="A new question here")
    new = Thread.objects.order_by("-pk").first()
    reply_to(new, by=stranger, body="a later one")
    decide(new, Action.SPLIT, by=moderator, replies=[b.pk, quoting.pk], title="A third question here")
    actions.redact(thread, "Merovinge", by=asker)
    quoting.refresh_from_db()
    assert "Merovinge" not in quoting.body


def test_a_redaction_keeps_the_help_of_another_question_exact(thread, make_reply, helper, stranger, moderator):
    one = make_reply(body="I want to kill myself")
    make_reply(body="Another reply")
    first = reply_to(thread, by=stranger, body="A question of mine")
    quoting = reply_to(thread, by=stranger, body="> I want to kill myself\n\nHello.")
    decide(thread, Action.SPLIT, by=moderator, replies=[first.pk, quoting.pk], title="A new question here")
    new = Thread.objects.order_by("-pk").first()
    actions.redact(one, "want to kill myself", by=helper)
    new.refresh_from_db()
    kept = (new.shows_help, new.is_watched)
    watch(new)
    assert kept == (new.shows_help, new.is_watched)


def test_a_reply_that_has_gone_meanwhile_is_not_rewritten_under_the_wrong_question(
    thread, make_thread, make_reply, moderator
):
    reply = make_reply(body="I want to kill myself")
    into = make_thread(title="Another question")
    stale = Reply.objects.select_related("thread").get(pk=reply.pk)
    merge(thread, into, by=moderator)
    try:
        rewrite(stale, by=moderator, body="All is well")
    except Refused:
        return
    for one in Thread.objects.all():
        kept = (one.shows_help, one.is_watched)
        watch(one)
        assert kept == (one.shows_help, one.is_watched), one.pk


def test_queries_of_the_case_page(sign_in, reply, moderator, settings):
    settings.REPORTS_TO_HIDE = 99
    counts = []
    client = sign_in(moderator)
    for n in (1, 50):
        for number in range(n):
            actions.report(reply, by=make_user(f"p{n}-{number}"), reason="spam")
        case = Case.objects.get()
        client.get(case.get_absolute_url())
        with CaptureQueriesContext(connection) as queries:
            client.get(case.get_absolute_url())
        counts.append(len(queries))
    assert counts[1] <= counts[0] + 2, counts


def test_every_counter_mark_and_page_is_exact_whatever_moderators_do(
    thread, make_thread, forum, asker, helper, stranger, clinician, moderator, settings, monkeypatch, client, sign_in
):
    settings.POSTING_PAUSES = {}
    readers = [client, sign_in(make_user("onlooker"))]
    from accounts import limits

    for key in list(limits.DAILY):
        monkeypatch.setitem(limits.DAILY, key, 100000)
    rng = random.Random(7)
    others = [Forum.objects.create(category=forum.category, name=f"F{n}", slug=f"f{n}") for n in range(2)]
    texts = [
        "Some words",
        "I want to kill myself",
        "I took an overdose. Goodbye everyone. I want to kill myself",
        "> quoted\n\nMore",
        "chest pain down my arm and I can't breathe",
    ]
    people = [asker, helper, stranger, clinician]
    for step in range(200):
        threads = list(Thread.objects.all())
        replies = list(Reply.objects.all())
        what = rng.random()
        try:
            if what < 0.12:
                ask(
                    by=rng.choice(people),
                    forum=rng.choice([forum, *others]),
                    title=f"A question {step}",
                    body=rng.choice(texts) + str(step),
                    is_anonymous=rng.random() < 0.3,
                )
            elif what < 0.35:
                reply_to(rng.choice(threads), by=rng.choice(people), body=rng.choice(texts) + str(step))
            elif what < 0.42:
                vote_helpful(rng.choice(replies), by=rng.choice(people))
            elif what < 0.5:
                r = rng.choice(replies)
                update_reply(r, by=r.author, body=rng.choice(texts) + str(step))
            elif what < 0.53:
                r = rng.choice(replies + threads)
                remove(r, by=r.author)
            elif what < 0.6:
                actions.report(rng.choice(replies + threads), by=rng.choice(people), reason="spam")
            elif what < 0.7:
                r = rng.choice(replies + threads)
                actions.redact(r, rng.choice(["kill", "words", "overdose"]), by=r.author)
            elif what < 0.9:
                case = case_of(rng.choice(threads + replies))
                action = rng.choice(possible_actions(case))
                pubs = [r.pk for r in case.in_thread.replies.filter(status="published")]
                details = Details(
                    forum=rng.choice([forum, *others]),
                    into=rng.choice(threads),
                    replies=rng.sample(pubs, min(len(pubs), 2)),
                    title="A new title here",
                    body=rng.choice(texts),
                )
                actions.decide(case, Verdict([action], KIND, details), by=moderator)
            else:
                rows = [d for d in Decision.objects.all() if may_undo(d)]
                if rows:
                    actions.undo(rng.choice(rows), by=moderator)
        except (Refused, limits.LimitReached, Outdated, IndexError):
            continue
        drift = recount(repair=False)
        assert drift == [], (step, drift, Decision.objects.order_by("-pk").values_list("action", flat=True)[:2])
        for one in Thread.objects.all():
            kept = (one.shows_help, one.is_watched)
            watch(one)
            if kept != (one.shows_help, one.is_watched):
                pytest.fail(f"step {step}, question {one.pk}: {kept}")
        if step % 8 == 0:
            one = rng.choice(Thread.objects.all())
            for reader in readers:
                assert_true(reader, f"/threads/{one.pk}/{one.slug}/", "/", f"/forums/{one.forum.slug}/")
