"""Visiting pages one after the other over one kept connection, as a signed-in person too."""

from __future__ import annotations

import gzip
import http.client
import re
import statistics
import time
from collections.abc import Iterable
from http.cookies import SimpleCookie
from typing import NamedTuple
from urllib.parse import urlencode


class Answer(NamedTuple):
    status: int
    body: bytes  # unpacked
    milliseconds: float
    location: str = ""
    sent: int = 0  # bytes of the body as it was sent
    etag: str = ""


class Timing(NamedTuple):
    """Of one class of addresses, in milliseconds."""

    visits: int
    median: float
    p99: float
    errors: int


class Visitor:
    """A browser of the plainest kind: one connection, cookies, gzip, no redirects."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}

    @property
    def headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Accept-Encoding": "gzip"} | ({"Cookie": cookies} if cookies else {})

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, **more: str) -> Answer:
        """The answer; `more` are further headers, with underscores for dashes."""
        headers = self.headers | {name.replace("_", "-"): value for name, value in more.items()}
        headers |= {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        content = urlencode(form) if form else None
        try:
            started = time.perf_counter()
            response, body = self.exchange(method, path, content, headers)
        except ConnectionError:  # the server has closed the kept connection, as it may after some seconds
            self.connection.close()
            started = time.perf_counter()
            response, body = self.exchange(method, path, content, headers)
        took = (time.perf_counter() - started) * 1000
        for header in response.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
        facts = response.headers
        is_packed = facts.get("Content-Encoding") == "gzip" and body
        unpacked = gzip.decompress(body) if is_packed else body
        return Answer(response.status, unpacked, took, facts.get("Location", ""), len(body), facts.get("ETag", ""))

    def exchange(
        self, method: str, path: str, content: str | None, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        self.connection.request(method, path, content, headers)
        response = self.connection.getresponse()
        return response, response.read()

    def get(self, path: str, **more: str) -> Answer:
        return self.ask("GET", path, None, **more)

    def sign_in(self, username: str, password: str) -> None:
        """Through the form, as anybody; ends the program when that fails."""
        page = self.get("/accounts/login/").body.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        form = {"login": username, "password": password, "csrfmiddlewaretoken": token[1] if token else ""}
        answer = self.ask("POST", "/accounts/login/", form)
        if answer.status != 302 or "sessionid" not in self.cookies:
            raise SystemExit(f"Signing in as {username} failed with status {answer.status}.")

    def close(self) -> None:
        self.connection.close()


def percentile(values: list[float], percent: float) -> float:
    """The smallest value that at least so many per cent do not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(rank) - 1)]


def timing(answers: list[Answer]) -> Timing:
    times = [answer.milliseconds for answer in answers]
    errors = sum(answer.status != 200 for answer in answers)
    return Timing(len(times), round(statistics.median(times), 2), round(percentile(times, 99), 2), errors)


def visit_each(visitor: Visitor, paths: Iterable[tuple[str, str]]) -> dict[str, Timing]:
    """Ask for each path once, in the given order; the timing of each class of (class, path) pairs."""
    answers: dict[str, list[Answer]] = {}
    for name, path in paths:
        answers.setdefault(name, []).append(visitor.get(path))
    return {name: timing(group) for name, group in answers.items()}


def gzipped(body: bytes) -> int:
    """Its size as a proxy would send it."""
    return len(gzip.compress(body, 6, mtime=0))
