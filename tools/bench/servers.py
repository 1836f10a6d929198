"""`bin/bench servers`: the same pages from several app servers, with other numbers of processes and threads."""

from __future__ import annotations

import argparse
import sysconfig
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tools.bench import processor, report
from tools.bench.pages import People, one_run
from tools.bench.server import APPLICATION, Server, gunicorn, serving
from tools.bench.site import BARE, bench_home, progress_bar, read_about
from tools.bench.targets import Page, find_paths
from tools.bench.wrk import wrk
from tools.home import ROOT

CONSTANT = 20_000  # bytes
THREADS, WORKERS, POOLS = (1, 2, 4, 8), (1, 3, 4), (2, 4)


class Candidate(NamedTuple):
    """One way to run the site."""

    name: str
    command: Callable[[int], list[str]]
    variables: dict[str, str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--home", help="the folder of the site (default .local/bench)")
    parser.add_argument("--seconds", type=int, default=2, help="of each run (default 2)")
    parser.add_argument("--repeat", type=int, default=3, help="runs, of which the median counts (default 3)")
    parser.add_argument("--connections", type=int, default=16, help="at once (default 16)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only candidates with this in their name")
    parser.add_argument("--granian", metavar="PYTHON", help="also granian, from an interpreter that has it")


def run(options: argparse.Namespace) -> int:
    if min(options.seconds, options.repeat, options.connections) < 1:
        raise SystemExit("--seconds, --repeat and --connections take 1 or more.")
    home = bench_home(options.home)
    about = read_about(home)
    wrk()
    chosen = [candidate for candidate in candidates(options.granian) if options.only in candidate.name]
    if not chosen:
        raise SystemExit(f"No candidate has {options.only!r} in its name.")
    runs: dict[str, list[dict[str, float]]] = {candidate.name: [] for candidate in chosen}
    bar = progress_bar()
    with ExitStack() as stack:
        running = []
        for n, candidate in enumerate(chosen):
            bar.show(f"starting {candidate.name}", n / len(chosen))
            running.append(start(stack, home, candidate))
        for number in range(options.repeat + 1):
            for n, (candidate, entry) in enumerate(zip(chosen, running, strict=True)):
                bar.show(candidate.name, (number * len(chosen) + n) / ((options.repeat + 1) * len(chosen)))
                figures = measure(entry, options)
                if number:  # the first round warms up: templates are read, connections opened
                    runs[candidate.name].append(figures)
    bar.close()
    rows: list[dict[str, Any]] = [{"server": name, **report.medians(found)} for name, found in runs.items()]
    print(report.table(rows))
    print(
        f"\n{options.connections} connections. constant: {CONSTANT:,} bytes without middleware. visitor, member: a"
        " thread with 20 replies. p99 and CPU of the member's page in ms; MB: memory of all processes after the runs."
    )
    settings = {name: getattr(options, name) for name in ("seconds", "repeat", "connections")}
    print(f"Written to {report.write(home, 'servers', {'site': about, 'settings': settings, 'servers': rows})}")
    return 1 if any(row["errors"] for row in rows) else 0


def candidates(granian: str | None) -> list[Candidate]:
    """Numbers of processes and threads, smaller pools, processes that are renewed more or less often, other servers."""
    found = [gthread(2, threads) for threads in THREADS] + [gthread(workers, 4) for workers in WORKERS]
    for pool in POOLS:
        default = gthread(2, 4)
        variables = default.variables | {"BENCH_POOL": str(pool)}
        found.append(default._replace(name=f"{default.name}, pool of {pool}", variables=variables))
    for requests in (0, 1_000):
        command = partial(gunicorn, more=("--max-requests", str(requests)))
        name = f"gthread, 2 x 4, renewed after {requests:,}" if requests else "gthread, 2 x 4, never renewed"
        found.append(Candidate(name, command, sizes(2, 4)))
    for workers in (2, 4):
        command = partial(gunicorn, more=("--worker-class", "sync"))
        found.append(Candidate(f"sync, {workers} x 1", command, sizes(workers, 1)))
    if granian:
        packages = f"{ROOT}:{sysconfig.get_path('purelib')}"
        for threads in (1, 4):
            command = partial(granian_command, python=granian, workers=2, threads=threads)
            variables = sizes(2, threads) | {"PYTHONPATH": packages}
            found.append(Candidate(f"granian, 2 x {threads}", command, variables))
    return found


def gthread(workers: int, threads: int) -> Candidate:
    return Candidate(f"gthread, {workers} x {threads}", gunicorn, sizes(workers, threads))


def sizes(workers: int, threads: int) -> dict[str, str]:
    return {"WEB_WORKERS": str(workers), "WEB_THREADS": str(threads)}


def granian_command(port: int, *, python: str, workers: int, threads: int) -> list[str]:
    command = [python, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    return [*command, "--workers", str(workers), "--blocking-threads", str(threads), "--no-ws", APPLICATION]


class Entry(NamedTuple):
    """A candidate that runs, with what is asked of it: the address and headers of each page."""

    server: Server
    pages: dict[str, tuple[str, dict[str, str]]]


def start(stack: ExitStack, home: Path, candidate: Candidate) -> Entry:
    server = stack.enter_context(serving(home, command=candidate.command, variables=candidate.variables))
    who = stack.enter_context(People(server, home))
    path = find_paths(server, who.visitor).get("thread of 20")
    if not path:
        raise SystemExit("This site has no thread with 10 to 20 replies; make a larger one.")
    pages = {
        "constant": (f"{BARE}{CONSTANT}/", who.visitor.headers),
        "visitor": (path, who.ask(Page("thread of 20", path, None)).headers),
        "member": (path, who.ask(Page("thread of 20", path, who.username)).headers),
    }
    return Entry(server, pages)


def measure(entry: Entry, options: argparse.Namespace) -> dict[str, float]:
    """One round with one candidate. All of them are up, so they take turns on a machine that others use too."""
    row: dict[str, float] = {}
    errors = 0.0
    for name, (address, headers) in entry.pages.items():
        figures = one_run(entry.server, address, headers, options.seconds, options.connections)
        row |= {name: figures["per second"], f"{name} p99": figures["p99"]}
        errors += figures["errors"]
    return row | {"CPU": figures["cpu"], "MB": processor.memory(entry.server.pid), "errors": errors}
