import pytest
from django.contrib.auth.models import AnonymousUser

from forum.actions import hide, remove, reply_to, vote_helpful
from forum.models import Forum, Reply, Thread
from forum.places import address_of
from tests.conftest import make_user

pytestmark = pytest.mark.django_db
VISITOR = AnonymousUser()


def seen(model, user):
    return list(model.objects.visible_to(user))


def test_published_posts_are_for_everybody(thread, reply, stranger):
    for user in (VISITOR, stranger):
        assert seen(Thread, user) == [thread]
        assert seen(Reply, user) == [reply]


def test_hidden_posts_are_for_moderators(thread, reply, asker, helper, moderator):
    hide(thread, by=moderator)
    for user in (VISITOR, asker, helper):
        assert seen(Thread, user) == []
        assert seen(Reply, user) == []
    assert seen(Thread, moderator) == [thread]


def test_held_posts_are_for_their_author(thread, reply, helper, stranger):
    Reply.objects.update(status="held")
    assert seen(Reply, helper) == [reply]
    assert seen(Reply, stranger) == seen(Reply, VISITOR) == []


def test_a_closed_forum_hides_its_questions(thread, reply, moderator):
    Forum.objects.update(is_open=False)
    assert seen(Thread, VISITOR) == seen(Reply, VISITOR) == seen(Forum, VISITOR) == []
    assert seen(Forum, moderator) != []


def test_a_removed_question_stays_reachable_for_its_replies_only(thread, reply, asker, helper):
    remove(thread, by=asker)
    assert seen(Thread, VISITOR) == [thread]
    assert list(Thread.objects.listed()) == []
    assert Thread.objects.get().slug == "question"
    remove(reply, by=helper)
    assert seen(Thread, VISITOR) == []


def test_a_removed_question_in_a_closed_forum_is_gone_with_its_replies(thread, reply, asker):
    remove(thread, by=asker)
    Forum.objects.update(is_open=False)
    assert seen(Thread, VISITOR) == seen(Reply, VISITOR) == []


def test_an_anonymous_asker_is_anonymous_in_question_and_replies(make_thread, asker, clinician):
    thread = make_thread(is_anonymous=True)
    own = reply_to(thread, by=asker, body="More about it")
    assert thread.byline.name == "Anonymous"
    assert (own.byline.name, own.byline.note, own.byline.url) == ("Anonymous", "asked this question", "")
    other = make_thread(by=clinician, is_anonymous=True, title="Asked by a professional")
    reply = reply_to(other, by=clinician, body="Mine")
    assert (reply.is_professional, reply.byline.badge, reply.credential_line) == (False, "", "")
    assert Thread.objects.get(pk=other.pk).professional_reply_count == 0


def test_the_profile_list_leaves_out_what_was_written_anonymously(make_thread, asker):
    hidden, open_thread = make_thread(is_anonymous=True), make_thread(title="Under my name")
    reply_to(hidden, by=asker, body="anonymous")
    shown = reply_to(open_thread, by=asker, body="open")
    assert list(Reply.objects.written_openly_by(asker)) == [shown]


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Delete", "delete-question"),
        ("Reply!", "reply-question"),
        ("胸が痛い", "question"),
        ("Reply to me", "reply-to-me"),
    ],
)
def test_a_slug_is_never_the_name_of_an_action(title, slug):
    assert Thread(title=title).slug == slug


def test_a_permalink_finds_the_page_in_the_default_order(thread, make_reply):
    people = [make_user(f"voter{number}") for number in range(3)]
    replies = [make_reply(body=f"Reply {number}") for number in range(25)]
    for person in people:
        vote_helpful(replies[24], by=person)
    thread.refresh_from_db()
    order = sorted(Reply.objects.all(), key=lambda reply: (-reply.helpful_count, reply.created_at, reply.pk))
    for position, reply in enumerate(order):
        expected = f"{thread.get_absolute_url()}{'?page=2' if position >= 20 else ''}#reply-{reply.pk}"
        assert address_of(reply, thread) == expected


def test_a_removed_reply_is_found_in_the_order_that_keeps_its_place(thread, make_reply, helper):
    replies = [make_reply(body=f"Reply {number}") for number in range(22)]
    remove(replies[21], by=helper)
    gone = Reply.objects.get(pk=replies[21].pk)
    assert address_of(gone, thread).endswith(f"?sort=oldest&page=2#reply-{gone.pk}")
