"""The application, the review and the desk, as pages."""

import re

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.limits import DAILY
from accounts.models import ActivityLimit
from credentials import actions
from credentials.models import Credential, Evidence
from forum.actions import agree, ask, caution, reply_to
from forum.models import Forum
from tests.conftest import ALL_CHECKS, make_user

pytestmark = pytest.mark.django_db
HOME = "/account/verification/"
PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"
REGISTRATION = {"scheme": "gb_gmc", "number": "C1234567", "name_on_register": "Helena Helper", "region": ""}


@pytest.fixture
def browser(sign_in, helper):
    return sign_in(helper)


def post(client, page, **data):
    return client.post(f"{HOME}{page}", data)


def words(response):
    return re.sub(r"\s+", " ", response.content.decode())


def test_a_nurse_gets_through_in_six_pages(browser, helper):
    assert post(browser, "start/").url == f"{HOME}apply/profession/"
    assert post(browser, "apply/profession/", specialty="nurse", country="GB").url == f"{HOME}apply/registration/"
    response = post(
        browser, "apply/registration/", scheme="gb_nmc", number="01a 2345n", name_on_register="Nora Nurse", region=""
    )
    assert response.url == f"{HOME}apply/link/"
    assert post(browser, "apply/link/", do="send_code", work_email="nora@hospital.example").status_code == 302
    code = re.search(r"^(\d{6})$", mail.outbox[0].body, re.MULTILINE)[1]
    assert post(browser, "apply/link/", do="confirm", code=code).url == f"{HOME}apply/declaration/"
    response = post(browser, "apply/declaration/", nothing_to_declare="on", consent="on")
    assert response.url == f"{HOME}apply/send/"
    page = words(browser.get(response.url))
    assert "01A2345N" in page
    assert "Nora Nurse" in page
    assert post(browser, "apply/send/", message="Hello").url == HOME
    credential = Credential.objects.get()
    assert (credential.state, credential.profession) == ("submitted", "nurse")
    assert credential.events.get().message == "Hello"
    assert "It waits for a reviewer" in words(browser.get(HOME))
    assert helper.consents.filter(kind="verification").exists()


def test_what_was_entered_is_there_after_a_pause(browser):
    post(browser, "start/")
    post(browser, "apply/profession/", specialty="dermatologist", country="GB")
    post(browser, "apply/registration/", **REGISTRATION)
    page = words(browser.get(f"{HOME}apply/registration/"))
    assert 'value="1234567"' in page
    assert 'value="Helena Helper"' in page
    assert f'href="{HOME}apply/link/"' in words(browser.get(HOME))


@pytest.mark.parametrize("page", ["registration", "link", "declaration", "send"])
def test_no_page_is_reached_before_those_ahead_of_it(browser, page):
    post(browser, "start/")
    direct = {**REGISTRATION, "nothing_to_declare": "on", "consent": "on", "do": "go_on", "sure": "1"}
    for response in (browser.get(f"{HOME}apply/{page}/"), post(browser, f"apply/{page}/", **direct)):
        assert response.url == f"{HOME}apply/profession/"
    credential = Credential.objects.get()
    assert (credential.state, credential.number, credential.consented_at) == ("draft", "", None)


def test_without_a_request_every_page_leads_back(browser):
    for page in ("profession", "registration", "link", "declaration", "send"):
        assert post(browser, f"apply/{page}/", **REGISTRATION).url == HOME
    assert not Credential.objects.exists()


@pytest.mark.parametrize(
    ("specialty", "country"), [("shaman", "GB"), ("", "GB"), ("nurse", "ZZ"), ("nurse", ""), ("nurse", "gb")]
)
def test_only_what_is_on_the_lists(browser, specialty, country):
    post(browser, "start/")
    response = post(browser, "apply/profession/", specialty=specialty, country=country)
    assert response.status_code == 422
    assert "There is a problem" in words(response)
    assert words(response).count("<title>Error: ") == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "123"}, {"number": ""}, {"name_on_register": " "}, {"scheme": "us_npi"}, {"scheme": ""},
        {"scheme": "other"}, {"register_url": "javascript:alert(1)"}, {"orcid": "0000-0002-1825-0098"},
        {"number": "1" * 500}, {"number": "１２３"}, {"name_on_register": "\x00"},
        {"scheme": "other", "region": "\U0001d160" * 100},
    ],
)  # fmt: skip
def test_a_wrong_registration_is_explained_and_keeps_what_was_typed(browser, changes):
    post(browser, "start/")
    post(browser, "apply/profession/", specialty="dermatologist", country="GB")
    response = post(browser, "apply/registration/", **{**REGISTRATION, **changes})
    assert response.status_code == 422
    assert "There is a problem" in words(response)
    if "name_on_register" not in changes:
        assert 'value="Helena Helper"' in words(response)
    assert Credential.objects.get().number == ""


def test_an_odd_number_asks_once_more_and_lets_the_person_go_on(browser):
    post(browser, "start/")
    post(browser, "apply/profession/", specialty="dermatologist", country="NL")
    data = {**REGISTRATION, "scheme": "nl_big", "number": "29012345678"}
    response = post(browser, "apply/registration/", **data)
    assert response.status_code == 422
    assert "It is right, go on" in words(response)
    assert post(browser, "apply/registration/", **data, sure="1").url == f"{HOME}apply/link/"


def test_another_country_asks_for_the_registration_again(filled, browser):
    filled()
    post(browser, "apply/profession/", specialty="dermatologist", country="FR")
    credential = Credential.objects.get()
    assert (credential.scheme, credential.number, credential.number_fingerprint) == ("", "", "")
    assert browser.get(f"{HOME}apply/send/").url == f"{HOME}apply/registration/"


@pytest.mark.parametrize(
    "email", ["me@gmail.com", "me", "me@", "me@hospital.example\nBcc: x@y.example", "a" * 250 + "@b.example"]
)
def test_a_work_address_is_one(browser, email):
    post(browser, "start/")
    post(browser, "apply/profession/", specialty="dermatologist", country="GB")
    post(browser, "apply/registration/", **REGISTRATION)
    assert post(browser, "apply/link/", do="send_code", work_email=email).status_code == 422
    assert mail.outbox == []


def test_a_mail_server_that_is_down_is_no_dead_end(browser, monkeypatch):
    post(browser, "start/")
    post(browser, "apply/profession/", specialty="dermatologist", country="GB")
    post(browser, "apply/registration/", **REGISTRATION)

    def fail(*args):
        raise ConnectionRefusedError

    monkeypatch.setattr("credentials.mail._send", fail)
    response = post(browser, "apply/link/", do="send_code", work_email="me@hospital.example")
    assert response.status_code == 503
    assert "Try again in a minute" in words(response)


@pytest.mark.parametrize(
    "file",
    [
        SimpleUploadedFile("a.pdf", b"<svg/>"), SimpleUploadedFile("a.pdf", b""), None,
        SimpleUploadedFile("a.pdf", PDF + b" " * 10_500_000),
    ],
    ids=["svg", "empty", "none", "large"],
)  # fmt: skip
def test_a_document_that_is_none_is_explained(filled, browser, file):
    filled()
    data = {"do": "upload", "kind": "certificate", **({"file": file} if file else {})}
    response = post(browser, "apply/link/", **data)
    assert response.status_code == 422
    assert "There is a problem" in words(response)
    assert not Evidence.objects.exists()


def test_documents_are_listed_and_can_be_deleted_by_their_owner_only(filled, browser, sign_in, stranger, document):
    filled()
    file = SimpleUploadedFile("<b>card</b>.pdf", PDF)
    assert post(browser, "apply/link/", do="upload", kind="professional_id", file=file).status_code == 302
    evidence = Evidence.objects.get()
    page = words(browser.get(f"{HOME}apply/link/"))
    assert evidence.name in page
    assert "<b>" not in evidence.name
    for number in (evidence.pk, "", "x", "9" * 40, "-1"):
        assert sign_in(stranger).post(f"{HOME}documents/remove/", {"document": number}).status_code == 404
    assert Evidence.objects.get().file
    assert post(browser, "documents/remove/", document=evidence.pk).status_code == 302
    assert not Evidence.objects.get().file


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


def test_an_applicant_does_not_read_the_first_of_two_views(sent, reviewer, browser, settings):
    settings.CREDENTIAL_TWO_REVIEWERS = True
    actions.decide(sent(), by=reviewer, approve=True, checks=ALL_CHECKS, message="Checked in May.")
    page = words(browser.get(HOME))
    assert "in May" not in page
    assert "It waits for a reviewer" in page


def test_documents_are_limited_before_they_are_looked_into(filled, browser):
    filled()
    for _ in range(DAILY["evidence"]):
        post(browser, "apply/link/", do="upload", kind="letter", file=SimpleUploadedFile("a.pdf", b"nothing"))
    response = post(browser, "apply/link/", do="upload", kind="letter", file=SimpleUploadedFile("a.pdf", PDF))
    assert response.status_code == 429
    assert not Evidence.objects.exists()


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
    approved, reviewer, sign_in, administrator, helper, thread, answered
):
    reply_to(thread, by=helper, body="Before the badge, and shown with it later")
    credential = approved()
    holder = type(helper).objects.get(pk=helper.pk)
    reply_to(thread, by=holder, body="With the badge on")
    caution(answered, by=holder, text="My own caution")
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


def test_a_province_is_chosen_from_a_list(browser):
    post(browser, "start/")
    post(browser, "apply/profession/", specialty="nurse", country="CA")
    assert '<option value="Ontario">' in words(browser.get(f"{HOME}apply/registration/"))
    data = {**REGISTRATION, "scheme": "ca_prov", "number": "12345"}
    assert post(browser, "apply/registration/", **data).status_code == 422
    assert post(browser, "apply/registration/", **data, province="Atlantis").status_code == 422
    assert post(browser, "apply/registration/", **data, province="Ontario").status_code == 302
    assert Credential.objects.get().region == "Ontario"


def test_changing_one_page_leads_back_to_where_something_is_missing(filled, browser):
    filled()
    assert post(browser, "apply/profession/", specialty="allergist", country="GB").url == f"{HOME}apply/send/"


def test_a_profession_can_be_changed_while_the_badge_stands(approved, browser, helper):
    approved()
    assert "Change specialty or registration" in words(browser.get(HOME))
    assert post(browser, "start/").url == f"{HOME}apply/link/"
    helper.refresh_from_db()
    assert helper.is_medical_professional


def test_the_badge_is_given_up_with_a_question_before(approved, browser, helper):
    approved()
    assert browser.get(f"{HOME}give-up/").status_code == 200
    helper.refresh_from_db()
    assert helper.is_medical_professional
    assert post(browser, "give-up/").url == HOME
    helper.refresh_from_db()
    assert not helper.is_medical_professional
    assert "at own request" in words(browser.get(HOME))


def test_withdrawing_asks_first_and_then_deletes(sent, browser):
    sent()
    assert browser.get(f"{HOME}withdraw/").status_code == 200
    assert post(browser, "withdraw/").url == HOME
    assert Credential.objects.get().number == ""
    assert post(browser, "withdraw/").url == HOME


def test_too_many_requests_in_a_day_are_explained(filled, browser, helper):
    filled()
    ActivityLimit.objects.create(user=helper, activity="credential", day="2000-01-01", count=0)
    ActivityLimit.objects.filter(activity="credential").update(day=timezone.localdate(), count=DAILY["credential"])
    response = post(browser, "apply/send/")
    assert response.status_code == 409
    assert "limit" in words(response)


# Agreement and cautions, as pages


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


# The desk


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
    assert client.get(f"{HOME}desk/?page=9").status_code == 404


def test_the_desk_counts_what_others_made_of_the_own_answers(colleague, clinician, sign_in, thread):
    own = reply_to(thread, by=colleague, body="An answer")
    agree(own, by=clinician)
    page = words(sign_in(colleague).get(f"{HOME}desk/"))
    assert "1 agrees" in page
    caution(own, by=clinician, text="Careful.")
    assert "1 caution" in words(sign_in(colleague).get(f"{HOME}desk/"))


def test_the_desk_costs_the_same_with_one_question_and_with_thirty(
    colleague, sign_in, make_thread, django_assert_max_num_queries
):
    client = sign_in(colleague)
    for number in range(30):
        make_thread(title=f"Question number {number}") if number < 15 else None
    client.get(f"{HOME}desk/")
    with django_assert_max_num_queries(10):
        client.get(f"{HOME}desk/")


def test_the_badge_is_shown_while_composing(colleague, sign_in, thread, forum):
    client = sign_in(colleague)
    assert "Shown as <strong>helper</strong>" in words(client.get(f"/threads/{thread.pk}/reply/"))
    assert "· Dermatologist" in words(client.get(f"/threads/{thread.pk}/reply/"))
    Forum.objects.filter(pk=forum.pk).update(specialties=["cardiologist"])
    assert "· other specialty" in words(client.get(f"/threads/{thread.pk}/reply/"))
    assert "· other specialty" in words(client.get(thread.get_absolute_url()))
