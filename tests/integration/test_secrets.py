"""What only reviewers may know is planted in unusual words, and everything the site can emit is searched for it."""

import gzip
import json
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from credentials import actions, tasks
from credentials.models import Credential, CredentialEvent, Evidence
from forum.actions import agree, reply_to
from tests.conftest import ALL_CHECKS, PASSWORD
from tests.integration.test_urls_by_role import ADMIN, TABLE
from tests.unit.resources.test_resources import make_resource

pytestmark = pytest.mark.django_db
PLANTED = {
    "number": "7351862",
    "name_on_register": "Zyxwana Quorble",
    "work_email": "zq@plantedhospital.example",
    "register_url": "https://register.example/plantedentry",
    "orcid": "0000000218250097",
    "interests": "plantedinterest in a company",
}
MORE = ["plantednote", "plantedmessage", "plantedanswer", "plantedfilename", "plantedcontent"]
SECRETS = [
    *PLANTED.values(),
    "0000-0002-1825-0097",
    "Quorble",
    "plantedhospital",
    "plantedentry",
    "plantedinterest",
    *MORE,
]
DOCUMENT = b"%PDF-1.7\n(plantedcontent)\n%%EOF"


@pytest.fixture
def addresses(thread):
    make_resource()
    reply = thread.replies.first()
    keys = {"thread": thread.pk, "reply": reply.pk, "asker": "helper", "request": 1, "document": 1}
    found = [
        reverse(name, kwargs={key: keys.get(value, value) for key, value in arguments.items()})
        for name, (arguments, *_) in TABLE.items()
    ]
    thread_page = thread.get_absolute_url()
    return [
        *found,
        thread_page,
        f"{thread_page}?sort=newest",
        "/forums/moles/?answered=professional",
        "/people/helper/",
    ]


@pytest.fixture
def holder(helper, reviewer, document, settings):
    """Somebody with a request in which every field is filled in, through the pages where there are some."""
    client = Client()
    client.post("/accounts/login/", {"login": helper.username, "password": PASSWORD})
    credential = actions.start(by=helper)
    actions.save_answers(
        credential, by=helper, specialty="dermatologist", profession="doctor", country="GB", scheme="gb_gmc",
        consented_at=timezone.now(), **PLANTED,
    )  # fmt: skip
    page = "/account/verification/apply/link/"
    client.post(page, {"do": "send_code", "work_email": PLANTED["work_email"]})
    file = SimpleUploadedFile("plantedfilename.pdf", DOCUMENT)
    client.post(page, {"do": "upload", "kind": "certificate", "file": file})
    client.post("/account/verification/apply/registration/", {"scheme": "gb_gmc", "number": "7351862x"})
    response = client.post("/account/verification/apply/send/", {"message": "plantedanswer"})
    assert response.status_code == 302
    return helper


def everything_emitted(addresses, people):
    """Every page for all of these people, with headers and cookies."""
    for client in people:
        for address in addresses:
            response = client.get(address)
            body = b"".join(response.streaming_content) if response.streaming else response.content
            yield address, body.decode("utf-8", "replace") + str(response.headers) + str(response.cookies)


def found_in(text):
    return [secret for secret in SECRETS if secret.casefold() in text.casefold()]


def test_nothing_restricted_leaves_the_site(
    holder, reviewer, asker, stranger, clinician, moderator, thread, addresses_of, capfd, caplog, sign_in, tmp_path,
    django_capture_on_commit_callbacks,
):  # fmt: skip
    call_command("load_defaults", stdout=StringIO())
    moderator.groups.add(Group.objects.get(name="Moderators"))
    credential = Credential.objects.get()
    assert Evidence.objects.get().name == "plantedfilename.pdf"
    reply_to(thread, by=holder, body="First answer")
    steps = [
        lambda: actions.ask_for_more(credential, by=reviewer, message="plantedmessage", note="plantednote"),
        lambda: actions.submit(credential, by=holder, message="plantedanswer"),
        lambda: actions.decide(
            credential, by=reviewer, approve=True, checks=ALL_CHECKS, note="plantednote", message="plantedmessage"
        ),
        lambda: agree(reply_to(thread, by=User.objects.get(pk=holder.pk), body="Second"), by=clinician),
        lambda: Credential.objects.update(valid_until=timezone.localdate() + timedelta(days=5)),
        actions.remind_due,
        lambda: actions.suspend(
            credential, by=reviewer, reason="under_review", message="plantedmessage", note="plantednote"
        ),
        lambda: actions.reinstate(credential, by=reviewer, note="plantednote"),
        lambda: Credential.objects.update(valid_until=timezone.localdate() - timedelta(days=1)),
        actions.expire_due,
        lambda: actions.revoke(credential, by=reviewer, reason="false_claim", message="plantedmessage"),
    ]
    people = [Client(), sign_in(stranger), sign_in(asker), sign_in(clinician), sign_in(moderator)]
    admin_pages = [reverse(f"admin:{name}_changelist") for name in ADMIN]
    admin_pages += [
        reverse("admin:accounts_user_change", args=[holder.pk]),
        reverse("admin:accounts_user_history", args=[holder.pk]),
        reverse("admin:credentials_credential_change", args=[credential.pk]),
        reverse("admin:credentials_evidence_download", args=[Evidence.objects.get().pk]),
    ]
    for step in steps:
        with django_capture_on_commit_callbacks(execute=True):
            step()
        credential.refresh_from_db()
        for what in CredentialEvent.What:
            tasks.tell_holder.call(credential.pk, what.value)
        if step in (steps[3], steps[6], steps[-2], steps[-1]):  # verified, paused, run out, taken away
            for address, text in everything_emitted([*addresses_of(), *admin_pages], people):
                assert found_in(text) == [], address
    work_mail = [message for message in mail.outbox if message.to == [PLANTED["work_email"]]]
    assert len(work_mail) == 1
    for message in mail.outbox:
        sent = str(message.message())
        if message in work_mail:
            sent = sent.replace(PLANTED["work_email"], "")  # the one mail that has to go there
        assert found_in(sent) == []
        assert "ermatolog" not in sent
        assert "rofession" not in sent
    out, err = capfd.readouterr()
    assert "credentials/credential" in caplog.text  # the log is there, and names routes
    assert found_in(out + err + caplog.text) == []
    export = tmp_path / "export.jsonl.gz"
    call_command("export_threads", str(export), stdout=StringIO(), stderr=StringIO())
    with gzip.open(export, "rt") as file:
        lines = [json.loads(line) for line in file]
    assert lines
    assert found_in(json.dumps(lines)) == []


@pytest.fixture
def addresses_of(request, thread):
    """The addresses, made when they are asked for: the replies are there by then."""
    return lambda: request.getfixturevalue("addresses")


def test_the_reviewer_is_named_to_nobody(holder, reviewer, sign_in, stranger, thread, addresses_of):
    User.objects.filter(pk=reviewer.pk).update(display_name="Plantedreviewer Name")
    credential = Credential.objects.get()
    actions.decide(credential, by=User.objects.get(pk=reviewer.pk), approve=True, checks=ALL_CHECKS, message="Welcome")
    reply_to(thread, by=User.objects.get(pk=holder.pk), body="Answer")
    for address, text in everything_emitted(addresses_of(), [Client(), sign_in(stranger), sign_in(holder)]):
        assert "Plantedreviewer" not in text, address


def test_the_search_would_notice(sign_in, reviewer, holder):
    """The reviewer's own page holds what is planted, so a search that finds nothing elsewhere means something."""
    page = sign_in(reviewer).get(reverse("admin:credentials_credential_change", args=[Credential.objects.get().pk]))
    assert set(found_in(page.content.decode())) >= {*PLANTED.values()} - {PLANTED["orcid"]}
