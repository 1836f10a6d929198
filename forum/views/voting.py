"""Marking replies as helpful: two addresses that may be repeated without harm."""

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.http import MemberRequest
from accounts.limits import LimitReached
from common.http import wants_fragment
from forum import actions, policies
from forum.http import members_only
from forum.models import Reply
from forum.places import address_of

MARKED, TAKEN_BACK = _("You marked this reply as helpful."), _("Your helpful mark is removed.")


@require_POST
@members_only(back="forum:reply")
def reply_helpful(request: MemberRequest, reply_id: int) -> HttpResponse:
    try:
        vote = actions.vote_for(reply_id, by=request.user)
    except Reply.DoesNotExist:
        raise Http404 from None
    except (policies.Refused, LimitReached) as error:
        return _refused(request, reply_id, error)
    return _done(request, reply_id, vote.votes, is_marked=True)


@require_POST
@members_only(back="forum:reply")
def reply_helpful_undo(request: MemberRequest, reply_id: int) -> HttpResponse:
    reply = get_object_or_404(Reply.objects.visible_to(request.user).select_related("thread__forum"), pk=reply_id)
    try:
        actions.undo_helpful(reply, by=request.user)
    except policies.Refused as error:
        return _refused(request, reply_id, error)
    return _done(request, reply_id, reply.helpful_count, is_marked=False)


def _refused(request: MemberRequest, reply_id: int, error: Exception) -> HttpResponse:
    status = 429 if isinstance(error, LimitReached) else 403
    if wants_fragment(request):
        return HttpResponse(str(error), status=status, content_type="text/plain; charset=utf-8")
    context = {"exception": error, "back": reverse("forum:reply", args=[reply_id])}
    return render(request, "403.html", context, status=status)


def _done(request: MemberRequest, reply_id: int, votes: int, *, is_marked: bool) -> HttpResponse:
    """To the reply; or for our script what it has to change on the button, and to say."""
    done = MARKED if is_marked else TAKEN_BACK
    if wants_fragment(request):
        count = ngettext("%(n)d person finds it helpful.", "%(n)d people find it helpful.", votes) % {"n": votes}
        action = reverse("forum:reply_helpful_undo" if is_marked else "forum:reply_helpful", args=[reply_id])
        return JsonResponse({"action": action, "pressed": is_marked, "votes": votes, "said": f"{done} {count}"})
    messages.success(request, str(done))
    reply = get_object_or_404(Reply.objects.visible_to(request.user).select_related("thread__forum"), pk=reply_id)
    return redirect(address_of(reply, reply.thread))
