"""What a session may do and how long it lasts."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import cast

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.second_factor import lacks_second_factor

GetResponse = Callable[[HttpRequest], HttpResponse]

# Without use, and in all (OWASP ASVS 5.0.0, 7.3.1 and 7.3.2).
IDLE, LONGEST = timedelta(days=14), timedelta(days=30)
STAFF_IDLE, STAFF_LONGEST = timedelta(minutes=30), timedelta(hours=12)
STARTED, SEEN = "started", "seen"
SEEN_EVERY = 300  # seconds; between, a request writes nothing
STAFF_SEEN_EVERY = 60


def start_session(request: HttpRequest) -> None:
    """Note when a session began."""
    request.session[STARTED] = request.session[SEEN] = int(time.time())


def session_limits(get_response: GetResponse) -> GetResponse:
    """End sessions that were unused or open for too long, those of staff much sooner."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            user, now = request.user, int(time.time())
            idle, longest = (STAFF_IDLE, STAFF_LONGEST) if user.is_staff else (IDLE, LONGEST)
            started = request.session.setdefault(STARTED, now)
            seen = request.session.setdefault(SEEN, now)
            if now - seen > idle.total_seconds() or now - started > longest.total_seconds():
                logout(request)
                messages.info(request, _("You were signed out to keep your account safe. Sign in again to go on."))
            elif now - seen > (STAFF_SEEN_EVERY if user.is_staff else SEEN_EVERY):
                request.session[SEEN] = now
                own = UserSession.objects.filter(session_key=request.session.session_key)
                own.update(last_seen_at=timezone.now())
        return get_response(request)

    return middleware


def second_factor(get_response: GetResponse) -> GetResponse:
    """Without a second factor, where the site asks for one, staff see what members see and no admin."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated and user.is_staff:
            user.owes_second_factor = second_factor_is_due(request)
        if request.path_info.startswith("/admin/") and user.is_authenticated and second_factor_is_due(request):
            messages.info(request, _("Add a second way to sign in first: your account can change what others see."))
            back = request.get_full_path() if request.method == "GET" else "/admin/"
            return redirect(reverse("mfa_index", query={"next": back}))
        return get_response(request)

    return middleware


def second_factor_is_due(request: HttpRequest) -> bool:
    """Whether this member has to add a second factor before going on."""
    return lacks_second_factor(cast(User, request.user))


def second_factor_page(request: HttpRequest, next_page: str) -> HttpResponse:
    """To the page where a factor is added."""
    messages.info(request, _("Add a second way to sign in first. It protects the badge beside your name."))
    return redirect(reverse("mfa_index", query={"next": next_page}))


def clear_on_sign_out(get_response: GetResponse) -> GetResponse:
    """After signing out, have the browser forget everything it kept of this site: the device may be shared."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        match = request.resolver_match
        if request.method == "POST" and match and match.url_name == "account_logout":
            response["Clear-Site-Data"] = '"cache", "cookies", "storage"'
        return response

    return middleware
