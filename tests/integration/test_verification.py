"""The applicant's side: the form, the documents, the status page."""

import re

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.limits import DAILY
from accounts.models import ActivityLimit
from credentials import actions
from credentials.models import Credential, Evidence
from tests.conftest import ALL_CHECKS

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

    monkeypatch.setattr("credentials.mail.send_mail", fail)
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
