"""Two thousand replies while workers are killed and the mail server fails: everybody hears of each of them once."""

import logging
import random
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import contextmanager

import psycopg
import pytest

from tests.machine.mail_server import DROPPED_AFTER, FAILURES, FailingServer
from tests.machine.sites import ROOT, run, site_copy, site_environment, wait_for
from tools.postgres import running
from tools.serve import end_with_parent

pytestmark = pytest.mark.machine
SEED = 8
REPLIES, WRITERS, THREADS, PEOPLE, FOLLOWERS = 2000, 20, 20, 12, 4
KILLS, WORKERS, SENDERS = 20, 2, 2  # senders in each worker
PAUSE, RETRY = 1, 2  # seconds between two mails to one person, and before the first new try
AT_MOST = 600  # seconds for all of it

MAKE = f"""
import django
django.setup()
from tests.conftest import make_user
from forum.actions import ask
from forum.models import Forum
from notifications.actions import choose, follow
people = [make_user(f"person{{number}}") for number in range({PEOPLE})]
for number in range({WRITERS}):
    choose(make_user(f"writer{{number}}"), {{}}, follows_own=False)
for number in range({THREADS}):
    asker, *others = [people[(number + step) % {PEOPLE}] for step in range({FOLLOWERS})]
    thread = ask(by=asker, forum=Forum.objects.get(), title=f"Is mole {{number}} changing?", body="It looks darker.")
    for follower in others:
        follow(thread.pk, "all", by=follower)
"""
WRITE = f"""
import sys
import django
django.setup()
from accounts.models import User
from forum.actions import reply_to
from forum.models import Thread
half = int(sys.argv[1])
writers = User.objects.filter(username__startswith="writer").order_by("pk")[half::2]
threads = Thread.objects.filter(title__contains="Is mole").order_by("pk")[half::2]
for number in range({REPLIES // 2}):
    body = f"Mine was number {{number}} of {{half}}, and it was nothing."
    reply_to(threads[number % len(threads)], by=writers[number % len(writers)], body=body)
"""
EXPECTED = """
SELECT s.user_id, r.id FROM forum_reply r
JOIN notifications_subscription s ON s.thread_id = r.thread_id AND s.user_id <> r.author_id
WHERE r.status = 'published'
"""
LEFT = """
SELECT (SELECT count(*) FROM notifications_news) AS replies_not_told,
    (SELECT count(*) FROM notifications_notification WHERE mail_due_at IS NOT NULL) AS notifications_without_mail,
    (SELECT count(*) FROM notifications_mail WHERE ended_at IS NULL) AS mails_not_sent
"""


class Workers:
    """Two workers; who is killed is followed by another one."""

    def __init__(self, environ, home):
        self.environ, self.home = environ, home
        self.random = random.Random(SEED)
        self.started = self.kills = 0
        self.processes = {}

    def start(self, place):
        self.started += 1
        beat = self.home / f"beat-{self.started}"
        command = ["manage.py", "ox_worker", "--concurrency", str(SENDERS), "--verbosity", "0"]
        with (self.home / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *command, "--heartbeat-file", beat],
                cwd=ROOT, env=self.environ, stdout=log, stderr=log, preexec_fn=end_with_parent,
            )  # fmt: skip
        self.processes[place] = process, beat

    def is_up(self, place):
        process, beat = self.processes[place]
        assert process.poll() is None, (self.home / "worker.log").read_text()
        return beat.exists()

    def kill(self, place):
        process, _beat = self.processes[place]
        process.kill()
        process.wait()
        self.kills += 1
        self.start(place)

    def kill_many(self, server):
        """Half of them at any moment, the others all at once while a mail has been handed over but not answered."""
        while self.kills < KILLS:
            place = self.random.randrange(WORKERS)
            wait_for(lambda place=place: self.is_up(place))
            if self.random.random() < 1 / 2:
                time.sleep(self.random.uniform(0, 1.5))
                self.kill(place)
            elif server.is_answering_slowly.wait(timeout=2):
                for one in range(min(WORKERS, KILLS - self.kills)):
                    self.kill(one)

    @contextmanager
    def working(self):
        for place in range(WORKERS):
            self.start(place)
        try:
            yield
        finally:
            for process, _beat in self.processes.values():
                process.terminate()
            for process, _beat in self.processes.values():
                process.wait(timeout=40)


@contextmanager
def writing(environ):
    """Two processes that write all replies; it ends when both have."""
    command = [sys.executable, "-c", WRITE]
    writers = [
        subprocess.Popen([*command, str(half)], cwd=ROOT, env=environ, stderr=subprocess.PIPE, text=True)
        for half in range(2)
    ]
    try:
        yield
        for writer in writers:
            _out, errors = writer.communicate(timeout=AT_MOST)
            assert writer.returncode == 0, errors
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()


def wait_until_nothing_is_left(database, until):
    while True:
        left = database.execute(LEFT).fetchone()
        if not any(left):
            return
        names = "replies not told, notifications without a mail, mails not sent"
        assert time.monotonic() < until, f"after {AT_MOST} s there are still {left} ({names})"
        time.sleep(0.2)


def check_notifications(database):
    """Every follower has one of each reply, and each of them is in one mail that was sent."""
    expected = set(database.execute(EXPECTED).fetchall())
    assert len(expected) == REPLIES * FOLLOWERS + 1  # and the one that the site came with
    rows = database.execute("SELECT user_id, reply_id FROM notifications_notification").fetchall()
    assert len(rows) == len(expected)
    assert set(rows) == expected
    outcomes = """
    SELECT m.outcome, m.letter, m.user_id = n.user_id, count(*)
    FROM notifications_notification n LEFT JOIN notifications_mail m ON m.id = n.mail_id GROUP BY 1, 2, 3
    """
    assert database.execute(outcomes).fetchall() == [("sent", "news", True, len(rows))]


def check_batches(database):
    """Who got a mail gets the next one after the pause, with all that came meanwhile; none was made for nothing."""
    too_soon = """
    SELECT count(*) FROM notifications_mail a JOIN notifications_mail b ON a.user_id = b.user_id AND a.id <> b.id
    WHERE b.made_at BETWEEN a.made_at AND a.made_at + %s * interval '1 second'
    """
    assert database.execute(too_soon, [PAUSE]).fetchone() == (0,)
    assert database.execute("SELECT DISTINCT outcome FROM notifications_mail").fetchall() == [("sent",)]


def check_mails(database, server):
    """Each mail was accepted under one Message-ID by its own reader, and no mail was that is not there.

    One that was accepted more than once was in doubt each time but the last: its sender was killed or cut off before it
    could note that the mail was sent.
    """
    mails = database.execute("SELECT m.id, u.email FROM notifications_mail m JOIN accounts_user u ON u.id = m.user_id")
    assert {(one.message_id, one.address) for one in server.taken} == {
        (f"<{key.hex}@127.0.0.1>", email) for key, email in mails
    }
    times = defaultdict(list)
    for one in server.taken:
        times[one.message_id].append(one)
    assert not [one for repeats in times.values() for one in repeats[:-1] if one.is_settled]


@contextmanager
def quiet(name):
    """Without the log lines of a package that says everything it does."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.ERROR)
    yield
    logger.setLevel(level)


def test_whatever_is_killed_and_fails_every_follower_hears_once_of_every_reply(tmp_path_factory, worker_id):
    server, until = FailingServer(SEED), time.monotonic() + AT_MOST
    with (
        quiet("mail.log"),
        site_copy(tmp_path_factory, worker_id) as home,
        running(home, durable=False) as url,
        server.listening() as mail_url,
        psycopg.connect(url, autocommit=True) as database,
    ):
        environ = site_environment(
            home, url, DJANGO_SETTINGS_MODULE="tests.machine.worker_settings", LOG_LEVEL="ERROR", MAIL_URL=mail_url,
            MAIL_HOLD_SECONDS="0", MAIL_PAUSE_SECONDS=str(PAUSE), MAIL_RETRY_SECONDS=str(RETRY),
        )  # fmt: skip
        run(environ, "-c", MAKE)
        workers = Workers(environ, home)
        started = time.monotonic()
        with workers.working():
            with writing(environ):
                workers.kill_many(server)
                written = database.execute("SELECT count(*) FROM forum_reply").fetchone()[0]
            wait_until_nothing_is_left(database, until)
        took = time.monotonic() - started
        mails = database.execute("SELECT count(*) FROM notifications_mail").fetchone()[0]
        in_doubt = [one for one in server.taken if not one.is_settled]
        cut_off, repeats = sum(one.was_dropped for one in in_doubt), len(server.taken) - mails
        print(f"\n{REPLIES} replies, {REPLIES * FOLLOWERS} notifications, {mails} mails in {took:.0f} s")
        print(f"{workers.kills} kills, the last after {written} replies")
        print(f"{server.deliveries} deliveries, {server.failures.total()} of them failed:")
        print(*(f"{way}: {count}" for way, count in sorted(server.failures.items())), sep="; ")
        print(f"{len(server.taken)} accepted; {len(in_doubt)} in doubt, {cut_off} of them cut off; {repeats} repeats")
        check_notifications(database)
        check_batches(database)
        check_mails(database, server)
    assert workers.kills == KILLS
    assert server.failures.total() > server.deliveries / 5
    assert min(server.failures[way] for way in FAILURES) > 0
    assert cut_off <= server.failures[DROPPED_AFTER]  # some senders were killed before it came to that
    assert len(in_doubt) - cut_off <= KILLS * SENDERS
    assert repeats <= len(in_doubt)
