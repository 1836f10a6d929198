"""Posts that did not come through a form show help where they should, and call nobody."""

from io import StringIO

import pytest
from django.core.management import call_command

from forum.actions.rereading import last_question, read_again
from forum.models import Reply, Thread
from moderation.models import Case

pytestmark = pytest.mark.django_db


@pytest.fixture
def unread(thread, reply):
    """Stored without anybody having read them."""
    Thread.objects.update(body="I want to kill myself.")
    Reply.objects.update(body="My chest pain goes into my arm and I am sweating now.")
    return thread


def test_old_posts_show_help_and_are_nobodys_case(unread, reply):
    assert list(read_again())[-1] == 1.0
    unread.refresh_from_db()
    reply.refresh_from_db()
    assert (unread.level, unread.shows_help, unread.is_watched) == ("red", True, False)
    assert (reply.is_emergency, reply.is_looked_after) == (True, True)
    assert not Case.objects.exists()


def test_only_what_came_after_a_question_is_read(unread):
    list(read_again(after=last_question()))
    unread.refresh_from_db()
    assert unread.level == "green"


def test_what_was_found_before_stays_as_it_is(make_thread):
    thread = make_thread(title="A question", body="I want to kill myself.")
    call_command("screen_posts", stdout=StringIO(), stderr=StringIO())
    thread.refresh_from_db()
    assert (thread.is_watched, thread.is_looked_after) == (True, False)
    assert Case.objects.count() == 1
