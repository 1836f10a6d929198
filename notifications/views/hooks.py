"""Where the configured mail service reports what became of mails. anymail checks that it is the service who speaks."""

from collections.abc import Callable
from functools import cache
from typing import Any

import structlog
from anymail.exceptions import AnymailError, AnymailWebhookValidationFailure
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

logger = structlog.get_logger(__name__)

UNREADABLE = (AnymailError, ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)


class UnreadableEvent(Exception):
    """Something that no service sends."""


@csrf_exempt  # signed, or with a password
def mail_events(request: HttpRequest, service: str) -> HttpResponse:
    """Take in the events of the configured service; what is not from it gets 401 or 403 and changes nothing."""
    if service != settings.MAIL_SERVICE:
        raise Http404
    try:
        return view_of(service)(request)
    except AnymailWebhookValidationFailure:
        answer = HttpResponse("Forbidden", content_type="text/plain", status=403)
    except UnreadableEvent:
        answer = HttpResponse("Bad request", content_type="text/plain", status=400)
    logger.warning("mail event refused", status=answer.status_code)
    return answer


@cache
def view_of(service: str) -> Callable[[HttpRequest], HttpResponse]:
    """anymail's view of a service, which says nothing in the log of what it could not read."""
    from anymail import urls  # imports the code of all services

    (view,) = {path.callback.view_class for path in urls.urlpatterns if path.name == f"{service}_tracking_webhook"}

    class Quiet(view):  # type: ignore[valid-type,misc]  # known when the site runs
        def run_validators(self, request: HttpRequest) -> None:
            readable(super().run_validators, request)

        def parse_events(self, request: HttpRequest) -> Any:
            return readable(super().parse_events, request)

    as_view: Callable[[HttpRequest], HttpResponse] = Quiet.as_view()
    return as_view


def readable(read: Callable[[HttpRequest], Any], request: HttpRequest) -> Any:
    """What `read` returns. Its errors would show addresses in the log."""
    try:
        return read(request)
    except AnymailWebhookValidationFailure:
        raise
    except (*UNREADABLE, RecursionError):
        raise UnreadableEvent from None
