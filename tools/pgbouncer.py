"""A PgBouncer in transaction mode in front of an embedded PostgreSQL, for tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from tools.postgres import DATABASE, Postgres
from tools.serve import end_with_parent

MISSING = """\
The tests of the site behind PgBouncer need it, and it was not found or could not be installed.
  Debian, Ubuntu:  sudo apt install pgbouncer
  Fedora:          sudo dnf install pgbouncer
  macOS:           brew install pgbouncer
BOUNCER=/path/to/pgbouncer names one in another place; BOUNCER=0 leaves these tests out."""
PORT = 6432
CONFIGURATION = """\
[databases]
{database} = host={socket} dbname={database} user=postgres
[pgbouncer]
listen_addr =
listen_port = {port}
unix_socket_dir = {socket}
auth_type = any
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 200
"""


def installed() -> str | None:
    """The path of PgBouncer on this machine: named, or where systems put it."""
    named = os.environ.get("BOUNCER")
    # Debian's lies where only root looks.
    return named or shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")


def pgbouncer() -> str | None:
    """The path of PgBouncer, which is installed when there is none and we may."""
    if not installed() and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing PgBouncer", flush=True)
        # RUNLEVEL=1 keeps Debian from running it as a service.
        install = (
            "apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive "
            "apt-get install -y -qq --no-install-recommends pgbouncer"
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(["sh", "-c", install], capture_output=True, timeout=300, check=False)
    return installed()


@contextlib.contextmanager
def bouncing(server: Postgres, folder: Path, *, connections: int) -> Iterator[str]:
    """The URL of the server's database through a PgBouncer that opens so many connections to it at most."""
    program = pgbouncer()
    if not program:
        raise SystemExit(MISSING)
    configuration = folder / "pgbouncer.ini"
    configuration.write_text(CONFIGURATION.format(database=DATABASE, socket=server.socket, port=PORT, size=connections))
    with (folder / "pgbouncer.log").open("wb") as log:
        process = subprocess.Popen(
            [program, configuration], cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            preexec_fn=end_with_parent, **server.identity,
        )  # fmt: skip
    try:
        door = server.socket / f".s.PGSQL.{PORT}"
        deadline = time.monotonic() + 20
        while not door.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"PgBouncer did not start:\n{(folder / 'pgbouncer.log').read_text()}")
            time.sleep(0.02)
        yield f"postgresql://postgres@:{PORT}/{DATABASE}?host={quote(str(server.socket), safe='/')}"
    finally:
        process.terminate()
        process.wait(timeout=20)
