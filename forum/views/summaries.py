"""The pages that mails lead to instead of saying it themselves."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http import MemberRequest
from common.metadata import Metadata
from forum.http import members_only, or_gone
from forum.letters import helpful_this_week
from forum.models import Thread
from notifications.actions import note_visit
from resources.models import Resource


@require_safe
@members_only()
def week(request: MemberRequest) -> HttpResponse:
    """What the weekly mail is about, as it is now."""
    note_visit(request.user)
    context = {
        "threads": helpful_this_week(request.user),
        "metadata": Metadata(request.path, _("This week in your forums")),
    }
    return render(request, "forum/week.html", context)


@require_safe
@members_only()
@or_gone
def thread_no_answer(request: MemberRequest, thread_id: int) -> HttpResponse:
    """For an asker whom nobody has answered: what to read meanwhile, and how to improve the question."""
    own = Thread.objects.visible_to(request.user).filter(author=request.user).exclude(status=Thread.Status.REMOVED)
    thread = get_object_or_404(own.select_related("forum__category", "similar_found"), pk=thread_id)
    context = {
        "thread": thread,
        "resources": Resource.objects.beside(request.user, thread.forum),
        "metadata": Metadata(request.path, _("While you wait for an answer")),
    }
    return render(request, "forum/thread_no_answer.html", context)
