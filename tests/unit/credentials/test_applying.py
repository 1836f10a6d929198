"""What applicants can do, in which order, and what never gets through."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.consents import TEXTS
from accounts.limits import LimitReached
from accounts.models import Consent
from credentials import actions
from credentials.models import Credential, State
from credentials.policies import Refused

pytestmark = pytest.mark.django_db


def test_a_person_has_one_open_request(helper):
    first = actions.start(by=helper)
    assert actions.start(by=helper) == first
    with pytest.raises(IntegrityError), transaction.atomic():
        Credential.objects.create(user=helper)


def test_the_number_is_stored_encrypted_and_found_by_nobody(filled):
    credential = filled()
    row = Credential.objects.values_list("number", flat=True)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM credentials_credential c WHERE id = %s", [credential.pk])
        stored = cursor.fetchone()[0]
    assert list(row) == ["1234567"]
    for secret in ("1234567", "Helena", "h.helper@"):
        assert secret not in stored
    assert credential.number_last4 == "4567"


def test_what_is_missing_is_named_page_by_page(helper, document):
    credential = actions.start(by=helper)
    assert list(actions.missing(credential)) == ["profession", "registration", "link", "declaration"]
    actions.save_answers(credential, by=helper, specialty="nurse", profession="nurse", country="GB")
    credential.refresh_from_db()
    assert list(actions.missing(credential)) == ["registration", "link", "declaration"]
    actions.save_answers(credential, by=helper, scheme="gb_nmc", number="1A2345N", name_on_register="N")
    credential.refresh_from_db()
    assert (
        "wrong" in actions.missing(credential)["registration"] or "Enter" in actions.missing(credential)["registration"]
    )
    actions.save_answers(credential, by=helper, number="01A2345N")
    actions.add_evidence(credential, by=helper, kind="certificate", checked=document())
    credential.refresh_from_db()
    assert list(actions.missing(credential)) == ["declaration"]
    with pytest.raises(Refused, match="Declare"):
        actions.submit(credential, by=helper)
    actions.save_answers(credential, by=helper, nothing_to_declare=True)
    with pytest.raises(Refused, match="Agree"):
        actions.submit(credential, by=helper)
    credential = actions.declare(credential, by=helper, interests="", nothing_to_declare=True)
    assert (credential.consent_version, bool(credential.consented_at)) == (TEXTS["verification"].version, True)
    assert actions.submit(credential, by=helper).state == State.SUBMITTED
    assert Consent.objects.filter(user=helper, kind="verification").count() == 1


def test_the_database_refuses_a_half_empty_request_as_sent(helper):
    credential = actions.start(by=helper)
    with pytest.raises(IntegrityError, match="credential_complete_when_sent"), transaction.atomic():
        Credential.objects.filter(pk=credential.pk).update(state="submitted")


def test_sending_twice_is_sending_once(filled, helper):
    credential = filled()
    for _ in range(2):
        actions.submit(Credential.objects.get(pk=credential.pk), by=helper)
    assert credential.events.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_double_click_sends_once(filled, helper, at_once):
    credential = filled()
    at_once([lambda: actions.submit(Credential.objects.get(pk=credential.pk), by=helper)] * 6)
    assert credential.events.count() == 1


def test_a_request_that_was_sent_cannot_be_changed(sent, helper, document):
    credential = sent()
    for act in (
        lambda: actions.save_answers(credential, by=helper, number="7654321"),
        lambda: actions.send_work_code(credential, by=helper, email="x@clinic.example"),
        lambda: actions.confirm_work_email(credential, by=helper, code="000000"),
        lambda: actions.add_evidence(credential, by=helper, kind="letter", checked=document()),
    ):
        with pytest.raises(Refused, match="being reviewed"):
            act()
    assert Credential.objects.get(pk=credential.pk).number == "1234567"


def test_nobody_touches_the_request_of_somebody_else(filled, stranger, document):
    credential = filled()
    for act in (
        lambda: actions.save_answers(credential, by=stranger, number="7654321"),
        lambda: actions.submit(credential, by=stranger),
        lambda: actions.take_back(credential, by=stranger),
        lambda: actions.withdraw(credential, by=stranger),
        lambda: actions.add_evidence(credential, by=stranger, kind="letter", checked=document()),
    ):
        with pytest.raises(Refused, match="Only the person"):
            act()


def code_in(message):
    return next(line for line in message.body.splitlines() if line.isdigit())


def test_a_work_address_is_confirmed_by_the_code_sent_to_it(helper):
    credential = actions.start(by=helper)
    actions.send_work_code(credential, by=helper, email="h@hospital.example")
    (message,) = mail.outbox
    assert message.to == ["h@hospital.example"]
    assert not actions.confirm_work_email(credential, by=helper, code="not it")
    assert actions.confirm_work_email(credential, by=helper, code=f" {code_in(message)} ")
    credential.refresh_from_db()
    assert (credential.work_domain, credential.work_code) == ("hospital.example", "")
    assert credential.work_email_confirmed_at


def test_a_code_is_good_for_five_tries_and_twenty_minutes(helper):
    credential = actions.start(by=helper)
    actions.send_work_code(credential, by=helper, email="h@hospital.example")
    code = code_in(mail.outbox[0])
    Credential.objects.update(work_code_sent_at=timezone.now() - timedelta(minutes=21))
    assert not actions.confirm_work_email(credential, by=helper, code=code)
    Credential.objects.update(work_code_sent_at=timezone.now())
    for _ in range(5):
        assert not actions.confirm_work_email(credential, by=helper, code="000")
    assert not actions.confirm_work_email(credential, by=helper, code=code)


def test_another_work_address_has_to_be_confirmed_again(filled, helper):
    credential = filled()
    assert credential.work_email_confirmed_at
    actions.save_answers(credential, by=helper, work_email="other@clinic.example")
    credential.refresh_from_db()
    assert credential.work_email_confirmed_at is None
    assert credential.work_domain == "clinic.example"


def test_ten_codes_a_day_are_enough(helper):
    credential = actions.start(by=helper)
    for _ in range(10):
        actions.send_work_code(credential, by=helper, email="h@hospital.example")
    with pytest.raises(LimitReached):
        actions.send_work_code(credential, by=helper, email="h@hospital.example")


def test_withdrawing_deletes_the_particulars_and_the_documents(
    filled, helper, document, django_capture_on_commit_callbacks
):
    credential = filled()
    evidence = actions.add_evidence(credential, by=helper, kind="letter", checked=document())
    name, storage = evidence.file.name, evidence.file.storage
    actions.submit(credential, by=helper)
    with django_capture_on_commit_callbacks(execute=True):
        actions.withdraw(credential, by=helper)
    credential.refresh_from_db()
    for field in ("number", "number_last4", "number_fingerprint", "name_on_register", "work_email", "work_domain"):
        assert getattr(credential, field) == ""
    assert not storage.exists(name)
    assert actions.start(by=helper).pk != credential.pk


def test_a_document_sent_twice_is_stored_once_and_five_are_enough(helper, document):
    credential = actions.start(by=helper)
    pdf = b"%%PDF-1.4\n%d\n%%%%EOF"
    for number in (1, 1, 2, 3, 4, 5):
        actions.add_evidence(credential, by=helper, kind="letter", checked=document(content=pdf % number))
    assert credential.evidence.count() == 5
    with pytest.raises(Refused, match="5 documents"):
        actions.add_evidence(credential, by=helper, kind="letter", checked=document(content=pdf % 6))


def test_a_changed_number_is_another_registration(filled, helper):
    first = filled().number_fingerprint
    credential = actions.save_answers(Credential.objects.get(), by=helper, number="7654321")
    assert credential.number_fingerprint != first
    assert credential.number_last4 == "4321"
