"""What verified professionals do with the badge: agree, caution, work at the desk."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from forum.actions import agree, ask, caution, reply_to
from forum.models import Forum
from tests.integration.test_verification import HOME, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(thread, clinician):
    return reply_to(thread, by=clinician, body="Take two and rest")


@pytest.fixture
def colleague(approved, helper):
    approved()
    helper.refresh_from_db()
    return helper


def test_a_colleague_agrees_and_takes_it_back(answered, colleague, sign_in, client, thread):
    professional = sign_in(colleague)
    page = thread.get_absolute_url()
    assert professional.post(f"/replies/{answered.pk}/agree/").status_code == 302
    assert "1 professional agrees" in words(client.get(page))
    assert 'aria-pressed="true">You agree' in words(professional.get(page))
    assert 'data-helpful="0"' in words(client.get(page))
    assert professional.post(f"/replies/{answered.pk}/opinion/withdraw/").status_code == 302
    assert "professional agrees" not in words(client.get(page))


def test_a_caution_is_shown_with_its_writer_and_as_text(answered, colleague, sign_in, client, thread):
    professional = sign_in(colleague)
    address = f"/replies/{answered.pk}/caution/"
    assert "Take two and rest" in words(professional.get(address))
    for text in ("", "   ", "x" * 501, "\x00"):
        assert professional.post(address, {"text": text}).status_code == 422
    assert professional.post(address, {"text": "Not with <b>kidney</b> disease."}).status_code == 302
    page = words(client.get(thread.get_absolute_url()))
    assert "Not with &lt;b&gt;kidney&lt;/b&gt; disease." in page
    assert page.index("Caution:") < page.index("Dermatologist</span>", page.index("Caution:"))


@pytest.mark.parametrize("path", ["agree/", "caution/", "opinion/withdraw/"])
def test_others_get_no_way_to_an_opinion(answered, sign_in, helper, stranger, client, thread, path):
    address = f"/replies/{answered.pk}/{path}"
    assert client.post(address, {"text": "x"}).url.startswith("/accounts/login/")
    response = sign_in(stranger).post(address, {"text": "Careful"})
    assert response.status_code == (302 if path == "opinion/withdraw/" else 403)
    assert "Agree" not in words(sign_in(stranger).get(thread.get_absolute_url())).replace("agree to", "")


def test_the_desk_shows_what_waits_in_the_own_field_oldest_first(colleague, sign_in, forum, asker, make_thread):
    skin, other = (
        forum,
        Forum.objects.create(category=forum.category, name="Hearts", slug="hearts", specialties=["cardiologist"]),
    )
    Forum.objects.filter(pk=skin.pk).update(specialties=["dermatologist"])
    first = make_thread(title="The first question")
    second = make_thread(title="The second question")
    ask(by=asker, forum=other, title="A heart question", body="Text")
    client = sign_in(colleague)
    page = words(client.get(f"{HOME}desk/"))
    assert "2 questions wait" in page
    assert page.index("The first question") < page.index("The second question")
    assert "A heart question" not in page
    reply_to(first, by=asker, body="More from me")
    assert "1 question waits" in words(client.get(f"{HOME}desk/"))
    assert "2 questions wait" in words(client.get(f"{HOME}desk/?waiting=professional"))
    reply_to(second, by=colleague, body="An answer")
    page = words(client.get(f"{HOME}desk/?waiting=professional&forum={forum.slug}&sort=newest"))
    assert "1 question waits" in page
    assert "Valid until" in page
    for odd in ("?sort=x", "?waiting=x", "?forum=hearts", "?forum=nowhere"):
        assert client.get(f"{HOME}desk/{odd}").status_code == 400
    assert client.get(f"{HOME}desk/?page=9").url == f"{HOME}desk/"


def test_the_desk_counts_what_others_made_of_the_own_answers(colleague, clinician, sign_in, thread):
    own = reply_to(thread, by=colleague, body="An answer")
    agree(own, by=clinician)
    page = words(sign_in(colleague).get(f"{HOME}desk/"))
    assert "1 agrees" in page
    caution(own, by=clinician, text="Careful.")
    assert "1 caution" in words(sign_in(colleague).get(f"{HOME}desk/"))


def test_the_desk_costs_the_same_with_one_question_and_with_fifteen(colleague, sign_in, make_thread):
    client, costs = sign_in(colleague), []
    for questions in (1, 14):
        for number in range(questions):
            make_thread(title=f"Question number {questions}.{number}")
        client.get(f"{HOME}desk/")
        with CaptureQueriesContext(connection) as captured:
            page = words(client.get(f"{HOME}desk/"))
        costs.append(len(captured))
    assert "15 questions wait" in page
    assert costs[0] == costs[1] <= 10


def test_the_badge_is_shown_while_composing(colleague, sign_in, thread, forum):
    client = sign_in(colleague)
    assert "Shown as <strong>helper</strong>" in words(client.get(f"/threads/{thread.pk}/reply/"))
    assert "· Dermatologist" in words(client.get(f"/threads/{thread.pk}/reply/"))
    Forum.objects.filter(pk=forum.pk).update(specialties=["cardiologist"])
    assert "· other specialty" in words(client.get(f"/threads/{thread.pk}/reply/"))
    assert "· other specialty" in words(client.get(thread.get_absolute_url()))
