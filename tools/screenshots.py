"""Photographs the main pages of a fresh demo site in both themes, for docs/images: `bin/screenshots`."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import Any, Literal
from urllib.error import URLError
from urllib.request import urlopen

from tools.home import ROOT
from tools.test import chromium

FOLDER = ROOT / "docs/images"
WIDE, PHONE = (1180, 900), (390, 844)
# name: who looks, at which address, how wide
PAGES: dict[str, tuple[str, str, tuple[int, int]]] = {
    "home": ("", "/", WIDE),
    "forum": ("", "/forums/breast-cancer/", WIDE),
    "thread": ("", "/threads/1/", WIDE),
    "thread-phone": ("", "/threads/1/", PHONE),
    "search": ("", "/search/?q=femara+joint+pian", WIDE),
    "ask": ("patient", "/forums/headache-migraine/ask/", WIDE),
    "help-now": ("", "/help-now/", WIDE),
    "sign-in": ("", "/accounts/login/", PHONE),
    "desk": ("professional", "/account/verification/desk/", WIDE),
    "review": ("moderator", "/admin/credentials/credential/", WIDE),
}
THEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
READY_WITHIN = 180  # seconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(address: str, site: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and site.poll() is None:
        try:
            with urlopen(f"{address}/healthz", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.5)
    raise SystemExit("The demo site did not start; see its site.log.")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bedside-screenshots-") as home:
        port = free_port()
        environ = {**os.environ, "PORT": str(port), "BEDSIDE_HOME": home, "DEMO": "1"}
        environ.pop("DATABASE_URL", None)
        site = subprocess.Popen([sys.executable, "-m", "tools.serve"], cwd=ROOT, env=environ)
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", site)
            photograph(f"http://127.0.0.1:{port}", json.loads(Path(home, "demo-accounts.json").read_text()))
        finally:
            site.send_signal(signal.SIGINT)
            site.wait(timeout=60)


def photograph(address: str, accounts: dict[str, dict[str, str]]) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for theme in THEMES:
            for name, (who, path, (width, height)) in PAGES.items():
                context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
                page = context.new_page()
                if who:
                    sign_in(page, address, accounts[who])
                page.goto(address + path)
                if name == "review":  # the oldest request that waits
                    page.locator("#result_list th a").first.click()
                    page.wait_for_load_state()
                save(page.screenshot(full_page=name == "review"), FOLDER / f"{name}-{theme}.png")
                context.close()
        browser.close()


def sign_in(page: Any, address: str, account: dict[str, str]) -> None:
    page.goto(f"{address}/accounts/login/")
    page.locator("[name=login]").fill(account["username"])
    page.locator("[name=password]").fill(account["password"])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_load_state()


def save(screenshot: bytes, path: Path) -> None:
    """With 128 colours: a third of the size, and no difference to see."""
    from PIL import Image

    Image.open(BytesIO(screenshot)).convert("RGB").quantize(128).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} KB", flush=True)


if __name__ == "__main__":
    main()
