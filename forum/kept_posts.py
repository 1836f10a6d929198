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
from forum.facts import LABELS, clean_facts
from forum.models import Draft, Forum
from forum.models.posts import BODY_LIMIT, INTEREST_LIMIT, STORED_BODY_LIMIT, TITLE_LIMIT

SESSION_KEY = "kept_posts"
KEPT_AT_MOST = 5
KEPT_SECONDS = 30 * 60


def keep_post(request: HttpRequest, place: str) -> bool:
    """Keep the posted title and text for the form `place`; False if there is nothing to keep.

    Only what one of our own pages sent: another site must not plant drafts or replace a session.
    """
    post = _posted(request, place)
    if post is None:
        return False
    kept: list[dict[str, Any]] = [old for old in request.session.get(SESSION_KEY, []) if old["place"] != place]
    request.session[SESSION_KEY] = [*kept, post][-KEPT_AT_MOST:]
    request.session.set_expiry(KEPT_SECONDS)
    return True


def keep_as_draft(request: HttpRequest, place: str, user: User) -> bool:
    """Keep the same of somebody who is signed in but may not post yet; False if there is nothing to keep."""
    post = _posted(request, place)
    if post:
        _save(user, post)
    return post is not None


def _posted(request: HttpRequest, place: str) -> dict[str, Any] | None:
    data: QueryDict = request.POST
    body = clean_text(data.get("body", ""))[:BODY_LIMIT]
    title = clean_line(data.get("title", ""))[:TITLE_LIMIT]
    if not (body or title) or not from_this_site(request):
        return None
    forum = data.get("forum", "")
    return {
        "place": place,
        "back": request.path,
        "at": int(time.time()),
        "title": title,
        "body": body,
        "forum": int(forum) if forum.isascii() and forum.isdigit() and len(forum) < 10 else None,
        "interest": clean_line(data.get("interest", ""))[:INTEREST_LIMIT],
        "facts": clean_facts({key: data.get(f"fact_{key}", "") for key in LABELS}),
        "is_anonymous": bool(data.get("is_anonymous")),
        "keep_out_of_search": bool(data.get("keep_out_of_search")),
    }


def claim_kept_posts(sender: object, request: HttpRequest, user: User, **kwargs: object) -> None:
    """Turn what was kept in this session into drafts of the person who signs in on the way back to the form."""
    kept = request.session.pop(SESSION_KEY, [])
    if kept:
        request.session.set_expiry(None)
    back = request.POST.get("next") or request.GET.get("next")
    # The last step of a sign-in by code or with a second factor does not repeat where the person goes next.
    by_code = "code" in request.POST or "credential" in request.POST
    for post in kept:
        if time.time() - post["at"] <= KEPT_SECONDS and (back == post["back"] or (by_code and not back)):
            _save(user, post)


def _save(user: User, post: dict[str, Any]) -> None:
    body = post["body"]
    earlier = Draft.objects.filter(user=user, place=post["place"]).first()
    if earlier and earlier.body not in body:
        body = f"{body}\n\n{earlier.body}"[:STORED_BODY_LIMIT]
    save_draft(
        user,
        post["place"],
        title=post["title"],
        body=body,
        forum=Forum.objects.filter(pk=post["forum"]).first() if post["forum"] else None,
        interest=post.get("interest", ""),
        facts=post.get("facts", {}),  # not in a session from before there were any
        is_anonymous=post["is_anonymous"],
        keep_out_of_search=post["keep_out_of_search"],
    )
