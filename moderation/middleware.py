"""What somebody whose account is suspended can still do: read decisions, appeal, find help, stop mails, sign out."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve

GetResponse = Callable[[HttpRequest], HttpResponse]

OPEN_APPS = {"moderation", "resources"}
OPEN_PAGES = {
    "account_logout", "account_signed_out", "account_change_password", "account_reauthenticate", "thread_delete",
    "reply_delete", "usersessions_list", "account_session_end",
    "reading_settings", "page_guidelines", "page_privacy", "page_about",
    "page_accessibility", "page_badge", "manifest", "favicon", "offline", "offline_worker", "avatar", "healthz",
    "readyz", "robots", "gpc", "unsubscribe",
}  # fmt: skip


def suspended_people(get_response: GetResponse) -> GetResponse:
    """Lead people who are suspended from everything else to the page that says why and until when.

    Signed out they read like everybody else.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and request.user.is_suspended and not _is_open(request.path_info):
            return redirect("moderation:decisions")
        return get_response(request)

    return middleware


def _is_open(path: str) -> bool:
    try:
        match = resolve(path)
    except Resolver404:
        return True
    return match.app_name in OPEN_APPS or match.url_name in OPEN_PAGES
