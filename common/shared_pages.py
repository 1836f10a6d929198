"""Pages that are the same for many readers: made once in each process, given out for as long as nothing has changed.

A view marked `shared_page` is asked for a visitor's page only when there is none that is still true (common.shown).
So a change is on the page from the next request on, wherever it was made, and no cache has to be told.

Members get a page made for nobody in particular, with the places where theirs differs filled in. What makes it
differ further is the affair of the view's `personal`; where that is too much, the view makes the page for them alone.
"""

import copy
import gzip
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from hashlib import blake2b
from threading import Lock
from typing import Any, NamedTuple

import brotli
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, parse_cookie
from django.middleware.csrf import get_token
from django.utils.cache import patch_vary_headers
from django.utils.html import escape
from django.utils.text import Truncator

from common.http import FRAGMENT_HEADER
from common.reading import COOKIE, ReadingSettings
from common.replica import read_alias
from common.shown import Question, Shown, making

GetResponse = Callable[[HttpRequest], HttpResponse]
View = Callable[..., HttpResponse]
# What a page holds for one member: changed HTML, or None where it has to be made for that member alone.
Personal = Callable[[HttpRequest, Shown, str, dict[str, Any]], str | None]
Key = tuple[Any, ...]
Meta = Mapping[str, Any]  # the environment of a WSGI request

LONGEST_QUERY = 200  # characters; longer addresses are not ours
GZIP_LEVEL, BROTLI_LEVEL = 6, 5


class Answer(NamedTuple):
    """A response in the form of WSGI."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(slots=True)
class SharedPage:
    """A page as it goes out, and the question whose answer tells whether it still may."""

    html: bytes
    shown: Shown
    question: Question
    answer: str | None
    route: str
    headers: dict[str, str]
    etag: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)  # by encoding

    def is_true(self) -> bool:
        """Whether it shows what there is to show now."""
        return time.time() < self.shown.until and self.question.answer() == self.answer

    def for_request(self, meta: Meta) -> Answer:
        """What goes out to this request: packed as the browser likes it, or only that nothing has changed."""
        known = meta.get("HTTP_IF_NONE_MATCH", "")
        unchanged = bool(known) and (self.etag in known or known == "*")
        form = "unchanged" if unchanged else _encoding(meta.get("HTTP_ACCEPT_ENCODING", ""))
        answer = self.answers.get(form)
        if answer is None:
            answer = self.answers[form] = self._pack(form)
        return answer if meta["REQUEST_METHOD"] == "GET" else answer._replace(body=b"")

    def _pack(self, form: str) -> Answer:
        headers = {**self.headers, "ETag": self.etag}
        if form == "unchanged":
            del headers["Content-Type"]
            return Answer("304 Not Modified", list(headers.items()), b"")
        body = PACKERS[form](self.html)
        if form:
            headers["Content-Encoding"] = form
        headers["Content-Length"] = str(len(body))
        return Answer("200 OK", list(headers.items()), body)

    @property
    def size(self) -> int:
        """About how many bytes it takes, in all forms."""
        return len(self.html) * 2 + 5_000


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda html: html,
    "gzip": lambda html: gzip.compress(html, GZIP_LEVEL, mtime=0),
    "br": lambda html: bytes(brotli.compress(html, mode=brotli.MODE_TEXT, quality=BROTLI_LEVEL)),
}
ENCODING = re.compile(r"\s*(br|gzip)\s*(?:;\s*q=([0-9.]+)\s*)?", re.IGNORECASE)


@lru_cache(maxsize=500)
def _encoding(accepted: str) -> str:
    """The best of ours that the browser takes; q=0 means that it does not."""
    taken = set()
    for part in accepted.split(","):
        if (match := ENCODING.fullmatch(part)) and (match[2] or "1").strip("0."):
            taken.add(match[1].lower())
    return "br" if "br" in taken else "gzip" if "gzip" in taken else ""


class Pages:
    """The pages of this process, those asked for last; never more than the settings allow."""

    def __init__(self) -> None:
        self._pages: OrderedDict[Key, SharedPage] = OrderedDict()
        self._size = 0
        self._lock = Lock()
        self._makers = [Lock() for _ in range(64)]

    def get(self, key: Key) -> SharedPage | None:
        """The page if it is still true."""
        page = self._pages.get(key)
        if page is None:
            return None
        try:
            if page.is_true():
                with self._lock:
                    if key in self._pages:
                        self._pages.move_to_end(key)
                return page
        except OperationalError:
            self.clear()  # another server may answer next, which does not know these versions
        return None

    def put(self, key: Key, page: SharedPage) -> None:
        with self._lock:
            if old := self._pages.pop(key, None):
                self._size -= old.size
            self._pages[key] = page
            self._size += page.size
            while self._size > settings.SHARED_PAGES_MB * 1_000_000 and self._pages:
                _, oldest = self._pages.popitem(last=False)
                self._size -= oldest.size

    def maker(self, key: Key) -> Lock:
        """Held while a page is made, so that ten readers of a page that has just changed do not make it ten times."""
        return self._makers[hash(key) % len(self._makers)]

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()
            self._size = 0


pages = Pages()


# For visitors


def page_for_visitor(meta: Meta) -> SharedPage | None:
    """The page that is there already, if there is one and it is still true. Django need not have seen the request."""
    key = _visitor_key(meta)
    return pages.get(key) if key else None


def shared_pages(get_response: GetResponse) -> GetResponse:
    """Give visitors the page that is there already. No session is opened for it, and nobody else asked."""

    def middleware(request: HttpRequest) -> HttpResponse:
        key = _visitor_key(request.META)
        if key is None:
            return get_response(request)
        page = pages.get(key)
        if page is None:
            with pages.maker(key):
                page = pages.get(key)  # somebody else may have made it meanwhile
                if page is None:
                    response = get_response(request)
                    page = _finished(response)
                    if page is None:
                        return response
                    pages.put(key, page)
        status, headers, body = page.for_request(request.META)
        answer = HttpResponse(body, status=int(status[:3]), headers=dict(headers))
        if "Content-Type" not in dict(headers):
            del answer.headers["Content-Type"]
        return answer

    return middleware


def _visitor_key(meta: Meta) -> Key | None:
    """What decides how a page looks to somebody without a session, or None where it cannot be shared."""
    if meta["REQUEST_METHOD"] not in ("GET", "HEAD") or FRAGMENT_HEADER in meta or not settings.SHARED_PAGES_MB:
        return None
    query = meta.get("QUERY_STRING", "")
    if len(query) > LONGEST_QUERY:
        return None
    reading = None
    if "HTTP_COOKIE" in meta:
        cookies = parse_cookie(meta["HTTP_COOKIE"])
        if settings.SESSION_COOKIE_NAME in cookies or settings.PIN_COOKIE_NAME in cookies:
            return None
        reading = ReadingSettings.in_cookie(cookies.get(COOKIE, ""))
    origin = (meta.get("HTTP_HOST"), meta.get("wsgi.url_scheme"), meta.get("HTTP_X_FORWARDED_PROTO"))
    return (*origin, meta.get("PATH_INFO"), query, reading or ReadingSettings())


def _finished(response: HttpResponse) -> SharedPage | None:
    """The page that a view marked as shared, with the headers it got on its way out."""
    page: SharedPage | None = getattr(response, "shared_page", None)
    if page is None or response.status_code != 200 or response.cookies or response.content != page.html:
        return None
    patch_vary_headers(response, ["Accept-Encoding"])
    response.headers.setdefault("Cache-Control", "public, no-cache")  # kept anywhere, shown after asking us only
    page.headers = {name: value for name, value in response.items() if name != "Content-Length"}
    page.etag = f'W/"{blake2b(page.html, digest_size=12).hexdigest()}"'
    return page


def nothing_personal(_request: HttpRequest, _shown: Shown, html: str, _arguments: dict[str, Any]) -> str:
    """For a page that says the same to everybody."""
    return html


def shared_page(*, personal: Personal) -> Callable[[View], View]:
    """Mark a view whose page is the same for all visitors, and for members but for `personal`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not settings.SHARED_PAGES_MB or request.method not in ("GET", "HEAD"):
                return view(request, *args, **kwargs)
            if not request.user.is_authenticated:
                return _made(view, request, *args, **kwargs)
            return _for_member(view, personal, request, *args, **kwargs) or view(request, *args, **kwargs)

        return wrapper

    return decorate


def _made(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    with making() as shown:
        response = view(request, *args, **kwargs)
        if response.status_code == 200:
            question = Question.about(shown)
            route = request.resolver_match.route if request.resolver_match else ""
            page = SharedPage(response.content, shown, question, question.answer(), route, dict(response.items()))
            response.shared_page = page  # type: ignore[attr-defined]
    return response


# For members

# What stands for the member on a page made for nobody. A name in the header has 18 letters at most.
NAME, USERNAME, TOKEN = f"name-{secrets.token_hex(6)}", f"username-{secrets.token_hex(6)}", secrets.token_hex(32)
# What every page says to the member alone, wherever it is: apps add theirs when they are ready.
fillers: list[Callable[[HttpRequest, str], str]] = []
CSRF_FIELD = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]*')


def _for_member(view: View, personal: Personal, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | None:
    """The page with what is the member's own filled in, or None where it has to be made for that member alone."""
    user: Any = request.user
    if not user.is_plain_member or "_messages" in request.session:
        return None
    place = (request.get_host(), request.is_secure(), request.get_full_path())
    key = (*place, ReadingSettings.of(request), read_alias())
    page = pages.get(key)
    if page is None:
        with pages.maker(key):
            page = pages.get(key)
            if page is None:
                page = _made_for_nobody(view, request, *args, **kwargs)
                if page is None:
                    return None
                pages.put(key, page)
    html = personal(request, page.shown, page.html.decode(), kwargs)
    if html is None:
        return None
    for fill in fillers:
        html = fill(request, html)
    short = Truncator(user.name).chars(18)
    html = html.replace(NAME, escape(short), 1).replace(NAME, escape(user.name)).replace(USERNAME, user.username)
    if TOKEN in html:
        html = html.replace(TOKEN, get_token(request))
    return HttpResponse(html, headers=page.headers)


def _made_for_nobody(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> SharedPage | None:
    """The page as somebody sees it who has done nothing here yet, and about whom nothing is known."""
    user: Any = request.user
    nobody = copy.copy(request)
    nobody.user = get_user_model()(
        pk=0, username=USERNAME, display_name=NAME, text_size=user.text_size, theme=user.theme
    )
    nobody.META = {name: value for name, value in request.META.items() if not name.startswith(("CSRF_", "HTTP_COOKIE"))}
    nobody.COOKIES = {name: value for name, value in request.COOKIES.items() if name == COOKIE}
    nobody.session = {}  # type: ignore[assignment]
    nobody.__dict__.pop("_messages", None)
    try:
        response = _made(view, nobody, *args, **kwargs)
    except (Http404, PermissionDenied):
        return None  # it may be there for this member
    page: SharedPage | None = getattr(response, "shared_page", None)
    if page is not None:
        page.html = CSRF_FIELD.sub(rf"\g<1>{TOKEN}", page.html.decode()).encode()
    return page
