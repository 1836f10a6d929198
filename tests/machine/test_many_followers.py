"""One reply to a question with ten thousand followers: the request, the task that tells them, and their mails."""

import json
import sys

import psycopg
import pytest

from notifications.actions.mailing import PEOPLE
from tests.machine.sites import run, site_copy, site_environment
from tools.postgres import running

pytestmark = [
    pytest.mark.machine,
    pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc"),
]
FEW, MANY = 10, 10_000  # followers of question 1 and of question 2
REQUEST, TASK = 0.1, 60  # seconds of processor time that a reply and what follows from it may take
MEGABYTES = 20  # that many followers may take more than few
MAKE = f"""
import django
django.setup()
from accounts.models import User
from forum.actions import ask
from forum.models import Forum
from notifications.actions import spread_news
from notifications.models import Subscription
ask(by=User.objects.get(username="cat"), forum=Forum.objects.get(), title="Whose back itches?", body="Mine at night.")
spread_news()
people = User.objects.bulk_create(
    [User(username=f"follower{{n}}", email=f"follower{{n}}@example.org", password="!") for n in range({MANY})]
)
for thread, followers in ((1, people[:{FEW}]), (2, people)):
    Subscription.objects.bulk_create([Subscription(user=one, thread_id=thread) for one in followers])
"""
# The processor time of each request, in all threads of the process.
REPLY = """
import json, sys, time
import django
django.setup()
from django.test import Client
from accounts.models import User
client = Client(SERVER_NAME="127.0.0.1")
client.force_login(User.objects.get(username="dan"), backend="accounts.backends.MemberBackend")
used = []
for number, thread in enumerate(sys.argv[1:]):
    before = time.process_time()
    answer = client.post(f"/threads/{thread}/reply/", {"body": f"So did mine, number {number}."})
    used.append(time.process_time() - before)
    assert answer.status_code == 302, answer.content
print(json.dumps(used))
"""
# What an action costs this process and the one of the database that works for it.
ACT = """
import json, os, sys, time
from pathlib import Path
import django
django.setup()
from django.db import connection
from notifications import actions
statements = []
def count(execute, sql, *more):
    statements.append(sql)
    return execute(sql, *more)
def used_by(process):
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
connection.ensure_connection()
backend = connection.connection.info.backend_pid
started, used, used_there = time.monotonic(), time.process_time(), used_by(backend)
with connection.execute_wrapper(count):
    done = getattr(actions, sys.argv[1])()
print(json.dumps({
    "done": done,
    "statements": len(statements),
    "seconds": round(time.monotonic() - started, 2),
    "CPU": round(time.process_time() - used, 3),
    "CPU of the database": round(used_by(backend) - used_there, 2),
    "MB": int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024,
}))
"""


ROWS = """
SELECT count(*), count(DISTINCT user_id), count(DISTINCT mail_id) FROM notifications_notification
WHERE reply_id = (SELECT max(id) FROM forum_reply WHERE thread_id = 2)
"""


def test_ten_thousand_followers_cost_the_request_nothing_and_the_worker_no_memory(tmp_path_factory, worker_id):
    with site_copy(tmp_path_factory, worker_id) as home, running(home, durable=False) as url:
        environ = site_environment(home, url, LOG_LEVEL="ERROR", MAIL_HOLD_SECONDS="0", MAIL_PAUSE_SECONDS="0")

        def reply(*threads):
            return json.loads(run(environ, "-c", REPLY, *threads))

        def tell_and_mail():
            return [json.loads(run(environ, "-c", ACT, name)) for name in ("spread_news", "make_mails")]

        run(environ, "-c", MAKE)
        reply("1")
        few = tell_and_mail()
        *_warm_up, request = reply("1", "1", "1", "2")
        with psycopg.connect(url, autocommit=True) as database:
            assert database.execute(ROWS).fetchone() == (0, 0, 0)  # the database has done nothing for it either
            many = tell_and_mail()
            rows = database.execute(ROWS).fetchone()
    print(f"\nthe request: {request:.3f} s of CPU", *zip(("tell", "mail"), few, many, strict=True), sep="\n")
    assert rows == (MANY + 1,) * 3  # the followers and the asker, each with a mail
    assert request < REQUEST
    for with_few, with_many in zip(few, many, strict=True):
        assert with_many["MB"] - with_few["MB"] < MEGABYTES
        assert with_many["CPU"] + with_many["CPU of the database"] < TASK
    assert many[0]["statements"] == few[0]["statements"]
    assert many[1]["statements"] <= few[1]["statements"] * (MANY / PEOPLE + 1)
