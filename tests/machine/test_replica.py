"""Reading from a replica, on two real servers: one follows the other, and a page tells which one it came from."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from html import unescape

import psycopg
import pytest

from tests.machine.sites import Browser, open_folder, site_copy, site_environment, wait_for, web_server
from tools.postgres import Postgres, running

pytestmark = pytest.mark.machine
THREAD = "/threads/1/is-this-mole-changing/"
# Every statement is written down with the program that sent it.
LOGGED = ("log_statement = 'all'", "log_line_prefix = '%a '")


def ask(url, query):
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone() if query.startswith("SELECT") else connection.execute(query)
    return row[0] if isinstance(row, tuple) else None


def set_up(url, *settings):
    for setting in settings:
        ask(url, f"ALTER SYSTEM SET {setting}")
    ask(url, "SELECT pg_reload_conf()")


def make_standby(home, primary):
    """A copy of the primary's data that follows it from now on."""
    standby = Postgres(home, durable=False)
    standby.data.mkdir(mode=0o700)
    standby._own(standby.data)
    standby._must_run(
        "pg_basebackup", "-h", primary.socket, "-U", "postgres", "-D", standby.data, "-R", "-X", "stream", "-c", "fast"
    )
    return standby


class Servers:
    def __init__(self, home, primary_url, standby):
        self.home, self.primary, self.standby = home, Postgres(home), standby
        self.urls = {"primary": primary_url, "standby": standby.url()}

    @contextmanager
    def statements(self):
        """What the web server asks of each while this lasts."""
        logs = {"primary": self.primary.log, "standby": self.standby.log}
        starts = {name: log.stat().st_size for name, log in logs.items()}
        found = {}
        yield found
        for name, log in logs.items():
            lines = log.read_bytes()[starts[name] :].decode().splitlines()
            found[name] = [line for line in lines if line.startswith("web LOG:  statement: ")]

    def pause(self):
        ask(self.urls["standby"], "SELECT pg_wal_replay_pause()")
        wait_for(lambda: ask(self.urls["standby"], "SELECT pg_get_wal_replay_pause_state()") == "paused")

    def resume(self):
        ask(self.urls["standby"], "SELECT pg_wal_replay_resume()")

    def catch_up(self):
        """Until the standby shows what the primary has now."""
        now = ask(self.urls["primary"], "SELECT pg_current_wal_insert_lsn()")  # a commit need not be written yet
        wait_for(lambda: ask(self.urls["standby"], f"SELECT pg_last_wal_replay_lsn() >= '{now}'::pg_lsn"))


@pytest.fixture(scope="module")
def servers(tmp_path_factory, worker_id):
    with site_copy(tmp_path_factory, worker_id) as home, open_folder() as beside, running(home, durable=False) as url:
        set_up(url, *LOGGED)
        standby = make_standby(beside, Postgres(home))
        standby.start()
        try:
            yield Servers(home, url, standby)
        finally:
            standby.stop()


@pytest.fixture(scope="module")
def port(servers):
    """A web server that reads from the standby, and from the primary where that is away."""
    sockets = f"{servers.standby.socket},{servers.primary.socket}"
    environ = site_environment(
        servers.home,
        servers.urls["primary"] + "&application_name=web",
        REPLICA_URL=f"postgresql://postgres@/bedside?host={sockets}&target_session_attrs=prefer-standby"
        "&application_name=web",
    )
    with web_server(environ, servers.home / "web.log") as port:
        yield port


@pytest.fixture
def browse(port):
    """A new browser, signed in where it gets a name."""
    with ExitStack() as browsers:
        yield lambda name="": browsers.enter_context(closing(Browser(port, name)))


def test_visitors_read_from_the_replica_alone(servers, browse):
    visitor = browse()
    assert b'"replica": "ok"' in visitor.get("/readyz").body
    for path in ("/", "/waiting/", "/forums/moles/", THREAD, f"{THREAD}?sort=newest", "/resources/", "/feed.atom"):
        with servers.statements() as asked:
            visitor.page(path)
        assert asked["primary"] == [], path
        assert asked["standby"], path
    assert not visitor.cookies


def test_a_search_asks_the_replica(servers, browse):
    with servers.statements() as asked:
        assert "Is this mole changing" in browse().page("/search/?q=mole")
    assert any("ts_rank" in statement for statement in asked["standby"])
    assert not any("ts_rank" in statement for statement in asked["primary"])


def test_who_has_written_sees_it_at_once_and_others_when_the_replica_has_it(servers, browse):
    writer, other = browse("cat"), browse("dan")
    visitor = browse()
    del other.cookies["pin"]  # its seconds are over
    servers.pause()
    try:
        with servers.statements() as asked:
            writer.reply("Mine had an uneven edge.")
        assert any('INSERT INTO "forum_reply"' in statement for statement in asked["primary"])
        assert asked["standby"] == []
        assert writer.cookies["pin"] == "1"
        with servers.statements() as asked:
            assert "uneven edge" in writer.page(THREAD)
        assert asked["standby"] == []
        for reader in (visitor, other):
            assert "uneven edge" not in reader.page(THREAD)
        del writer.cookies["pin"]
        assert "uneven edge" not in writer.page(THREAD)  # so it was the pin
    finally:
        servers.resume()
    servers.catch_up()
    for reader in (visitor, other, writer):
        reader.cookies.pop("pin", None)
        with servers.statements() as asked:
            assert "uneven edge" in reader.page(THREAD)
        assert any("forum_reply" in statement for statement in asked["standby"])
        assert not any("forum_" in statement for statement in asked["primary"])


@pytest.mark.parametrize("name", ["", "ann"])
def test_every_page_that_is_linked_works(servers, browse, name):
    browser, found = browse(name), ["/", THREAD, "/accounts/settings/"]
    for path in found:
        browser.cookies.pop("pin", None)
        answer = browser.get(path)
        assert answer.status < 500, path
        links = {unescape(link).partition("#")[0] for link in re.findall(r'href="(/[^"]*)"', answer.body.decode())}
        found += sorted(link for link in links if not link.startswith("/static/") and link not in found)[
            : 50 - len(found)
        ]
    assert len(found) > 20


def test_a_moderator_decides_by_what_is_there_now(servers, browse):
    moderator, writer = browse("mod"), browse("cat")
    servers.pause()
    try:
        reply = writer.reply("Only the moderators can know of this yet.")
        del moderator.cookies["pin"]
        assert "Only the moderators" in moderator.page(f"/admin/forum/reply/{reply}/change/")
    finally:
        servers.resume()


def test_with_remote_apply_a_hidden_reply_is_hidden_everywhere_when_the_decision_is_done(servers, browse):
    moderator, writer, visitor = browse("mod"), browse("eve"), browse()
    primary = servers.urls["primary"]
    set_up(primary, "synchronous_standby_names = '*'", "synchronous_commit = 'remote_apply'")
    try:
        wait_for(lambda: ask(primary, "SELECT sync_state FROM pg_stat_replication") == "sync")
        for number in range(4):
            text = f"You are all fools, number {number}."
            reply = writer.reply(text)
            assert text in visitor.page(THREAD)
            moderator.hide(reply)
            assert text not in visitor.page(THREAD)
        reply = writer.reply("The worst of all.")
        with ThreadPoolExecutor(1) as pool:
            servers.pause()
            try:
                hiding = pool.submit(moderator.hide, reply)
                waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
                wait_for(lambda: ask(primary, waiting))
                assert not hiding.done()  # the decision is not there before everybody sees it
                assert "The worst of all." in visitor.page(THREAD)
            finally:
                servers.resume()
            hiding.result(timeout=60)
        assert "The worst of all." not in visitor.page(THREAD)
    finally:
        set_up(primary, "synchronous_standby_names = ''", "synchronous_commit = 'off'")


def test_without_the_standby_pages_come_from_the_primary(servers, browse):
    visitor = browse()
    servers.standby.stop()
    try:
        with servers.statements() as asked:  # of a page that is not kept: a kept one is still true by the primary
            assert "Is this mole changing" in visitor.page(f"{THREAD}?without=standby")
        assert asked["primary"]
        assert b'"replica": "ok"' in visitor.get("/readyz").body
    finally:
        servers.standby.start()
