"""What somebody posted after the session had ended waits in the new session until the next sign-in.

Then it becomes a draft, and the form that the person is sent back to shows it.
"""

from typing import Any

from django.http import HttpRequest
from django.http.request import QueryDict

from accounts.models import User
from common.http import from_this_site
from common.text import clean_line, clean_text
from forum.actions import save_draft
from forum.models import Forum
from forum.models.posts import STORED_BODY_LIMIT, TITLE_LIMIT

SESSION_KEY = "kept_posts"
KEPT_AT_MOST = 5


def keep_post(request: HttpRequest, place: str) -> bool:
    """Keep the posted title and text for the form `place`; False if there is nothing to keep.

    Only what one of our own pages sent: another site must not plant drafts or replace a session.
    """
    data: QueryDict = request.POST
    body = clean_text(data.get("body", ""))[:STORED_BODY_LIMIT]
    title = clean_line(data.get("title", ""))[:TITLE_LIMIT]
    if not (body or title) or not from_this_site(request):
        return False
    kept: list[dict[str, Any]] = [post for post in request.session.get(SESSION_KEY, []) if post["place"] != place]
    forum = data.get("forum", "")
    kept.append(
        {
            "place": place,
            "title": title,
            "body": body,
            "forum": int(forum) if forum.isascii() and forum.isdigit() and len(forum) < 10 else None,
            "is_anonymous": bool(data.get("is_anonymous")),
        }
    )
    request.session[SESSION_KEY] = kept[-KEPT_AT_MOST:]
    return True


def claim_kept_posts(sender: object, request: HttpRequest, user: User, **kwargs: object) -> None:
    """Turn what was kept in this session into drafts of the person who signs in."""
    for post in request.session.pop(SESSION_KEY, []):
        forum = Forum.objects.filter(pk=post["forum"]).first() if post["forum"] else None
        save_draft(
            user, post["place"], title=post["title"], body=post["body"], forum=forum, is_anonymous=post["is_anonymous"]
        )
