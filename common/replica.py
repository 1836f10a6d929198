"""Reading from a copy of the database (REPLICA_URL): pages that only show something may, nothing else does.

A replica follows the database a moment later. So a browser that has just changed something carries a short cookie, and
reads from the database itself for as long: everybody sees their own changes at once.
"""

from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]

REPLICA = "replica"
PIN_SECONDS = 15
ALWAYS_CURRENT = "/admin/"  # who decides about others decides by what is true now

# Outside a request (the worker, manage.py) nothing sets it.
_reads: ContextVar[str] = ContextVar("reads", default=DEFAULT_DB_ALIAS)


def read_alias() -> str:
    """The database that this request may read from; inside a transaction always the one that is written to."""
    chosen = _reads.get()
    if chosen != DEFAULT_DB_ALIAS and connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return DEFAULT_DB_ALIAS
    return chosen


def choose_database(get_response: GetResponse) -> GetResponse:
    """GET and HEAD read from the replica, unless the browser has changed something in the last seconds."""

    def middleware(request: HttpRequest) -> HttpResponse:
        is_reading = request.method in ("GET", "HEAD")
        is_pinned = settings.PIN_COOKIE_NAME in request.COOKIES or request.path_info.startswith(ALWAYS_CURRENT)
        token = _reads.set(REPLICA if is_reading and not is_pinned else DEFAULT_DB_ALIAS)
        try:
            response = get_response(request)
        finally:
            _reads.reset(token)
        # A sign-in with an account elsewhere ends with a GET: it sets the cookie of the session.
        if not is_reading or settings.SESSION_COOKIE_NAME in response.cookies:
            pin(response)
        return response

    return middleware


def pin(response: HttpResponse) -> None:
    """Have this browser read its own changes. The cookie says nothing about anybody."""
    response.set_cookie(
        settings.PIN_COOKIE_NAME, "1", max_age=PIN_SECONDS, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )
