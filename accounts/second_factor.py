"""Who has a second factor, and who may not go on without one."""

from allauth.mfa.models import Authenticator
from django.conf import settings

from accounts.models import User

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def has_second_factor(user: User) -> bool:
    """Whether a passkey or an authenticator app is set up. Recovery codes alone are none."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists())


def must_have_second_factor(user: User) -> bool:
    """Staff, reviewers among them, and verified professionals: their account speaks for more than themselves."""
    return bool(settings.REQUIRE_SECOND_FACTOR and (user.is_staff or user.is_medical_professional))


def lacks_second_factor(user: User) -> bool:
    return must_have_second_factor(user) and not has_second_factor(user)
