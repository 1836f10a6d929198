"""Mails about the security of an account: a sign-in with a new device, another address, another factor."""

import re
from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from allauth.account.models import EmailAddress
from allauth.account.signals import user_logged_in
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.webauthn.internal import auth as webauthn
from allauth.socialaccount.internal.flows.login import complete_login
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.core import mail
from django.tasks import default_task_backend
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.factor_forms import LoginPasskeyForm
from accounts.models import KnownDevice, User
from accounts.tasks import send_again, tell_of_sign_in
from common.mail import NotSent
from tests.conftest import CONSENTS, PASSWORD
from tests.integration.test_account_pages import add_passkey, code_in, read_mail

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1"
EVIL = "See https://evil.example/ for help"
SECRET = "JBSWY3DPEHPK3PXP"
NEW_WORDS = "quite other words than before"


@pytest.fixture(autouse=True)
def no_tasks():
    default_task_backend.clear()


def run_tasks():
    """What the worker would do."""
    for result in default_task_backend.results:
        if result.task == tell_of_sign_in:
            result.task.call(*result.args)
    default_task_backend.clear()


def mails():
    return [(message.to, message.subject) for message in mail.outbox]


def app_code(secret=SECRET) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


# A sign-in with a new device


def by_password(client, person):
    client.post(reverse("account_login"), {"login": person.username, "password": PASSWORD})


def by_mailed_code(client, person):
    client.post(reverse("account_request_login_code"), {"email": person.email})
    client.post(reverse("account_confirm_login_code"), {"code": code_in(mail.outbox.pop())})


def by_password_and_app(client, person):
    TOTP.activate(person, SECRET)
    by_password(client, person)
    assert "_auth_user_id" not in client.session
    assert KnownDevice.objects.count() == 1  # half a sign-in is none
    client.post(reverse("mfa_authenticate"), {"code": app_code()})


def by_passkey(client, person):
    passkey = add_passkey(person)
    with pytest.MonkeyPatch.context() as patch:  # the answer of a real one is for the browser's tests
        patch.setattr(LoginPasskeyForm, "clean_credential", lambda form: passkey)
        client.post(reverse("mfa_login_webauthn"), {"credential": '{"id": "x"}'})


def by_account_elsewhere(client, person):
    SocialAccount.objects.create(user=person, provider="google", uid="7")
    request = client.get(reverse("account_login")).wsgi_request
    login = SocialLogin(user=User(), account=SocialAccount(provider="google", uid="7"))
    with context.request_context(request):
        complete_login(request, login, raises=True)
    request.session.save()
    client.cookies["sessionid"] = request.session.session_key


def by_new_password(client, person):
    client.post(reverse("account_reset_password"), {"email": person.email})
    client.post(reverse("account_confirm_password_reset_code"), {"code": code_in(mail.outbox.pop())})
    new = {"password1": NEW_WORDS, "password2": NEW_WORDS}
    client.post(reverse("account_complete_password_reset"), new)
    assert mail.outbox.pop().subject == "Your password at Bedside was changed"


WAYS = [by_password, by_mailed_code, by_password_and_app, by_passkey, by_account_elsewhere, by_new_password]


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_sign_in_tells_of_a_new_device(way, asker, settings):
    settings.ACCOUNT_LOGIN_ON_PASSWORD_RESET = True  # the one way that this site does not offer
    by_password(Client(HTTP_USER_AGENT=SAFARI), asker)
    heard = []

    def hear(**kwargs):
        heard.append(kwargs["user"])

    user_logged_in.connect(hear)
    client = Client(HTTP_USER_AGENT=FIREFOX)
    try:
        way(client, asker)
    finally:
        user_logged_in.disconnect(hear)
    assert client.session["_auth_user_id"] == str(asker.pk)
    assert heard == [asker]  # the package's own signal
    assert mail.outbox == []  # nobody waits for the mail server
    run_tasks()
    assert mails() == [([asker.email], "New sign-in to your account on Bedside")]
    assert "With: Firefox on Windows" in read_mail().body


def test_a_new_password_alone_signs_nobody_in(asker, client):
    by_password(Client(HTTP_USER_AGENT=SAFARI), asker)
    by_new_password(client, asker)
    assert "_auth_user_id" not in client.session
    assert KnownDevice.objects.count() == 1


def test_signing_up_is_no_news_and_neither_is_the_same_device_later(client):
    client = Client(HTTP_USER_AGENT=FIREFOX)
    account = {"email": "new@example.org", "username": "newcomer", "password1": "four words and more", **CONSENTS}
    client.post(reverse("account_signup"), account)
    assert not KnownDevice.objects.exists()
    client.post(reverse("account_email_verification_sent"), {"code": code_in(read_mail())})
    assert KnownDevice.objects.get().user.username == "newcomer"
    client.post(reverse("account_logout"))
    again = {"login": "newcomer", "password": "four words and more"}
    client.post(reverse("account_login"), again)
    assert default_task_backend.results == []
    Client(HTTP_USER_AGENT=SAFARI).post(reverse("account_login"), again)
    assert len(default_task_backend.results) == 1


def test_a_wrong_password_is_no_sign_in(asker):
    by_password(Client(HTTP_USER_AGENT=SAFARI), asker)
    Client(HTTP_USER_AGENT=FIREFOX).post(reverse("account_login"), {"login": "asker", "password": "wrong"})
    assert KnownDevice.objects.count() == 1
    assert default_task_backend.results == []


@pytest.mark.parametrize(("days", "told"), [(30, 0), (400, 1)])
def test_an_account_that_slept_for_a_year_hears_of_its_first_sign_in(asker, days, told):
    User.objects.update(last_login=timezone.now() - timedelta(days=days))
    by_password(Client(HTTP_USER_AGENT=FIREFOX), asker)
    assert len(default_task_backend.results) == told
    by_password(Client(HTTP_USER_AGENT=FIREFOX), asker)
    assert len(default_task_backend.results) == told


def test_the_mail_holds_neither_the_address_of_the_machine_nor_what_its_browser_says(asker):
    by_password(Client(HTTP_USER_AGENT=SAFARI), asker)
    client = Client(HTTP_USER_AGENT=EVIL, REMOTE_ADDR="203.0.113.77")
    by_password(client, asker)
    (task,) = default_task_backend.results
    run_tasks()
    whole = f"{mail.outbox[-1].message()}{task.args}"
    assert "With: an unknown browser" in whole
    assert not [found for found in ("evil.example", "203.0.113.77") if found in whole]


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


def test_these_mails_call_a_device_by_our_words_only(asker):
    client = Client(HTTP_USER_AGENT=EVIL)
    by_password(client, asker)
    change_password(client, None)
    assert "Where: an unknown browser, address 127.0.0.1" in mail.outbox[-1].body
    assert "evil.example" not in mail.outbox[-1].message().as_string()


def test_a_mail_server_that_is_away_breaks_no_page_and_loses_no_mail(client, monkeypatch):
    def away(*_arguments):
        raise SMTPRecipientsRefused({"new@example.org": (451, b"later")})

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", away)
        form = {"email": "new@example.org", "username": "newcomer", "password1": PASSWORD, **CONSENTS}
        assert client.post("/accounts/signup/", form).status_code == 302
    assert mail.outbox == []
    (task,) = [one for one in default_task_backend.results if one.task == send_again]
    assert "example.org" not in str(task.args)
    with monkeypatch.context() as patch, pytest.raises(NotSent) as refused:
        patch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", away)
        task.task.call(*task.args)
    assert "example.org" not in str(refused.getrepr(chain=True, style="short"))
    task.task.call(*task.args)
    assert mail.outbox[0].to == ["new@example.org"]
    assert re.search(r"[A-Z0-9]{3}-[A-Z0-9]{3}", mail.outbox[0].body)
