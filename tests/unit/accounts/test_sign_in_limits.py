"""Wrong passwords: slowed down for the account, never a lock that somebody else can turn."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import sign_in_limits
from accounts.models import FailedSignIn
from accounts.sign_in_limits import AT_MOST, account_key, forgive, spend_try, user_key
from tests.conftest import PASSWORD

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
