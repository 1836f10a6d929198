"""`bin/bench write`: votes and replies on one busy thread, whether all of them are counted, and what they wait for."""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import psycopg

from tools.bench import processor, report
from tools.bench.server import Server, serving
from tools.bench.site import bench_home, read_about
from tools.bench.vocabulary import lists
from tools.home import ROOT

VOTES_EACH = 40  # fewer than a person has in a day; also how many replies of the thread get them
FASTEST = 500  # requests a second and core to prepare for where no rate is asked for
UNDO_AFTER = 500  # requests, so that no undo overtakes its vote
FEWEST_PEOPLE = 200  # they reply in turn: nobody may within five seconds of the last time
SAMPLE_EVERY = 0.05  # seconds
# What each connection is at: at work, or waiting for what; or its transaction is open and the web process at work.
ACTIVITY = """
SELECT CASE WHEN state LIKE 'idle in%%' THEN 'in transaction, web at work'
    WHEN wait_event_type IS NULL THEN 'at work' ELSE wait_event_type || ': ' || wait_event END, count(*)
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'
GROUP BY 1
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--home", help="the folder of the site (default .local/bench)")
    parser.add_argument("--seconds", type=int, default=30, help="of sending (default 30)")
    parser.add_argument("--clients", type=int, default=16, help="connections at once (default 16)")
    parser.add_argument("--rate", type=int, default=0, help="requests a second; default as fast as they are answered")
    parser.add_argument("--replies", type=int, default=2, metavar="PERCENT", help="of the requests (default 2)")
    parser.add_argument("--undos", type=int, default=5, metavar="PERCENT", help="of the requests (default 5)")


def run(options: argparse.Namespace) -> int:
    if min(options.seconds, options.clients) < 1 or options.rate < 0:
        raise SystemExit("--seconds and --clients take 1 or more, --rate 0 or more.")
    if min(options.replies, options.undos) < 0 or options.replies + 2 * options.undos > 100:
        raise SystemExit("--replies and --undos are percentages, and every undo needs a vote.")
    home = bench_home(options.home)
    about = read_about(home)
    requests = (options.rate or FASTEST * (os.cpu_count() or 1)) * options.seconds
    # Nobody waits for a moderator: the writers are new here, and their replies are to be counted.
    with serving(home, variables={"HELD_FIRST_POSTS": "0"}) as server:
        crowd = ask_crowd(server, "make", people=max(FEWEST_PEOPLE, -(-requests // VOTES_EACH)), replies=VOTES_EACH)
        try:
            plan = {
                "port": server.port, "connections": options.clients, "rate": options.rate, "seconds": options.seconds,
                "requests": list(prepared(server, crowd, requests, replies=options.replies, undos=options.undos)),
            }  # fmt: skip
            web, database = processor.used(server.pid), processor.used(server.database_pid)
            with sampled(server.environ["DATABASE_URL"]) as waits:
                figures = in_process(server, "tools.bench.fire", content=plan)
            answered = sum(sum(kind["statuses"].values()) for kind in figures["kinds"].values())
            costs = {
                "CPU": round((processor.used(server.pid) - web) / max(1, answered), 2),
                "database CPU": round((processor.used(server.database_pid) - database) / max(1, answered), 2),
            }
            stored = ask_crowd(server, "check", thread=crowd["thread"])
        finally:
            ask_crowd(server, "tidy", thread=crowd["thread"])
    problems = compare(figures, stored)
    figures |= {"rate": round(answered / figures["seconds"], 1), **costs, "waits": waits, "problems": problems}
    tell(figures)
    settings = {name: getattr(options, name) for name in ("seconds", "clients", "rate", "replies", "undos")}
    path = report.write(home, "write", {"site": about, "settings": settings, **figures, "stored": stored})
    print(f"Written to {path}")
    return 1 if problems else 0


def in_process(server: Server, module: str, *arguments: str, content: Any) -> Any:
    """What a program of ours prints about what it is given, both as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, env=server.environ | {"LOG_LEVEL": "WARNING"},
        input=json.dumps(content), stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def ask_crowd(server: Server, what: str, **values: Any) -> Any:
    return in_process(server, "tools.bench.crowd", what, content=values)


def prepared(
    server: Server, crowd: dict[str, Any], count: int, *, replies: int, undos: int
) -> Iterator[tuple[str, str]]:
    """(kind, request) of so many votes, undos and replies, each as the sender's browser would write it.

    Everybody votes for one reply before anybody votes for the next one, so all meet at the same row.
    """
    chance = random.Random(1)
    people, nouns = crowd["people"], lists()["nouns"]
    votes: list[tuple[int, int]] = []
    undone = written = 0
    for _ in range(count):
        dice = chance.random() * 100
        person = len(votes) % len(people)
        if dice < replies:
            body = f"For me it was the {' and the '.join(chance.sample(nouns, 5))} that made the difference."
            path, fields = f"/threads/{crowd['thread']}/reply/", {"body": body, "started": crowd["started"]}
            yield "reply", request(server, people[written % len(people)], path, fields)
            written += 1
        elif dice < replies + undos and undone < len(votes) - UNDO_AFTER:
            person, reply = votes[undone]
            undone += 1
            yield "undo", request(server, people[person], f"/replies/{reply}/helpful/undo/", {})
        else:
            reply = crowd["replies"][len(votes) // len(people) % len(crowd["replies"])]
            votes.append((person, reply))
            yield "vote", request(server, people[person], f"/replies/{reply}/helpful/", {})


def request(server: Server, person: dict[str, str], path: str, fields: dict[str, str]) -> str:
    """A POST as a browser with our script sends it; replies come from the form itself."""
    host = f"127.0.0.1:{server.port}"
    content = urlencode({"csrfmiddlewaretoken": person["token"], **fields})
    headers = {
        "Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin", "Accept-Encoding": "gzip",
        "Cookie": person["cookie"], "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(content)), **({} if fields else {"X-Bedside": "fragment"}),
    }  # fmt: skip
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", content]
    return "\r\n".join(lines)


@contextmanager
def sampled(url: str) -> Iterator[dict[str, float]]:
    """How many connections were at what on average while the block ran; filled when it ends."""
    over, seen, found = threading.Event(), Counter[str](), dict[str, float]()

    def look() -> None:
        looks = 0
        with psycopg.connect(url, autocommit=True) as connection:
            while not over.wait(SAMPLE_EVERY):
                seen.update(dict(connection.execute(ACTIVITY).fetchall()))
                looks += 1
        found.update({name: round(count / looks, 2) for name, count in seen.most_common() if looks})

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield found
    finally:
        over.set()
        watcher.join()


def compare(figures: dict[str, Any], stored: dict[str, Any]) -> list[str]:
    """What is wrong: answers that should not be, counters that differ, acknowledged writes that are not there."""
    problems = [f"{rows} rows with a wrong {name}" for name, rows in stored["wrong"].items()]
    good = {"vote": "200", "undo": "200", "reply": "302"}
    done = dict.fromkeys(good, 0)
    for kind, facts in figures["kinds"].items():
        for status, count in facts["statuses"].items():
            if status == good[kind]:
                done[kind] = count
            else:
                problems.append(f"{count} times status {status} for a {kind}")
    if figures["unanswered"]:
        problems.append(f"{figures['unanswered']} requests without an answer")
    if problems:
        return problems  # what was refused, and what was undone in vain, cannot be told apart
    for name, expected in (("votes", done["vote"] - done["undo"]), ("replies", done["reply"])):
        if stored[name] != expected:
            problems.append(f"{stored[name]} {name} are stored, {expected} were acknowledged")
    return problems


def tell(figures: dict[str, Any]) -> None:
    rows = [
        {
            "request": kind,
            "answered": sum(facts["statuses"].values()),
            **{name: round(facts[name], 2) for name in ("p50", "p99", "longest")},
            "by status": ", ".join(f"{status}: {count:,}" for status, count in facts["statuses"].items()),
        }
        for kind, facts in figures["kinds"].items()
    ]
    print(report.table(rows))
    print(f"\n{figures['rate']:,} requests/s for {figures['seconds']:.1f} s. Times in ms.")
    print(f"CPU {figures['CPU']} ms a request, database {figures['database CPU']} ms.")
    if figures["ran out"]:
        print("All prepared requests were sent before the time was over.")
    print("Database connections on average: " + ", ".join(f"{name} {mean}" for name, mean in figures["waits"].items()))
    print("\n".join(figures["problems"]) if figures["problems"] else "Every counter is exact.")
