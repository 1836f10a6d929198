"""Replies that become a question of their own, and the way back; and both with merging, in any order."""

import random
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actions import grant_badge, withdraw_badge
from accounts.models import User
from forum.actions import (
    ask,
    follow_badge,
    hide,
    merge,
    recount,
    remove,
    reply_to,
    restore,
    split,
    undo_merge,
    undo_split,
    update_reply,
    update_thread,
    vote_helpful,
)
from forum.models import Forum, Rearrangement, Reply, Revision, Thread, ThreadSource
from forum.policies import Refused
from tests.conftest import make_user
from tests.unit.forum.test_merging import close_forum, fresh, rows, suppressed
from tests.unit.search.test_documents import weights, words_of, written_anew

pytestmark = pytest.mark.django_db
TITLE = "A question of its own"


@pytest.fixture
def replies(thread, helper, stranger, asker):
    """Oldest first: one to stay, one that asks something else, two answers to that."""
    texts = [(stranger, "To the point."), (helper, "And gnuword?"), (stranger, "Gnuword, yes."), (asker, "Me too.")]
    return [reply_to(thread, by=by, body=body) for by, body in texts]


def keys(replies):
    return [reply.pk for reply in replies]


def test_the_oldest_becomes_the_question_and_the_others_answer_it(thread, replies, helper, asker, moderator):
    vote_helpful(replies[1], by=asker)
    vote_helpful(replies[2], by=asker)
    new = split(thread, reversed(keys(replies[1:])), title=f"  {TITLE} ", forum=None, by=moderator)
    assert (new.title, new.body, new.body_html) == (TITLE, "And gnuword?", "<p>And gnuword?</p>")
    assert (new.author, new.created_at, new.forum) == (helper, replies[1].created_at, thread.forum)
    assert list(new.replies.order_by("created_at", "pk")) == replies[2:]
    assert (new.reply_count, new.place_count, new.helpful_count) == (2, 2, 1)
    assert new.last_activity_at == replies[3].created_at
    thread.refresh_from_db()
    assert (thread.reply_count, thread.place_count, thread.helpful_count) == (1, 2, 0)
    assert thread.last_activity_at == replies[0].created_at
    signpost = fresh(replies[1])
    assert (signpost.status, signpost.stands_as, signpost.thread, signpost.helpful_count) == ("hidden", new, thread, 1)
    assert not fresh(replies[3]).by_asker
    assert (Forum.objects.get().thread_count, Forum.objects.get().answered_count) == (2, 2)
    assert recount(repair=False) == []


def test_a_reply_without_answers_is_a_question_too(thread, replies, moderator):
    new = split(thread, [replies[3].pk], title=TITLE, forum=None, by=moderator)
    assert (new.reply_count, fresh(thread).reply_count) == (0, 3)
    assert recount(repair=False) == []


def test_everything_is_as_before_after_undoing(thread, replies, helper, asker, moderator):
    update_reply(replies[1], by=helper, body="And gnuwords?")
    hide(replies[2], by=moderator)
    vote_helpful(replies[3], by=helper)
    before = rows(Thread), rows(Reply), rows(Revision), rows(Forum)
    new = split(thread, keys(replies[1:]), title=TITLE, forum=None, by=moderator)
    assert new.revisions.count() == 1
    assert undo_split(new, by=moderator) is True
    assert (rows(Thread, pk=thread.pk), rows(Reply), rows(Revision), rows(Forum)) == before
    new.refresh_from_db()
    assert (new.status, new.merged_into, new.merged_as, new.place_count) == ("hidden", thread, replies[1], 0)
    assert recount(repair=False) == []
    assert undo_split(new, by=moderator) is undo_merge(new, by=moderator) is False


def test_what_happens_between_stays(thread, replies, helper, asker, stranger, moderator):
    new = split(thread, keys(replies[1:]), title=TITLE, forum=None, by=moderator)
    vote_helpful(fresh(replies[2]), by=asker)
    remove(fresh(replies[3]), by=asker)
    late = reply_to(new, by=asker, body="Late.")
    update_thread(new, by=helper, title=TITLE, body="And something else?")
    undo_split(new, by=moderator)
    reply = fresh(replies[1])
    assert (reply.body, reply.body_html, reply.status) == (
        "And something else?",
        "<p>And something else?</p>",
        "published",
    )
    assert reply.edited_at
    assert reply.revisions.get().body == "And gnuword?"
    assert (fresh(late).thread, fresh(late).by_asker) == (thread, True)
    assert fresh(replies[3]).status == "removed"
    assert fresh(thread).helpful_count == 1
    assert recount(repair=False) == []


@pytest.mark.parametrize("status", ["removed", "hidden"])
def test_what_was_taken_out_between_does_not_return(thread, replies, helper, moderator, status):
    new = split(thread, [replies[1].pk], title=TITLE, forum=None, by=moderator)
    if status == "removed":
        remove(new, by=helper)
    else:
        hide(new, by=moderator)
    undo_split(new, by=moderator)
    assert fresh(replies[1]).status == status
    assert recount(repair=False) == []


@pytest.mark.parametrize("is_anonymous", [False, True])
def test_nobody_becomes_known_or_unknown(make_thread, asker, clinician, stranger, moderator, is_anonymous):
    thread = make_thread(is_anonymous=is_anonymous)
    replies = [reply_to(thread, by=by, body="x") for by in (stranger, asker, clinician, asker)]
    before = [(str(reply.byline.name), reply.byline.url, reply.byline.note) for reply in replies]
    new = split(thread, keys(replies[1:]), title=TITLE, forum=None, by=moderator)
    assert new.is_anonymous is is_anonymous
    assert (str(new.byline.name), new.byline.url) == before[1][:2]
    after = [(str(reply.byline.name), reply.byline.url, reply.byline.note) for reply in map(fresh, replies)]
    assert after[2:] == before[2:]  # the person who asked asks here as well
    undo_split(new, by=moderator)
    assert [(str(line.name), line.url, line.note) for line in (fresh(reply).byline for reply in replies)] == before
    new = split(thread, keys(replies[2:]), title=TITLE, forum=None, by=moderator)
    assert not new.is_anonymous
    assert (str(fresh(replies[3]).byline.name), fresh(replies[3]).byline.note) == (before[3][0], "")
    assert Reply.objects.written_openly_by(asker).count() == (0 if is_anonymous else 2)


def test_an_interest_stays_declared(thread, reply, clinician, moderator):
    own = reply_to(thread, by=clinician, body="Take it.", interest="Paid by *them*")
    new = split(thread, [own.pk], title=TITLE, forum=None, by=moderator)
    assert new.body_html == "<p>Take it.</p>\n<p>Declared interest: Paid by *them*</p>"
    update_thread(new, by=clinician, title=TITLE, body=new.body.replace("Take", "Leave"))
    undo_split(new, by=moderator)
    assert (fresh(own).body, fresh(own).interest) == ("Leave it.", "Paid by *them*")


def test_an_imported_reply_keeps_its_source(thread, replies, moderator):
    ThreadSource.objects.create(
        thread=thread, name="Site", external_id="1", licence="CC BY", url="https://example.org/1"
    )
    new = split(thread, [replies[1].pk], title=TITLE, forum=None, by=moderator)
    assert not hasattr(fresh(new), "source")
    undo_split(new, by=moderator)
    User.objects.filter(pk=replies[1].author_id).update(kind=User.Kind.IMPORTED)
    for _ in range(2):
        new = split(thread, [replies[1].pk], title=TITLE, forum=None, by=moderator)
        assert (new.source.name, new.source.licence, new.source.url) == ("Site", "CC BY", "https://example.org/1")
        undo_split(new, by=moderator)


def test_into_another_forum_that_is_kept_out_of_search(thread, replies, forum, moderator):
    other = Forum.objects.create(category=forum.category, name="Other", slug="other", keep_out_of_search=True)
    new = split(thread, [replies[1].pk], title=TITLE, forum=other, by=moderator)
    assert (new.forum, new.keep_out_of_search) == (other, True)
    assert fresh(other).thread_count == fresh(forum).thread_count == 1
    Thread.objects.filter(pk=thread.pk).update(keep_out_of_search=True)
    assert split(thread, [replies[2].pk], title=TITLE, forum=None, by=moderator).keep_out_of_search


def test_the_words_are_found_where_they_are(thread, replies, moderator):
    new = split(thread, keys(replies[1:3]), title=TITLE, forum=None, by=moderator)
    assert "gnuword" in words_of(new)
    assert "gnuword" not in words_of(thread)
    undo_split(new, by=moderator)
    assert words_of(new) == ""
    assert "gnuword" in words_of(thread)


def test_a_removed_question_can_be_split(thread, replies, asker, moderator):
    remove(thread, by=asker)
    assert split(thread, [replies[1].pk], title=TITLE, forum=None, by=moderator).is_published
    assert recount(repair=False) == []


@pytest.mark.parametrize("title", ["", "   ", "Hm?", "\u200b" * 20, "x" * 201])
def test_the_title_has_to_be_one(thread, replies, moderator, title):
    with pytest.raises(Refused, match="title"):
        split(thread, [replies[1].pk], title=title, forum=None, by=moderator)


def test_at_least_one_reply_stays(thread, replies, moderator):
    with pytest.raises(Refused, match="Leave at least one reply"):
        split(thread, keys(replies), title=TITLE, forum=None, by=moderator)
    hide(replies[0], by=moderator)
    with pytest.raises(Refused, match="Leave at least one reply"):
        split(thread, keys(replies[1:]), title=TITLE, forum=None, by=moderator)


def test_replies_have_to_be_of_the_question_and_there(thread, replies, make_thread, make_reply, helper, moderator):
    def refused(*chosen):
        with pytest.raises(Refused) as error:
            split(thread, keys(chosen), title=TITLE, forum=None, by=moderator)
        return str(error.value)

    assert "Choose the replies" in refused()
    elsewhere = make_reply(thread=make_thread())
    assert "Choose only replies of this question" in refused(replies[1], elsewhere)
    remove(replies[1], by=helper)
    assert "deleted" in refused(replies[1])
    Reply.objects.filter(pk=replies[1].pk).update(status="held")
    assert "waits for review" in refused(replies[1])
    Reply.objects.filter(pk=replies[1].pk).update(status="hidden")
    assert "one that readers see as the oldest" in refused(replies[1], replies[2])
    split(thread, [replies[2].pk], title=TITLE, forum=None, by=moderator)
    assert "moved on" in refused(replies[3], replies[2])
    replies[0].pk = 0
    assert "Choose only" in refused(replies[0])


def test_a_closed_forum_takes_nothing(thread, replies, forum, moderator):
    closed = Forum.objects.create(category=forum.category, name="Closed", slug="shut", is_open=False)
    with pytest.raises(Refused, match="closed"):
        split(thread, [replies[1].pk], title=TITLE, forum=closed, by=moderator)
    close_forum(thread)
    with pytest.raises(Refused, match="closed"):
        split(thread, [replies[1].pk], title=TITLE, forum=None, by=moderator)


def test_a_hidden_question_is_not_split(thread, replies, moderator):
    hide(thread, by=moderator)
    with pytest.raises(Refused, match="readers see"):
        split(thread, [replies[1].pk], title=TITLE, forum=None, by=moderator)


def test_only_moderators_split_and_undo(thread, replies, asker, moderator):
    for by in (asker, AnonymousUser()):
        with pytest.raises(Refused, match="Only moderators"):
            split(thread, [replies[1].pk], title=TITLE, forum=None, by=by)
    new = split(thread, [replies[1].pk], title=TITLE, forum=None, by=moderator)
    with pytest.raises(Refused, match="Only moderators"):
        undo_split(new, by=asker)


def test_a_signpost_takes_nothing_and_is_not_restored(thread, replies, stranger, helper, moderator):
    new = split(thread, [replies[1].pk], title=TITLE, forum=None, by=moderator)
    signpost = fresh(replies[1])
    for change in (
        lambda: vote_helpful(signpost, by=stranger),
        lambda: update_reply(signpost, by=helper, body="x"),
        lambda: remove(signpost, by=helper),
    ):
        with pytest.raises(Refused), transaction.atomic():
            change()
    assert restore(signpost, by=moderator) is False
    with pytest.raises(IntegrityError), transaction.atomic():
        Reply.objects.filter(pk=signpost.pk).update(status="published")
    remove(new, by=helper)
    assert fresh(signpost).status == "hidden"


def test_what_was_split_off_can_be_merged_back(thread, replies, stranger, moderator):
    vote_helpful(replies[1], by=stranger)
    new = split(thread, keys(replies[1:]), title=TITLE, forum=None, by=moderator)
    reply = merge(new, thread, by=moderator)
    assert (reply, reply.helpful_count, reply.stands_as) == (replies[1], 1, None)
    assert fresh(thread).reply_count == 4
    with pytest.raises(Refused, match="moved again"):
        undo_split(new, by=moderator)
    assert undo_merge(new, by=moderator)
    assert undo_split(new, by=moderator)
    assert fresh(replies[1]).body == "And gnuword?"
    assert recount(repair=False) == []


@pytest.mark.parametrize("kind", ["merged into", "split again", "merged away", "old one merged"])
def test_no_undoing_below_what_came_later(thread, replies, make_thread, moderator, kind):
    new = split(thread, keys(replies[1:]), title=TITLE, forum=None, by=moderator)
    other = make_thread()
    match kind:
        case "merged into":
            merge(other, new, by=moderator)
        case "split again":
            split(new, [replies[2].pk], title=TITLE, forum=None, by=moderator)
        case "merged away":
            merge(new, other, by=moderator)
        case "old one merged":
            merge(thread, other, by=moderator)
    with pytest.raises(Refused, match="moved again"):
        undo_split(new, by=moderator)
    assert recount(repair=False) == []


@pytest.mark.django_db(transaction=True)
def test_of_two_splits_of_one_reply_exactly_one_wins(thread, replies, moderator, administrator, at_once):
    done = at_once(
        [
            lambda by=by: suppressed(split, thread, keys(replies[1:3]), title=TITLE, forum=None, by=by)
            for by in (moderator, administrator)
        ]
    )
    assert sorted(bool(new) for new in done) == [False, True]
    assert Thread.objects.count() == 2
    assert recount(repair=False) == []


@pytest.mark.django_db(transaction=True)
def test_votes_and_replies_during_a_split_are_counted_where_they_are(thread, replies, moderator, at_once):
    people = [make_user(f"person{number}") for number in range(6)]

    def act(person):
        for reply in replies:
            suppressed(vote_helpful, Reply.objects.get(pk=reply.pk), by=person)
        suppressed(reply_to, thread, by=person, body="More")

    def there_and_back():
        for _ in range(3):
            undo_split(split(thread, keys(replies[1:]), title=TITLE, forum=None, by=moderator), by=moderator)

    at_once([*[lambda person=person: act(person) for person in people], there_and_back])
    assert recount(repair=False) == []
    assert fresh(thread).reply_count == 10


class Community:
    """A few people who do at random what can be done, and what has to be true after each step."""

    def __init__(self, seed, forum, moderator):
        self.random = random.Random(seed)
        self.moderator = moderator
        self.forums = [forum, Forum.objects.create(category=forum.category, name="Other", slug="other")]
        self.people = [make_user(f"person{number}") for number in range(5)]
        self.turn_badge()
        for _ in range(4):
            self.ask()
        for _ in range(12):
            self.reply()
        self.nameless = {}
        self.done = Counter()
        self.check()

    def thread(self, **only):
        return self.random.choice(list(Thread.objects.filter(**only)))

    def a_reply(self, **only):
        return self.random.choice(list(Reply.objects.filter(**only)))

    def ask(self):
        number = Thread.objects.count()
        thread = ask(
            by=self.random.choice(self.people[:3]),
            forum=self.random.choice(self.forums),
            title=f"Question {number} of some kind",
            body=f"Text {number}",
            is_anonymous=self.random.random() < 0.5,
            keep_out_of_search=self.random.random() < 0.2,
        )
        then = timezone.now() - timedelta(days=number)
        Thread.objects.filter(pk=thread.pk).update(created_at=then, last_activity_at=then)

    def reply(self):
        reply_to(
            self.thread(status="published"),
            by=self.random.choice(self.people),
            body=f"Reply number {Reply.objects.count()}",
        )

    def vote(self):
        vote_helpful(self.a_reply(status="published"), by=self.random.choice(self.people))

    def turn_badge(self):
        person = User.objects.get(pk=self.people[0].pk)
        if person.is_medical_professional:
            withdraw_badge(person, ran_out=True)
        else:
            grant_badge(person, specialty="dermatologist", verified_on=timezone.localdate())
        follow_badge(person)

    def turn_reply(self):
        reply = self.a_reply()
        restore(reply, by=self.moderator) or hide(reply, by=self.moderator)

    def take_back(self):
        reply = self.a_reply(status="published")
        remove(reply, by=reply.author)

    def edit(self):
        reply = self.a_reply(status="published")
        update_reply(reply, by=reply.author, body=reply.body + " and more")

    def merge(self):
        source, into = self.thread(status="published"), self.thread(status="published")
        before = self.rows()
        reply = merge(source, into, by=self.moderator)
        if self.random.random() < 0.5:
            signpost = next((row for row in before[1] if row["id"] == reply.pk), None)
            self.check()
            assert undo_merge(source, by=self.moderator)
            after = self.rows(but=reply.pk)
            if signpost is None:
                row = next(row for row in after[0] if row["id"] == into.pk)
                row["place_count"] -= 1
            before[1][:] = [row for row in before[1] if row["id"] != reply.pk]
            assert after == before

    def split(self):
        thread = self.thread(status="published", reply_count__gt=1)
        only = {} if self.random.random() < 0.2 else {"status": "published"}
        choice = list(thread.replies.filter(**only).values_list("pk", flat=True))
        choice = self.random.sample(choice, self.random.randint(1, len(choice)))
        before = self.rows()
        new = split(thread, choice, title=TITLE, forum=self.random.choice([None, *self.forums]), by=self.moderator)
        if self.random.random() < 0.5:
            self.check()
            assert undo_split(new, by=self.moderator)
            threads, *others = self.rows()
            assert [[row for row in threads if row["id"] != new.pk], *others] == before

    def undo(self):
        made = self.random.choice(list(Rearrangement.objects.all()))
        assert (
            undo_split(made.target, by=self.moderator) if made.is_split else undo_merge(made.source, by=self.moderator)
        )

    def rows(self, *, but=None):
        replies = [row for row in rows(Reply) if row["id"] != but]
        return [rows(Thread), replies, rows(Revision), rows(Forum), rows(Rearrangement)]

    def step(self):
        does = [self.merge, self.split, self.undo] * 4 + [
            self.ask, self.reply, self.reply, self.vote, self.turn_badge, self.turn_reply, self.take_back, self.edit
        ]  # fmt: skip
        with suppress(Refused, IndexError), transaction.atomic():
            action = self.random.choice(does)
            action()
            self.done[action.__name__] += 1
        self.check()

    def check(self):
        assert recount(repair=False) == []
        replies = list(Reply.objects.select_related("thread", "author"))
        for reply in replies:
            assert self.nameless.setdefault(reply.pk, reply.hides_author) == reply.hides_author
            assert (reply.byline.name == "Anonymous") == reply.hides_author
            if reply.stands_as:
                assert reply.hides_author == reply.stands_as.is_anonymous
        for thread in Thread.objects.select_related("merged_as"):
            shown = [reply.created_at for reply in replies if reply.thread_id == thread.pk and reply.is_published]
            assert thread.last_activity_at == max([thread.created_at, *shown])
            if thread.merged_as:
                assert (thread.is_anonymous, thread.place_count) == (thread.merged_as.hides_author, 0)
            before = weights(words_of(thread))
            assert set(before) == set(weights(written_anew(thread)))
        openly = {person.pk: set(keys(Reply.objects.written_openly_by(person))) for person in self.people}
        for reply in replies:
            assert (reply.pk in openly[reply.author_id]) == (reply.is_published and not reply.hides_author)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_nothing_is_lost_and_nobody_named(forum, moderator, seed, monkeypatch):
    monkeypatch.setattr("accounts.limits.DAILY", dict.fromkeys(("question", "reply", "helpful_vote", "edit"), 10_000))
    community = Community(seed, forum, moderator)
    for _ in range(40):
        community.step()
    assert sum(community.done[name] for name in ("merge", "split", "undo")) > 5
