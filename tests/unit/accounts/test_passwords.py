"""Which passwords are taken, and that they are the same however a keyboard writes them."""

import unicodedata

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.adapter import SecondFactorAdapter
from accounts.models import User

pytestmark = pytest.mark.django_db


def is_taken(password, user=None):
    try:
        validate_password(password, user)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    "password",
    ["blue kettle on the roof", "ünïcödé wörds würk tóo", "🐢🐇🐢🐇🐌🐍🐎🐑 fifteen", "x9$" * 6 + "kQ", "horse " * 21],
)
def test_taken(password):
    assert is_taken(password)


@pytest.mark.parametrize(
    "password",
    [
        "fourteen chars", "a" * 20, "abababababababab", "123456789012345", "987654321098765", "abcdefghijklmnopqrst",
        "passwordpassword", "Password12345678", "bedsidebedside12", "qwertyuiopasdfgh", "x9$kQ" * 26,
    ],
)  # fmt: skip
def test_refused(password):
    assert not is_taken(password)


def test_the_own_name_and_address_are_refused(asker):
    asker.email = "ash.longname@example.org"
    for password in ("askeraskerasker1", "ash.longname@example.org", "AshLongnameAshLongname", "Ash Asker Ash Asker"):
        assert not is_taken(password, asker)


def test_eight_characters_are_enough_beside_a_second_factor(asker):
    assert not is_taken("kj4 8xq!", asker)
    Authenticator.objects.create(user=asker, type=Authenticator.Type.RECOVERY_CODES, data={})
    assert not is_taken("kj4 8xq!", asker)  # recovery codes alone are no second factor
    Authenticator.objects.create(user=asker, type=Authenticator.Type.TOTP, data={})
    assert is_taken("kj4 8xq!", asker)
    assert not is_taken("kj4 8xq", asker)


def test_two_keyboards_write_one_password(db):
    password = "Grüße über Zürich, täglich"
    user = User.objects.create_user("writer", password=unicodedata.normalize("NFD", password))
    assert user.check_password(unicodedata.normalize("NFC", password))
    assert user.check_password(unicodedata.normalize("NFD", password))
    assert not user.check_password(password.lower())
    assert not User.objects.create_user("nobody").check_password("")


def test_a_short_password_keeps_the_last_second_factor(asker):
    totp = Authenticator.objects.create(user=asker, type=Authenticator.Type.TOTP, data={})
    codes = Authenticator.objects.create(user=asker, type=Authenticator.Type.RECOVERY_CODES, data={})
    adapter = SecondFactorAdapter()
    assert adapter.can_delete_authenticator(totp)
    asker.set_password("kj4 8xq!")
    asker.save()
    totp.refresh_from_db()
    assert not adapter.can_delete_authenticator(Authenticator.objects.get(pk=totp.pk))
    assert adapter.can_delete_authenticator(Authenticator.objects.get(pk=codes.pk))
    asker.set_password("a long row of words")
    asker.save()
    assert adapter.can_delete_authenticator(Authenticator.objects.get(pk=totp.pk))
