"""What people outside the desk see of moderation: reporting, outcomes, decisions, appeals, yearly counts."""

from typing import Any, cast

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import MemberRequest
from accounts.limits import LimitReached
from accounts.models import User
from common.metadata import Metadata
from common.pagination import numbered, paginate
from forum.http import members_only, or_gone
from forum.models import Reply, Thread
from moderation import actions, statistics
from moderation.actions.measures import ABOUT_POSTS
from moderation.forms import AppealForm, NoticeForm, RedactForm, ReportForm
from moderation.models import Decision, Report
from moderation.policies import Refused, can_moderate

UNPROCESSABLE, CONFLICT, TOO_MANY = 422, 409, 429
COUNTS_KEPT = 600  # seconds
form_methods = require_http_methods(["GET", "HEAD", "POST"])


@form_methods
@or_gone
def report_thread(request: HttpRequest, thread_id: int) -> HttpResponse:
    threads = Thread.objects.visible_to(request.user).select_related("forum", "author")
    thread = get_object_or_404(threads, pk=thread_id)
    return _report(request, thread, {"thread": thread, "what": _("this question"), "back": thread.get_absolute_url()})


@form_methods
@or_gone
def report_reply(request: HttpRequest, reply_id: int) -> HttpResponse:
    replies = Reply.objects.visible_to(request.user).select_related("thread__forum", "author")
    reply = get_object_or_404(replies, pk=reply_id)
    name = reply.byline.name
    what = _("the reply by %(name)s") % {"name": name}
    return _report(request, reply, {"thread": reply.thread, "what": what, "back": reply.get_absolute_url()})


@form_methods
def report_person(request: HttpRequest, username: str) -> HttpResponse:
    person = get_object_or_404(User.objects.with_public_profile(), username__iexact=username)
    return _report(request, person, {"what": person.name, "back": person.get_absolute_url()})


def _report(request: HttpRequest, thing: Any, context: dict[str, Any]) -> HttpResponse:
    """The form of a report, and its receipt. Members are known; others give a name and an address."""
    member = request.user if request.user.is_authenticated else None
    form_class = ReportForm if member else NoticeForm
    form = form_class(request.POST if request.method == "POST" else None)
    context = {"form": form, "is_notice": member is None, **context}
    if request.method != "POST" or not form.is_valid():
        return render(request, "moderation/report.html", context, status=UNPROCESSABLE if form.errors else 200)
    if member is None and not ratelimit.consume(request, action="notice"):
        form.add_error(None, _("Too many reports came from your connection. Wait an hour, or write to us by e-mail."))
        return render(request, "moderation/report.html", context, status=TOO_MANY)
    try:
        made, is_new = actions.report(thing, by=member, **form.cleaned_data)
    except (Refused, LimitReached) as error:
        form.add_error(None, str(error))
        status = TOO_MANY if isinstance(error, LimitReached) else CONFLICT
        return render(request, "moderation/report.html", context, status=status)
    except (Thread.DoesNotExist, Reply.DoesNotExist):
        raise Http404 from None
    if member is None and made.email:
        # The same answer whether or not this address has reported it before: nobody finds out who did.
        return render(request, "moderation/report_received.html", context)
    if is_new:
        messages.success(request, _("Thank you. A moderator will look at it."))
    else:
        messages.info(request, _("You have reported this already. A moderator will look at it."))
    return redirect(made)


@form_methods
def report_status(request: HttpRequest, reference: str) -> HttpResponse:
    """What has become of a report, for whoever has its number; and the way to object to the outcome."""
    report = get_object_or_404(Report.objects.select_related("decision"), reference=reference)
    if report.reporter_id is not None and report.reporter_id != request.user.pk:
        if not request.user.is_authenticated:
            return redirect(reverse("account_login", query={"next": request.path}))
        raise Http404
    decision = report.decision
    own = report.appeals.first()
    may_appeal = decision is not None and own is None and actions.can_appeal(decision)
    form = AppealForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and may_appeal and form.is_valid():
        return _appeal(request, form, decision, report=report)
    # What happened to a person is between that person and the moderators.
    shown = decision if decision and decision.action in ABOUT_POSTS else None
    context = {"report": report, "decision": shown, "appeal": own, "form": form if may_appeal else None}
    return render(request, "moderation/report_status.html", context, status=UNPROCESSABLE if form.errors else 200)


def _appeal(request: HttpRequest, form: AppealForm, decision: Any, **whose: Any) -> HttpResponse:
    try:
        actions.appeal(decision, text=form.cleaned_data["text"], **whose)
    except (Refused, LimitReached) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Your appeal is on its way. Another moderator will decide, and we tell you."))
    return redirect(request.path)


@require_safe
@login_required
@numbered
def decisions(request: HttpRequest) -> HttpResponse:
    """Decisions about somebody's posts and account, and what became of that person's reports."""
    user = cast(MemberRequest, request).user
    rows = Decision.objects.about(user).select_related("thread", "reply", "reversed_by")
    page = paginate(rows, request.GET.get("page"), total=rows.count())
    reports = Report.objects.filter(reporter=user).order_by("-created_at", "-pk")[:20]
    context = {"page": page, "reports": reports}
    return render(request, "moderation/decisions.html", context)


@form_methods
@login_required
def decision(request: HttpRequest, reference: str) -> HttpResponse:
    """The statement of reasons of one decision, for the person concerned, with the form to appeal."""
    user = cast(MemberRequest, request).user
    rows = Decision.objects.about(user).select_related(
        "thread__forum", "reply__thread__forum", "reversed_by", "reverses"
    )
    decision = get_object_or_404(rows, reference=reference)
    own = decision.appeals.filter(by=user, report=None).first()
    may_appeal = own is None and actions.can_appeal(decision)
    form = AppealForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and may_appeal and form.is_valid():
        return _appeal(request, form, decision, by=user)
    context = {"decision": decision, "appeal": own, "form": form if may_appeal else None}
    return render(request, "moderation/decision.html", context, status=UNPROCESSABLE if form.errors else 200)


@form_methods
@members_only()
def redact_thread(request: MemberRequest, thread_id: int) -> HttpResponse:
    threads = Thread.objects.select_related("forum", "author")
    return _redact(request, get_object_or_404(threads, pk=thread_id))


@form_methods
@members_only()
def redact_reply(request: MemberRequest, reply_id: int) -> HttpResponse:
    replies = Reply.objects.select_related("thread__forum", "author")
    return _redact(request, get_object_or_404(replies, pk=reply_id))


def _redact(request: MemberRequest, post: Thread | Reply) -> HttpResponse:
    """Take words out of a post for good: its author, at any time, or a moderator."""
    thread = post if isinstance(post, Thread) else post.thread
    if post.author_id != request.user.pk and not can_moderate(request.user, thread):
        raise Http404
    form = RedactForm(request.POST if request.method == "POST" else None)
    context = {"form": form, "post": post, "thread": thread}
    if request.method == "POST" and form.is_valid():
        try:
            actions.redact(post, form.cleaned_data["words"], by=request.user)
        except (Refused, LimitReached) as error:
            form.add_error("words", str(error))
        else:
            messages.success(request, _("The words are gone, also from earlier versions and from quotes."))
            return redirect(request.path)
    return render(request, "moderation/redact.html", context, status=UNPROCESSABLE if form.errors else 200)


def _counts(year: int) -> dict[str, Any]:
    return {"tables": statistics.of_year(year), "median_hours": statistics.median_hours(year)}


@require_safe
def transparency(request: HttpRequest, year: int | None = None) -> HttpResponse:
    """What moderators did in a year, in counts; the newest year without one in the address."""
    years = statistics.years()
    if year is not None and year not in years:
        raise Http404
    chosen = year or (years[0] if years else timezone.localdate().year)
    context = {
        "year": chosen,
        "years": years,
        **(cache.get_or_set(f"transparency.{chosen}", lambda: _counts(chosen), COUNTS_KEPT) or {}),
        "metadata": Metadata(request.path, _("Transparency")),
    }
    return render(request, "moderation/transparency.html", context)
