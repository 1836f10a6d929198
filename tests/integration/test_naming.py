"""The people whom the page offers behind an @: named ones who wrote in the question lately, and nobody else."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actions import block
from accounts.models import User
from forum import naming
from forum.actions import hide, hold, merge, remove, reply_to
from forum.addressed import addressed_in
from forum.models import Forum, Reply, Thread
from tests.conftest import make_user
from tests.unit.forum.test_segments import entries_read, fill

pytestmark = pytest.mark.django_db


@pytest.fixture
def offered(sign_in, stranger, thread):
    """The usernames that a reader is offered, in their order."""

    def ask(typed="", *, reader=stranger, about=thread):
        response = sign_in(reader).get(f"/threads/{about.pk}/people/", {"q": typed})
        assert response.status_code == 200
        return [person["username"] for person in response.json()["people"]]

    return ask


def test_the_answer_is_for_the_reader_alone(sign_in, stranger, thread, helper):
    reply_to(thread, by=helper, body="Words.")
    response = sign_in(stranger).get(f"/threads/{thread.pk}/people/?q=")
    assert response.json() == {
        "people": [{"username": "helper", "name": "helper"}, {"username": "asker", "name": "Ash Asker"}]
    }
    assert response["Cache-Control"] == "private, no-store"


def test_the_latest_writers_come_first_and_the_asker_last(offered, thread, asker, helper, clinician):
    for author in (clinician, helper, clinician):
        reply_to(thread, by=author, body="Words.")
    assert offered() == ["clinician", "helper", "asker"]
    Reply.objects.update(created_at=thread.created_at)  # of one moment: the later one is the later one
    assert offered() == ["clinician", "helper", "asker"]
    reply_to(thread, by=asker, body="Thank you.")
    assert offered() == ["asker", "clinician", "helper"]


def test_eight_at_most(offered, thread):
    for number in range(10):
        reply_to(thread, by=make_user(f"person{number}"), body="Words.")
    assert offered() == [f"person{number}" for number in range(9, 1, -1)]
    assert offered("person0") == ["person0"]


@pytest.mark.parametrize(
    ("typed", "is_offered"),
    [
        ("an", True), ("AN", True), ("anna-maria", True), ("maria", True), ("straße", True), ("STRASSE", True),
        ("Åse", True), ("åse” s", True), ("doc", True), ("doctor.a", True), ("nna", False), ("octor", False),
        ("a", True), ("b", False), ("ann.", False), (".*", False), ("[", False), ("(?i)", False), ("zzz", False),
    ],
)  # fmt: skip
def test_what_is_typed_begins_the_username_or_a_word_of_the_name(offered, thread, typed, is_offered):
    reply_to(thread, by=make_user("Doctor.A", display_name="Anna-Maria “Åse” Straße"), body="Words.")
    assert ("Doctor.A" in offered(typed)) == is_offered


def test_the_reader_is_not_offered(offered, thread, asker, helper):
    reply_to(thread, by=helper, body="Words.")
    assert offered(reader=helper) == ["asker"]
    assert offered(reader=asker) == ["helper"]


@pytest.mark.parametrize("how", [{"is_active": False}, {"kind": "imported"}])
def test_nobody_is_offered_who_would_not_be_told(offered, thread, helper, asker, how):
    reply_to(thread, by=helper, body="Words.")
    User.objects.filter(pk__in=(helper.pk, asker.pk)).update(**how)
    assert offered() == []


def test_former_members_are_not_offered(offered, thread, helper):
    reply_to(thread, by=helper, body="Words.")
    Reply.objects.update(author=None)
    Thread.objects.update(author=None)
    assert offered() == []


def test_who_is_blocked_is_offered_to_everybody_else(offered, thread, helper, asker, stranger, clinician):
    reply_to(thread, by=helper, body="Words.")
    block(helper, by=stranger)
    block(asker, by=stranger)
    assert offered() == []
    assert offered(reader=clinician) == ["helper", "asker"]
    block(stranger, by=clinician)  # nobody learns of it
    reply_to(thread, by=clinician, body="Words.")
    assert offered() == ["clinician"]


def test_an_anonymous_asker_is_offered_to_nobody(offered, make_thread, asker, helper, moderator):
    thread = make_thread(is_anonymous=True)
    for author in (helper, asker):
        reply_to(thread, by=author, body="Words.")
    for reader in (make_user("reader"), moderator):
        for typed in ("", "asker", "Ash"):
            assert "asker" not in offered(typed, reader=reader, about=thread)
        assert offered(reader=reader, about=thread) == ["helper"]


def test_who_asked_anonymously_is_not_offered_where_that_question_was_merged(
    offered, make_thread, thread, asker, helper, moderator
):
    person = make_user("incognito")
    anonymous = make_thread(by=person, is_anonymous=True, title="An anonymous question")
    reply_to(anonymous, by=person, body="Words.")
    reply_to(anonymous, by=helper, body="Words.")
    merge(anonymous, thread, by=moderator)
    assert Reply.objects.filter(thread=thread, author=person, is_anonymous=True).count() == 2
    assert offered() == ["helper", "asker"]
    assert offered("incog", reader=moderator) == []


@pytest.mark.parametrize("change", [hide, hold, remove])
def test_a_reply_that_others_do_not_read_offers_nobody(offered, thread, helper, moderator, change):
    reply = reply_to(thread, by=helper, body="Words.")
    change(reply, by=helper if change is remove else moderator)
    assert offered() == ["asker"]
    assert offered(reader=moderator) == ["asker"]


def test_who_took_the_question_back_is_not_offered(offered, thread, asker, helper):
    reply_to(thread, by=helper, body="Words.")
    remove(thread, by=asker)
    assert offered() == ["helper"]


def test_writers_of_another_question_are_not_offered(offered, make_thread, helper):
    reply_to(make_thread(title="Another question"), by=helper, body="Words.")
    assert offered() == ["asker"]


@pytest.mark.parametrize("name", ["ann.", "ann_", "ann-"])
def test_a_name_that_ends_with_punctuation_is_offered_and_reached(offered, thread, name):
    person = make_user(name)
    reply_to(thread, by=person, body="Words.")
    assert addressed_in(f"Ask @{name} ", thread) == addressed_in(f"Ask @{name}.", thread) == {person.pk}
    assert offered("ann") == [name]


def test_a_name_that_the_at_sign_does_not_reach_is_not_offered(offered, thread):
    name = "ann" + "n" * 40
    reply_to(thread, by=make_user(name), body="Words.")
    assert addressed_in(f"@{name} ", thread) == set()
    assert offered("ann") == []


def test_a_question_that_the_reader_may_not_see_is_not_there(sign_in, stranger, thread, moderator):
    client = sign_in(stranger)
    address = f"/threads/{thread.pk}/people/"
    Forum.objects.update(is_open=False)
    assert client.get(address).status_code == 404
    Forum.objects.update(is_open=True)
    hide(thread, by=moderator)
    assert client.get(address).status_code == 404
    assert client.get("/threads/0/people/").status_code == 404
    assert sign_in(moderator).get(address).json() == {"people": []}


def test_members_only_and_nothing_is_changed(client, sign_in, stranger, thread):
    address = f"/threads/{thread.pk}/people/"
    assert client.get(address).status_code == 302
    assert sign_in(stranger).post(address).status_code == 405


@pytest.mark.parametrize(
    "query", ["q=%01%1B%7F", "q=" + "x" * 10_000, "q=%FF%FE", "q=%ED%A0%80", "q=(((", "q=%5C", "q=a&q=b", "p=1"]
)
def test_whatever_is_typed_gets_an_answer(sign_in, stranger, thread, query):
    assert sign_in(stranger).get(f"/threads/{thread.pk}/people/?{query}").status_code == 200


def test_a_null_character_is_refused(sign_in, stranger, thread):
    assert sign_in(stranger).get(f"/threads/{thread.pk}/people/?q=%00").status_code == 400


def test_a_question_called_people_keeps_its_page(client, make_thread):
    thread = make_thread(title="People")
    assert client.get(thread.get_absolute_url()).status_code == 200


def test_only_the_newest_replies_are_looked_at(offered, thread, helper, clinician, monkeypatch):
    monkeypatch.setattr(naming, "LOOKED_AT", 2)
    for author in (helper, clinician, clinician):
        reply_to(thread, by=author, body="Words.")
    assert offered() == ["clinician", "asker"]


def test_a_long_question_costs_no_more(sign_in, stranger, thread, helper):
    """Also where most of what is newest was hidden."""
    fill(thread, 5000)
    Reply.objects.filter(pk__in=Reply.objects.order_by("-created_at", "-pk")[:1000]).update(status="hidden")
    reply_to(thread, by=helper, body="Words.")
    Reply.objects.filter(author=helper).update(created_at=thread.created_at + timedelta(days=9000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE forum_reply, forum_thread, accounts_user")
    client, address = sign_in(stranger), f"/threads/{thread.pk}/people/?q=h"
    with CaptureQueriesContext(connection) as queries:
        assert [one["username"] for one in client.get(address).json()["people"]] == ["helper"]
    assert len(queries) <= 5
    assert entries_read(lambda: client.get(address)) <= 3 * naming.LOOKED_AT  # by time, then each by its key
