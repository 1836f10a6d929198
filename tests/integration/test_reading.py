import re

import pytest
from django.urls import reverse

from forum.actions import hide, remove, reply_to, set_locked, vote_helpful
from forum.models import Reply, Thread, ThreadSource
from tests.conftest import make_user
from tests.unit.resources.test_resources import make_resource

pytestmark = pytest.mark.django_db


def html(client, address, status=200):
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


def reply_ids(page):
    return [int(pk) for pk in re.findall(r'<article[^>]* id="reply-(\d+)"', page)]


@pytest.fixture
def voted(thread, make_reply):
    """Four replies with 0, 2, 1 and 1 helpful votes."""
    replies = [make_reply(body=f"Reply number {number}") for number in range(4)]
    voters = [make_user("voter1"), make_user("voter2")]
    for reply, votes in zip(replies, [0, 2, 1, 1], strict=True):
        for voter in voters[:votes]:
            vote_helpful(reply, by=voter)
    return replies


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", [1, 2, 3, 0]),
        ("?sort=helpful", [1, 2, 3, 0]),
        ("?sort=oldest", [0, 1, 2, 3]),
        ("?sort=newest", [3, 2, 1, 0]),
    ],
)
def test_the_three_orders(client, thread, voted, query, order):
    page = html(client, thread.get_absolute_url() + query)
    assert reply_ids(page) == [voted[index].pk for index in order]
    assert "4 replies" in page
    assert len(re.findall('aria-current="true"', page)) == 1


def test_the_markup_that_outside_checks_rely_on(client, thread, clinician):
    reply = reply_to(thread, by=clinician, body="Harmless.")
    make_resource("Moles and you")
    page = html(client, thread.get_absolute_url())
    assert f'<article class="post question" id="question" data-thread-id="{thread.pk}">' in page
    assert re.search(rf'<article[^>]*id="reply-{reply.pk}" data-helpful="0" data-professional="true"', page)
    assert '<nav class="bar" aria-label="Sort replies">' in page
    assert "Medical professional</span>" in page
    assert re.search(r'<aside[^>]*aria-labelledby="popular-resources">\s*<h2[^>]*>Popular resources</h2>', page)
    assert re.search(r"You are reading content posted in the <a[^>]*>Moles forum</a>", page)
    for size in ("normal", "large", "largest"):
        assert f'aria-label="Text size: {size}"' in page
    assert re.search(r'<form[^>]*method="post"[^>]*/helpful/"><button[^>]*aria-pressed="false"[^>]*>.*Helpful', page)
    row = html(client, "/forums/moles/")
    assert re.search(rf'<article[^>]*data-thread-id="{thread.pk}">', row)
    assert row.count(f'href="{thread.get_absolute_url()}"') == 1


def test_a_visitors_helpful_button_leads_to_signing_in_and_back(client, thread, reply):
    response = client.post(reverse("forum:reply_helpful", args=[reply.pk]))
    assert response.url == f"/accounts/login/?next=%2Freplies%2F{reply.pk}%2F"


def test_a_wrong_slug_leads_to_the_right_one_for_good(client, thread):
    response = client.get(f"/threads/{thread.pk}/ünfug/?sort=oldest")
    assert (response.status_code, response.url) == (301, thread.get_absolute_url() + "?sort=oldest")


def test_long_threads_have_pages(client, thread, make_reply):
    replies = [make_reply(body=f"Reply {number}") for number in range(45)]
    address = thread.get_absolute_url() + "?sort=oldest"
    seen = [pk for page in ("", "&page=2", "&page=3") for pk in reply_ids(html(client, address + page))]
    assert seen == [reply.pk for reply in replies]
    second = html(client, address + "&page=2")
    assert "(page 2 of 3)" in second
    assert 'aria-current="page" aria-label="Page 2"' in second
    assert 'href="?sort=oldest"' in second  # back to page 1 has no page number


def test_page_one_has_one_address(client, thread):
    response = client.get(thread.get_absolute_url() + "?page=1&sort=oldest")
    assert (response.status_code, response.url) == (301, thread.get_absolute_url() + "?sort=oldest")


def test_a_removed_reply_keeps_its_place_in_time_and_leaves_the_helpful_order(client, thread, voted, helper):
    remove(voted[1], by=helper)
    oldest = html(client, thread.get_absolute_url() + "?sort=oldest")
    assert reply_ids(oldest) == [reply.pk for reply in voted]
    assert "deleted by its author" in oldest
    assert "Reply number 1" not in oldest
    assert "3 replies" in oldest
    helpful = html(client, thread.get_absolute_url())
    assert reply_ids(helpful) == [voted[index].pk for index in (2, 3, 0)]


def test_a_permalink_opens_the_reply(client, thread, voted):
    response = client.get(f"/replies/{voted[0].pk}/", follow=True)
    assert response.redirect_chain[0][0] == f"{thread.get_absolute_url()}#reply-{voted[0].pk}"


def test_moderators_see_hidden_replies_with_a_note(client, sign_in, thread, reply, moderator):
    hide(reply, by=moderator)
    address = thread.get_absolute_url() + "?sort=oldest"
    page = html(client, address)
    assert "hidden by a moderator" in page
    assert f'id="reply-{reply.pk}" data-helpful="0" data-professional="false"' in page
    assert "Show it to a doctor" not in page
    assert "Show it to a doctor" in html(sign_in(moderator), address)


def test_a_removed_question_shows_nothing_of_itself(client, thread, reply, asker):
    remove(thread, by=asker)
    thread.refresh_from_db()
    page = html(client, thread.get_absolute_url())
    assert "Question removed by its author" in page
    assert "mole" not in page.replace("/forums/moles/", "").replace("forum=moles", "").replace("Moles", "")
    assert "Show it to a doctor" in page
    assert "noindex" in page
    assert "mole changing" not in html(client, "/forums/moles/") + html(client, "/") + html(client, "/people/asker/")


def test_nothing_of_an_anonymous_asker_shows(client, make_thread, asker):
    thread = make_thread(is_anonymous=True)
    reply_to(thread, by=asker, body="More about it")
    for address in [thread.get_absolute_url(), "/forums/moles/", "/"]:
        page = html(client, address)
        assert "Ash" not in page
        assert "asker" not in page
    assert "asked this question" in html(client, thread.get_absolute_url())
    profile = html(client, "/people/asker/")
    assert thread.title not in profile
    assert "More about it" not in profile


def test_imported_professionals_have_a_note_and_no_badge(client, thread, reply):
    Reply.objects.update(imported_as_professional=True)
    ThreadSource.objects.create(thread=thread, name="Old site", external_id="1", url="https://old.example/1")
    page = html(client, thread.get_absolute_url())
    assert "imported as professional, not verified here" in page
    assert "Medical professional</span>" not in page
    assert 'data-professional="false"' in page
    assert 'Imported from <a href="https://old.example/1"' in page


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["Third question", "First question", "Second question"]),
        ("?sort=newest", ["Third question", "Second question", "First question"]),
        ("?sort=helpful", ["First question", "Third question", "Second question"]),
        ("?answered=yes", ["Third question", "First question"]),
        ("?answered=no", ["Second question"]),
        ("?answered=professional", ["Third question"]),
    ],
)
def test_the_forum_sorts_and_filters(client, make_thread, helper, clinician, stranger, query, titles):
    first, _second, third = [make_thread(title=f"{word} question") for word in ("First", "Second", "Third")]
    vote_helpful(reply_to(first, by=helper, body="Yes"), by=stranger)
    reply_to(third, by=clinician, body="No")
    page = html(client, "/forums/moles/" + query)
    assert re.findall(r"<a href=\"/threads/[^>]*>([^<]*)</a>", page) == titles
    assert f"{len(titles)} question" in page


def test_the_home_page_shows_what_waits_and_what_professionals_answered(client, make_thread, clinician):
    answered, _waiting = make_thread(title="An answered one"), make_thread(title="A waiting one")
    reply_to(answered, by=clinician, body="It is harmless.")
    page = html(client, "/")
    before, _, after = page.partition('id="waiting"')
    assert "An answered one" in before
    assert "A waiting one" in after
    assert "An answered one" not in after


def test_a_profile_is_found_in_any_case_and_kept_out_of_search(client, reply):
    assert client.get("/people/HELPER/").url == "/people/helper/"
    page = html(client, "/people/helper/")
    assert '<meta name="robots" content="noindex">' in page
    assert "Is this mole changing?" in page


def test_a_locked_question_says_so(client, sign_in, thread, helper, moderator):
    set_locked(thread, True, by=moderator)
    page = html(sign_in(helper), thread.get_absolute_url())
    assert "takes no more replies" in page
    assert "<textarea" not in page


def test_text_size_and_theme_work_without_javascript(client):
    response = client.post(
        "/reading/", {"text_size": "large", "next": "/badge/"}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert response.url == "/badge/"
    client.post("/reading/", {"theme": "dark", "next": "/"}, headers={"Sec-Fetch-Site": "same-origin"})
    page = html(client, "/badge/")
    assert 'class="text-large theme-dark"' in page
    assert re.search(r'value="large"[^>]*aria-pressed="true"', page)


def test_excerpts_are_escaped_once(client, thread, clinician):
    reply_to(thread, by=clinician, body="R&D <5 mg")
    assert "R&amp;D &lt;5 mg" in html(client, "/")
    assert "R&amp;amp;D" not in html(client, "/") + html(client, "/people/clinician/")


def test_the_title_of_a_removed_question_is_nowhere(sign_in, thread, reply, asker, stranger):
    remove(thread, by=asker)
    assert "mole changing" not in html(sign_in(stranger), f"/threads/{thread.pk}/reply/")


def test_titles_and_texts_are_escaped(client, make_thread):
    thread = make_thread(title="<script>alert(1)</script> & co", body="<script>alert(2)</script>")
    for address in [thread.get_absolute_url(), "/forums/moles/", "/"]:
        assert "<script>alert" not in html(client, address)


def test_an_unanswered_site_is_still_a_page(client, db):
    assert "No forums yet" in html(client, "/")
    assert Thread.objects.count() == 0
