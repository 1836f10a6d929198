"""The home folder of the benchmark's site: one of its own, never that of bin/serve."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from common.progress import ProgressBar
from tools.home import ROOT, caller_folder, environment, home_folder

ABOUT = "bench-site.json"  # written when a site is complete
CONSTANT, BARE = "/bench/constant/", "/bench/bare/"  # addresses of the constant pages (tools.bench.urls)


def bench_home(chosen: str | None) -> Path:
    """The folder, made if it is missing. What the caller set for a site of their own does not count."""
    home = caller_folder() / Path(chosen).expanduser() if chosen else ROOT / ".local" / "bench"
    os.environ["BEDSIDE_HOME"] = str(home)
    for name in ("DATABASE_URL", "REPLICA_URL", "SITE_URL", "HOST", "CACHE_URL", "DJANGO_SETTINGS_MODULE"):
        os.environ.pop(name, None)
    if home.resolve() == ROOT / ".local" or ((home / "serve.lock").exists() and not (home / ABOUT).exists()):
        raise SystemExit(f"{home} belongs to bin/serve; choose another folder with --home.")
    return home_folder()


def bench_environment(home: Path, **values: str) -> dict[str, str]:
    """What the site's processes get. Demo mode, so that the sign-ins work and staff need no second factor."""
    return environment(home) | {"DEMO": "1", "PYTHONPATH": str(ROOT)} | values


class Terminal:
    """Standard error as the progress bar wants it."""

    def write(self, msg: str = "", *, ending: str | None = None) -> None:
        print(msg, end="\n" if ending is None else ending, file=sys.stderr, flush=True)

    def isatty(self) -> bool:
        return sys.stderr.isatty()


def progress_bar() -> ProgressBar:
    return ProgressBar(Terminal())


def read_about(home: Path) -> dict[str, Any]:
    """What `data` wrote about the site it made; ends the program when there is none."""
    if not (home / ABOUT).exists():
        raise SystemExit(f"There is no complete site in {home}. Make one first: bin/bench data --replies 1000000")
    about: dict[str, Any] = json.loads((home / ABOUT).read_text())
    return about
