"""People who write, for `bin/bench write`: `python -m tools.bench.crowd make|check|tidy`, JSON in and out.

Their names and session keys begin like nobody else's, so that everything they leave can be taken away again.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

NAMES = "bench-writer-"
HOT = """
SELECT id FROM forum_thread WHERE status = 'published' ORDER BY reply_count = 5000 DESC, reply_count DESC, id LIMIT 1
"""
SESSIONS = "benchwriter"
OWN = f"(SELECT id FROM accounts_user WHERE starts_with(username, '{NAMES}'))"


def make(people: int, replies: int) -> dict[str, Any]:
    """So many people, each with a session as a browser has it, and a thread with its most helpful replies."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.core import signing
    from django.db import connection, transaction
    from django.http import HttpRequest
    from django.middleware.csrf import get_token
    from django.utils import timezone

    from accounts.middleware import SEEN, STARTED
    from accounts.models import User
    from forum.forms import STARTED_SALT
    from forum.models import Post, Reply

    with connection.cursor() as cursor:
        cursor.execute(HOT)
        thread = cursor.fetchone()[0]
    tidy(thread)
    now = timezone.now()
    writers = [
        User(username=f"{NAMES}{n}", password="!", date_joined=now - timedelta(days=100)) for n in range(1, people + 1)
    ]
    store, sessions, visitors = SessionStore(), [], []
    with transaction.atomic():
        User.objects.bulk_create(writers, batch_size=1000)
        for writer in writers:
            values = {
                SESSION_KEY: str(writer.pk), BACKEND_SESSION_KEY: "accounts.backends.MemberBackend",
                HASH_SESSION_KEY: writer.get_session_auth_hash(),
                STARTED: int(time.time()), SEEN: int(time.time()),
            }  # fmt: skip
            key, request = SESSIONS + secrets.token_hex(10), HttpRequest()
            token = get_token(request)  # puts what belongs into the cookie beside it
            sessions.append(
                Session(session_key=key, session_data=store.encode(values), expire_date=now + timedelta(days=1))
            )
            cookie = f"sessionid={key}; csrftoken={request.META['CSRF_COOKIE']}"
            visitors.append({"cookie": cookie, "token": token})
        Session.objects.bulk_create(sessions, batch_size=1000)
    shown = Reply.objects.filter(thread=thread, status=Post.Status.PUBLISHED).order_by("-helpful_count", "pk")
    return {
        "thread": thread,
        "replies": list(shown.values_list("pk", flat=True)[:replies]),
        "people": visitors,
        "started": signing.dumps(int(time.time()) - 60, salt=STARTED_SALT),
    }


def check(thread: int) -> dict[str, Any]:
    """How many rows of the thread have each counter wrong, and how many votes and replies of the people there are."""
    from django.db import connection

    from forum.actions.recounting import COUNTERS

    places = {"forum_reply": "t.thread_id = %s", "forum_thread": "t.id = %s"}
    wrong: dict[str, int] = {}
    with connection.cursor() as cursor:
        for counter in COUNTERS:
            if place := places.get(counter.table):
                cursor.execute(
                    f"SELECT count(*) FROM {counter.table} t WHERE {place} AND t.{counter.column} <> {counter.counted}",
                    [thread],
                )
                if rows := cursor.fetchone()[0]:
                    wrong[f"{counter.table}.{counter.column}"] = rows
        cursor.execute(f"SELECT count(*) FROM forum_helpfulvote WHERE user_id IN {OWN}")
        votes = cursor.fetchone()[0]
        cursor.execute(
            f"SELECT count(*), count(*) FILTER (WHERE status = 'published') FROM forum_reply WHERE author_id IN {OWN}"
        )
        replies, published = cursor.fetchone()
    return {"wrong": wrong, "votes": votes, "replies": replies, "published": published}


def tidy(thread: int) -> None:
    """Take the people away with all they wrote, and count the thread anew: the site is what it was."""
    from django.contrib.sessions.models import Session
    from django.db import connection, transaction

    from accounts.models import User
    from forum.actions.tally import counted_anew, locked_thread
    from forum.models import Reply
    from search.models import StaleDocument

    writers = User.objects.filter(username__startswith=NAMES)
    with transaction.atomic(), connection.cursor() as cursor:
        was_stale = StaleDocument.objects.filter(thread_id=thread).exists()
        with counted_anew(locked_thread(thread)):
            Reply.objects.filter(author__in=writers).delete()
            cursor.execute(
                f"WITH gone AS (DELETE FROM forum_helpfulvote WHERE user_id IN {OWN} RETURNING reply_id), "
                "counted AS (SELECT reply_id, count(*) AS votes FROM gone GROUP BY reply_id) "
                "UPDATE forum_reply r SET helpful_count = helpful_count - c.votes "
                "FROM counted c WHERE c.reply_id = r.id"
            )
        writers.delete()
        Session.objects.filter(session_key__startswith=SESSIONS).delete()
        if not was_stale:
            StaleDocument.objects.filter(thread_id=thread).delete()


def main() -> None:
    django.setup()
    name, values = sys.argv[1], json.load(sys.stdin)
    steps: dict[str, Callable[..., Any]] = {"make": make, "check": check, "tidy": tidy}
    json.dump(steps[name](**values), sys.stdout)


if __name__ == "__main__":
    main()
