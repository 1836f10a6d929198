from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.userkit import filter_users_by_email
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from accounts.models import User


class MemberBackend(AuthenticationBackend):
    """Sign-in by username or e-mail; imported authors never, demo accounts in demo mode only.

    Django asks this for every request with a session too, so turning demo mode off ends its sessions.
    """

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> Any:
        """Look for one account and check one password: the time it takes must not tell which names are known."""
        login = str(credentials.get("email") or credentials.get("username") or "")
        found = User.objects.filter(username__iexact=login).first()
        if found is None and "@" in login:
            found = next(iter(filter_users_by_email(login, prefer_verified=True, for_login=True)), None)
        return self._check_password(found, str(credentials.get("password") or ""))

    def user_can_authenticate(self, user: AbstractBaseUser | None) -> bool:
        if isinstance(user, User):
            if user.kind == User.Kind.IMPORTED:
                return False
            if user.kind == User.Kind.DEMO and not settings.DEMO:
                return False
        return bool(super().user_can_authenticate(user))
