from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.userkit import filter_users_by_email
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest

from accounts.models import User
from common.quick import quick_row


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

    def get_user(self, user_id: int) -> User | None:
        """The member of a session; asked with every request, so with one quick query."""
        fields = User._meta.concrete_fields
        columns = ", ".join(str(field.column) for field in fields)
        row = quick_row(f"SELECT {columns} FROM {User._meta.db_table} WHERE id = $1::bigint", user_id)
        user = User.from_db(DEFAULT_DB_ALIAS, [field.attname for field in fields], row) if row else None
        return user if self.user_can_authenticate(user) else None

    def user_can_authenticate(self, user: AbstractBaseUser | None) -> bool:
        if isinstance(user, User):
            if user.kind == User.Kind.IMPORTED:
                return False
            if user.kind == User.Kind.DEMO and not settings.DEMO:
                return False
        return bool(super().user_can_authenticate(user))
