"""Questions that wait, and the ways from a forum to its neighbours."""

import re

import pytest

from forum.actions import reply_to
from forum.models import Category, Forum

pytestmark = pytest.mark.django_db


def titles(page):
    return re.findall(r'class="thread-row__title"><a[^>]*>([^<]+)<', page)


def test_what_waits_for_anybody_and_for_a_professional(client, make_thread, helper, clinician, moderator):
    make_thread(title="Nobody yet")
    member, done = make_thread(title="A member only"), make_thread(title="A professional too")
    reply_to(member, by=helper, body="Yes")
    reply_to(done, by=clinician, body="Yes")
    page = client.get("/waiting/").text
    assert titles(page) == ["Nobody yet"]
    assert "1 question" in page
    page = client.get("/waiting/?by=professional").text
    assert titles(page) == ["A member only", "Nobody yet"]
    assert "2 questions" in page
    assert client.get("/waiting/?page=7").url == "/waiting/"


def test_closed_forums_wait_for_nobody(client, make_thread):
    make_thread(title="Nobody yet")
    Forum.objects.update(is_open=False)
    page = client.get("/waiting/").text
    assert titles(page) == []
    assert "Every question has an answer." in page


def test_a_forum_names_the_others_of_its_category(client, forum):
    Forum.objects.create(category=forum.category, name="Rashes", slug="rashes")
    Forum.objects.create(category=forum.category, name="Shut", slug="shut", is_open=False)
    Forum.objects.create(category=Category.objects.create(name="Heart", slug="heart"), name="Hearts", slug="hearts")
    page = client.get("/forums/moles/").text
    section = page[page.index("Related forums") :]
    assert "Rashes" in section
    assert "Shut" not in section
    assert "Hearts" not in section
