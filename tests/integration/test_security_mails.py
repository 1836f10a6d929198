"""Mails about the security of an account: another address, another password, another factor."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.webauthn.internal import auth as webauthn
from django.core import mail
from django.test import Client
from django.urls import reverse

from tests.conftest import PASSWORD
from tests.integration.test_account_pages import add_passkey, code_in, read_mail

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
SECRET = "JBSWY3DPEHPK3PXP"
NEW_WORDS = "quite other words than before"


def mails():
    return [(message.to, message.subject) for message in mail.outbox]


def app_code(secret=SECRET) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def by_password(client, person):
    client.post(reverse("account_login"), {"login": person.username, "password": PASSWORD})


# Another address


@pytest.fixture
def member(asker):
    """Somebody who has signed in and confirmed it just now."""
    client = Client(HTTP_USER_AGENT=FIREFOX)
    by_password(client, asker)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    mail.outbox.clear()
    return client


def change_address(client, email="other@example.org"):
    client.post(reverse("account_email"), {"action_add": "", "email": email})
    client.post(reverse("account_email_verification_sent"), {"code": code_in(read_mail())})


def test_a_change_of_address_tells_the_old_one(member, asker):
    change_address(member)
    assert mails() == [
        (["other@example.org"], "Your code for Bedside"),
        (["asker@example.org"], "Your e-mail address at Bedside was changed"),
    ]
    told = read_mail().body
    assert "from asker@example.org to other@example.org" in told
    assert "write to contact@bedside.example at once" in told


def test_an_address_that_was_never_confirmed_is_not_told_in_place_of_the_old_one(member, asker):
    """An account elsewhere may bring one beside the address that was typed; it could be anybody's."""
    EmailAddress.objects.all().delete()
    EmailAddress.objects.create(user=asker, email="typo@example.org")
    EmailAddress.objects.create(user=asker, email=asker.email, verified=True, primary=True)
    change_address(member)
    assert [message.to for message in mail.outbox] == [["other@example.org"], ["asker@example.org"]]
    assert EmailAddress.objects.get().email == "other@example.org"


def test_the_address_in_use_cannot_be_taken_away_without_a_word(member, asker):
    response = member.post(reverse("account_email"), {"action_remove": "", "email": asker.email}, follow=True)
    assert EmailAddress.objects.get().email == asker.email
    assert [message.level_tag for message in response.context["messages"]][-1] == "error"
    asker.refresh_from_db()
    assert asker.email == "asker@example.org"


def test_a_change_that_was_not_confirmed_can_be_taken_back(member, asker):
    EmailAddress.objects.create(user=asker, email="other@example.org")
    member.post(reverse("account_email"), {"action_remove": "", "email": "other@example.org"})
    assert EmailAddress.objects.get().email == asker.email


# Another password, another factor


def change_password(client, monkeypatch):
    new = {"oldpassword": PASSWORD, "password1": NEW_WORDS, "password2": NEW_WORDS}
    client.post(reverse("account_change_password"), new)


def set_first_password(client, monkeypatch):
    new = {"password1": NEW_WORDS, "password2": NEW_WORDS}
    client.post(reverse("account_set_password"), new)


def add_app(client, monkeypatch):
    address = reverse("mfa_activate_totp")
    secret = re.search(r'id="authenticator_secret">([A-Z2-7]+)<', client.get(address).text)[1]
    client.post(address, {"code": app_code(secret)})


def remove_app(client, monkeypatch):
    client.post(reverse("mfa_deactivate_totp"))


def make_recovery_codes(client, monkeypatch):
    client.post(reverse("mfa_generate_recovery_codes"))


def make_passkey(client, monkeypatch):
    class Answer:
        def is_user_verified(self):
            return True

    monkeypatch.setattr(webauthn, "parse_registration_response", lambda credential: None)
    monkeypatch.setattr(webauthn, "complete_registration", lambda credential: Answer())
    client.post(reverse("mfa_add_webauthn"), {"name": "My phone", "credential": '{"id": "x"}', "passwordless": "on"})


def remove_passkey(client, monkeypatch):
    passkey = Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN)
    client.post(reverse("mfa_remove_webauthn", args=[passkey.pk]))


def with_app(user):
    TOTP.activate(user, SECRET)


def without_password(user):
    user.set_unusable_password()
    user.save()


CHANGES = [
    (None, change_password, "Your password at Bedside was changed"),
    (without_password, set_first_password, "Your account at Bedside has a password now"),
    (None, add_app, "An authenticator app was added at Bedside"),
    (with_app, remove_app, "An authenticator app was removed at Bedside"),
    (with_app, make_recovery_codes, "New recovery codes at Bedside"),
    (None, make_passkey, "A passkey was added at Bedside"),
    (add_passkey, remove_passkey, "A passkey was removed at Bedside"),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("before", "change", "subject"), CHANGES)
def test_the_owner_is_told_of_every_change_of_password_or_factor(before, change, subject, member, asker, monkeypatch):
    if before:
        before(asker)
        if before == without_password:
            member.force_login(asker, backend="accounts.backends.MemberBackend")
    change(member, monkeypatch)
    assert mails() == [([asker.email], subject)]
    read_mail()
