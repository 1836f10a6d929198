"""`bin/bench pages`: what the main pages cost, each beside a constant page of the same size."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from typing import Any, NamedTuple

import psycopg

from tools.bench import processor, report
from tools.bench.server import Server, serving
from tools.bench.site import bench_home, progress_bar, read_about
from tools.bench.visits import Visitor, gzipped
from tools.bench.wrk import drive, wrk
from tools.home import ROOT

SORTS = ("helpful", "oldest", "newest")
FAR_PAGE = 250  # the last one of the thread with 5,000 replies
BUSIEST_FORUM = "SELECT slug FROM forum_forum ORDER BY thread_count DESC, id LIMIT 1"
THREAD_OF_20 = "SELECT id FROM forum_thread WHERE reply_count = 20 AND status = 'published' ORDER BY id DESC LIMIT 1"
THREAD_OF_5000 = "SELECT id FROM forum_thread WHERE reply_count = 5000 AND status = 'published' ORDER BY id LIMIT 1"


class Page(NamedTuple):
    """One page as one kind of person."""

    name: str
    path: str
    username: str | None

    @property
    def label(self) -> str:
        return f"{self.name}, {'member' if self.username else 'visitor'}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--home", help="the folder of the site (default .local/bench)")
    parser.add_argument("--seconds", type=int, default=3, help="of each run (default 3)")
    parser.add_argument("--repeat", type=int, default=3, help="runs, of which the median counts (default 3)")
    parser.add_argument("--connections", type=int, default=8, help="at once (default 8)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only pages with this in their name")


def run(options: argparse.Namespace) -> int:
    if min(options.seconds, options.repeat, options.connections) < 1:
        raise SystemExit("--seconds, --repeat and --connections take 1 or more.")
    home = bench_home(options.home)
    about = read_about(home)
    wrk()
    account = json.loads((home / "demo-accounts.json").read_text())["patient"]
    with serving(home) as server:
        visitor, member = server.visitor(), server.visitor()
        member.sign_in(account["username"], account["password"])
        who = {None: visitor, account["username"]: member}
        pages = [page for page in find_pages(server, visitor, account["username"]) if options.only in page.label]
        if not pages:
            raise SystemExit(f"No page has {options.only!r} in its name.")
        queries = count_queries(server, pages)
        bodies = {page: who[page.username].get(page.path).body for page in pages}
        runs = measure(server, pages, who, bodies, options)
        visitor.close()
        member.close()
    rows = [summary(page, runs[page], queries[page], bodies[page]) for page in pages]
    print(report.table(rows))
    print("\ntimes: CPU of the page divided by CPU of the constant. CPU in ms a request, p50 and p99 in ms.")
    settings = {name: getattr(options, name) for name in ("seconds", "repeat", "connections")}
    path = report.write(home, "pages", {"site": about, "settings": settings, "pages": rows})
    print(f"Written to {path}")
    return 1 if any(row["errors"] for row in rows) else 0


def find_pages(server: Server, visitor: Visitor, username: str) -> list[Page]:
    """Each page twice: for a visitor and signed in."""
    with psycopg.connect(server.environ["DATABASE_URL"]) as connection:
        slug, short, long = (
            row[0] if (row := connection.execute(query).fetchone()) else None
            for query in (BUSIEST_FORUM, THREAD_OF_20, THREAD_OF_5000)
        )
    paths = {"home": "/", "forum": f"/forums/{slug}/"}
    if short:
        paths["thread of 20"] = thread_path(visitor, short)
    if long:
        path = thread_path(visitor, long)
        for sort in SORTS:
            paths[f"page 1 of 250, {sort}"] = f"{path}?sort={sort}"
            paths[f"page 250 of 250, {sort}"] = f"{path}?sort={sort}&page={FAR_PAGE}"
    return [Page(name, path, who) for who in (None, username) for name, path in paths.items()]


def thread_path(visitor: Visitor, thread: int) -> str:
    """The address with the words of the title, which the one without redirects to."""
    return visitor.get(f"/threads/{thread}/x/").location


def count_queries(server: Server, pages: list[Page]) -> dict[Page, tuple[int, int]]:
    questions = json.dumps([[page.path, page.username] for page in pages])
    command = [sys.executable, "-m", "tools.bench.queries"]
    environ = server.environ | {"LOG_LEVEL": "WARNING"}
    done = subprocess.run(
        command, cwd=ROOT, env=environ, input=questions, stdout=subprocess.PIPE, text=True, check=True
    )
    return {page: (first, warm) for page, (first, warm) in zip(pages, json.loads(done.stdout), strict=True)}


def measure(
    server: Server,
    pages: list[Page],
    who: dict[str | None, Visitor],
    bodies: dict[Page, bytes],
    options: argparse.Namespace,
) -> dict[Page, list[dict[str, float]]]:
    """For each page the figures of each run; the rounds go over all pages, so that a busy minute spoils no page."""
    runs: dict[Page, list[dict[str, float]]] = {page: [] for page in pages}
    bar = progress_bar()
    for number in range(options.repeat + 1):
        for n, page in enumerate(pages):
            bar.show(page.label, (number * len(pages) + n) / ((options.repeat + 1) * len(pages)))
            headers = who[page.username].headers
            constant = f"/bench/constant/{len(bodies[page])}/"
            seconds = options.seconds if number else 1  # the first round only warms up
            figures = one_run(server, page.path, headers, seconds, options.connections)
            beside = one_run(server, constant, headers, seconds, options.connections)
            if number:
                runs[page].append(figures | {f"constant {name}": value for name, value in beside.items()})
    bar.close()
    return runs


def one_run(server: Server, path: str, headers: dict[str, str], seconds: int, connections: int) -> dict[str, float]:
    web, database = processor.used(server.pid), processor.used(server.database_pid)
    load = drive(server.url(path), seconds=seconds, connections=connections, headers=headers)
    requests = max(1, load.requests)
    return {
        "per second": load.per_second,
        "p50": load.p50,
        "p99": load.p99,
        "cpu": (processor.used(server.pid) - web) / requests,
        "database cpu": (processor.used(server.database_pid) - database) / requests,
        "errors": load.errors,
    }


def summary(page: Page, runs: list[dict[str, float]], queries: tuple[int, int], body: bytes) -> dict[str, Any]:
    """One row of the report."""
    figures = report.medians(runs)
    return {
        "page": page.label,
        "req/s": figures["per second"],
        "p50": figures["p50"],
        "p99": figures["p99"],
        "CPU": figures["cpu"],
        "database CPU": figures["database cpu"],
        "queries, first": queries[0],
        "warm": queries[1],
        "bytes": len(body),
        "gzip": gzipped(body),
        "constant req/s": figures["constant per second"],
        "constant CPU": figures["constant cpu"],
        "times": round(figures["cpu"] / figures["constant cpu"], 2) if figures["constant cpu"] else None,
        "errors": round(sum(row["errors"] + row["constant errors"] for row in runs)),
    }
