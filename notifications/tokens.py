"""The addresses in mails by which somebody stops them without signing in (RFC 8058)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.utils.http import base36_to_int, int_to_base36

from accounts.models import User
from notifications.kinds import KINDS

FRESH = timedelta(days=90)
BY_LETTER = {kind.letter: code for code, kind in KINDS.items()}


@dataclass(frozen=True)
class Holder:
    """Whose mails a token is about, and which kinds the mail was that it came in.

    Stopping works for as long as the mail is kept somewhere. Other choices need one of the last 90 days (`is_fresh`).
    """

    user: User
    kinds: tuple[str, ...]
    is_fresh: bool


def _signer() -> TimestampSigner:
    return TimestampSigner(sep=".", salt="notifications.unsubscribe")


def make_token(user_id: int, kinds: Iterable[str]) -> str:
    """A token for mails of these kinds: letters, digits, dots and dashes, and no word of what they are about."""
    return _signer().sign(f"{int_to_base36(user_id)}-{''.join(sorted(KINDS[kind].letter for kind in kinds))}")


def holder_of(token: str) -> Holder | None:
    """Who holds a token, or None where it is not one of ours or the person is not here any more."""
    try:
        value, is_fresh = _signer().unsign(token, max_age=FRESH), True
    except SignatureExpired:
        value, is_fresh = _signer().unsign(token), False
    except BadSignature:
        return None
    key, _dash, letters = value.partition("-")
    user = User.objects.filter(pk=base36_to_int(key), is_active=True).first()
    return Holder(user, tuple(BY_LETTER[one] for one in letters if one in BY_LETTER), is_fresh) if user else None


def unsubscribe_url(token: str) -> str:
    return f"{settings.SITE_URL}/u/{token}"
