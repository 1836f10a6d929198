"""Following questions, forums and professional fields: small forms that work without JavaScript."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import MemberRequest
from accounts.professions import SPECIALTIES
from common.metadata import Metadata
from forum.http import members_only, or_gone
from forum.models import Forum, Thread
from notifications.actions import follow, follow_area, unfollow_area
from notifications.models import Subscription

Level = Subscription.Level
SAID = {
    Level.ALL: _("You will hear of every reply to this question."),
    Level.PROFESSIONALS: _("You will hear of replies by medical professionals, and when somebody writes to you."),
    Level.MINE: _("You will hear of this question only when somebody writes to you."),
    Level.MUTED: _("You will hear nothing more of this question."),
}
NOT_FOLLOWED = "none"
SAID_OF_AREA = {
    Level.QUESTIONS: _("You will hear of new questions there."),
    Level.PROFESSIONALS: _("You will hear of what medical professionals reply there."),
    Level.ALL: _("You will hear of every question and reply there."),
    Level.MUTED: _("You will hear nothing from there, except in questions you follow or when somebody writes to you."),
    NOT_FOLLOWED: _("You do not follow it any more."),
}


class FollowForm(forms.Form):
    level = forms.ChoiceField(
        label=_("What do you want to hear of?"),
        choices=[(level, level.label) for level in Subscription.OF_QUESTION],
        widget=forms.RadioSelect,
        initial=Level.ALL,
    )


class AreaForm(forms.Form):
    level = forms.ChoiceField(
        label=_("What do you want to hear of?"),
        choices=[*Subscription.OF_AREA.items(), (NOT_FOLLOWED, _("Nothing special: I do not follow it"))],
        widget=forms.RadioSelect,
        initial=Level.QUESTIONS,
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
    context = {"thread": thread, "form": form, "follows": now is not None and now.level in Subscription.FOLLOWING}
    return render(request, "forum/thread_follow.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@members_only()
def forum_follow(request: MemberRequest, slug: str) -> HttpResponse:
    """Follow or mute a forum."""
    forums = Forum.objects.visible_to(request.user).select_related("category")
    forum = get_object_or_404(forums, slug=slug)
    return _area(request, {"forum_id": forum.pk}, forum.get_absolute_url(), {"forum": forum, "name": forum.name})


@require_http_methods(["GET", "HEAD", "POST"])
@members_only()
def field_follow(request: MemberRequest, key: str) -> HttpResponse:
    """Follow or mute a professional field: all forums that belong to it."""
    if key not in SPECIALTIES:
        raise Http404
    forums = Forum.objects.visible_to(request.user).in_specialty(key).by_category()
    words = {"name": SPECIALTIES[key].label, "forums": forums}
    return _area(request, {"specialty": key}, "notifications:preferences", words)


def _area(request: MemberRequest, area: dict[str, Any], back: str, words: dict[str, Any]) -> HttpResponse:
    said = Subscription.objects.filter(user=request.user, thread=None, **area).first()
    form = AreaForm(request.POST or None, initial={"level": said.level} if said else {})
    if request.method == "POST" and form.is_valid():
        level = form.cleaned_data["level"]
        if level == NOT_FOLLOWED:
            unfollow_area(by=request.user, **area)
        else:
            follow_area(level, by=request.user, **area)
        messages.success(request, str(SAID_OF_AREA[level]))
        return redirect(back)
    context = {"form": form, "said": said, **words}
    return render(request, "forum/area_follow.html", context, status=400 if form.errors else 200)


@require_safe
@members_only()
def field_list(request: MemberRequest) -> HttpResponse:
    """The professional fields, with what the member has said of each."""
    said = Subscription.objects.filter(user=request.user).exclude(specialty="")
    levels = {one.specialty: one.level_name for one in said}
    fields = [
        {"key": key, "name": specialty.label, "level": levels.get(key, "")} for key, specialty in SPECIALTIES.items()
    ]
    fields.sort(key=lambda field: (field["key"] != request.user.professional_specialty, field["name"]))
    context = {"fields": fields, "metadata": Metadata(request.path, _g("Professional fields"))}
    return render(request, "forum/field_list.html", context)
