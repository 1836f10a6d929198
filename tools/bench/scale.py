"""`bin/bench scale`: whether pages of a large site cost more than those of a small one, both measured in one run."""

from __future__ import annotations

import argparse
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from tools.bench import report
from tools.bench.pages import Asked, People, one_run, ratio
from tools.bench.server import Server, serving
from tools.bench.site import ABOUT, bench_home, progress_bar, read_about
from tools.bench.targets import Page, find_paths
from tools.bench.wrk import wrk
from tools.home import ROOT

NAMES = (
    "home", "forum", "search", "thread of 20", "page 1 of 250, helpful", "page 250 of 250, helpful",
    "page 250 of 250, newest",
)  # fmt: skip
Runs = dict[Page, dict[int, list[dict[str, float]]]]


class Site(NamedTuple):
    """One of the sites with its server, and its pages as a browser asks for them."""

    server: Server
    asked: dict[Page, Asked]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--home", help="the folder with a site for each size in it (default .local/bench)")
    parser.add_argument("--sizes", default="10000,10000000", help="replies, with commas (default 10000,10000000)")
    parser.add_argument("--seconds", type=int, default=2, help="of each run (default 2)")
    parser.add_argument("--repeat", type=int, default=3, help="runs, of which the median counts (default 3)")
    parser.add_argument("--connections", type=int, default=2, help="at once (default 2)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only pages with this in their name")
    parser.add_argument("--at-most", type=float, metavar="RATIO", help="fail where the largest site costs more")


def run(options: argparse.Namespace) -> int:
    sizes = read_sizes(options.sizes)
    if min(options.seconds, options.repeat, options.connections) < 1:
        raise SystemExit("--seconds, --repeat and --connections take 1 or more.")
    wrk()
    home = bench_home(options.home)
    homes = {size: site_of(home, size) for size in sizes}
    with ExitStack() as stack:
        sites = {size: open_site(stack, place) for size, place in homes.items()}
        wanted = [page for page in sites[sizes[0]].asked if options.only in page.label]
        pages = [page for page in wanted if all(page_in(site, page) for site in sites.values())]
        if not pages:
            raise SystemExit(f"No page that all sites have has {options.only!r} in its name.")
        runs = measure(sites, pages, options)
        rows = [summary(page, runs[page], sites, sizes) for page in pages]
    print(report.table([{name: row[name] for name in row if not name.startswith("of it")} for row in rows]))
    worst = max((row[column], row["page"], column) for row in rows for column in ("CPU times", "p50 times"))
    print(
        f"\n{sizes[0]:,} and {sizes[-1]:,} replies, measured in turn. CPU of web and database and p50 in ms a request."
        f"\ntimes: the largest site divided by the smallest. Worst: {worst[0]:.2f}, {worst[2]} of {worst[1]}."
    )
    settings = {name: getattr(options, name) for name in ("seconds", "repeat", "connections", "at_most")}
    content = {"sites": {str(size): read_about(homes[size]) for size in sizes}, "settings": settings, "pages": rows}
    print(f"Written to {report.write(home, 'scale', content)}")
    if any(row["errors"] for row in rows):
        return 1
    return 1 if options.at_most and worst[0] > options.at_most else 0


def read_sizes(text: str) -> list[int]:
    """The sizes, smallest first; ends the program when there is nothing to compare."""
    try:
        sizes = sorted({int(size) for size in text.replace("_", "").split(",")})
    except ValueError:
        sizes = []
    if len(sizes) < 2:
        raise SystemExit("--sizes takes two or more numbers, as 10000,10000000")
    return sizes


def site_of(home: Path, size: int) -> Path:
    """The folder of the site of this size, made when it is missing."""
    place = home / str(size)
    if not (place / ABOUT).exists():
        print(f"Making a site of {size:,} replies in {place}", file=sys.stderr, flush=True)
        command = [sys.executable, "-m", "tools.bench", "data", "--replies", str(size), "--home", str(place)]
        if code := subprocess.run(command, cwd=ROOT, check=False).returncode:
            raise SystemExit(code)
    about = read_about(place)
    if about["replies"] != size:
        raise SystemExit(f"The site in {place} has {about['replies']:,} replies; remove that folder to have it made.")
    return place


def open_site(stack: ExitStack, place: Path) -> Site:
    server = stack.enter_context(serving(place))
    people = stack.enter_context(People(server, place))
    paths = find_paths(server, people.visitor)
    pages = [Page(name, paths[name], who) for who in (None, people.username) for name in NAMES if name in paths]
    return Site(server, {page: people.ask(page) for page in pages})


def page_in(site: Site, page: Page) -> Page | None:
    """The same page on another site; its address may be another."""
    return next((other for other in site.asked if other.label == page.label), None)


def measure(sites: dict[int, Site], pages: list[Page], options: argparse.Namespace) -> Runs:
    """For each page and size the figures of each run. The sites take turns, so that both have the same machine."""
    runs: Runs = {page: {size: [] for size in sites} for page in pages}
    bar = progress_bar()
    for number in range(options.repeat + 1):
        for n, page in enumerate(pages):
            bar.show(page.label, (number * len(pages) + n) / ((options.repeat + 1) * len(pages)))
            for size, site in sites.items():
                there = page_in(site, page)
                assert there
                headers, seconds = site.asked[there].headers, options.seconds if number else 1
                figures = one_run(site.server, there.path, headers, seconds, options.connections)
                if number:
                    runs[page][size].append(figures)
    bar.close()
    return runs


def summary(
    page: Page, runs: dict[int, list[dict[str, float]]], sites: dict[int, Site], sizes: list[int]
) -> dict[str, Any]:
    """One row of the report; ratios are taken within each round."""
    ratios = report.medians(
        [
            {
                "CPU times": ratio(processor_time(large), processor_time(small)),
                "p50 times": ratio(large["p50"], small["p50"]),
            }
            for small, large in zip(runs[sizes[0]], runs[sizes[-1]], strict=True)
        ]
    )
    row: dict[str, Any] = {"page": page.label}
    for size in sizes:
        figures = report.medians([run | {"both": processor_time(run)} for run in runs[size]])
        there = page_in(sites[size], page)
        assert there
        row |= {
            f"CPU, {size:,}": figures["both"],
            f"of it database, {size:,}": figures["database cpu"],
            f"p50, {size:,}": figures["p50"],
            f"bytes, {size:,}": len(sites[size].asked[there].answer.body),
        }
    return row | ratios | {"errors": round(sum(run["errors"] for size in sizes for run in runs[size]))}


def processor_time(run: dict[str, float]) -> float:
    return run["cpu"] + run["database cpu"]
