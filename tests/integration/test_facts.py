"""The optional facts of a question: kept, shown, edited, drafted, exported, and never in the way."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from forum.facts import FACT_LIMIT, clean_facts
from forum.models import Draft, Revision, Thread

pytestmark = pytest.mark.django_db
TYPED = {
    "fact_age": "40 to 54",
    "fact_sex": "Female",
    "fact_duration": "two weeks",
    "fact_medicines": "<b>ibuprofen</b> 400",
    "fact_tests": "",
}
FACTS = {"age": "40 to 54", "sex": "Female", "duration": "two weeks", "medicines": "<b>ibuprofen</b> 400"}
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def question(forum):
    return {"forum": forum.pk, "title": "Is this mole changing?", "body": "It looks darker."}


def test_facts_are_asked_shown_and_escaped(sign_in, asker, question, client):
    response = sign_in(asker).post("/ask/", {**question, **TYPED})
    assert Thread.objects.get().facts == FACTS
    page = client.get(response.url).content.decode()
    assert "<dt>Age</dt><dd>40 to 54</dd>" in page
    assert "&lt;b&gt;ibuprofen&lt;/b&gt; 400" in page
    assert "Tests so far" not in page


def test_without_facts_there_is_no_card(sign_in, asker, question, client):
    response = sign_in(asker).post("/ask/", question)
    assert "facts-card" not in client.get(response.url).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [{"fact_age": "forty"}, {"fact_sex": "<script>"}, {"fact_tests": "x" * (FACT_LIMIT + 1)}, {"fact_tests": "\0"}],
)
def test_a_wrong_fact_is_explained_and_everything_stays(sign_in, asker, question, wrong):
    response = sign_in(asker).post("/ask/", {**question, **TYPED, **wrong})
    page = response.content.decode()
    assert response.status_code == 422
    assert "There is a problem" in page
    assert 'value="two weeks"' in page
    assert '<details class="panel facts-fields" open' in page
    assert not Thread.objects.exists()


def test_a_preview_shows_them_and_keeps_them_as_a_draft(sign_in, asker, question):
    client = sign_in(asker)
    page = client.post("/ask/", {**question, **TYPED, "preview": "1"}).content.decode()
    assert "<dd>two weeks</dd>" in page
    assert Draft.objects.get().facts == FACTS
    assert 'value="two weeks"' in client.get("/ask/").content.decode()


def test_the_automatic_draft_keeps_facts_alone(sign_in, asker):
    client = sign_in(asker)
    assert (
        client.post("/drafts/", {"place": "ask", "fact_duration": "since May", "fact_age": "nonsense"}).status_code
        == 204
    )
    assert Draft.objects.get().facts == {"duration": "since May"}


def test_what_is_sent_after_the_session_ended_keeps_them(asker, client, question):
    from tests.conftest import PASSWORD

    response = client.post("/ask/", {**question, **TYPED}, headers=SAME_ORIGIN)
    client.post(response.url, {"login": "asker", "password": PASSWORD, "next": "/ask/"})
    assert Draft.objects.get().facts == FACTS


def test_an_edit_changes_them_and_keeps_what_they_were(sign_in, asker, make_thread):
    thread = make_thread(facts=FACTS)
    client = sign_in(asker)
    assert 'value="two weeks"' in client.get(f"/threads/{thread.pk}/edit/").content.decode()
    data = {"title": thread.title, "body": thread.body, "fact_duration": "three weeks"}
    client.post(f"/threads/{thread.pk}/edit/", data)
    thread.refresh_from_db()
    assert thread.facts == {"duration": "three weeks"}
    assert thread.edited_at
    assert Revision.objects.get().facts == FACTS
    assert "two weeks" in client.get(f"/threads/{thread.pk}/history/").content.decode()


def test_a_draft_of_an_edit_that_empties_a_fact_stays_empty(sign_in, asker, make_thread):
    thread = make_thread(facts=FACTS)
    client = sign_in(asker)
    data = {"place": f"thread:{thread.pk}", "title": thread.title, "body": thread.body}
    assert client.post("/drafts/", data).status_code == 204
    assert 'value="two weeks"' not in client.get(f"/threads/{thread.pk}/edit/").content.decode()


def test_facts_of_a_hidden_or_removed_question_are_gone(sign_in, asker, make_thread, make_reply, client, helper):
    from forum.actions import remove, reply_to

    thread = make_thread(facts=FACTS)
    reply_to(thread, by=helper, body="An answer")
    remove(thread, by=asker)
    thread.refresh_from_db()
    assert "two weeks" not in client.get(thread.get_absolute_url()).content.decode()


def test_they_go_out_and_come_in_again(make_thread, tmp_path):
    make_thread(facts=FACTS)
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    call_command("export_threads", str(first), stdout=StringIO(), stderr=StringIO())
    line = json.loads(first.read_text())
    assert line["facts"] == FACTS
    odd = {**line, "id": "odd", "facts": {"age": "unknown", "colour": "red", "tests": "none"}}
    wrong = {**line, "id": "wrong", "facts": ["age"]}
    second.write_text("\n".join(map(json.dumps, ({**line, "id": "new"}, odd, wrong))))
    out = StringIO()
    call_command("import_threads", str(second), stdout=out, stderr=out)
    assert Thread.objects.get(source__external_id="new").facts == FACTS
    assert Thread.objects.get(source__external_id="odd").facts == {"tests": "none"}
    assert "facts is not a JSON object" in out.getvalue()


def test_lists_do_not_load_them(client, make_thread, forum):
    make_thread(facts=FACTS)
    with CaptureQueriesContext(connection) as captured:
        client.get(forum.get_absolute_url())
    assert not [query for query in captured if '"facts"' in query["sql"]]


def test_cleaning():
    assert clean_facts({"age": "Under 1", "sex": "", "duration": "  a \n b ", "tests": "\u200b", "more": "x"}) == {
        "age": "Under 1",
        "duration": "a b",
    }
