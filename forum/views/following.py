"""Following a question: a small form that works without JavaScript."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.http import MemberRequest
from forum.http import members_only, or_gone
from forum.models import Thread
from notifications.actions import follow
from notifications.models import Subscription

Level = Subscription.Level
SAID = {
    Level.ALL: _("You will hear of every reply to this question."),
    Level.PROFESSIONALS: _("You will hear of replies by medical professionals, and when somebody writes to you."),
    Level.MINE: _("You will hear of this question only when somebody writes to you."),
    Level.MUTED: _("You will hear nothing more of this question."),
}


class FollowForm(forms.Form):
    level = forms.ChoiceField(
        label=_("What do you want to hear of?"), choices=Level.choices, widget=forms.RadioSelect, initial=Level.ALL
    )


@require_http_methods(["GET", "HEAD", "POST"])
@members_only()
@or_gone
def thread_follow(request: MemberRequest, thread_id: int) -> HttpResponse:
    threads = Thread.objects.visible_to(request.user).with_blocks_by(request.user).select_related("forum__category")
    thread = get_object_or_404(threads, pk=thread_id)
    now = Subscription.objects.filter(user=request.user, thread=thread).first()
    form = FollowForm(request.POST or None, initial={"level": now.level} if now else {})
    if request.method == "POST" and form.is_valid():
        level = form.cleaned_data["level"]
        follow(thread.pk, level, by=request.user)
        messages.success(request, str(SAID[level]))
        return redirect(thread)
    status = 400 if form.errors else 200
    return render(request, "forum/thread_follow.html", {"thread": thread, "form": form, "now": now}, status=status)
