"""The site through a real PgBouncer in transaction mode: few connections to the database, shared by everybody.

What one request leaves behind in a connection, the next request of somebody else would find.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest

from tests.machine.sites import MEMBERS, Browser, run, site_copy, site_environment, web_server
from tools.pgbouncer import MISSING, bouncing, installed, pgbouncer
from tools.postgres import Postgres, running

pytestmark = [pytest.mark.machine, pytest.mark.pgbouncer]
THREAD = "/threads/1/is-this-mole-changing/"
CONNECTIONS = 3


@pytest.fixture(scope="module")
def home(tmp_path_factory, worker_id):
    if not pgbouncer():
        pytest.fail(MISSING)
    with site_copy(tmp_path_factory, worker_id) as home:
        yield home


@pytest.fixture(scope="module")
def direct(home):
    """The database itself. What start-up parameters cannot say through PgBouncer is said there."""
    with running(home, durable=False) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ALTER ROLE postgres SET statement_timeout = '15s'")
        yield url


@pytest.fixture(scope="module")
def environ(home, direct):
    with bouncing(Postgres(home), home, connections=CONNECTIONS) as url:
        yield site_environment(home, url, PGBOUNCER="1", WEB_WORKERS="2")


@pytest.fixture(scope="module")
def port(home, environ):
    with web_server(environ, home / "web.log") as port:
        yield port


def value(url, query):
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query).fetchone()[0]


def take_part(port, name):
    """What one member does in a while; the number of their question."""
    with closing(Browser(port, name)) as browser:
        browser.reply(f"{name} says: have it looked at.")
        question = {"forum": "1", "title": f"What did {name} find on the skin?", "body": "A small brown spot."}
        asked = browser.send("/ask/", "/ask/", **question)
        assert asked.status == 302, asked.body.decode()
        if name != "ben":  # who wrote the reply
            assert browser.send(THREAD, "/replies/1/helpful/").status == 302
        for path in ("/", "/forums/moles/", f"{THREAD}?sort=oldest", "/search/?q=brown+spot", "/sitemap-threads-1.xml"):
            browser.page(path)
        assert f"What did {name} find" in browser.page(f"/search/?q={name}+skin&sort=newest")
        return int(re.search(r"/threads/(\d+)/", asked.location)[1])


def moderate(port, replies):
    """Hide one reply after the other while people write."""
    with closing(Browser(port, "mod")) as browser:
        for reply in replies:
            browser.hide(reply)


def test_many_at_once_share_few_connections_and_nothing_goes_wrong(direct, port):
    with closing(Browser(port, "ann")) as browser:
        insults = [browser.reply(f"Number {number} is an insult.") for number in range(3)]
    with ThreadPoolExecutor(len(MEMBERS) + 1) as pool:
        moderation = pool.submit(moderate, port, insults)
        questions = list(pool.map(lambda name: take_part(port, name), MEMBERS))
        moderation.result()
    assert len(set(questions)) == len(MEMBERS)
    with closing(Browser(port)) as visitor:
        page = visitor.page(THREAD)
    assert all(f"{name} says" in page for name in MEMBERS)
    assert "is an insult" not in page
    assert value(direct, "SELECT helpful_count FROM forum_reply WHERE id = 1") == len(MEMBERS) - 1
    assert value(direct, "SELECT reply_count FROM forum_thread WHERE id = 1") == len(MEMBERS) + 1
    through_it = "SELECT count(*) FROM pg_stat_activity WHERE application_name <> '' AND pid <> pg_backend_pid()"
    assert value(direct, through_it) <= CONNECTIONS


def test_nothing_stays_in_a_connection(direct, environ, port):
    with closing(Browser(port)) as visitor:
        visitor.page("/search/?q=mole")  # limits its own time
    url = environ["DATABASE_URL"]
    connections = [psycopg.connect(url, prepare_threshold=None) for _ in range(CONNECTIONS)]
    try:  # a transaction in each, so that they are all of PgBouncer's
        for connection in connections:
            assert connection.execute("SHOW statement_timeout").fetchone() == ("15s",)
            assert connection.execute("SHOW synchronous_commit").fetchone() == ("off",)
            assert connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)
    finally:
        for connection in connections:
            connection.close()
    assert value(direct, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0


def test_commands_work_through_it_too(environ, home):
    commands = [
        ("recount", "--check"),
        ("refresh_search", "--all"),
        ("export_threads", str(home / "threads.jsonl.gz")),
        ("import_threads", str(home / "threads.jsonl.gz")),
    ]
    lines = ["import django; django.setup()", "from django.core.management import call_command"]
    run(environ, "-c", "\n".join([*lines, *(f"call_command(*{command!r})" for command in commands)]))


def test_it_is_found_where_it_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("BOUNCER", str(tmp_path / "mine"))
    assert installed() == str(tmp_path / "mine")
