"""Marking replies as helpful: two addresses that may be repeated without harm."""

from collections.abc import Callable

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


@require_POST
@members_only(back="forum:reply")
def reply_helpful(request: MemberRequest, reply_id: int) -> HttpResponse:
    return _vote(
        request, reply_id, lambda reply, by: actions.vote_helpful(reply, by=by), _("You marked this reply as helpful.")
    )


@require_POST
@members_only(back="forum:reply")
def reply_helpful_undo(request: MemberRequest, reply_id: int) -> HttpResponse:
    return _vote(
        request, reply_id, lambda reply, by: actions.undo_helpful(reply, by=by), _("Your helpful mark is removed.")
    )


def _vote(request: MemberRequest, reply_id: int, action: Callable[[Reply, User], bool], done: str) -> HttpResponse:
    replies = Reply.objects.visible_to(request.user).select_related("thread__forum")
    reply = get_object_or_404(replies, pk=reply_id)
    try:
        action(reply, request.user)
    except (policies.Refused, LimitReached) as error:
        status = 429 if isinstance(error, LimitReached) else 403
        if wants_fragment(request):
            return HttpResponse(str(error), status=status, content_type="text/plain; charset=utf-8")
        return render(request, "403.html", {"exception": error, "back": reply.get_absolute_url()}, status=status)
    if wants_fragment(request):
        shown = replies.for_page(request.user).get(pk=reply_id)
        count = ngettext("%(n)d person finds it helpful.", "%(n)d people find it helpful.", shown.helpful_count)
        said = f"{done} {count % {'n': shown.helpful_count}}"
        return render(request, "forum/helpful.html", {"reply": shown, "thread": shown.thread, "said": said})
    messages.success(request, done)
    return redirect(address_of(reply, reply.thread))
