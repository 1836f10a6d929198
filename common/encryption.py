"""Encryption of single values at rest, with keys derived from SECRET_KEY and SECRET_KEY_FALLBACKS.

After SECRET_KEY has changed, the old one stays in SECRET_KEY_FALLBACKS for as long as values are
stored under it.
"""

import base64
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models
from django.utils.crypto import salted_hmac


class Undecryptable(Exception):
    """The value was stored under a key that this site no longer has."""


@lru_cache(maxsize=4)
def _fernet(*secrets: str) -> MultiFernet:
    def derived(secret: str) -> Fernet:
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"bedside.encryption").derive(secret.encode())
        return Fernet(base64.urlsafe_b64encode(key))

    return MultiFernet([derived(secret) for secret in secrets])


def _site() -> MultiFernet:
    return _fernet(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def encrypt(text: str) -> str:
    return _site().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text given to encrypt(); Undecryptable without its key."""
    try:
        return _site().decrypt(token.encode()).decode()
    except InvalidToken:
        raise Undecryptable from None


def fingerprint(purpose: str, text: str) -> str:
    """64 hexadecimal digits, always the same for the same text, from which nobody without the key gets it back."""
    return _keyed(settings.SECRET_KEY, purpose, text)


def fingerprints(purpose: str, text: str) -> list[str]:
    """The fingerprint of the text, then those that it had under the earlier keys of this site."""
    return [_keyed(secret, purpose, text) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _keyed(secret: str, purpose: str, text: str) -> str:
    return salted_hmac(f"bedside.fingerprint.{purpose}", text, secret=secret, algorithm="sha256").hexdigest()


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """A text that is stored encrypted. It cannot be searched, ordered or compared in the database."""

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(value) if value else ""

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str:
        return decrypt(value) if value else ""
