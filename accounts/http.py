from django.http import HttpRequest

from accounts.models import User


class MemberRequest(HttpRequest):
    """A request that a view with @login_required or @members_only gets."""

    user: User
