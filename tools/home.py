"""The home folder of a local site (BEDSIDE_HOME) and the environment its processes get."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from tools import postgres

ROOT = Path(__file__).resolve().parent.parent


def caller_folder() -> Path:
    """Where the command was typed; bin/* has moved to the project since."""
    return Path(os.environ.get("BEDSIDE_CALLER") or ROOT)


def home_folder() -> Path:
    """BEDSIDE_HOME as an absolute path; a new one can be listed by its owner only."""
    chosen = os.environ.get("BEDSIDE_HOME")
    home = (caller_folder() / Path(chosen).expanduser()) if chosen else ROOT / ".local"
    try:
        home = home.resolve()
        # Not 0700: started as root, the database runs as another account and must get to its folder.
        home.mkdir(mode=0o711, parents=True, exist_ok=True)
        for name in ("mail", "media"):
            (home / name).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise SystemExit(f"BEDSIDE_HOME cannot be used: {error}. Choose a folder that you may write to.") from None
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


def address() -> tuple[str, int]:
    """HOST and PORT of the local site."""
    try:
        port = int(os.environ.get("PORT") or 8000)
    except ValueError:
        port = 0
    if not 0 < port < 65536:
        raise SystemExit(f"PORT must be a number from 1 to 65535, not {os.environ['PORT']!r}.")
    return os.environ.get("HOST") or "127.0.0.1", port


def environment(home: Path) -> dict[str, str]:
    """What config/settings.py asks for, filled in for one machine where the caller set nothing."""
    host, port = address()
    everywhere = host in ("0.0.0.0", "::")
    shown = "127.0.0.1" if everywhere else f"[{host}]" if ":" in host else host
    values = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": secret_key(home),
        "SITE_URL": f"http://{shown}:{port}",
        "MAIL_URL": f"folder://{quote(str(home / 'mail'))}",
        "DEMO": "0" if os.environ.get("SITE_URL", "").startswith("https:") else "1",
    }
    if everywhere:
        values["ALLOWED_HOSTS"] = "*"
    return {**values, **os.environ, "BEDSIDE_HOME": str(home)}


def wants_demo(environ: dict[str, str]) -> bool:
    return environ["DEMO"].lower() not in ("0", "false", "no", "off")


@contextlib.contextmanager
def database(home: Path, environ: dict[str, str], *, durable: bool = True) -> Iterator[None]:
    """DATABASE_URL in `environ`: the caller's own, or the embedded server for as long as this lasts."""
    if environ.get("DATABASE_URL"):
        yield
        return
    with postgres.running(home, durable=durable) as url:
        environ["DATABASE_URL"] = url
        yield
