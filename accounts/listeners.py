"""What follows when somebody has signed in or set a password: packages we do not own tell us by signals."""

from allauth.usersessions.models import UserSession
from django.http import HttpRequest

from accounts import devices, sign_in_limits
from accounts.middleware import start_session
from accounts.models import User


def signed_in(sender: object, request: HttpRequest | None = None, user: User | None = None, **kwargs: object) -> None:
    """A new session begins, wrong passwords before it are forgiven, and a device that is new is told of by mail.

    This is Django's own signal: every way to sign in ends with it, also those that a package adds.
    """
    if request is not None and user is not None:
        start_session(request)
        sign_in_limits.forgive(user)
        devices.note_sign_in(user, request.headers.get("User-Agent", ""))


def new_factor(sender: object, request: HttpRequest, user: User, **kwargs: object) -> None:
    """Sign every other device out: it got in without the factor that protects the account from now on."""
    others = UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key or "")
    for session in others:
        session.end()


def new_password(sender: object, user: User, **kwargs: object) -> None:
    sign_in_limits.forgive(user)
