"""Which pages are measured: the same kinds on every site, at the addresses they have there."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

import psycopg

from tools.bench.server import Server
from tools.bench.site import CONSTANT
from tools.bench.visits import Visitor

SORTS = ("helpful", "oldest", "newest")
PAGE_SIZE = 20
LONG = (5_000, 100_000)  # replies of the threads whose far pages are measured
BUSIEST_FORUM = "SELECT slug FROM forum_forum ORDER BY thread_count DESC, id LIMIT 1"
THREAD_OF = "SELECT id FROM forum_thread WHERE reply_count = %s AND status = 'published' ORDER BY id DESC LIMIT 1"
# Neither among the commonest nor rare: a condition or a symptom that many ask about.
SEARCHED = "SELECT word FROM search_searchword WHERE length(word) > 5 ORDER BY count DESC, word OFFSET 100 LIMIT 1"
# A very small site may have none with just 20 replies.
SHORT = """
SELECT id FROM forum_thread WHERE reply_count BETWEEN 10 AND 20 AND status = 'published'
ORDER BY reply_count DESC, id DESC LIMIT 1
"""


class Page(NamedTuple):
    """One page as one kind of person sees it."""

    name: str
    path: str
    username: str | None
    again: bool = False  # by somebody whose browser still has it

    @property
    def label(self) -> str:
        return f"{self.name}, {'member' if self.username else 'visitor'}{' again' if self.again else ''}"


def find_paths(server: Server, visitor: Visitor, *, constant: int = 20_000) -> dict[str, str]:
    """The address of each page by its name; what a small site does not have is left out.

    `constant`: bytes of the constant page that goes through all middleware.
    """
    with psycopg.connect(server.environ["DATABASE_URL"]) as connection:
        forum = first(connection, BUSIEST_FORUM)
        word = first(connection, SEARCHED)
        short = first(connection, SHORT)
        threads = {size: first(connection, THREAD_OF, [size]) for size in LONG}
    paths = {"constant, all middleware": f"{CONSTANT}{constant}/", "home": "/", "forum": f"/forums/{forum}/"}
    if word:
        paths["search"] = f"/search/?{urlencode({'q': word})}"
    if short:
        paths["thread of 20"] = thread_path(visitor, short)
    for size in LONG:
        if not threads[size]:
            continue
        path, last = thread_path(visitor, threads[size]), size // PAGE_SIZE
        for sort in SORTS:
            for number in (1, last) if size == LONG[0] else (1, last // 2, last):
                page = f"&page={number}" if number > 1 else ""
                paths[f"page {number} of {last}, {sort}"] = f"{path}?sort={sort}{page}"
    return paths


def find_pages(server: Server, visitor: Visitor, username: str) -> list[Page]:
    """Each page for a visitor and signed in, and one for a visitor who has it already."""
    paths = find_paths(server, visitor)
    pages = [Page(name, path, who) for who in (None, username) for name, path in paths.items()]
    again = [page._replace(again=True) for page in pages if page.name == "thread of 20" and not page.username]
    return [*again, *pages]


def first(connection: psycopg.Connection[Any], query: Any, values: list[Any] | None = None) -> Any:
    row = connection.execute(query, values).fetchone()
    return row[0] if row else None


def thread_path(visitor: Visitor, thread: int) -> str:
    """The address with the words of the title, which the one without redirects to."""
    return visitor.get(f"/threads/{thread}/x/").location
