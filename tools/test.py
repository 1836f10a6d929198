"""Everything that must hold before a change lands: `python -m tools.test [pytest arguments]`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tools.home import ROOT, database, environment, home_folder
from tools.pgbouncer import MISSING as NO_BOUNCER
from tools.pgbouncer import pgbouncer

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_BROWSER = """\
The browser tests need Chromium, and none was found or could be installed.
  Debian, Ubuntu:  sudo apt install chromium
  Fedora:          sudo dnf install chromium
  elsewhere:       .venv/bin/python -m playwright install chromium
CHROMIUM=/path/to/chromium names one in another place; BROWSER=0 leaves the browser tests out."""


# The whole suite; with arguments of the caller, those alone.
IN_PARALLEL = ["-n", str(max(2, min(4, os.cpu_count() or 2)))]


def say(text: str) -> None:
    print(f"\n== {text}", flush=True)


def installed_chromium() -> str | None:
    """The path of a Chromium on this machine: named, on the PATH, or downloaded by Playwright."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found:
        return found
    code = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    path = answer.stdout.strip()
    return path if path and Path(path).exists() else None


def chromium() -> str:
    """The path of a Chromium, which is installed when there is none; ends the program when it cannot be."""
    if path := installed_chromium():
        return path
    say("Installing Chromium for the browser tests")
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        attempts.append(["sh", "-c", "apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium"])
    for command in attempts:
        try:
            done = subprocess.run(command, capture_output=True, timeout=600, check=False).returncode == 0
        except subprocess.TimeoutExpired:
            done = False
        if done and (path := installed_chromium()):
            return path
    raise SystemExit(NO_BROWSER)


def main(arguments: list[str]) -> int:
    # A database of its own below the home folder: the site's must not run with the tests' careless settings.
    os.environ["BEDSIDE_HOME"] = str(home_folder() / "test")
    home = home_folder()
    # A variable of the caller's own site must not reach the tests.
    for name in (
        "SITE_NAME",
        "CONTACT_EMAIL",
        "CACHE_URL",
        "TRUSTED_PROXIES",
        "ALLOWED_HOSTS",
        "PGBOUNCER",
        "REPLICA_URL",
        "MEDIA_STORAGE",
        "HOST",
        "PORT",
        "LEAVE_URL",
        "MINIMUM_AGE",
        "REQUIRE_SECOND_FACTOR",
        "SECRET_KEY_FALLBACKS",
        "CREDENTIAL_VALID_MONTHS",
        "CREDENTIAL_TWO_REVIEWERS",
        "EVIDENCE_KEPT_DAYS",
        "EVIDENCE_SCANNER",
        "NPI_LOOKUP",
    ):
        os.environ.pop(name, None)
    environ = environment(home)
    environ |= {"DJANGO_SETTINGS_MODULE": "config.test_settings", "PYTHONPATH": str(ROOT), "DEMO": "1"}
    environ |= {"SITE_URL": "http://testserver", "MAIL_URL": f"folder://{home / 'mail'}"}
    parallel = [] if arguments else IN_PARALLEL
    left_out = []
    if os.environ.get("BROWSER") == "0":
        say("BROWSER=0: the browser tests are left out")
        left_out.append("browser")
    else:
        environ["CHROMIUM"] = chromium()
    if os.environ.get("BOUNCER") == "0":
        say("BOUNCER=0: the tests with PgBouncer are left out")
        left_out.append("pgbouncer")
    elif bouncer := pgbouncer():
        environ["BOUNCER"] = bouncer
    else:
        say(NO_BOUNCER)
    if left_out:
        arguments = ["-m", " and ".join(f"not {name}" for name in left_out), *arguments]
    run = [sys.executable, "-m"]
    scripts = [
        "bin/_python",
        "bin/serve",
        "bin/bench",
        "bin/test",
        "bin/manage",
        "bin/lock",
        "bin/screenshots",
        ".ci/run",
        "deploy/backup.sh",
    ]
    steps = [
        ("Lint", [*run, "ruff", "check", "."]),
        ("Format", [*run, "ruff", "format", "--check", "."]),
        ("Templates", [*run, "djlint", "--quiet", "--lint", "templates"]),
        ("Shell scripts", [str(Path(sys.executable).with_name("shellcheck")), "-x", "-P", "bin", *scripts]),
        ("Types", [*run, "mypy", "."]),
        ("Migrations", [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]),
        ("Tests", [*run, "pytest", *parallel, *arguments]),
    ]
    failed = []
    with database(home, environ, durable=False):
        for name, command in steps:
            say(name)
            started = time.monotonic()
            if subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode:
                failed.append(name)
            print(f"   {time.monotonic() - started:.0f} s", flush=True)
    say(f"Failed: {', '.join(failed)}" if failed else "Everything passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
