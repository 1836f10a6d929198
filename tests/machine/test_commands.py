"""bin/serve and its neighbours as a person meets them: started, used, killed, started again."""

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import SYSTEM_ENVIRONMENT

pytestmark = pytest.mark.machine
ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Served:
    """A running bin/serve."""

    def __init__(self, home: Path, **variables):
        self.port = int(variables.setdefault("PORT", str(free_port())))
        self.environment = {**SYSTEM_ENVIRONMENT, "BEDSIDE_HOME": str(home), **variables}
        self.process = subprocess.Popen(
            [ROOT / "bin/serve"], cwd="/", env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self.output = ""

    def wait(self):
        """Read its output until it says that the site is ready, or ends."""
        deadline = time.monotonic() + READY_WITHIN
        while "Ctrl-C stops everything" not in self.output and time.monotonic() < deadline:
            line = self.process.stdout.readline()
            if not line:
                break
            self.output += line
        return self

    def get(self, path, **headers):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, response.headers, response.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode(errors="replace")

    def end(self, how=signal.SIGINT):
        os.kill(self.process.pid, how)
        self.output += self.process.communicate(timeout=60)[0]
        return self.process.returncode

    def answers(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def home(tmp_path):
    for folder in [tmp_path, *tmp_path.parents]:
        if str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    return tmp_path / "a home with spaces"


@pytest.fixture
def serve():
    started = []

    def start(*arguments, **variables):
        started.append(Served(*arguments, **variables))
        return started[-1]

    yield start
    for served in started:
        if served.process.poll() is None:
            served.end(signal.SIGTERM)
        served.process.stdout.close()


def test_serve_from_nothing_to_a_working_site_and_again(home, serve):
    site = serve(home).wait()
    assert f"Bedside is ready: http://127.0.0.1:{site.port}" in site.output
    status, headers, page = site.get("/")
    assert status == 200
    assert "Breast cancer" in page
    style = re.search(r"/static/css/site\.[0-9a-f]{12}\.css", page)[0]
    status, headers, _ = site.get(style, **{"Accept-Encoding": "br, gzip"})
    assert (status, headers["Content-Encoding"]) == (200, "br")
    assert "immutable" in headers["Cache-Control"]
    assert site.get("/readyz")[0] == 200
    accounts = json.loads((home / "demo-accounts.json").read_text())
    assert accounts.keys() == {"patient", "professional", "moderator", "administrator"}
    code = "from accounts.models import User; print(User.objects.count())"
    people = subprocess.run(
        [ROOT / "bin/manage", "shell", "--no-imports", "-c", code],
        env=site.environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(people.stdout) > 60

    second = serve(home).wait()
    assert second.process.wait(timeout=30) == 1
    assert "already running" in second.output

    assert site.end() == 0
    assert site.output.rstrip().endswith("Stopped.")
    assert not site.answers()

    again = serve(home).wait()
    assert "Preparing" not in again.output
    assert again.get("/")[0] == 200


def test_kill_9_leaves_nothing_in_the_way(home, serve):
    site = serve(home, DEMO="0").wait()
    os.kill(site.process.pid, signal.SIGKILL)
    site.process.communicate(timeout=60)
    deadline = time.monotonic() + 30
    while site.answers() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not site.answers()
    again = serve(home, DEMO="0", PORT=str(site.port)).wait()
    status, _, page = again.get("/")
    assert (status, "Breast cancer" in page) == (200, True)
    assert not (home / "demo-accounts.json").exists()


def test_two_copies_side_by_side(home, serve):
    one, two = serve(home / "one", DEMO="0"), serve(home / "two", DEMO="0")
    one.wait()
    two.wait()
    assert one.get("/healthz")[0] == two.get("/healthz")[0] == 200


def test_a_taken_port_is_said_in_words(home, serve):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        site = serve(home, PORT=str(other.getsockname()[1])).wait()
        assert site.process.wait(timeout=30) == 1
    assert "Cannot listen on 127.0.0.1 port" in site.output
    assert "PORT=" in site.output


def test_without_a_new_enough_python_it_says_what_to_install(tmp_path):
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("bash", "dirname", "env"):
        (tools / name).symlink_to(f"/usr/bin/{name}")
    old = tools / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && echo Python 3.9.2 && exit 0\nexit 1\n')
    old.chmod(0o755)
    script = tmp_path / "project" / "bin"
    script.mkdir(parents=True)
    for name in ("serve", "_python"):
        (script / name).write_text((ROOT / "bin" / name).read_text())
    environment = {"PATH": str(tools), "HOME": str(tmp_path)}
    done = subprocess.run(
        ["/usr/bin/bash", script / "serve"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Python 3.12 or newer" in done.stderr
    assert "Python 3.9.2" in done.stderr
    assert "sudo apt install" in done.stderr
