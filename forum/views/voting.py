"""Marking replies as helpful: two addresses that may be repeated without harm."""

from typing import Protocol

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.http import MemberRequest
from accounts.limits import LimitReached
from accounts.models import User
from common.http import wants_fragment
from forum import actions, policies
from forum.http import members_only
from forum.models import Reply
from forum.places import address_of

# Texts may be long, and the answer to a vote shows none.
UNSHOWN = ("body", "body_html", "thread__body", "thread__body_html", "author__bio")


@require_POST
@members_only(back="forum:reply")
def reply_helpful(request: MemberRequest, reply_id: int) -> HttpResponse:
    return _vote(request, reply_id, actions.vote_helpful, _("You marked this reply as helpful."), is_marked=True)


@require_POST
@members_only(back="forum:reply")
def reply_helpful_undo(request: MemberRequest, reply_id: int) -> HttpResponse:
    return _vote(request, reply_id, actions.undo_helpful, _("Your helpful mark is removed."), is_marked=False)


class Action(Protocol):
    def __call__(self, reply: Reply, *, by: User) -> bool: ...


def _vote(request: MemberRequest, reply_id: int, action: Action, done: str, *, is_marked: bool) -> HttpResponse:
    replies = Reply.objects.visible_to(request.user).select_related("thread__forum")
    if wants_fragment(request):
        replies = replies.for_page(request.user)
    reply = get_object_or_404(replies.defer(*UNSHOWN), pk=reply_id)
    try:
        action(reply, by=request.user)
    except (policies.Refused, LimitReached) as error:
        status = 429 if isinstance(error, LimitReached) else 403
        if wants_fragment(request):
            return HttpResponse(str(error), status=status, content_type="text/plain; charset=utf-8")
        return render(request, "403.html", {"exception": error, "back": reply.get_absolute_url()}, status=status)
    if wants_fragment(request):
        reply.voted_by_me = is_marked  # type: ignore[attr-defined]  # by for_page(), of a moment ago
        count = ngettext("%(n)d person finds it helpful.", "%(n)d people find it helpful.", reply.helpful_count)
        said = f"{done} {count % {'n': reply.helpful_count}}"
        return render(request, "forum/helpful.html", {"reply": reply, "thread": reply.thread, "said": said})
    messages.success(request, done)
    return redirect(address_of(reply, reply.thread))
