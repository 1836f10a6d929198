"""Naming somebody with @: what the page's script offers while a reply is typed."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.http import MemberRequest
from common.text import clean_line
from forum.http import members_only
from forum.models import Thread
from forum.naming import people_to_name


@require_safe
@members_only()
def thread_people(request: MemberRequest, thread_id: int) -> HttpResponse:
    """The people of a question whose name begins with ?q=, as JSON; without it those who wrote last."""
    thread = get_object_or_404(Thread.objects.visible_to(request.user), pk=thread_id)
    people = people_to_name(thread, clean_line(request.GET.get("q", "")), by=request.user)
    return JsonResponse({"people": [{"username": person.username, "name": person.name} for person in people]})
