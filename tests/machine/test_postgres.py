"""The embedded database where it is hard: odd paths, killed processes, many starts at once."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tools.postgres import Postgres, running

pytestmark = pytest.mark.machine
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path):
    # The database runs as another account when the tests run as root.
    for folder in [tmp_path, *tmp_path.parents]:
        if folder != Path("/tmp") and folder.owner() == Path.home().owner() and str(folder).startswith("/tmp"):
            folder.chmod(folder.stat().st_mode | 0o055)
    return tmp_path


def value(url):
    query = "SELECT current_setting('server_encoding') || datctype FROM pg_database WHERE datname = current_database()"
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchone()[0]


@pytest.mark.parametrize("name", ["with space", "quote \" and ' snowman ☃", "x" * 100 + "/" + "y" * 100])
def test_odd_paths(home, name):
    folder = home / name
    folder.mkdir(parents=True)
    with running(folder, durable=False) as url:
        assert value(url) == "UTF8C.UTF-8"


def test_two_side_by_side_and_the_last_one_stops_it(home):
    first, second = home / "one", home / "two"
    first.mkdir()
    second.mkdir()
    with running(first, durable=False) as url_one, running(second, durable=False) as url_two:
        assert url_one != url_two
        with running(first, durable=False) as again:
            assert again == url_one
        assert value(url_one)
    assert not Postgres(first).answers()


def postmaster(home):
    server = Postgres(home, durable=False)
    return int((server.data / "postmaster.pid").read_text().split()[0])


def test_a_killed_server_starts_again_with_its_data(home):
    with running(home) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
        os.kill(postmaster(home), signal.SIGKILL)
        time.sleep(0.5)
    with running(home) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (42,)


def test_a_pid_file_that_names_another_process_does_not_stop_the_start(home):
    with running(home):
        os.kill(postmaster(home), signal.SIGKILL)
        time.sleep(0.5)
    server = Postgres(home)
    stale = server.data / "postmaster.pid"
    lines = (
        stale.read_text().split("\n") if stale.exists() else ["", str(server.data), "0", "5432", str(server.socket), ""]
    )
    stale.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    server._own(stale)
    with running(home) as url:
        assert value(url)


def test_a_user_that_was_killed_does_not_keep_the_server(home):
    code = (
        "import sys, time; from pathlib import Path; from tools.postgres import running\n"
        "with running(Path(sys.argv[1]), durable=False): print('up', flush=True); time.sleep(60)"
    )
    user = subprocess.Popen([sys.executable, "-c", code, str(home)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert user.stdout.readline() == "up\n"
    user.kill()
    user.communicate()
    assert Postgres(home).answers()  # left behind
    with running(home, durable=False):
        pass
    assert not Postgres(home).answers()  # and stopped by the next one that leaves


def test_an_interrupted_creation_is_begun_again(home):
    server = Postgres(home, durable=False)
    server.data.mkdir(parents=True, mode=0o700)
    server._own(server.data)
    (server.data / "PG_VERSION").write_text("18\n")
    with running(home, durable=False) as url:
        assert value(url)


def test_four_first_starts_at_once_give_one_server(home):
    code = (
        "import sys; from pathlib import Path; from tools.postgres import running\n"
        "with running(Path(sys.argv[1]), durable=False) as url: print(url)"
    )
    command = [sys.executable, "-c", code, str(home)]
    starts = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    outputs = {start.communicate(timeout=60)[0] for start in starts}
    assert len(outputs) == 1
    assert all(start.returncode == 0 for start in starts)


def test_data_of_another_major_version_is_refused_with_advice(home):
    with running(home, durable=False):
        pass
    (Postgres(home).data / "PG_VERSION").write_text("17\n")
    with pytest.raises(SystemExit, match="made by PostgreSQL 17, this is 18"), running(home, durable=False):
        pass
