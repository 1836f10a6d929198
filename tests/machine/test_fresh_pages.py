"""The production server with two processes, while sixteen readers ask for one page as fast as they can."""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from django.test import Client

from accounts.actions import withdraw_badge
from forum import actions
from tests.conftest import make_user
from tests.machine.test_commands import free_port

pytestmark = pytest.mark.machine
ROOT = Path(__file__).resolve().parents[2]
READERS = 16
ENOUGH = 5  # pages that each reader gets between two changes


@pytest.fixture
def server(transactional_db, tmp_path):
    """The port of the site over the test's own database."""
    url = urlsplit(os.environ["DATABASE_URL"])
    address = urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}"))
    port, log = free_port(), (tmp_path / "log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "-b", f"127.0.0.1:{port}", "config.wsgi"],
        cwd=ROOT, env={**os.environ, "DATABASE_URL": address, "WEB_WORKERS": "2", "LOG_LEVEL": "WARNING"},
        stdout=subprocess.DEVNULL, stderr=log,
    )  # fmt: skip
    try:
        for _ in range(600):
            try:
                with socket.create_connection(("127.0.0.1", port)):
                    break
            except OSError:
                assert process.poll() is None, (tmp_path / "log").read_text()
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=40)
        log.close()


class Reader(threading.Thread):
    """Asks for one page again and again, and notes when it asked and what it got."""

    def __init__(self, port, path, cookie):
        super().__init__(daemon=True)
        self.port, self.path = port, path
        self.headers = {"Host": "testserver", **({"Cookie": cookie} if cookie else {})}
        self.seen = []
        self.stops = False

    def run(self):
        server = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while not self.stops:
            asked = time.perf_counter()
            server.request("GET", self.path, headers=self.headers)
            answer = server.getresponse()
            self.seen.append((asked, answer.status, answer.read().decode()))
        server.close()


def test_no_page_asked_for_after_a_change_shows_what_was_before(
    server, make_thread, helper, clinician, asker, moderator
):
    thread = make_thread()
    professional = actions.reply_to(thread, by=clinician, body="A learned word.")
    plain = actions.reply_to(thread, by=helper, body="A plain word.")
    insult = actions.reply_to(thread, by=make_user("rude"), body="A rude word.")
    member = Client()
    member.force_login(make_user("onlooker"))
    cookie = f"sessionid={member.cookies['sessionid'].value}"
    readers = [Reader(server, thread.get_absolute_url(), cookie if number % 2 else "") for number in range(READERS)]
    for reader in readers:
        reader.start()

    def until_all_have_read(count):
        before = [len(reader.seen) for reader in readers]
        while any(len(reader.seen) < was + count for reader, was in zip(readers, before, strict=True)):
            assert all(reader.is_alive() for reader in readers)
            time.sleep(0.01)

    def take_badge():
        withdraw_badge(clinician, ran_out=False)
        actions.follow_badge(clinician, forgets_titles=True)

    changes = [
        ("A rude word.", lambda: actions.hide(insult, by=moderator)),
        ('data-professional="true"', take_badge),
        ("A plain word.", lambda: actions.update_reply(plain, by=helper, body="A mended word.")),
        (
            f'id="reply-{professional.pk}" data-helpful="0"',
            lambda: actions.vote_helpful(professional, by=asker),
        ),
    ]
    try:
        for old, change in changes:
            until_all_have_read(ENOUGH)
            started = time.perf_counter()
            change()
            done = time.perf_counter()
            until_all_have_read(ENOUGH)
            pages = [page for reader in readers for page in reader.seen]
            assert {status for _, status, _ in pages} == {200}
            before = [page for asked, _, page in pages if asked < started - 0.2]
            after = [page for asked, _, page in pages if asked > done]
            assert all(old in page for page in before[-READERS:]), old
            assert len(after) >= READERS * (ENOUGH - 1)
            assert not any(old in page for page in after), old
    finally:
        for reader in readers:
            reader.stops = True
        for reader in readers:
            reader.join(timeout=60)
