"""Getting a database ready for its first use, and again after an update."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import psycopg

from tools.home import ROOT, wants_demo
from tools.postgres import DATABASE

PACKAGES = Path(sys.prefix, "installed")


def fingerprint(paths: Iterable[Path], *more: object) -> str:
    """Changes when one of the files changes, or what else is given."""
    digest = hashlib.sha256(repr(more).encode())
    for path in sorted(paths):
        status = path.stat()
        digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def manage(environ: dict[str, str], *arguments: str) -> None:
    """Run a command of manage.py to its end, also when Ctrl-C is pressed meanwhile: half done helps nobody."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environ, stdout=sys.stderr, start_new_session=True, check=False)
    if done.returncode:
        raise SystemExit(f"`bin/manage {' '.join(arguments)}` failed; the lines above say why.")


def database_stamp(environ: dict[str, str]) -> str | None:
    """What the database was last prepared for. Somebody else's may have changed since, so it has none."""
    if os.environ.get("DATABASE_URL"):
        return None
    with psycopg.connect(environ["DATABASE_URL"]) as connection:
        query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        row = connection.execute(query).fetchone()
    return row[0] if row else None


def prepare_database(environ: dict[str, str]) -> None:
    """Migrations, defaults and the demo community; nothing when all of it is there.

    The stamp that tells is kept in the database itself, so that the two can never disagree.
    """
    inputs = [PACKAGES, *ROOT.glob("*/migrations/*.py"), *ROOT.glob("*/data/*.json")]
    wanted = fingerprint(inputs, wants_demo(environ))
    if database_stamp(environ) == wanted:
        return
    print("Preparing the database", file=sys.stderr, flush=True)
    manage(environ, "migrate", "--verbosity", "0")
    manage(environ, "load_defaults")
    if wants_demo(environ):
        manage(environ, "load_demo")
    if not os.environ.get("DATABASE_URL"):
        with psycopg.connect(environ["DATABASE_URL"]) as connection:
            connection.execute(f"COMMENT ON DATABASE {DATABASE} IS '{wanted}'")


def prepare_static_files(environ: dict[str, str], home: Path) -> None:
    """Collect, join, hash and compress them, when they have changed."""
    wanted = fingerprint([PACKAGES, *(path for path in (ROOT / "static").rglob("*") if path.is_file())])
    stamp = home / "static" / ".prepared"
    if not stamp.exists() or stamp.read_text() != wanted:
        print("Preparing the static files", file=sys.stderr, flush=True)
        manage(environ, "collectstatic", "--no-input", "--clear", "--verbosity", "0")
        stamp.write_text(wanted)
