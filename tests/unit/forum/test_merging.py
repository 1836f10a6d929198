"""Two questions that become one, and the way back."""

import contextlib
from datetime import timedelta
from threading import Event

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.actions import grant_badge, withdraw_badge
from accounts.models import User
from forum.actions import (
    agree,
    follow_badge,
    hide,
    merge,
    move,
    recount,
    remove,
    reply_to,
    restore,
    set_locked,
    split,
    undo_helpful,
    undo_merge,
    undo_split,
    update_reply,
    update_thread,
    vote_helpful,
)
from forum.models import Forum, Rearrangement, Reply, Revision, Thread, ThreadSource
from forum.policies import Refused
from tests.conftest import make_user
from tests.unit.search.test_documents import is_found, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def into(make_thread, stranger):
    """An earlier question about the same thing, with one reply."""
    into = make_thread(by=stranger, title="Is this other mole changing?", body="It grows.")
    Thread.objects.filter(pk=into.pk).update(created_at=timezone.now() - timedelta(days=2))
    into.refresh_from_db()
    return into


@pytest.fixture
def answers(thread, into, helper, clinician, asker):
    """Replies to both questions, oldest first: there, here by a professional, here by the person who asked."""
    return [
        reply_to(into, by=helper, body="Old reply."),
        reply_to(thread, by=clinician, body="Professional reply."),
        reply_to(thread, by=asker, body="Thank you."),
    ]


def rows(model, **only):
    """All that the database holds of some posts."""
    return list(model.objects.filter(**only).order_by("pk").values())


def order(thread, *fields):
    return list(Reply.objects.filter(thread=thread, status="published").order_by(*fields).values_list("pk", flat=True))


def fresh(post):
    return type(post).objects.get(pk=post.pk)


def test_replies_go_along_with_their_votes_times_and_opinions(thread, into, answers, stranger, moderator, helper):
    colleague = make_user("colleague")
    grant_badge(colleague, specialty="dermatologist", verified_on=timezone.localdate())
    vote_helpful(answers[1], by=stranger)
    agree(answers[1], by=colleague)
    before = rows(Reply, pk__in=[reply.pk for reply in answers])
    reply = merge(thread, into, by=moderator)
    assert (reply.thread, reply.status) == (into, "published")
    for old, new in zip(before, rows(Reply, pk__in=[reply.pk for reply in answers]), strict=True):
        assert new == {**old, "thread_id": into.pk, "by_asker": False}
    assert recount(repair=False) == []
    into.refresh_from_db()
    assert (into.reply_count, into.place_count, into.professional_reply_count, into.helpful_count) == (4, 4, 1, 1)
    assert into.last_activity_at == answers[2].created_at
    assert order(into, "-helpful_count", "created_at", "pk") == [
        answers[1].pk, reply.pk, answers[0].pk, answers[2].pk
    ]  # fmt: skip
    assert order(into, "created_at", "pk") == [reply.pk, answers[0].pk, answers[1].pk, answers[2].pk]


def test_the_question_becomes_a_reply_with_title_facts_and_source(make_thread, into, asker, moderator):
    thread = make_thread(title="What *is* that_thing?", body="It looks *darker*.", facts={"age": "1 to 4"})
    update_thread(thread, by=asker, title=thread.title, body="It **is** darker.")
    ThreadSource.objects.create(
        thread=thread, name="A [site]", external_id="1", url="https://example.org/1", licence="CC BY"
    )
    reply = merge(fresh(thread), into, by=moderator)
    thread.refresh_from_db()
    assert reply.body_html == (
        "<p><strong>What *is* that_thing?</strong></p>\n<p>It <strong>is</strong> darker.</p>\n<p>Age: 1 to 4<br>\n"
        '<a href="https://example.org/1" rel="ugc nofollow noopener noreferrer">Imported from A [site]</a><br>\n'
        "licence: CC BY</p>"
    )
    assert (reply.author, reply.created_at, reply.edited_at) == (asker, thread.created_at, thread.edited_at)
    assert [revision.title for revision in reply.revisions.all()] == ["What *is* that_thing?"]
    assert not thread.revisions.exists()
    assert (thread.status, thread.merged_into, thread.merged_as) == ("hidden", into, reply)


def test_a_question_too_long_for_its_title_goes_without(make_thread, into, moderator):
    thread = make_thread()
    Thread.objects.filter(pk=thread.pk).update(body="x" * 50_000)
    assert merge(thread, into, by=moderator).body == "x" * 50_000
    assert undo_merge(thread, by=moderator)
    assert fresh(thread).body == "x" * 50_000


def test_everything_is_as_before_after_undoing(thread, into, answers, stranger, moderator, helper, asker):
    update_thread(thread, by=asker, title="Is it changing now?", body="It is darker.")
    held = reply_to(thread, by=helper, body="Held.")
    Reply.objects.filter(pk=held.pk).update(status="held")
    recount(repair=True)
    hide(reply_to(thread, by=helper, body="Rude."), by=moderator)
    remove(reply_to(thread, by=helper, body="Wrong."), by=helper)
    vote_helpful(answers[1], by=stranger)
    before = rows(Thread), rows(Reply), rows(Revision), rows(Forum)
    reply = merge(thread, into, by=moderator)
    assert undo_merge(thread, by=moderator) is True
    threads = [{**row, "place_count": row["place_count"] - (row["id"] == into.pk)} for row in rows(Thread)]
    assert (threads, [row for row in rows(Reply) if row["id"] != reply.pk], rows(Revision), rows(Forum)) == before
    reply.refresh_from_db()
    assert (reply.status, reply.stands_as, reply.thread) == ("hidden", thread, into)
    assert recount(repair=False) == []
    assert not Rearrangement.objects.exists()
    assert undo_merge(thread, by=moderator) is False


def test_what_happens_between_stays(thread, into, answers, stranger, moderator, helper, asker):
    reply = merge(thread, into, by=moderator)
    vote_helpful(fresh(answers[1]), by=stranger)
    late = reply_to(into, by=helper, body="A reply to both.")
    remove(fresh(answers[2]), by=asker)
    update_reply(fresh(reply), by=asker, body=reply.body.replace("darker", "lighter"))
    undo_merge(thread, by=moderator)
    thread.refresh_from_db()
    assert (thread.title, thread.body) == ("Is this mole changing?", "It looks *lighter*.")
    assert thread.edited_at
    assert [old.body for old in thread.revisions.all()] == ["**Is this mole changing?**\n\nIt looks *darker*."]
    assert (thread.status, thread.reply_count, thread.place_count, thread.helpful_count) == ("published", 1, 2, 1)
    assert set(into.replies.all()) == {answers[0], reply, late}
    assert recount(repair=False) == []


def test_a_question_taken_back_as_a_reply_does_not_return(thread, into, moderator, asker):
    remove(merge(thread, into, by=moderator), by=asker)
    undo_merge(thread, by=moderator)
    assert fresh(thread).status == "removed"
    assert recount(repair=False) == []


def test_a_second_merge_uses_the_place_of_the_first(thread, into, answers, moderator, stranger):
    reply = merge(thread, into, by=moderator)
    vote_helpful(reply, by=make_user("voter"))
    undo_merge(thread, by=moderator)
    again = merge(thread, into, by=moderator)
    assert (again, again.status, again.stands_as, again.helpful_count) == (reply, "published", None, 1)
    assert recount(repair=False) == []


@pytest.mark.parametrize("source_anonymous", [False, True])
@pytest.mark.parametrize("into_anonymous", [False, True])
@pytest.mark.parametrize("same_asker", [False, True])
def test_nobody_becomes_known_or_unknown(
    make_thread, asker, stranger, clinician, moderator, source_anonymous, into_anonymous, same_asker
):
    other = asker if same_asker else clinician
    source = make_thread(by=asker, is_anonymous=source_anonymous)
    into = make_thread(by=other, is_anonymous=into_anonymous)
    posts = [reply_to(thread, by=by, body="x") for thread in (source, into) for by in (asker, stranger, clinician)]
    before = {reply.pk: (str(reply.byline.name), reply.byline.url, reply.byline.badge) for reply in posts}
    reply = merge(source, into, by=moderator)

    def shown():
        return {post.pk: (str(post.byline.name), post.byline.url, post.byline.badge) for post in map(fresh, posts)}

    assert shown() == before
    assert (str(reply.byline.name), reply.byline.url) == (str(source.byline.name), source.byline.url)
    is_same = same_asker and source_anonymous == into_anonymous
    assert reply.byline.note == ("asked this question" if is_same else "")
    assert fresh(posts[0]).byline.note == reply.byline.note
    assert recount(repair=False) == []
    undo_merge(source, by=moderator)
    assert shown() == before
    assert [fresh(post).by_asker for post in posts] == [post.by_asker for post in posts]


def test_what_was_anonymous_is_under_no_name(make_thread, into, clinician, moderator):
    thread = make_thread(by=clinician, is_anonymous=True)
    own = reply_to(thread, by=clinician, body="It itches.")
    reply = merge(thread, into, by=moderator)
    own.refresh_from_db()
    for post in (own, reply):
        assert (post.is_anonymous, post.has_badge, post.is_professional, post.was_professional) == (True,) + (
            False,
        ) * 3
    assert not Reply.objects.written_openly_by(clinician).exists()
    assert not Reply.objects.by_professionals().exists()
    withdraw_badge(clinician, ran_out=True)
    follow_badge(clinician)
    grant_badge(clinician, specialty="dermatologist", verified_on=timezone.localdate())
    follow_badge(clinician)
    assert not Reply.objects.filter(has_badge=True).exists()
    assert recount(repair=False) == []


def test_an_account_that_ended_between_stays_the_asker_of_then(make_thread, into, asker, moderator):
    thread = make_thread(is_anonymous=True)
    own = reply_to(thread, by=asker, body="It itches.")
    merge(thread, into, by=moderator)
    User.objects.filter(pk=asker.pk).delete()
    assert str(fresh(own).byline.name) == "Anonymous"
    undo_merge(thread, by=moderator)
    assert fresh(own).by_anonymous_asker


def test_a_professional_who_asked_is_one_who_replies(make_thread, into, clinician, moderator):
    reply = merge(make_thread(by=clinician), into, by=moderator)
    assert reply.is_professional
    assert reply.credential_line == ""
    assert fresh(into).professional_reply_count == 1
    assert recount(repair=False) == []


def test_the_words_are_found_where_they_are(thread, into, helper, moderator):
    reply_to(thread, by=helper, body="Gnuword")
    merge(thread, into, by=moderator)
    assert words_of(thread) == ""
    assert all(word in words_of(into) for word in ("gnuword", "darker", "'grow'"))
    undo_merge(thread, by=moderator)
    assert all(word in words_of(thread) for word in ("gnuword", "darker"))
    assert not any(word in words_of(into) for word in ("gnuword", "darker"))
    assert is_found("gnuword darker")


def test_merging_makes_nothing_easier_to_find(thread, into, moderator):
    Thread.objects.filter(pk=thread.pk).update(keep_out_of_search=True)
    merge(thread, into, by=moderator)
    assert fresh(into).keep_out_of_search
    undo_merge(thread, by=moderator)
    assert not fresh(into).keep_out_of_search


def test_forums_count_what_they_show(thread, into, answers, moderator, forum):
    other = Forum.objects.create(category=forum.category, name="Skin", slug="skin")
    move(into, other, by=moderator)
    merge(thread, into, by=moderator)
    forum.refresh_from_db(), other.refresh_from_db()
    assert (forum.thread_count, forum.answered_count, forum.professional_count) == (0, 0, 0)
    assert (other.thread_count, other.answered_count, other.professional_count) == (1, 1, 1)
    undo_merge(thread, by=moderator)
    forum.refresh_from_db(), other.refresh_from_db()
    assert (forum.thread_count, forum.answered_count, forum.professional_count) == (1, 1, 1)
    assert (other.thread_count, other.answered_count, other.professional_count) == (1, 1, 0)


def close_forum(thread):
    other = Forum.objects.create(category=thread.forum.category, name="Closed", slug="closed", is_open=False)
    Thread.objects.filter(pk=thread.pk).update(forum=other)
    recount(repair=True)


@pytest.mark.parametrize("state", ["locked", "hidden", "held", "removed", "merged", "forum closed"])
def test_nothing_is_merged_into_what_takes_no_replies(thread, into, make_thread, moderator, state):
    match state:
        case "locked":
            set_locked(into, True, by=moderator)
        case "merged":
            merge(into, make_thread(), by=moderator)
        case "forum closed":
            close_forum(into)
        case _:
            Thread.objects.filter(pk=into.pk).update(status=state)
            recount(repair=True)
    with pytest.raises(Refused, match="closed, hidden, held or removed"):
        merge(thread, into, by=moderator)
    assert recount(repair=False) == []


@pytest.mark.parametrize("state", ["hidden", "held", "removed"])
def test_only_what_readers_see_is_merged(thread, into, moderator, state):
    Thread.objects.filter(pk=thread.pk).update(status=state)
    with pytest.raises(Refused, match="that readers see"):
        merge(thread, into, by=moderator)


def test_a_locked_question_can_be_merged(thread, into, moderator):
    set_locked(thread, True, by=moderator)
    merge(thread, into, by=moderator)
    undo_merge(thread, by=moderator)
    assert fresh(thread).is_locked


def test_not_into_itself_and_not_twice(thread, into, make_thread, moderator):
    with pytest.raises(Refused, match="into itself"):
        merge(thread, thread, by=moderator)
    merge(thread, into, by=moderator)
    with pytest.raises(Refused, match="already"):
        merge(thread, make_thread(), by=moderator)


def test_only_moderators_merge_and_undo(thread, into, asker, moderator):
    for by in (asker, AnonymousUser()):
        with pytest.raises(Refused, match="Only moderators"):
            merge(thread, into, by=by)
    merge(thread, into, by=moderator)
    with pytest.raises(Refused, match="Only moderators"):
        undo_merge(thread, by=asker)
    assert fresh(thread).merged_into == into


def test_a_merged_question_takes_nothing_and_is_not_restored(thread, reply, into, asker, moderator, stranger):
    merge(thread, into, by=moderator)
    with pytest.raises(Refused, match="closed"):
        reply_to(thread, by=asker, body="More.")
    assert restore(thread, by=moderator) is False
    assert not Thread.objects.visible_to(moderator).filter(pk=thread.pk).exists()
    undo_merge(thread, by=moderator)
    assert restore(Reply.objects.get(stands_as=thread), by=moderator) is False


def test_authors_go_on_editing_and_deleting(thread, into, answers, asker, clinician, moderator):
    reply = merge(thread, into, by=moderator)
    assert update_reply(fresh(answers[1]), by=clinician, body="Better.").body == "Better."
    assert update_reply(reply, by=asker, body="Changed.").thread == into
    remove(fresh(answers[2]), by=asker)
    remove(reply, by=asker)
    assert fresh(into).reply_count == 2
    assert recount(repair=False) == []


def test_a_reply_read_before_it_went_is_refused(thread, reply, into, stranger, helper, moderator):
    """As if the merge came between reading the reply and locking its question."""
    merge(thread, into, by=moderator)
    for change in (
        lambda: undo_helpful(reply, by=stranger),
        lambda: update_reply(reply, by=helper, body="Changed."),
        lambda: remove(reply, by=helper),
        lambda: hide(reply, by=moderator),
    ):
        with pytest.raises(Refused, match="gone to another question"), transaction.atomic():
            change()
    assert fresh(reply).status == "published"


def test_a_vote_for_a_reply_counts_wherever_the_reply_is(thread, reply, into, stranger, moderator):
    merge(thread, into, by=moderator)
    assert vote_helpful(reply, by=stranger) is True
    assert fresh(reply).helpful_count == fresh(into).helpful_count == 1
    assert recount(repair=False) == []


def test_merges_in_a_row_are_undone_in_a_row(thread, into, answers, make_thread, moderator):
    last = make_thread(title="The third one", by=make_user("third"))
    before = {reply.pk: reply.thread_id for reply in answers}
    first = merge(thread, into, by=moderator)
    second = merge(into, last, by=moderator)
    assert {reply.thread for reply in (*map(fresh, answers), fresh(first), second)} == {last}
    with pytest.raises(Refused, match="moved again"):
        undo_merge(thread, by=moderator)
    assert undo_merge(into, by=moderator)
    assert undo_merge(thread, by=moderator)
    assert {reply.pk: reply.thread_id for reply in map(fresh, answers)} == before
    assert recount(repair=False) == []


def test_no_undoing_below_what_was_split_off_since(thread, into, answers, moderator):
    merge(thread, into, by=moderator)
    new = split(into, [answers[1].pk], title="A question of its own", forum=None, by=moderator)
    with pytest.raises(Refused, match="moved again"):
        undo_merge(thread, by=moderator)
    merge(new, into, by=moderator)
    with pytest.raises(Refused, match="moved again"):
        undo_merge(thread, by=moderator)
    assert undo_merge(new, by=moderator)
    assert undo_split(new, by=moderator)
    assert undo_merge(thread, by=moderator)


def test_no_undoing_below_a_question_that_was_one_again_since(thread, into, answers, moderator):
    reply = merge(thread, into, by=moderator)
    new = split(into, [reply.pk], title="A question of its own", forum=None, by=moderator)
    merge(new, into, by=moderator)
    with pytest.raises(Refused, match="moved again"):
        undo_merge(thread, by=moderator)
    assert undo_merge(new, by=moderator)
    assert undo_split(new, by=moderator)
    assert undo_merge(thread, by=moderator)
    assert fresh(thread).body == "It looks *darker*."
    assert recount(repair=False) == []


def test_the_database_refuses_what_cannot_be(thread, into, reply, moderator):
    merge(thread, into, by=moderator)
    for wrong in ({"status": "published"}, {"status": "held"}, {"merged_into": thread}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Thread.objects.filter(pk=thread.pk).update(**wrong)
    for wrong in ({"stands_as": thread}, {"by_asker": True, "is_anonymous": True}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Reply.objects.filter(pk=reply.pk).update(**wrong)


def suppressed(call, *args, **fields):
    """What the call returns, or None where it was refused."""
    with contextlib.suppress(Refused):
        return call(*args, **fields)


@pytest.mark.django_db(transaction=True)
def test_of_two_merges_of_one_pair_exactly_one_wins(thread, into, answers, moderator, administrator, at_once):
    done = at_once(
        [
            lambda: suppressed(merge, thread, into, by=moderator),
            lambda: suppressed(merge, into, thread, by=administrator),
        ]
    )
    assert [bool(reply) for reply in done].count(True) == 1
    assert Thread.objects.filter(status="published").count() == 1
    assert Thread.objects.get(status="published").reply_count == 4
    assert recount(repair=False) == []


@pytest.mark.django_db(transaction=True)
def test_what_is_posted_during_a_merge_moves_or_is_refused(thread, reply, into, moderator, at_once):
    people = [make_user(f"person{number}") for number in range(8)]

    def post(person):
        return suppressed(reply_to, Thread.objects.get(pk=thread.pk), by=person, body=f"By {person.username}")

    def vote(person):
        return suppressed(vote_helpful, Reply.objects.get(pk=reply.pk), by=person)

    done = at_once(
        [
            *[lambda person=person: post(person) for person in people],
            lambda: merge(thread, into, by=moderator),
            *[lambda person=person: vote(person) for person in people],
        ]
    )
    posted, votes = [one for one in done[:8] if one], [one for one in done[9:] if one]
    assert set(Reply.objects.filter(thread=into)) == {*posted, reply, done[8]}
    assert not Reply.objects.filter(thread=thread).exists()
    assert fresh(reply).helpful_count == len(votes) == fresh(into).helpful_count
    assert recount(repair=False) == []


@pytest.mark.django_db(transaction=True)
def test_a_badge_that_goes_during_a_merge_leaves_every_reply(thread, into, clinician, moderator, at_once):
    """Who takes it away has to wait before looking for the replies, not only before changing them."""
    reply = reply_to(thread, by=clinician, body="Professional reply.")
    merged = Event()

    def rearrange():
        with transaction.atomic():
            merge(thread, into, by=moderator)
            merged.set()
            wait_until_somebody_waits()

    def withdraw():
        merged.wait(10)
        with transaction.atomic():
            withdraw_badge(clinician, ran_out=True)
            follow_badge(clinician)

    at_once([rearrange, withdraw])
    assert not fresh(reply).has_badge
    assert recount(repair=False) == []


def wait_until_somebody_waits():
    """Until another transaction wants a lock that this one has."""
    for _ in range(1_000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        Event().wait(0.01)


@pytest.mark.django_db(transaction=True)
def test_badges_that_come_and_go_during_merges_are_counted_right(thread, into, clinician, moderator, at_once):
    reply_to(thread, by=clinician, body="Professional reply.")

    def turn(_number):
        with transaction.atomic():
            person = User.objects.get(pk=clinician.pk)
            if person.is_medical_professional:
                withdraw_badge(person, ran_out=True)
            else:
                grant_badge(person, specialty="dermatologist", verified_on=timezone.localdate())
            follow_badge(person)

    def back_and_forth():
        for _ in range(3):
            merge(thread, into, by=moderator)
            undo_merge(thread, by=moderator)

    at_once([back_and_forth, lambda: [turn(number) for number in range(5)], lambda: recount(repair=False)])
    assert recount(repair=False) == []
