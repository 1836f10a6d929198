"""Blocking somebody: two addresses that may be repeated without harm. Only the person who blocks notices."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import actions
from accounts.http import MemberRequest
from accounts.models import User
from common.http import safe_target
from forum.http import members_only


@require_POST
@members_only(back="forum:person")
def person_block(request: MemberRequest, username: str) -> HttpResponse:
    person = get_object_or_404(User.objects.with_public_profile(), username__iexact=username)
    try:
        actions.block(person, by=request.user)
    except PermissionDenied as error:
        context = {"exception": error, "back": person.get_absolute_url(), "back_label": _("Back to the profile")}
        return render(request, "403.html", context, status=403)
    messages.success(request, _("You have blocked %(name)s. They are not told.") % {"name": person.name})
    return redirect(safe_target(request.POST.get("next", ""), request) or person.get_absolute_url())


@require_POST
@members_only(back="forum:person")
def person_unblock(request: MemberRequest, username: str) -> HttpResponse:
    """Also of somebody whose account has ended since: the list of blocked people still has them."""
    person = get_object_or_404(User, username__iexact=username)
    actions.unblock(person, by=request.user)
    messages.success(request, _("You see again what %(name)s writes.") % {"name": person.name})
    back = person.get_absolute_url() if person.is_active else "account_settings"
    return redirect(safe_target(request.POST.get("next", ""), request) or back)
