from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser

from accounts.models import User


class MemberBackend(AuthenticationBackend):
    """Sign-in by username or e-mail; imported authors never, demo accounts in demo mode only.

    Django asks this for every request with a session too, so turning demo mode off ends its sessions.
    """

    def user_can_authenticate(self, user: AbstractBaseUser | None) -> bool:
        if isinstance(user, User):
            if user.kind == User.Kind.IMPORTED:
                return False
            if user.kind == User.Kind.DEMO and not settings.DEMO:
                return False
        return bool(super().user_can_authenticate(user))
