"""Small questions about requests that several apps ask."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

FRAGMENT_HEADER = "HTTP_X_BEDSIDE"


def wants_fragment(request: HttpRequest) -> bool:
    """Whether our own script asks and takes a piece of the page as the answer."""
    return request.META.get(FRAGMENT_HEADER) == "fragment"


def from_this_site(request: HttpRequest) -> bool:
    """Whether the browser says that one of our own pages sent this request. Unsure means no."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin") or request.headers.get("Referer") or ""
    try:
        return urlsplit(origin).netloc == request.get_host()
    except ValueError:
        return False


def safe_target(raw: str, request: HttpRequest) -> str | None:
    """`raw` where it is a path of this site to go back to, otherwise None."""
    is_ours = raw.startswith("/") and url_has_allowed_host_and_scheme(raw, allowed_hosts={request.get_host()})
    return raw if is_ours and "\0" not in raw else None


def client_address(request: HttpRequest) -> str:
    """The IP address of the reader: behind N proxies of ours, the N-th entry from the right."""
    proxies: int = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if proxies and len(forwarded) >= proxies:
        return forwarded[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))
