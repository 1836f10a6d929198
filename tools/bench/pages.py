"""`bin/bench pages`: what the main pages cost, each beside a constant of the same size that no middleware sees."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from tools.bench import processor, report
from tools.bench.server import Server, serving
from tools.bench.site import BARE, bench_home, progress_bar, read_about
from tools.bench.targets import Page, find_pages
from tools.bench.visits import Answer, gzipped
from tools.bench.wrk import drive, wrk
from tools.home import ROOT

EXPLAINED = """
constant: as many bytes, on the same server, without any middleware; measured right after each run of the page.
of constant: requests/s of the page divided by the constant's. p99 times: p99 divided by the constant's p99.
CPU in ms a request, p50 and p99 in ms."""
IN_TABLE = (
    "page", "status", "req/s", "p50", "p99", "CPU", "database CPU", "queries, first", "warm", "bytes", "sent",
    "constant req/s", "of constant", "p99 times", "errors",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--home", help="the folder of the site (default .local/bench)")
    parser.add_argument("--seconds", type=int, default=2, help="of each run (default 2)")
    parser.add_argument("--repeat", type=int, default=3, help="runs, of which the median counts (default 3)")
    parser.add_argument("--connections", type=int, default=8, help="at once (default 8)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only pages with this in their name")


def run(options: argparse.Namespace) -> int:
    if min(options.seconds, options.repeat, options.connections) < 1:
        raise SystemExit("--seconds, --repeat and --connections take 1 or more.")
    home = bench_home(options.home)
    about = read_about(home)
    wrk()
    with serving(home) as server, People(server, home) as who:
        pages = [page for page in find_pages(server, who.visitor, who.username) if options.only in page.label]
        if not pages:
            raise SystemExit(f"No page has {options.only!r} in its name.")
        queries = count_queries(server, pages)
        asked = {page: who.ask(page) for page in pages}
        runs, memory = measure(server, asked, options)
    rows = [summary(page, runs[page], queries[page], asked[page].answer) for page in pages]
    print(report.table([{name: row[name] for name in IN_TABLE} for row in rows]))
    print(EXPLAINED)
    held = [f"{moment['MB']:,.0f} MB after {moment['requests']:,} requests" for moment in memory]
    print(f"Memory of the web processes: {', '.join(held)}.")
    settings = {name: getattr(options, name) for name in ("seconds", "repeat", "connections")}
    path = report.write(home, "pages", {"site": about, "settings": settings, "memory": memory, "pages": rows})
    print(f"Written to {path}")
    return 1 if any(row["errors"] for row in rows) else 0


class Asked(NamedTuple):
    """What a browser sends for a page, and what it got."""

    headers: dict[str, str]
    answer: Answer


class People:
    """A visitor and a member who signed in through the form."""

    def __init__(self, server: Server, home: Path) -> None:
        account = json.loads((home / "demo-accounts.json").read_text())["patient"]
        self.username: str = account["username"]
        self.visitor, self.member = server.visitor(), server.visitor()
        self.member.sign_in(self.username, account["password"])

    def ask(self, page: Page) -> Asked:
        """As a browser does: with gzip, and again with the ETag it was given."""
        person = self.member if page.username else self.visitor
        answer = person.get(page.path)
        headers = person.headers
        if page.again and answer.etag:
            headers["If-None-Match"] = answer.etag
            answer = person.get(page.path, If_None_Match=answer.etag)
        return Asked(headers, answer)

    def __enter__(self) -> People:
        return self

    def __exit__(self, *_: object) -> None:
        self.visitor.close()
        self.member.close()


def count_queries(server: Server, pages: list[Page]) -> dict[Page, tuple[int, int]]:
    questions = json.dumps([[page.path, page.username] for page in pages])
    command = [sys.executable, "-m", "tools.bench.queries"]
    environ = server.environ | {"LOG_LEVEL": "WARNING"}
    done = subprocess.run(
        command, cwd=ROOT, env=environ, input=questions, stdout=subprocess.PIPE, text=True, check=True
    )
    return {page: (first, warm) for page, (first, warm) in zip(pages, json.loads(done.stdout), strict=True)}


def measure(
    server: Server, asked: dict[Page, Asked], options: argparse.Namespace
) -> tuple[dict[Page, list[dict[str, float]]], list[dict[str, float]]]:
    """For each page the figures of each run, and the memory after each round.

    The rounds go over all pages, so that a busy minute spoils no page. The first one only warms up.
    """
    runs: dict[Page, list[dict[str, float]]] = {page: [] for page in asked}
    bar = progress_bar()
    requests = 0
    memory = [{"requests": 0, "MB": processor.memory(server.pid)}]
    for number in range(options.repeat + 1):
        for n, (page, (headers, answer)) in enumerate(asked.items()):
            bar.show(page.label, (number * len(asked) + n) / ((options.repeat + 1) * len(asked)))
            seconds = options.seconds if number else 1
            figures = one_run(server, page.path, headers, seconds, options.connections)
            requests += round(figures["requests"])
            if number:
                beside = one_run(server, constant(answer), headers, seconds, options.connections)
                requests += round(beside["requests"])
                runs[page].append(figures | {f"constant {name}": value for name, value in beside.items()})
        memory.append({"requests": requests, "MB": processor.memory(server.pid)})
    bar.close()
    return runs, memory


def constant(answer: Answer) -> str:
    """The address of a constant of as many bytes as were sent."""
    return f"{BARE}{answer.sent}/"


def one_run(server: Server, path: str, headers: dict[str, str], seconds: int, connections: int) -> dict[str, float]:
    web, database = processor.used(server.pid), processor.used(server.database_pid)
    load = drive(server.url(path), seconds=seconds, connections=connections, headers=headers)
    requests = max(1, load.requests)
    return {
        "requests": load.requests,
        "per second": load.per_second,
        "p50": load.p50,
        "p99": load.p99,
        "cpu": (processor.used(server.pid) - web) / requests,
        "database cpu": (processor.used(server.database_pid) - database) / requests,
        "errors": load.errors,
    }


def summary(page: Page, runs: list[dict[str, float]], queries: tuple[int, int], answer: Answer) -> dict[str, Any]:
    """One row of the report. Ratios are taken within each run, where both had the same machine."""
    compared = [
        run
        | {
            "of constant": ratio(run["per second"], run["constant per second"]),
            "p99 times": ratio(run["p99"], run["constant p99"]),
            "CPU times": ratio(run["cpu"], run["constant cpu"]),
        }
        for run in runs
    ]
    figures = report.medians(compared)
    return {
        "page": page.label,
        "status": str(answer.status),
        "req/s": figures["per second"],
        "p50": figures["p50"],
        "p99": figures["p99"],
        "CPU": figures["cpu"],
        "database CPU": figures["database cpu"],
        "queries, first": queries[0],
        "warm": queries[1],
        "bytes": len(answer.body),
        "sent": answer.sent,
        "gzip": gzipped(answer.body),
        "constant req/s": figures["constant per second"],
        "constant p99": figures["constant p99"],
        "constant CPU": figures["constant cpu"],
        "of constant": figures["of constant"],
        "p99 times": figures["p99 times"],
        "CPU times": figures["CPU times"],
        "errors": round(sum(row["errors"] + row["constant errors"] for row in runs)),
    }


def ratio(value: float, beside: float) -> float:
    """How many times as much; nothing to divide by counts as level."""
    return value / beside if beside else 1.0
