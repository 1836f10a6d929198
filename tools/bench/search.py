"""`bin/bench search`: how long people wait for what they look for, by kind of query."""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from urllib.parse import urlencode

import psycopg

from tools.bench import report
from tools.bench.server import serving
from tools.bench.site import bench_home, read_about
from tools.bench.visits import visit_each

WORDS = "SELECT word FROM search_searchword WHERE length(word) > 3 ORDER BY count DESC, word LIMIT 5000"
TITLES = "SELECT title FROM forum_thread WHERE status = 'published' AND id % 97 = 0 ORDER BY id LIMIT 2000"
FORUMS = "SELECT slug FROM forum_forum WHERE thread_count > 0 ORDER BY slug"
SIZES = """
    SELECT c.relname, pg_size_pretty(pg_total_relation_size(c.oid)) FROM pg_class c
    WHERE c.relname IN ('search_threaddocument', 'thread_document_words', 'search_searchword') ORDER BY 1
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--home", help="the folder of the site (default .local/bench)")
    parser.add_argument("--queries", type=int, default=200, help="of each kind (default 200)")
    parser.add_argument("--seed", type=int, default=1, help="other queries for another number (default 1)")


def run(options: argparse.Namespace) -> int:
    home = bench_home(options.home)
    about = read_about(home)
    account = json.loads((home / "demo-accounts.json").read_text())["patient"]
    with serving(home) as server:
        with psycopg.connect(server.environ["DATABASE_URL"]) as connection:
            words = [row[0] for row in connection.execute(WORDS)]
            titles = [row[0] for row in connection.execute(TITLES)]
            forums = [row[0] for row in connection.execute(FORUMS)]
            sizes = dict(connection.execute(SIZES).fetchall())
        choose = random.Random(options.seed)
        visitor, member = server.visitor(), server.visitor()
        member.sign_in(account["username"], account["password"])
        visit_each(visitor, searches(choose, words, forums, 10))  # warm
        timings = visit_each(visitor, searches(choose, words, forums, options.queries))
        timings |= visit_each(member, similar(choose, titles, options.queries))
        visitor.close()
        member.close()
    rows = [{"kind": kind, **timing._asdict()} for kind, timing in timings.items()]
    print(report.table(rows))
    print(
        "\nmedian and p99 in ms, whole pages over one connection. " + ", ".join(f"{k}: {v}" for k, v in sizes.items())
    )
    path = report.write(home, "search", {"site": about, "sizes": sizes, "kinds": rows})
    print(f"Written to {path}")
    return 1 if any(row["errors"] for row in rows) else 0


def searches(choose: random.Random, words: list[str], forums: list[str], count: int) -> Iterator[tuple[str, str]]:
    """(kind, path) of so many queries of each kind; common words come as often as rare ones."""
    for _ in range(count):
        for length in (1, 2, 3, 4):
            query = " ".join(pick(choose, words) for _ in range(length))
            yield f"{length} words", address(q=query)
            filters = choose.choice([{"forum": choose.choice(forums)}, {"answered": "professional"}, {"since": "year"}])
            yield f"{length} words, filtered", address(q=query, **filters)
        yield "common word", address(q=choose.choice(words[:50]))
        yield "phrase", address(q=f'"{pick(choose, words[:200])} {pick(choose, words[:200])}"')
        yield "misspelt", address(q=slip(choose, choose.choice(words[:2000])))
        yield "newest first", address(q=pick(choose, words), sort="newest")


def similar(choose: random.Random, titles: list[str], count: int) -> Iterator[tuple[str, str]]:
    for title in choose.choices(titles, k=count):
        words = title.split()
        choose.shuffle(words)
        yield "similar questions", f"/ask/similar/?{urlencode({'title': ' '.join(words)})}"


def pick(choose: random.Random, words: list[str]) -> str:
    """A word of a random tenth of the list: half of all searches are for words that are common."""
    return choose.choice(words[: max(10, int(len(words) * choose.random() ** 2))])


def slip(choose: random.Random, word: str) -> str:
    place = choose.randrange(1, len(word) - 1)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def address(**parameters: str) -> str:
    return f"/search/?{urlencode(parameters)}"
