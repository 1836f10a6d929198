"""`bin/bench data`: a large site, made fast and always the same for a seed."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tools.bench import loading, plan, schema
from tools.bench.documents import write_documents
from tools.bench.reading_matter import add_resources
from tools.bench.site import ABOUT, bench_environment, bench_home, progress_bar
from tools.home import ROOT, database
from tools.prepare import manage, prepare_database

BULK = ["forum_thread", "forum_reply", "forum_helpfulvote"]
# Commands of manage.py that fill what is derived from posts and that no trigger of the database has filled.
AFTER_LOAD = [["recount", "--only", "forum_segment"], ["refresh_search"]]  # the documents have been written


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--replies", type=int, required=True, help="how many; everything else follows from it")
    parser.add_argument("--seed", type=int, default=1, help="another number, another site (default 1)")
    parser.add_argument("--home", help="the folder of the site (default .local/bench)")


def run(options: argparse.Namespace) -> int:
    if not 500 <= options.replies <= 100_000_000 or not 0 <= options.seed < 1_000_000:
        raise SystemExit("--replies takes 500 to 100,000,000, --seed 0 to 999,999.")
    home = bench_home(options.home)
    environ = bench_environment(home)
    started = time.monotonic()
    with database(home, environ, durable=False):
        prepare_database(environ | {"DEMO": "0"})
        refuse_a_second_load(environ["DATABASE_URL"], home)
        steps = make(environ, plan.Size.of(options.replies, options.seed))
    about = {"replies": options.replies, "seed": options.seed, "seconds": steps}
    (home / ABOUT).write_text(json.dumps(about, indent=2) + "\n")
    print(f"{options.replies:,} replies in {time.monotonic() - started:.0f} s, in {home}")
    print(f"Sign-ins: {home / 'demo-accounts.json'}")
    return 0


def refuse_a_second_load(url: str, home: Path) -> None:
    with psycopg.connect(url) as connection:
        query = "SELECT EXISTS (SELECT FROM forum_thread) OR to_regnamespace('bench') IS NOT NULL"
        row = connection.execute(query).fetchone()
    if row and row[0]:
        state = "a site already" if (home / ABOUT).exists() else "a site that was never finished"
        raise SystemExit(f"There is {state} in {home}. Remove that folder, or choose another with --home.")


def make(environ: dict[str, str], size: plan.Size) -> dict[str, float]:
    """Fill the database; returns the seconds that each step took."""
    url = environ["DATABASE_URL"]
    at_once = max(1, min(os.cpu_count() or 1, 8))
    bar = progress_bar()
    seconds: dict[str, float] = {}

    @contextmanager
    def step(name: str) -> Iterator[Callable[[float], None]]:
        started = time.monotonic()
        bar.show(name, 0)
        yield lambda done: bar.show(name, done)
        bar.show(name, 1)
        seconds[name] = round(time.monotonic() - started, 1)

    with psycopg.connect(url, autocommit=True, options=loading.SESSION) as connection:
        before = schema.everything(connection)
        stripped = schema.strip(connection, BULK)
        with step("planning"):
            forums = plan.lay_out(connection, size)
        with step("posts and votes") as progress:
            loading.load_posts(url, forums, size, at_once=at_once, progress=progress)
        with step("resources"):
            add_resources(connection, forums, size)
            connection.execute(plan.FORUM_COUNTERS)
            connection.execute("DROP SCHEMA bench CASCADE")
        with step("indexes") as progress:
            schema.rebuild(url, stripped, at_once=at_once, progress=progress)
            for table in [*BULK, "accounts_user"]:
                connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
        with step("sign-ins"):
            subprocess.run([sys.executable, "-m", "tools.bench.finish"], cwd=ROOT, env=environ, check=True)
        with step("search documents") as progress:
            write_documents(url, size.threads, at_once=at_once, progress=progress)
        with step("after the load"):
            for command in AFTER_LOAD:
                manage(environ, *command)
        with step("statistics"):
            connection.execute("VACUUM (ANALYZE)")
        bar.close()
        if wrong := schema.differences(before, schema.everything(connection)):
            raise SystemExit("The schema is not what the migrations made:\n" + "\n".join(wrong))
        connection.execute("CHECKPOINT")
    return seconds
