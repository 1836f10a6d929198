"""The doors that pages share: members' pages, and pages of what may be gone."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from accounts.http import MemberRequest
from accounts.middleware import second_factor_is_due, second_factor_page
from forum.kept_posts import keep_as_draft, keep_post
from forum.models import Reply, Thread
from forum.places import address_since_merge

View = Callable[..., HttpResponse]
MemberView = Callable[..., HttpResponse]


def members_only(*, keeps: str = "", back: str = "") -> Callable[[MemberView], View]:
    """Let members in; send others to sign in (or to add a second factor) and then back, and lose nothing they typed.

    `keeps` names the form whose text is kept (a format string over the view's arguments). `back` is
    the URL name to return to where the view's own address takes no GET. A post from somebody who is
    not signed in changes nothing but that person's own session, so it needs no CSRF token: it may
    have expired together with the session.
    """

    def decorate(view: MemberView) -> View:
        protected = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def wrapper(request: HttpRequest, **arguments: Any) -> HttpResponse:
            may_go_on = request.user.is_authenticated and not second_factor_is_due(request)
            if may_go_on:
                return protected(cast(MemberRequest, request), **arguments)
            target = request.get_full_path() if request.method == "GET" else request.path
            if back and request.method != "GET":
                target = reverse(back, kwargs=arguments)
            place = keeps.format(**arguments) if request.method == "POST" and keeps else ""
            if request.user.is_authenticated:
                if place and keep_as_draft(request, place, cast(MemberRequest, request).user):
                    messages.info(request, _("What you wrote is kept as a draft."))
                return second_factor_page(request, target)
            if place and keep_post(request, place):
                messages.info(request, _("Sign in to go on. What you wrote is kept."))
            return redirect(reverse("account_login", query={"next": target}))

        return wrapper

    return decorate


def or_gone[**P, R: HttpResponseBase](view: Callable[P, R]) -> Callable[P, R | HttpResponse]:
    """Let a view of a question or reply answer 410 instead of 404 where the question was there once.

    Where a question was merged into another one, it leads there.
    It says no more than that: neither title nor author. What waits for review, and what never was, stays a 404.
    """

    @wraps(view)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R | HttpResponse:
        try:
            return view(*args, **kwargs)
        except Http404:
            request = cast(HttpRequest, args[0])
            address = _address_since_merge(request, kwargs.get("thread_id"))
            if address:
                return redirect(address)
            if not _is_gone(kwargs.get("thread_id"), kwargs.get("reply_id")):
                raise
            return render(request, "410.html", status=410)

    return wrapper


def _address_since_merge(request: HttpRequest, thread_id: Any) -> str | None:
    page = request.resolver_match.url_name if request.resolver_match else None
    return address_since_merge(thread_id, page or "thread", request.user) if thread_id else None


def _is_gone(thread_id: Any, reply_id: Any) -> bool:
    gone = Thread.objects.gone()
    if reply_id:
        return Reply.objects.with_places().filter(pk=reply_id, thread__in=gone).exists()
    return gone.filter(Q(pk=thread_id) | Q(replies__merged_threads=thread_id)).exists()
