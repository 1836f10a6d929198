"""What every request and response passes through, outermost first as listed in the settings."""

import re
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control

GetResponse = Callable[[HttpRequest], HttpResponse]
log = structlog.get_logger("request")

REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
FIXED_HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
}


def id_of_request(meta: Mapping[str, Any]) -> str:
    """The id that a proxy gave the request, or a new one."""
    given = meta.get("HTTP_X_REQUEST_ID", "")
    return given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def request_log(get_response: GetResponse) -> GetResponse:
    """One line a request: id, method, route (never the address), status, time, user id."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request_id = id_of_request(request.META)
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        try:
            response = get_response(request)
            match = request.resolver_match
            log.info(
                "request",
                method=request.method if request.method in ("GET", "HEAD", "POST") else "other",
                route=match.route if match else "",
                status=response.status_code,
                milliseconds=round((time.perf_counter() - started) * 1000, 1),
                user=getattr(request, "member_id", None),
            )
            response["X-Request-ID"] = request_id
            return response
        finally:
            structlog.contextvars.clear_contextvars()

    return middleware


def security_headers(get_response: GetResponse) -> GetResponse:
    """The headers of an A+ that Django has no setting for; static files get them too."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in FIXED_HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return middleware


def readable_requests(get_response: GetResponse) -> GetResponse:
    """Refuse or mend what would fail deep inside: NUL, which no browser sends, and far too much at once."""

    def middleware(request: HttpRequest) -> HttpResponse:
        for name in [name for name, value in request.COOKIES.items() if "\0" in value]:
            del request.COOKIES[name]
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("NUL in the address")  # PostgreSQL cannot store it
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > settings.REQUEST_AT_MOST:
            return render(request, "413.html", status=413)  # before a byte of it is stored
        response = get_response(request)
        if request.method == "HEAD" and not response.streaming:
            response.headers.setdefault("Content-Length", str(len(response.content)))
            response.content = b""
        return response

    return middleware


def private_pages(get_response: GetResponse) -> GetResponse:
    """Pages made for somebody who is signed in stay out of every cache, also on a shared device."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated:
            request.member_id = request.user.pk  # type: ignore[attr-defined]  # for request_log
            patch_cache_control(response, private=True, no_store=True)
        return response

    return middleware


def readable_errors(get_response: GetResponse) -> GetResponse:
    """Give Django's bare 'method not allowed' answers the site's own page."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code == 405 and not response.content:
            page = render(request, "405.html", status=405)
            page["Allow"] = response["Allow"]
            return page
        return response

    return middleware
