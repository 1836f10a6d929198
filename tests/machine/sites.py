"""A small site in real processes: its database, its people, its web server, and browsers that visit it."""

import fcntl
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import PASSWORD, SYSTEM_ENVIRONMENT
from tools.bench.visits import Visitor
from tools.postgres import Postgres, running
from tools.screenshots import free_port
from tools.serve import end_with_parent

ROOT = Path(__file__).resolve().parents[2]
MEMBERS = ("ann", "ben", "cat", "dan", "eve", "flo")
MAKE = f"""
import django
django.setup()
from django.core.management import call_command
from tests.conftest import make_user
from forum.actions import ask, reply_to
from forum.models import Category, Forum
call_command("migrate", verbosity=0)
people = [make_user(name) for name in {MEMBERS!r}]
make_user("mod", is_staff=True, is_superuser=True)
forum = Forum.objects.create(
    category=Category.objects.create(name="Skin", slug="skin"), name="Moles", slug="moles", description="About moles."
)
thread = ask(by=people[0], forum=forum, title="Is this mole changing?", body="It looks darker.")
reply_to(thread, by=people[1], body="Show it to a doctor.")
"""


@contextmanager
def open_folder():
    """A new folder that the account of the database gets to when the tests run as root.

    Not one of pytest's: each start of pytest closes those of all others.
    """
    with tempfile.TemporaryDirectory(prefix="bedside-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def site_environment(home, database_url, **variables):
    return {
        **SYSTEM_ENVIRONMENT,
        "DJANGO_SETTINGS_MODULE": "tests.machine.site_settings",
        "PYTHONPATH": str(ROOT),
        "SECRET_KEY": "x" * 50,
        "SITE_URL": "http://127.0.0.1",
        "BEDSIDE_HOME": str(home),
        "MAIL_URL": f"folder://{home}",
        "DEMO": "1",
        "DATABASE_URL": database_url,
        "WEB_WORKERS": "1",
        **variables,
    }


def run(environ, *command):
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def site_copy(tmp_path_factory, worker_id):
    """A folder with a site's data, for running(): tables, a moderator, six members, thread 1 with reply 1.

    The site is made once in a run and copied.
    """
    base = tmp_path_factory.getbasetemp()
    archive = (base if worker_id == "master" else base.parent) / "site.tar"
    with archive.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not archive.exists():
            with open_folder() as home:
                with running(home, durable=False) as url:
                    run(site_environment(home, url), "-c", MAKE)
                with tarfile.open(archive, "w") as tar:
                    tar.add(Postgres(home).data, "data")
    with open_folder() as home, tarfile.open(archive) as tar:
        tar.extractall(Postgres(home).data.parent, filter="fully_trusted")
        yield home


@contextmanager
def web_server(environ, log):
    """The production server; its port."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", "config.wsgi"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{port}"],
            cwd=ROOT, env=environ, stdout=output, stderr=output, preexec_fn=end_with_parent,
        )  # fmt: skip
    try:
        wait_for(lambda: process.poll() is not None or answers(port))
        assert process.poll() is None, log.read_text()
        yield port
    finally:
        process.terminate()
        process.wait(timeout=40)


def answers(port):
    visitor = Visitor(port)
    try:
        return visitor.get("/healthz").status == 200
    except OSError:
        return False
    finally:
        visitor.close()


def wait_for(happened):
    """Until it has; a test that waits for ever is a failure."""
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


class Browser(Visitor):
    """A visitor that fills in forms. It keeps every cookie until told otherwise."""

    def __init__(self, port, username=""):
        super().__init__(port)
        if username:
            self.sign_in(username, PASSWORD)

    def page(self, path):
        answer = self.get(path)
        assert answer.status == 200, (path, answer.status, answer.location)
        return answer.body.decode()

    def send(self, shown, path, **fields):
        """The answer to a form of the page `shown`, filled in and sent to `path`."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page(shown))
        return self.ask("POST", path, {"csrfmiddlewaretoken": token[1], **fields})

    def reply(self, text, thread=1):
        path = f"/threads/{thread}/reply/"
        answer = self.send(path, path, body=text)
        assert answer.status == 302, answer.body.decode()
        return int(re.search(r"reply-(\d+)", answer.location)[1])

    def hide(self, reply):
        """What a moderator does: open a case about the reply, and decide it."""
        about = f"/admin/moderation/case/about/reply/{reply}/"
        case = self.send(about, about).location
        assert case, f"{reply} is none of this moderator's business"
        seen = re.search(r'name="seen" value="([^"]*)"', self.page(case))
        decision = {
            "do": "decide",
            "action": "hide",
            "ground": "kind",
            "facts": "An insult.",
            "message": "Be friendly.",
        }
        answer = self.send(case, case, seen=seen[1], **decision)
        assert answer.status == 302, answer.body.decode()
