"""What a page that many members share (common.shared_pages) says to one of them alone."""

import uuid
from typing import Any, cast

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import User
from common.quick import quick_row
from common.shown import Shown
from forum.forms import started_now
from forum.models import Reply
from notifications.actions import mark_seen

PRESSED, NOT_PRESSED = 'aria-pressed="true"', 'aria-pressed="false"'


def of_list(request: HttpRequest, _shown: Shown, html: str, _arguments: dict[str, Any]) -> str | None:
    """A list of questions: the same for every member who has blocked nobody."""
    row = quick_row("SELECT EXISTS (SELECT FROM accounts_block WHERE user_id = $1::bigint)", _key(request))
    return None if row is None or row[0] else html


OWN = """
SELECT
    EXISTS (SELECT FROM accounts_block WHERE user_id = $1::bigint)
    OR EXISTS (SELECT FROM forum_draft WHERE user_id = $1::bigint AND place = $2)
    OR EXISTS (
        SELECT FROM forum_reply WHERE thread_id = $3::bigint AND author_id = $1::bigint AND status = 'held'
    ),
    ARRAY(SELECT reply_id FROM forum_helpfulvote WHERE user_id = $1::bigint AND reply_id = ANY($4::bigint[])),
    EXISTS (
        SELECT FROM notifications_subscription
        WHERE user_id = $1::bigint AND thread_id = $3::bigint AND level IN ('all', 'professionals')
    ),
    EXISTS (
        SELECT FROM notifications_notification
        WHERE user_id = $1::bigint AND reply_id = ANY($4::bigint[]) AND read_at IS NULL
    ) OR EXISTS (
        SELECT FROM notifications_notification
        WHERE user_id = $1::bigint AND thread_id = $3::bigint AND read_at IS NULL
    )
"""


def of_thread(request: HttpRequest, shown: Shown, html: str, arguments: dict[str, Any]) -> str | None:
    """A question, for somebody who wrote nothing on the page and has blocked nobody: own votes and an own form."""
    user, thread = _key(request), arguments["thread_id"]
    if user in shown.rows.get(User._meta.db_table, ()):
        return None
    replies = shown.rows.get(Reply._meta.db_table, set())
    row = quick_row(OWN, user, f"reply:{thread}", thread, sorted(replies))
    needs_more, votes, follows, is_news = row or (True, [], False, False)
    if needs_more:
        return None
    if is_news and request.method == "GET":
        mark_seen(user, thread_id=thread, reply_ids=replies)
    if follows:
        html = html.replace(_follow_link(thread, follows=False), _follow_link(thread, follows=True), 1)
    for reply in votes:
        html = _voted(html, reply)
    return _filled(_filled(html, "key", str(uuid.uuid4())), "started", started_now())


def _follow_link(thread: int, *, follows: bool) -> str:
    return render_to_string("components/follow.html", {"thread": {"pk": thread}, "follows": follows})


def _key(request: HttpRequest) -> int:
    return cast(User, request.user).pk


def _filled(html: str, name: str, value: str) -> str:
    """The page with another value in the hidden field of its form, if it has one."""
    before, field, after = html.partition(f'name="{name}" value="')
    return f"{before}{field}{value}{after[after.index('"') :]}" if field else html


def _voted(html: str, reply: int) -> str:
    """The page with the button of this reply pressed (forum/helpful.html)."""
    mark, undo = reverse("forum:reply_helpful", args=[reply]), reverse("forum:reply_helpful_undo", args=[reply])
    before, form, after = html.partition(f'action="{mark}"')
    if not form:
        return html  # the reply is not shown
    return f'{before}action="{undo}"{after.replace(NOT_PRESSED, PRESSED, 1)}'
