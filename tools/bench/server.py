"""The production server over the bench home, for as long as a measurement lasts."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tools.bench.site import bench_environment
from tools.bench.visits import Visitor
from tools.home import ROOT, database
from tools.postgres import Postgres
from tools.prepare import prepare_database, prepare_static_files
from tools.screenshots import free_port
from tools.serve import end_with_parent

SETTINGS, APPLICATION = "tools.bench.settings", "tools.bench.wsgi:application"


class Server(NamedTuple):
    port: int
    pid: int  # of the app server's first process
    database_pid: int
    environ: dict[str, str]

    def visitor(self) -> Visitor:
        return Visitor(self.port)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


def gunicorn(port: int, more: Sequence[str] = ()) -> list[str]:
    """As bin/serve starts it, with what `more` says otherwise."""
    command = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", *more]
    return [*command, "--bind", f"127.0.0.1:{port}", APPLICATION]


@contextmanager
def serving(
    home: Path, *, command: Callable[[int], list[str]] = gunicorn, variables: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Started as bin/serve does it, but without a worker, and with the addresses that only measurements need.

    `command` gives another app server for a port, `variables` go into its environment.
    """
    port = free_port()
    environ = bench_environment(home, SITE_URL=f"http://127.0.0.1:{port}")
    with database(home, environ):
        prepare_database(environ)
        prepare_static_files(environ, home)
        environ |= {"DJANGO_SETTINGS_MODULE": SETTINGS, **(variables or {})}
        (home / "bench.log").unlink(missing_ok=True)  # a server beside this one goes on in its own
        with (home / "bench.log").open("wb") as log:
            process = subprocess.Popen(
                command(port), cwd=ROOT, env=environ, stdout=log, stderr=log, preexec_fn=end_with_parent
            )
        try:
            wait_until_it_answers(process, port, home / "bench.log")
            data = Postgres(home).data
            database_pid = int((data / "postmaster.pid").read_text().split()[0])
            yield Server(port, process.pid, database_pid, environ)
        finally:
            process.terminate()
            try:
                process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        visitor = Visitor(port)
        try:
            visitor.get("/healthz")
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            visitor.close()
    raise SystemExit(f"The app server did not start; see {log}.")
