"""Wrong passwords: slowed down for the account, never a lock that somebody else can turn."""

from datetime import timedelta

import pytest
from allauth.mfa.totp.internal import auth as totp_auth
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import sign_in_limits
from accounts.models import FailedSignIn
from accounts.sign_in_limits import AT_MOST, account_key, forgive, spend_try, user_key
from tests.conftest import CONSENTS, PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def many_addresses(settings):
    """As from a thousand machines: only the limit of the account is left."""
    settings.ACCOUNT_RATE_LIMITS = False


def sign_in(login, password):
    client = Client()
    client.post("/accounts/login/", {"login": login, "password": password})
    return "_auth_user_id" in client.session


def let_pass(**time):
    FailedSignIn.objects.update(waits_until=timezone.now() - timedelta(seconds=1))


def test_after_five_wrong_ones_even_the_right_password_waits(asker, many_addresses):
    for _ in range(5):
        assert not sign_in("asker", "wrong")
    assert not sign_in("asker", PASSWORD)
    assert not sign_in(asker.email.upper(), PASSWORD)  # another name for the same account
    let_pass()
    assert sign_in("asker", PASSWORD)
    assert not FailedSignIn.objects.exists()


def test_a_code_by_mail_works_all_the_same(asker, many_addresses):
    for _ in range(6):
        sign_in("asker", "wrong")
    client = Client()
    response = client.post("/accounts/login/code/", {"email": asker.email})
    code = next(
        line for line in mail.outbox[-1].body.splitlines() if line.replace("-", "").isalnum() and 5 < len(line) < 12
    )
    client.post(response.url, {"code": code})
    assert "_auth_user_id" in client.session
    assert not FailedSignIn.objects.exists()


def test_the_wait_grows(asker):
    key, waits = user_key(asker.pk), []
    for number in range(1, 31):
        assert spend_try(key)
        row = FailedSignIn.objects.get()
        if number % 5 == 0:
            waits.append(round((row.waits_until - row.last_at).total_seconds() / 60))
            assert not spend_try(key)
            let_pass()
    assert waits == [5, 10, 20, 40, 60, 60]


def test_after_a_hundred_in_a_row_the_password_is_no_use_until_another_way_worked(asker):
    key = user_key(asker.pk)
    for _ in range(AT_MOST):
        assert spend_try(key)
        let_pass()
    assert not spend_try(key)
    forgive(asker)
    assert spend_try(key)


@pytest.mark.django_db(transaction=True)
def test_fifty_tries_at_once_are_five(asker, at_once):
    key = user_key(asker.pk)
    assert at_once([lambda: spend_try(key)] * 50).count(True) == 5


def test_an_unknown_name_is_treated_alike(asker, many_addresses, client):
    pages = {}
    for login in ("asker", "nobody"):
        for number in range(7):
            page = client.post("/accounts/login/", {"login": login, "password": "wrong"}).content.decode()
            pages.setdefault(number, []).append("Too many wrong passwords" in page)
    assert pages == {number: [number >= 5] * 2 for number in range(7)}


def test_the_answer_does_not_tell_which_address_belongs_to_a_username(asker, many_addresses, client):
    """After too many tries with the username the address is closed as well, and does not say so."""
    for _ in range(6):
        client.post("/accounts/login/", {"login": "asker", "password": "wrong"})
    for login, password in [(asker.email, "wrong"), (asker.email, PASSWORD), ("nobody@example.org", "wrong")]:
        page = client.post("/accounts/login/", {"login": login, "password": password}).content.decode()
        assert "Too many wrong passwords" not in page
        assert "together they do not fit" in page


@pytest.fixture
def hashed(monkeypatch):
    """How often a password was hashed."""
    count = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda self, *args: count.append(1) or encode(self, *args))
    return count


@pytest.mark.parametrize("login", ["asker", "ASKER@example.org", "nobody", "nobody@example.org"])
def test_every_try_hashes_one_password(asker, client, hashed, login):
    hashed.clear()
    client.post("/accounts/login/", {"login": login, "password": "wrong"})
    assert len(hashed) == 1


def test_a_try_that_is_not_looked_at_takes_as_long(asker, client, hashed, many_addresses):
    for _ in range(6):
        client.post("/accounts/login/", {"login": "asker", "password": "wrong"})
    hashed.clear()
    client.post("/accounts/login/", {"login": asker.email, "password": "wrong"})
    assert len(hashed) == 1


@pytest.mark.parametrize("email", ["asker@example.org", "new@example.org"])
def test_signing_up_hashes_one_password_whether_the_address_is_known_or_not(asker, client, hashed, email):
    hashed.clear()
    data = {"email": email, "username": "newcomer", "password1": "four words and more", **CONSENTS}
    assert client.post("/accounts/signup/", data).status_code == 302
    assert len(hashed) == 1


def test_codes_of_a_second_factor_are_counted_by_account_and_never_cleared_by_another_one(asker, many_addresses):
    secret = totp_auth.generate_totp_secret()
    totp_auth.TOTP.activate(asker, secret)
    client = Client()
    client.post("/accounts/login/", {"login": "asker", "password": PASSWORD})
    for number in range(7):
        page = client.post("/accounts/2fa/authenticate/", {"code": "000000"}).content.decode()
        assert ("Too many wrong codes" in page) is (number >= 5)
    right = totp_auth.format_hotp_value(
        totp_auth.hotp_value(secret, next(iter(totp_auth.yield_hotp_counters_from_time())))
    )
    assert "Too many wrong codes" in client.post("/accounts/2fa/authenticate/", {"code": right}).content.decode()
    let_pass()
    assert client.post("/accounts/2fa/authenticate/", {"code": right}).status_code == 302
    assert not FailedSignIn.objects.exists()


def test_typing_the_own_password_again_has_a_limit_too(asker, sign_in, many_addresses):
    client = sign_in(asker)
    for _ in range(5):
        client.post("/accounts/reauthenticate/", {"password": "wrong"})
    page = client.post("/accounts/reauthenticate/", {"password": PASSWORD}).content.decode()
    assert "Too many wrong passwords" in page


def test_who_is_signed_in_already_is_not_kept_from_the_own_settings(asker, sign_in, many_addresses):
    client = sign_in(asker)
    for _ in range(6):
        Client().post("/accounts/login/", {"login": "asker", "password": "wrong"})
    response = client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert response.status_code == 302


def test_keys_tell_nothing_and_old_rows_go(asker):
    assert account_key("asker") == account_key("ASKER@example.org") == user_key(asker.pk)
    assert "asker" not in account_key("asker")
    assert account_key("unknown") != account_key("unknown2")
    spend_try(account_key("x"))
    assert sign_in_limits.forget_old() == 0
    FailedSignIn.objects.update(last_at=timezone.now() - timedelta(days=31))
    assert sign_in_limits.forget_old() == 1
