"""A verified professional's desk: what waits in the own field, and what became of the own answers."""

from typing import Any, ClassVar

import django_filters as filters
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.http import MemberRequest
from common.pagination import numbered, paginate
from credentials.models import Credential
from forum.filters import ListFilter, SortFilter
from forum.http import members_only
from forum.models import Forum, Reply, Thread

OWN_ANSWERS = 10


class DeskFilter(ListFilter):
    """Questions that wait: for any answer, or for one by a professional; in one forum or all of the field."""

    ORDERS: ClassVar[dict[str, Any]] = {"oldest": _("Oldest first"), "newest": _("Newest first")}
    WAITING = {"answer": _("Without any reply"), "professional": _("Without a reply by a professional")}

    sort = SortFilter({"oldest": ("created_at", "pk"), "newest": ("-created_at", "-pk")}, ORDERS)
    waiting = filters.ChoiceFilter(
        choices=list(WAITING.items()),
        method="by_waiting",
        error_messages={"invalid_choice": _("There is no filter of that name. Choose one of those shown.")},
    )
    forum = filters.ModelChoiceFilter(
        queryset=lambda request: Forum.objects.visible_to(request.user).in_field_of(request.user),
        to_field_name="slug",
        error_messages={"invalid_choice": _("That forum is not in your field. Choose one of those shown.")},
    )

    class Meta:
        model = Thread
        fields = ["sort", "waiting", "forum"]

    def by_waiting(self, threads: Any, _name: str, value: str) -> Any:
        return threads.filter(professional_reply_count=0) if value == "professional" else threads.filter(reply_count=0)


@require_safe
@numbered
@members_only()
def desk(request: MemberRequest) -> HttpResponse:
    user = request.user
    if not user.is_medical_professional:
        return redirect("credentials:status")
    data = request.GET.copy()
    data.setdefault("waiting", "answer")
    field = list(Forum.objects.visible_to(user).in_field_of(user).by_category())
    shown = Thread.objects.listed().filter(forum__in=field).for_rows(user)
    listing = DeskFilter(data, queryset=shown, request=request)
    context = {
        "filter": listing,
        "field": field,
        "chosen_forum": listing.choice("forum"),
        "waiting": listing.choice("waiting") or "answer",
        "sort": listing.choice("sort"),
        "page": paginate(listing.rows, request.GET.get("page"), total=waiting_in(field, listing)),
        **own_answers(user),
    }
    return render(request, "credentials/desk.html", context, status=listing.status)


def waiting_in(field: list[Forum], listing: DeskFilter) -> int:
    """How many questions wait, from the counters of the forums: it never counts rows."""
    chosen = listing.form.cleaned_data.get("forum") if listing.is_valid() else None
    forums = [chosen] if chosen else field
    if listing.choice("waiting") == "professional":
        return sum(forum.thread_count - forum.professional_count for forum in forums)
    return sum(forum.thread_count - forum.answered_count for forum in forums)


def own_answers(user: Any) -> dict[str, Any]:
    """The person's last answers and what others made of them all, and the standing of the credential."""
    replies = Reply.objects.written_openly_by(user).visible_to(user)
    credential = Credential.objects.current().filter(user=user).without_particulars().first()
    return {
        "answers": replies.select_related("thread__forum").order_by("-created_at", "-pk")[:OWN_ANSWERS],
        "sums": replies.aggregate(
            helpful=Sum("helpful_count"), agreed=Sum("agree_count"), cautions=Sum("caution_count")
        ),
        "credential": credential,
        "days_left": credential.days_left(timezone.localdate()) if credential else None,
    }
