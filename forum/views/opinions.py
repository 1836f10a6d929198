"""Agreeing with a reply and cautioning about one: for verified medical professionals."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.http import MemberRequest
from accounts.limits import LimitReached
from forum import actions, policies
from forum.actions.opinions import PROFESSIONALS_ONLY
from forum.forms import CautionForm
from forum.http import members_only
from forum.models import PeerOpinion, Reply
from forum.places import address_of
from forum.views.writing import UNPROCESSABLE, form_methods, posted


def _visible_reply(request: MemberRequest, reply_id: int) -> Reply:
    replies = Reply.objects.visible_to(request.user).select_related("thread__forum", "author")
    return get_object_or_404(replies, pk=reply_id)


def _refusal(request: MemberRequest, reply: Reply, error: Exception) -> HttpResponse:
    status = 429 if isinstance(error, LimitReached) else 403
    return render(request, "403.html", {"exception": error, "back": reply.get_absolute_url()}, status=status)


@require_POST
@members_only(back="forum:reply")
def reply_agree(request: MemberRequest, reply_id: int) -> HttpResponse:
    reply = _visible_reply(request, reply_id)
    try:
        actions.agree(reply, by=request.user)
    except (policies.Refused, LimitReached) as error:
        return _refusal(request, reply, error)
    messages.success(request, _("Your agreement is shown below the reply."))
    return redirect(address_of(reply, reply.thread))


@require_POST
@members_only(back="forum:reply")
def reply_opinion_withdraw(request: MemberRequest, reply_id: int) -> HttpResponse:
    """The way back from both, agreement and caution."""
    reply = _visible_reply(request, reply_id)
    if actions.withdraw_opinion(reply, by=request.user):
        messages.success(request, _("What you said about this reply is taken back."))
    return redirect(address_of(reply, reply.thread))


@form_methods
@members_only()
def reply_caution(request: MemberRequest, reply_id: int) -> HttpResponse:
    reply = _visible_reply(request, reply_id)
    if not policies.can_give_opinion(request.user, reply):
        return _refusal(request, reply, policies.Refused(PROFESSIONALS_ONLY))
    own = PeerOpinion.objects.filter(reply=reply, user=request.user).first()
    form = CautionForm(posted(request), initial={"text": own.text if own else ""})
    context = {
        "form": form,
        "reply": reply,
        "thread": reply.thread,
        "has_caution": bool(own and own.text),
        "agrees": bool(own and not own.text),
    }
    if request.method != "POST" or not form.is_valid():
        return render(request, "forum/reply_caution.html", context, status=UNPROCESSABLE if form.errors else 200)
    try:
        actions.caution(reply, by=request.user, text=form.cleaned_data["text"])
    except (policies.Refused, LimitReached) as error:
        form.add_error(None, str(error))
        status = 429 if isinstance(error, LimitReached) else 409
        return render(request, "forum/reply_caution.html", context, status=status)
    messages.success(request, _("Your caution is shown below the reply."))
    return redirect(address_of(reply, reply.thread))
