from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from credentials import actions
from credentials.actions.reviewing import CHECKS
from credentials.evidence_files import check_file
from credentials.models import Credential
from tests.conftest import make_user

ALL_CHECKS = dict.fromkeys(CHECKS, True)


def make_reviewer(username: str) -> User:
    user = make_user(username, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="review_credential"))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def reviewer(db):
    user = make_reviewer("reviewer")
    return change_employer(user, "review.example")


@pytest.fixture
def second_reviewer(db):
    return change_employer(make_reviewer("second"), "elsewhere.example")


def change_employer(user: User, domain: str) -> User:
    user.emailaddress_set.update(email=f"{user.username}@{domain}")
    return user


@pytest.fixture
def filled(helper):
    """A complete request of `helper` that was not sent yet."""

    def fill(user=helper, **answers):
        credential = actions.start(by=user)
        answers = {
            "specialty": "dermatologist",
            "profession": "doctor",
            "country": "GB",
            "scheme": "gb_gmc",
            "number": "1234567",
            "name_on_register": "Helena Helper",
            "work_email": "h.helper@hospital.example",
            "nothing_to_declare": True,
            "consented_at": timezone.now(),
            **answers,
        }
        credential = actions.save_answers(credential, by=user, **answers)
        credential.work_email_confirmed_at = timezone.now()
        credential.save()
        return credential

    return fill


@pytest.fixture
def sent(filled):
    def send(*args, **answers):
        credential = filled(*args, **answers)
        return actions.submit(credential, by=credential.user)

    return send


@pytest.fixture
def approved(sent, reviewer):
    def approve(*args, **answers) -> Credential:
        credential = sent(*args, **answers)
        assert actions.decide(credential, by=reviewer, approve=True, checks=ALL_CHECKS)
        credential.refresh_from_db()
        return credential

    return approve


def move_end(credential: Credential, days: int) -> date:
    """Let the credential end so many days from today."""
    credential.valid_until = timezone.localdate() + timedelta(days=days)
    Credential.objects.filter(pk=credential.pk).update(valid_until=credential.valid_until)
    return credential.valid_until


@pytest.fixture
def document():
    def make(name="licence.pdf", content=b"%PDF-1.7\n1 0 obj\n%%EOF\n"):
        return check_file(SimpleUploadedFile(name, content))

    return make
