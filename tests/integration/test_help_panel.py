"""Somebody who writes of a crisis is shown help, and is never kept from posting."""

import pytest

from forum.models import Reply, Thread
from resources.models import CrisisLine

pytestmark = pytest.mark.django_db


@pytest.fixture
def line():
    return CrisisLine.objects.create(
        country="GB", country_name="United Kingdom", service="Listeners", phone="116 123", hours="24/7",
        emergency=["999"], source_url="https://example.org", last_verified="2026-11-01",
    )  # fmt: skip


def ask(client, forum, body, **fields):
    form = {"forum": forum.pk, "title": "A question of mine", "body": body, **fields}
    return client.post("/ask/", form, headers={"Accept-Language": "en-GB,en;q=0.8"}, follow=True).text


def test_a_preview_shows_the_line_of_the_region_above_the_form(sign_in, asker, forum, line):
    page = ask(sign_in(asker), forum, "I want to die", preview="1")
    assert "You do not have to be alone with this" in page
    assert 'href="tel:116123"' in page
    assert page.index("Listeners") < page.index('name="body"')
    assert "Publish question" in page
    assert Thread.objects.count() == 0


def test_posting_is_never_kept_back_and_help_is_offered_after_it(sign_in, asker, forum):
    page = ask(sign_in(asker), forum, "I want to die")
    assert Thread.objects.count() == 1
    assert "Somebody will listen now" in page


def test_an_emergency_is_told_to_call(sign_in, asker, forum, line):
    client = sign_in(asker)
    page = ask(client, forum, "chest pain going down my left arm and sweating", preview="1")
    assert "This may need help right now" in page
    assert 'href="tel:999"' in page
    assert "do not wait for an answer" in ask(client, forum, "chest pain going down my left arm and sweating")


def test_replies_too(sign_in, asker, thread):
    page = sign_in(asker).post(f"/threads/{thread.pk}/reply/", {"body": "I can't go on"}, follow=True).text
    assert Reply.objects.count() == 1
    assert "Somebody will listen now" in page


def test_ordinary_posts_show_nothing_of_it(sign_in, asker, forum):
    client = sign_in(asker)
    pages = [ask(client, forum, "Is this mole growing?", preview="1"), ask(client, forum, "Is this mole growing?")]
    assert not any("alone with this" in page or "may need help right now" in page for page in pages)
