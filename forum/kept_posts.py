"""What somebody posted after the session had ended waits in a new session, for half an hour at most.

Signing in on the way back to the form turns it into a draft, which the form shows. Somebody else who
signs in later on a shared device does not get it.
"""

import time
from typing import Any

from django.http import HttpRequest
from django.http.request import QueryDict

from accounts.models import User
from common.http import from_this_site
from common.text import clean_line, clean_text
from forum.actions import save_draft
from forum.models import Draft, Forum
from forum.models.posts import BODY_LIMIT, STORED_BODY_LIMIT, TITLE_LIMIT

SESSION_KEY = "kept_posts"
KEPT_AT_MOST = 5
KEPT_SECONDS = 30 * 60


def keep_post(request: HttpRequest, place: str) -> bool:
    """Keep the posted title and text for the form `place`; False if there is nothing to keep.

    Only what one of our own pages sent: another site must not plant drafts or replace a session.
    """
    data: QueryDict = request.POST
    body = clean_text(data.get("body", ""))[:BODY_LIMIT]
    title = clean_line(data.get("title", ""))[:TITLE_LIMIT]
    if not (body or title) or not from_this_site(request):
        return False
    kept: list[dict[str, Any]] = [post for post in request.session.get(SESSION_KEY, []) if post["place"] != place]
    forum = data.get("forum", "")
    kept.append(
        {
            "place": place,
            "back": request.path,
            "at": int(time.time()),
            "title": title,
            "body": body,
            "forum": int(forum) if forum.isascii() and forum.isdigit() and len(forum) < 10 else None,
            "is_anonymous": bool(data.get("is_anonymous")),
            "keep_out_of_search": bool(data.get("keep_out_of_search")),
        }
    )
    request.session[SESSION_KEY] = kept[-KEPT_AT_MOST:]
    request.session.set_expiry(KEPT_SECONDS)
    return True


def claim_kept_posts(sender: object, request: HttpRequest, user: User, **kwargs: object) -> None:
    """Turn what was kept in this session into drafts of the person who signs in on the way back to the form."""
    kept = request.session.pop(SESSION_KEY, [])
    if kept:
        request.session.set_expiry(None)
    back = request.POST.get("next") or request.GET.get("next")
    by_code = "code" in request.POST  # the last step of such a sign-in does not repeat where the person goes next
    for post in kept:
        if time.time() - post["at"] > KEPT_SECONDS or (back != post["back"] and not (by_code and not back)):
            continue
        earlier = Draft.objects.filter(user=user, place=post["place"]).first()
        if earlier and earlier.body not in post["body"]:
            post["body"] = f"{post['body']}\n\n{earlier.body}"[:STORED_BODY_LIMIT]
        forum = Forum.objects.filter(pk=post["forum"]).first() if post["forum"] else None
        save_draft(
            user,
            post["place"],
            title=post["title"],
            body=post["body"],
            forum=forum,
            is_anonymous=post["is_anonymous"],
            keep_out_of_search=post["keep_out_of_search"],
        )
