"""Run the site on this machine: database, migrations, first content, app server and worker.

Everything it starts ends with it, also when it is killed: the children ask the kernel for that.
"""

from __future__ import annotations

import ctypes
import fcntl
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from types import FrameType

from tools.home import ROOT, address, database, environment, home_folder, wants_demo
from tools.prepare import prepare_database, prepare_static_files

PR_SET_PDEATHSIG = 1


def say(text: str) -> None:
    print(text, flush=True)


def end_with_parent() -> None:
    """In a child: have Linux send TERM when the parent dies, so that kill -9 leaves nothing behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Site:
    def __init__(self) -> None:
        self.home = home_folder()
        self.host, self.port = address()
        self.environ = environment(self.home)
        self.log = self.home / "site.log"
        self.children: list[subprocess.Popen[bytes]] = []
        self.stopping = False

    def last_log_lines(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    def claim(self) -> None:
        """Refuse early, with words, what would fail later: a home in use, a port in use."""
        self.lock = (self.home / "serve.lock").open("a")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(
                f"A site is already running from {self.home}.\n"
                "Stop it first, or give this one a folder of its own: PORT=8001 BEDSIDE_HOME=.local2 bin/serve"
            ) from None
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                raise SystemExit(
                    f"Cannot listen on {self.host} port {self.port}: {error.strerror}.\n"
                    f"Choose another one, for example: PORT={self.port + 1} bin/serve"
                ) from None

    def start(self) -> None:
        web = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", "config.wsgi"]
        web += ["--bind", f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"]
        worker = [sys.executable, "manage.py", "ox_worker", "--concurrency", "2", "--verbosity", "0"]
        with self.log.open("ab") as log:
            for command in (web, worker):
                process = subprocess.Popen(
                    command, cwd=ROOT, env=self.environ, stdout=log, stderr=log, preexec_fn=end_with_parent
                )
                self.children.append(process)

    def wait_until_it_answers(self) -> None:
        host = "127.0.0.1" if self.host == "0.0.0.0" else f"[{self.host}]" if ":" in self.host else self.host
        deadline = time.monotonic() + 60
        while not self.stopping and time.monotonic() < deadline:
            if self.children[0].poll() is not None:
                raise SystemExit(f"The app server did not start:\n{self.last_log_lines()}")
            try:
                urllib.request.urlopen(f"http://{host}:{self.port}/healthz", timeout=2).close()
            except urllib.error.HTTPError:
                return  # it answers; what it says is for /readyz
            except OSError:
                time.sleep(0.05)
            else:
                return
        if not self.stopping:
            raise SystemExit(f"The app server does not answer:\n{self.last_log_lines()}")

    def is_stopping(self) -> bool:
        """Whether a signal has come; it may at any moment."""
        return self.stopping

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        self.stopping = True
        for child in self.children:
            if child.poll() is None:
                child.terminate()

    def watch(self) -> int:
        """Until a signal comes or a part of the site ends; the exit code."""
        while not self.stopping:
            for child in self.children:
                if child.poll() is not None:
                    say(f"{self.last_log_lines()}\nA part of the site ended with code {child.returncode}; stopping.")
                    self.stop()
                    return 1
            time.sleep(0.3)
        return 0

    def run(self) -> int:
        self.claim()
        signal.signal(signal.SIGINT, self.stop)
        signal.signal(signal.SIGTERM, self.stop)
        say("Starting the database")
        with database(self.home, self.environ):
            try:
                prepare_database(self.environ)
                prepare_static_files(self.environ, self.home)
                if self.is_stopping():
                    return 0
                self.start()
                self.wait_until_it_answers()
                if not self.is_stopping():
                    self.announce()
                return self.watch()
            finally:
                self.stop()
                for child in self.children:
                    try:
                        child.wait(timeout=40)
                    except subprocess.TimeoutExpired:
                        child.kill()
                say("Stopped.")

    def announce(self) -> None:
        say(f"\nBedside is ready: {self.environ['SITE_URL']}")
        accounts = self.home / "demo-accounts.json"
        if wants_demo(self.environ) and accounts.exists():
            say(f"Demo sign-ins:    {accounts}")
        if self.environ["MAIL_URL"].startswith("folder:"):
            say(f"E-mails go to:    {self.home / 'mail'}")
        say(f"Log:              {self.log}")
        say("Ctrl-C stops everything.")


if __name__ == "__main__":
    sys.exit(Site().run())
