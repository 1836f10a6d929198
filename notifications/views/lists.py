from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.http import MemberRequest
from accounts.models import Block, User
from common.metadata import Metadata
from notifications import actions
from notifications.counting import unread_of
from notifications.grouping import grouped
from notifications.models import Notification, Preferences
from notifications.unread import in_words

SHOWN = 100


@require_safe
@login_required
def notification_list(request: MemberRequest) -> HttpResponse:
    """What is new for the member, by question; the last hundred, and from `before` on those before."""
    own = Notification.objects.visible_to(request.user).newest_first()
    own = own.select_related(
        "reply__author", "reply__thread__forum", "reply__thread__author", "thread__forum", "thread__author"
    )
    if (before := request.GET.get("before", "")).isascii() and before.isdigit() and len(before) < 19:
        own = own.filter(pk__lt=int(before))
    rows = list(own[: SHOWN + 1])
    actions.note_visit(request.user)
    context = {
        "groups": grouped(rows[:SHOWN]),
        "blocked": set(Block.objects.filter(user=request.user).values_list("blocked", flat=True)),
        "newest": rows[0].pk if rows else None,
        "older": rows[SHOWN - 1].pk if len(rows) > SHOWN else None,
        "has_unread": any(not row.is_read for row in rows),
        "preferences": Preferences.of(request.user),
        "metadata": Metadata(request.path, _("Notifications")),
    }
    return render(request, "notifications/notification_list.html", context)


@require_safe
@login_required
def notification(request: MemberRequest, notification_id: int) -> HttpResponse:
    """To the reply; all of its question is read then."""
    own = Notification.objects.visible_to(request.user).select_related("reply")
    one = get_object_or_404(own, pk=notification_id)
    actions.mark_read(request.user, thread_id=one.reply.thread_id if one.reply else one.thread_id)
    return redirect(one.path)


@require_POST
@login_required
def read_all(request: MemberRequest) -> HttpResponse:
    """Mark what the page showed as read, and nothing that came since."""
    newest = request.POST.get("up_to", "")
    if newest.isascii() and newest.isdigit() and len(newest) < 19:
        actions.mark_read(request.user, up_to=int(newest))
        messages.success(request, _("All marked as read."))
    return redirect("notifications:notification_list")


@require_safe
@login_required
def count(request: HttpRequest) -> HttpResponse:
    """How many are unread, for the header of a page that stays open."""
    return JsonResponse({"says": in_words(unread_of(cast(User, request.user).pk))})
