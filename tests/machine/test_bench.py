"""bin/bench as a person meets it: a small site, whole and consistent, and what its pages cost."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import django.db
import psycopg
import pytest

from common.markdown import render_markdown
from tests.conftest import SYSTEM_ENVIRONMENT
from tools.bench import schema
from tools.bench.site import ABOUT
from tools.postgres import running

pytestmark = pytest.mark.machine
ROOT = Path(__file__).resolve().parents[2]
REPLIES = 3_000
needs_wrk = pytest.mark.skipif(
    sys.platform != "linux" or (not shutil.which("wrk") and os.geteuid() != 0), reason="drives a server with wrk"
)


def command(program, *arguments, **variables):
    return subprocess.run(
        [ROOT / "bin" / program, *arguments], cwd=ROOT, env={**SYSTEM_ENVIRONMENT, **variables},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def new_home(folder):
    for parent in [folder, *folder.parents]:  # as root the database runs as another account
        if str(parent).startswith("/tmp/"):
            parent.chmod(0o755)
    return folder / "a bench home"


@pytest.fixture(scope="module")
def home(tmp_path_factory, worker_id):
    """The folder of one site, shared by the processes of a parallel run."""
    folder = tmp_path_factory.getbasetemp()
    folder = folder if worker_id == "master" else folder.parent
    home = new_home(folder)
    with (folder / "bench.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / ABOUT).exists():
            # What the caller set for a site of their own does not count.
            variables = {"BEDSIDE_HOME": "/nonexistent/own", "DATABASE_URL": "postgresql://nobody@/nowhere"}
            done = command("bench", "data", "--replies", str(REPLIES), "--home", str(home), **variables)
            assert done.returncode == 0, done.stderr
    return home


@pytest.fixture(scope="module")
def connection(home):
    with running(home) as url, psycopg.connect(url, autocommit=True) as connection:
        yield connection


def value(connection, query):
    return connection.execute(query).fetchone()[0]


def test_it_has_as_many_of_everything_as_was_asked_for(connection):
    assert value(connection, "SELECT count(*) FROM forum_reply") == REPLIES
    assert value(connection, "SELECT count(*) FROM forum_thread") == REPLIES // 5
    assert value(connection, "SELECT count(*) FROM forum_forum") == 43
    assert value(connection, "SELECT max(place_count) FROM forum_thread") == REPLIES // 10
    assert value(connection, "SELECT count(*) FROM forum_reply WHERE has_badge AND credential_line <> ''") > 0
    assert value(connection, "SELECT count(DISTINCT status) FROM forum_reply") == 4
    assert value(connection, "SELECT count(*) FROM forum_thread WHERE is_anonymous") > 0
    assert value(connection, "SELECT count(*) FROM resources_resource WHERE popularity > 0") == 300
    assert value(connection, "SELECT max(created_at) <= now() FROM forum_reply")


def test_every_counter_is_right(home, connection):
    done = command("manage", "recount", "--check", BEDSIDE_HOME=str(home))
    assert (done.returncode, done.stdout) == (0, "Every counter is right.\n"), done.stdout
    newest = """
    SELECT count(*) FROM forum_thread t WHERE last_activity_at <> (
        SELECT coalesce(max(r.created_at), t.created_at) FROM forum_reply r
        WHERE r.thread_id = t.id AND r.status = 'published')
    """
    assert value(connection, newest) == 0


def test_nobody_votes_for_an_own_reply_or_before_it_was_written(connection):
    query = """
    SELECT count(*) FROM forum_helpfulvote v JOIN forum_reply r ON r.id = v.reply_id
    WHERE v.user_id = r.author_id OR v.created_at < r.created_at
    """
    assert value(connection, "SELECT count(*) FROM forum_helpfulvote") > REPLIES / 4
    assert value(connection, query) == 0


def test_no_reply_is_older_than_its_question_and_askers_are_known(connection):
    query = """
    SELECT count(*) FROM forum_reply r JOIN forum_thread t ON t.id = r.thread_id
    WHERE r.created_at < t.created_at OR r.by_asker <> (r.author_id = t.author_id)
    """
    assert value(connection, query) == 0


def test_the_html_is_what_the_site_would_have_stored(connection):
    for table in ("forum_thread", "forum_reply", "resources_resource"):
        rows = connection.execute(f"SELECT body, body_html FROM {table} WHERE body <> '' ORDER BY id LIMIT 200")
        assert all(render_markdown(body) == html for body, html in rows)


def test_the_next_post_gets_the_next_number(connection):
    for table in ("forum_thread", "forum_reply", "forum_helpfulvote", "accounts_user"):
        following = value(connection, f"SELECT nextval(pg_get_serial_sequence('{table}', 'id'))")
        assert following > value(connection, f"SELECT max(id) FROM {table}")


@pytest.mark.django_db
def test_the_schema_is_the_one_the_migrations_make(connection):
    django.db.connection.ensure_connection()
    migrated = schema.everything(django.db.connection.connection)
    assert "index reply_oldest" in migrated
    assert schema.differences(migrated, schema.everything(connection)) == []


def test_a_lost_index_and_a_changed_constraint_are_noticed(connection):
    before = schema.everything(connection)
    with pytest.raises(psycopg.errors.DivisionByZero), connection.transaction():
        connection.execute("DROP INDEX reply_oldest")
        connection.execute("ALTER TABLE forum_thread DROP CONSTRAINT thread_counts_nest")
        connection.execute("ALTER TABLE forum_thread ADD CONSTRAINT thread_counts_nest CHECK (reply_count >= 0)")
        found = schema.differences(before, schema.everything(connection))
        connection.execute("SELECT 1 / 0")  # undoes all of it
    assert found == ["constraint forum_thread.thread_counts_nest", "index reply_oldest"]


def test_a_second_load_is_refused(home):
    done = command("bench", "data", "--replies", "500", "--home", str(home))
    assert done.returncode == 1
    assert "a site already" in done.stderr


def digest(home):
    """Of what does not depend on the day, whatever the order in which rows lie on the disk."""
    columns = {
        "forum_thread": "id, forum_id, author_id, title, body, status, reply_count, helpful_count",
        "forum_reply": "id, thread_id, author_id, body, status, helpful_count",
        "forum_helpfulvote": "id, reply_id, user_id",
        "accounts_user": "id, username, professional_title",
    }
    with running(home, durable=False) as url, psycopg.connect(url) as connection:
        rows = [
            value(connection, f"SELECT string_agg(({names})::text, '|' ORDER BY id) FROM {table} ")
            for table, names in columns.items()
        ]
    return hashlib.sha256("".join(rows).encode()).hexdigest()


def test_the_same_seed_gives_the_same_site(home, tmp_path):
    again = new_home(tmp_path)
    done = command("bench", "data", "--replies", str(REPLIES), "--home", str(again))
    assert done.returncode == 0, done.stderr
    assert digest(again) == digest(home)


@needs_wrk
def test_pages_are_measured_for_visitors_and_members(home):
    arguments = ["--home", str(home), "--seconds", "1", "--repeat", "1", "--only", "forum"]
    done = command("bench", "pages", *arguments)
    assert done.returncode == 0, done.stderr
    found = json.loads((home / "bench-pages.json").read_text())
    assert all(moment["MB"] > 0 for moment in found["memory"])
    assert found["memory"][-1]["requests"] > found["memory"][0]["requests"] == 0
    pages = found["pages"]
    assert [page["page"].rpartition(", ")[2] for page in pages] == ["visitor", "member"]
    for page in pages:
        assert page["errors"] == 0
        assert page["req/s"] > 0
        assert 0 < page["gzip"] < page["bytes"]
        assert page["of constant"] > 0
        assert page["p99 times"] > 0
        assert page["queries, first"] > 0


@pytest.mark.skipif(sys.platform != "linux", reason="processor time is read from /proc")
def test_writing_is_counted_exactly_and_leaves_the_site_as_it_was(home):
    before = digest(home)
    done = command("bench", "write", "--home", str(home), "--seconds", "2", "--rate", "40", "--replies", "10")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((home / "bench-write.json").read_text())
    assert found["problems"] == []
    assert found["stored"]["votes"] == found["kinds"]["vote"]["statuses"]["200"] > 20
    assert found["stored"]["published"] == found["kinds"]["reply"]["statuses"]["302"] > 0
    assert found["CPU"] > 0
    assert digest(home) == before
    done = command("manage", "recount", "--check", BEDSIDE_HOME=str(home))
    assert done.returncode == 0, done.stdout


@needs_wrk
def test_app_servers_are_compared(home):
    arguments = ["--home", str(home), "--seconds", "1", "--repeat", "1", "--only", "2 x 4, pool of 4"]
    done = command("bench", "servers", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    (row,) = json.loads((home / "bench-servers.json").read_text())["servers"]
    assert row["server"] == "gthread, 2 x 4, pool of 4"
    assert min(row["constant"], row["visitor"], row["member"], row["MB"]) > 0


@needs_wrk
def test_a_large_site_is_compared_with_a_small_one(home, tmp_path):
    folder = new_home(tmp_path)
    folder.mkdir(mode=0o755)
    (folder / str(REPLIES)).symlink_to(home)
    arguments = ["--home", str(folder), "--sizes", f"{REPLIES},500", "--seconds", "1", "--repeat", "1"]
    done = command("bench", "scale", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((folder / "500" / ABOUT).read_text())["replies"] == 500
    pages = json.loads((folder / "bench-scale.json").read_text())["pages"]
    assert {"home, visitor", "forum, member"} <= {page["page"] for page in pages}
    assert all(page["CPU times"] > 0 and page["errors"] == 0 for page in pages)


def test_without_a_site_it_says_how_to_make_one(tmp_path):
    done = command("bench", "pages", "--home", str(new_home(tmp_path)))
    assert done.returncode == 1
    assert "bin/bench data --replies" in done.stderr
