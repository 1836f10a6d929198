"""The reviewers' side: documents, the review of a request, the queue."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from credentials import actions
from forum.actions import caution, reply_to
from tests.conftest import ALL_CHECKS, make_user
from tests.integration.test_verification import HOME, PDF, post, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(sign_in, helper):
    return sign_in(helper)


@pytest.fixture
def evidence(filled, helper, document):
    credential = filled()
    kept = actions.add_evidence(credential, by=helper, kind="certificate", checked=document())
    actions.submit(credential, by=helper)
    return kept


def test_documents_are_a_download_for_reviewers_and_nothing_for_others(evidence, sign_in, reviewer, request, client):
    address = reverse("admin:credentials_evidence_download", args=[evidence.pk])
    response = sign_in(reviewer).get(address)
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"] == 'attachment; filename="licence.pdf"'
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    assert response["Content-Type"] == "application/pdf"
    unknown = reverse("admin:credentials_evidence_download", args=[evidence.pk + 1])
    for who in ("helper", "clinician", "moderator"):
        person = sign_in(request.getfixturevalue(who))
        known, guessed = person.get(address), person.get(unknown)
        assert known.status_code == 404
        assert known.status_code == guessed.status_code
        assert len(known.content) == len(guessed.content)
    assert client.get(address).status_code == 404


def test_a_guess_costs_the_same_as_a_hit(evidence, sign_in, moderator):
    """No difference in what is asked of the database tells somebody whether a document exists."""
    client = sign_in(moderator)
    counts = []
    for number in (evidence.pk, evidence.pk + 1000):
        client.get("/admin/")
        with CaptureQueriesContext(connection) as captured:
            response = client.get(reverse("admin:credentials_evidence_download", args=[number]))
        assert response.status_code == 404
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_reviewer_does_not_open_the_own_documents(filled, sign_in, reviewer, document):
    own = actions.add_evidence(filled(reviewer), by=reviewer, kind="letter", checked=document())
    assert sign_in(reviewer).get(reverse("admin:credentials_evidence_download", args=[own.pk])).status_code == 404


def test_a_reviewer_does_not_see_the_record_of_the_own_request(sent, sign_in, reviewer):
    own = sent(reviewer)
    client = sign_in(reviewer)
    assert client.get(reverse("admin:credentials_credential_change", args=[own.pk])).status_code == 404
    assert ">reviewer</a>" not in words(client.get("/admin/credentials/credential/?see=all"))


def review(client, credential, do, **data):
    address = reverse("admin:credentials_credential_change", args=[credential.pk])
    page = client.get(address).content.decode()
    seen = re.search(r'name="seen" value="([^"]+)"', page)[1] if 'name="seen"' in page else "0"
    return client.post(address, {"seen": seen, "do": do, **data})


def test_a_reviewer_asks_gets_an_answer_and_approves(
    sent, sign_in, reviewer, helper, browser, django_capture_on_commit_callbacks
):
    credential = sent()
    desk = sign_in(reviewer)
    queue = desk.get("/admin/credentials/credential/").content.decode()
    assert "helper" in queue
    assert "1234567" not in queue
    page = words(desk.get(reverse("admin:credentials_credential_change", args=[credential.pk])))
    for shown in (
        "1234567",
        "Helena Helper",
        "h.helper@hospital.example",
        "https://www.gmc-uk.org/registrants/1234567",
    ):
        assert shown in page
    assert review(desk, credential, "ask", message="").status_code == 409
    assert review(desk, credential, "ask", message="Which hospital?").status_code == 302
    assert "Which hospital?" in words(browser.get(HOME))
    assert post(browser, "apply/send/", message="The one in town").status_code == 302
    assert "The one in town" in words(desk.get(reverse("admin:credentials_credential_change", args=[credential.pk])))
    response = review(desk, credential, "approve", register_seen="on")
    assert response.status_code == 409
    assert "every check" in words(response)
    assert re.search(r'name="register_seen"[^>]*checked', words(response))  # what was ticked stays
    assert review(desk, credential, "approve", **dict.fromkeys(ALL_CHECKS, "on")).status_code == 302
    assert "You are verified" in words(browser.get(HOME))


def test_a_reviewer_whose_page_is_old_is_told_and_keeps_the_words(sent, sign_in, reviewer, helper):
    credential = sent()
    client = sign_in(reviewer)
    address = reverse("admin:credentials_credential_change", args=[credential.pk])
    seen = actions.what_is_seen(credential)
    actions.take_back(credential, by=helper)
    actions.submit(credential, by=helper)
    response = client.post(
        address, {"seen": seen, "do": "reject", "reason": "lapsed", "message": "My long explanation"}
    )
    assert response.status_code == 409
    assert "Somebody changed this" in words(response)
    assert "My long explanation" in words(response)
    actions.withdraw(credential, by=helper)
    response = client.post(address, {"seen": seen, "do": "approve"})
    assert response.status_code == 409


@pytest.mark.parametrize(
    "data",
    [
        {}, {"do": "nonsense"}, {"do": "approve", "seen": "x"}, {"do": "reject", "reason": "no such"},
        {"do": "approve", "seen": "9" * 30}, {"do": "revoke", "reason": "conduct"}, {"do": "reinstate"},
        {"do": "look_up"}, {"do": "ask", "message": "\x00"},
    ],
)  # fmt: skip
def test_odd_buttons_do_nothing(sent, sign_in, reviewer, data):
    credential = sent()
    address = reverse("admin:credentials_credential_change", args=[credential.pk])
    assert sign_in(reviewer).post(address, {"seen": actions.what_is_seen(credential), **data}).status_code == 409
    credential.refresh_from_db()
    assert credential.state == "submitted"


def test_moderators_who_are_no_reviewers_see_no_request(sent, sign_in, moderator):
    credential = sent()
    client = sign_in(moderator)
    address = reverse("admin:credentials_credential_change", args=[credential.pk])
    assert client.get(address).status_code == 404
    assert client.post(address, {"do": "approve", **ALL_CHECKS}).status_code == 404
    assert client.get(f"/admin/credentials/credential/{credential.pk}/history/").status_code == 403
    assert "credential" not in client.get("/admin/").content.decode().lower().replace("publickey-credentials", "")


def test_a_pause_and_its_end_from_the_review(approved, sign_in, reviewer, helper, browser, thread):
    credential = approved()
    reply_to(thread, by=type(helper).objects.get(pk=helper.pk), body="Answer")
    client = sign_in(reviewer)
    visitor = Client()
    badge = 'class="badge">Medical professional'
    assert badge in visitor.get(thread.get_absolute_url()).content.decode()
    assert review(client, credential, "suspend", reason="").status_code == 409
    assert review(client, credential, "suspend", reason="under_review", message="We check a report.").status_code == 302
    assert badge not in visitor.get(thread.get_absolute_url()).content.decode()
    assert "Your badge is paused" in words(browser.get(HOME))
    assert "We check a report." in words(browser.get(HOME))
    assert post(browser, "start/").status_code == 403
    assert review(client, credential, "reinstate").status_code == 302
    assert badge in visitor.get(thread.get_absolute_url()).content.decode()
    words_given = {"reason": "false_claim", "message": "Not true."}
    assert review(client, credential, "revoke", **words_given).status_code == 409  # not without being sure
    assert review(client, credential, "revoke", sure="on", **words_given).status_code == 302
    page = visitor.get(thread.get_absolute_url()).content.decode()
    assert "Medical professional" not in page.replace("What does “Medical professional” mean?", "")
    assert 'data-professional="true"' not in page
    assert "cannot apply" in words(browser.get(HOME))


def test_what_a_revoked_person_wrote_is_listed_in_one_step(
    approved, reviewer, sign_in, administrator, helper, thread, make_reply, clinician
):
    reply_to(thread, by=helper, body="Before the badge, and shown with it later")
    credential = approved()
    holder = type(helper).objects.get(pk=helper.pk)
    reply_to(thread, by=holder, body="With the badge on")
    caution(make_reply(by=clinician), by=holder, text="My own caution")
    actions.revoke(credential, by=reviewer, reason="conduct")
    client = sign_in(administrator)
    page = words(client.get(reverse("admin:credentials_credential_change", args=[credential.pk])))
    replies, opinions = re.findall(r'href="(/admin/forum/(?:reply|peeropinion)/\?q=helper)"', page)
    listed = client.get(replies).content.decode()
    assert "With the badge on" in listed
    assert "Before the badge" in listed
    assert "My own caution" in client.get(opinions).content.decode()


def test_the_queue_asks_the_database_as_often_for_one_as_for_six(sent, sign_in, reviewer, second_reviewer, settings):
    settings.CREDENTIAL_TWO_REVIEWERS = True
    client, costs = sign_in(reviewer), []
    for numbers in (range(1), range(1, 6)):
        for number in numbers:
            credential = sent(make_user(f"applicant{number}"), number=f"100000{number}")
            actions.decide(credential, by=second_reviewer, approve=True, checks=ALL_CHECKS)
        client.get("/admin/credentials/credential/")
        with CaptureQueriesContext(connection) as captured:
            page = words(client.get("/admin/credentials/credential/"))
        costs.append(len(captured))
    assert costs[0] == costs[1]
    assert page.count("first of two: would approve") == 6
    assert "work address at hospital.example" in page


@pytest.mark.parametrize(
    ("see", "shown"), [("", True), ("waiting", True), ("all", True), ("verified", False), ("asked", False)]
)
def test_the_queue_opens_on_what_waits(sent, sign_in, reviewer, see, shown):
    sent()
    page = words(sign_in(reviewer).get(f"/admin/credentials/credential/?see={see}"))
    assert (">helper</a>" in page) is shown
