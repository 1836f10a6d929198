"""The home folder of a local site (BEDSIDE_HOME) and the environment its processes get."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from tools import postgres

ROOT = Path(__file__).resolve().parent.parent


def caller_folder() -> Path:
    """Where the command was typed; bin/* has moved to the project since."""
    return Path(os.environ.get("BEDSIDE_CALLER") or ROOT)


def home_folder() -> Path:
    """BEDSIDE_HOME as an absolute path, made private to its owner on first use."""
    chosen = os.environ.get("BEDSIDE_HOME")
    home = (caller_folder() / Path(chosen).expanduser()) if chosen else ROOT / ".local"
    home = home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    for name in ("mail", "media"):
        (home / name).mkdir(mode=0o700, exist_ok=True)
    return home


def secret_key(home: Path) -> str:
    """The site's own secret, made once. Two first starts at the same time agree on one."""
    path = home / "secret-key"
    with contextlib.suppress(FileExistsError):
        temporary = home / f".secret-key.{os.getpid()}"
        temporary.touch(mode=0o600)
        temporary.write_text(secrets.token_urlsafe(50))
        try:
            os.link(temporary, path)
        finally:
            temporary.unlink()
    return path.read_text()


def environment(home: Path, host: str = "127.0.0.1", port: int = 8000) -> dict[str, str]:
    """What config/settings.py asks for, filled in for one machine where the caller set nothing."""
    values = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "BEDSIDE_HOME": str(home),
        "SECRET_KEY": secret_key(home),
        "SITE_URL": f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}",
        "MAIL_URL": f"folder://{home / 'mail'}",
        "DEMO": "1",
    }
    if host in ("0.0.0.0", "::"):
        values["ALLOWED_HOSTS"] = "*"
    return {**values, **os.environ, "BEDSIDE_HOME": str(home)}


@contextlib.contextmanager
def database(home: Path, environ: dict[str, str], *, durable: bool = True) -> Iterator[None]:
    """DATABASE_URL in `environ`: the caller's own, or the embedded server for as long as this lasts."""
    if environ.get("DATABASE_URL"):
        yield
        return
    with postgres.running(home, durable=durable) as url:
        environ["DATABASE_URL"] = url
        yield
