"""The pages of an applicant. Each page of the form is saved by itself; none can be reached before those ahead of it."""

import smtplib
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts import consents
from accounts.http import MemberRequest
from accounts.limits import LimitReached, spend
from accounts.second_factor import lacks_second_factor
from credentials import actions
from credentials.forms import (
    DeclarationForm,
    EvidenceForm,
    ProfessionForm,
    RegistrationForm,
    SendForm,
    StepForm,
    WorkCodeForm,
    WorkEmailForm,
)
from credentials.models import Credential, CredentialEvent, Evidence, State
from credentials.policies import Refused, can_apply
from forum.http import members_only
from forum.views.writing import CONFLICT, TOO_MANY, UNPROCESSABLE, form_methods, posted

STEPS = {
    "profession": _("Profession"),
    "registration": _("Registration"),
    "link": _("Proof that it is you"),
    "declaration": _("Declaration"),
    "send": _("Check and send"),
}
RENEWAL_FROM = 60  # days before the end
StepView = Callable[..., HttpResponse]


@require_safe
@login_required
def status(request: HttpRequest) -> HttpResponse:
    """Where the person stands: badge, request, what the reviewers wrote."""
    user = cast(MemberRequest, request).user
    rows = Credential.objects.filter(user=user)
    open_request = rows.open().first()
    current = rows.current().first()
    last = current or rows.exclude(state__in=[State.DRAFT, State.WITHDRAWN]).order_by("-pk").first()
    today = timezone.localdate()
    days_left = current.days_left(today) if current else None
    context = {
        "open_request": open_request,
        "current": current,
        "last": last,
        "news": news_of(open_request or last),
        "days_left": days_left,
        "may_apply": open_request is None and can_apply(user),
        "may_renew": days_left is not None and days_left <= RENEWAL_FROM,
        "next_step": first_missing(open_request) if open_request and open_request.is_editable else None,
        "lacks_factor": current is not None and lacks_second_factor(user),
    }
    return render(request, "credentials/status.html", context)


def news_of(credential: Credential | None) -> Any:
    """What reviewers wrote about it since it was sent the last time, newest first."""
    if credential is None:
        return []
    what = CredentialEvent.What
    sent = credential.events.filter(what=what.SUBMITTED).last()
    since = credential.events.filter(pk__gt=sent.pk if sent else 0)
    shown = [what.ASKED, what.APPROVED, what.REJECTED, what.SUSPENDED, what.REINSTATED, what.REVOKED, what.EXPIRED]
    return since.filter(what__in=shown).exclude(message="").order_by("-pk")


@require_POST
@members_only(back="credentials:status")
def start(request: MemberRequest) -> HttpResponse:
    try:
        credential = actions.start(by=request.user)
    except Refused as error:
        return refused(request, error)
    return redirect(f"credentials:{first_missing(credential)}")


def refused(request: MemberRequest, error: Exception, *, status: int = 403) -> HttpResponse:
    context = {"exception": error, "back": reverse("credentials:status"), "back_label": gettext("Back to your request")}
    return render(request, "403.html", context, status=status)


def first_missing(credential: Credential) -> str:
    """The first page of the form that is not complete, or the last one."""
    return next(iter(actions.missing(credential)), "send")


def step(name: str) -> Callable[[StepView], StepView]:
    """A page of the form: with the open request, and only once the pages before it are complete."""

    def decorate(view: StepView) -> StepView:
        @form_methods
        @members_only()
        @wraps(view)
        def wrapper(request: MemberRequest) -> HttpResponse:
            credential = Credential.objects.open().filter(user=request.user).first()
            if credential is None or not credential.is_editable:
                messages.info(
                    request,
                    gettext("Start a request first.") if credential is None else gettext("Your request was sent."),
                )
                return redirect("credentials:status")
            first = first_missing(credential)
            if list(STEPS).index(first) < list(STEPS).index(name):
                return redirect(f"credentials:{first}")
            try:
                return view(request, credential)
            except Refused as error:  # another tab has sent it meanwhile
                return refused(request, error)
            except LimitReached as error:
                return refused(request, error, status=TOO_MANY)

        return wrapper

    return decorate


def show(
    request: MemberRequest, name: str, credential: Credential, context: dict[str, Any], *, code: int = 200
) -> HttpResponse:
    numbers = {key: number for number, key in enumerate(STEPS, start=1)}
    context = {
        **context,
        "credential": credential,
        "step": name,
        "step_title": STEPS[name],
        "step_number": numbers[name],
        "evidence_kept_days": settings.EVIDENCE_KEPT_DAYS,
        "valid_months": settings.CREDENTIAL_VALID_MONTHS,
        "needs_factor": settings.REQUIRE_SECOND_FACTOR,
        "steps": STEPS,
    }
    return render(request, f"credentials/{name}.html", context, status=code)


def save_and_go_on(request: MemberRequest, name: str, credential: Credential, form: StepForm) -> HttpResponse:
    """Store a complete page and show the first that still lacks something, or this one again with what is wrong."""
    if not form.is_valid():
        return show(request, name, credential, {"form": form}, code=UNPROCESSABLE if form.is_bound else 200)
    credential = actions.save_answers(credential, by=request.user, **form.answers())
    return redirect(f"credentials:{first_missing(credential)}")


@step("profession")
def profession(request: MemberRequest, credential: Credential) -> HttpResponse:
    return save_and_go_on(request, "profession", credential, ProfessionForm(posted(request), credential=credential))


@step("registration")
def registration(request: MemberRequest, credential: Credential) -> HttpResponse:
    form = RegistrationForm(posted(request), credential=credential)
    if form.is_bound and form.is_valid() and form.warnings() and "sure" not in request.POST:
        return show(
            request, "registration", credential, {"form": form, "warnings": form.warnings()}, code=UNPROCESSABLE
        )
    return save_and_go_on(request, "registration", credential, form)


@step("link")
def link(request: MemberRequest, credential: Credential) -> HttpResponse:
    """A code sent to a work address, or documents; the forms stand on one page, each with its own button."""
    asked = request.POST.get("do", "")
    email_form = WorkEmailForm(
        posted(request) if asked == "send_code" else None, initial={"work_email": credential.work_email}
    )
    code_form = WorkCodeForm(posted(request) if asked == "confirm" else None)
    evidence_form = EvidenceForm(
        posted(request) if asked == "upload" else None, request.FILES if asked == "upload" else None
    )
    if asked == "upload" and request.FILES:  # looking into a file is work: it counts before it is done
        spend(request.user, "evidence")
    code = 200
    form: Any = {"send_code": email_form, "confirm": code_form, "upload": evidence_form}.get(asked)
    if form is not None and form.is_valid():
        code = answer_link(request, credential, asked, form)
        if code == 200:
            credential.refresh_from_db()
            return redirect(f"credentials:{first_missing(credential) if asked == 'confirm' else 'link'}")
    elif form is not None:
        code = UNPROCESSABLE
    credential.refresh_from_db()
    context = {
        "form": form,
        "email_form": email_form,
        "code_form": code_form,
        "evidence_form": evidence_form,
        "documents": credential.evidence.filter(deleted_at=None),
        "next_step": None if "link" in actions.missing(credential) else first_missing(credential),
    }
    return show(request, "link", credential, context, code=code)


def answer_link(request: MemberRequest, credential: Credential, asked: str, form: Any) -> int:
    """Do what was asked on the page of proofs; the status code, 200 if it is done."""
    data = form.cleaned_data
    try:
        if asked == "send_code":
            actions.send_work_code(credential, by=request.user, email=data["work_email"])
            messages.success(request, gettext("The code is on its way. It works for 20 minutes."))
        elif asked == "confirm":
            if not actions.confirm_work_email(credential, by=request.user, code=data["code"]):
                form.add_error(
                    "code", gettext("Check the code, or ask for a new one. It works for 20 minutes and five tries.")
                )
                return UNPROCESSABLE
            messages.success(request, gettext("Your work address is confirmed."))
        else:
            actions.add_evidence(credential, by=request.user, kind=data["kind"], checked=data["file"])
            messages.success(request, gettext("Your document is stored."))
    except LimitReached as error:
        form.add_error(None, str(error))
        return TOO_MANY
    except Refused as error:
        form.add_error(None, str(error))
        return CONFLICT
    except (OSError, smtplib.SMTPException):
        form.add_error(None, gettext("The code could not be sent. Try again in a minute, or send a document instead."))
        return 503
    return 200


@require_POST
@members_only(back="credentials:status")
def evidence_remove(request: MemberRequest) -> HttpResponse:
    own = Evidence.objects.filter(credential__user=request.user, deleted_at=None).select_related("credential")
    number = request.POST.get("document", "")
    evidence = get_object_or_404(
        own, pk=int(number) if number.isascii() and number.isdigit() and len(number) < 18 else 0
    )
    try:
        actions.remove_evidence(evidence, by=request.user)
    except Refused as error:
        return refused(request, error)
    messages.success(request, gettext("The document is deleted."))
    return redirect("credentials:link")


@step("declaration")
def declaration(request: MemberRequest, credential: Credential) -> HttpResponse:
    form = DeclarationForm(posted(request), credential=credential)
    form.fields["consent"].label = str(consents.TEXTS[consents.VERIFICATION])
    form.fields["consent"].initial = credential.consented_at is not None
    if not form.is_valid():
        return show(request, "declaration", credential, {"form": form}, code=UNPROCESSABLE if form.is_bound else 200)
    answers = form.answers()
    actions.declare(
        credential,
        by=request.user,
        interests=answers["interests"],
        nothing_to_declare=answers["nothing_to_declare"],
    )
    return redirect("credentials:send")


@step("send")
def send(request: MemberRequest, credential: Credential) -> HttpResponse:
    form = SendForm(posted(request))
    if form.is_bound and form.is_valid():
        try:
            actions.submit(credential, by=request.user, message=form.cleaned_data["message"])
        except (Refused, LimitReached) as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, gettext("Your request is sent. We write to you when it is decided or when we need more.")
            )
            return redirect("credentials:status")
    question = credential.events.filter(what=CredentialEvent.What.ASKED).last()
    context = {
        "form": form,
        "documents": credential.evidence.filter(deleted_at=None),
        "question": question if credential.state == State.NEEDS_INFORMATION else None,
    }
    return show(request, "send", credential, context, code=CONFLICT if form.errors else 200)


@require_POST
@members_only(back="credentials:status")
def take_back(request: MemberRequest) -> HttpResponse:
    credential = get_object_or_404(Credential.objects.open(), user=request.user)
    try:
        actions.take_back(credential, by=request.user)
    except Refused as error:
        return refused(request, error)
    messages.success(request, gettext("Your request is yours again. Change it and send it when you are ready."))
    return redirect(f"credentials:{first_missing(credential)}")


@form_methods
@members_only()
def withdraw(request: MemberRequest) -> HttpResponse:
    credential = Credential.objects.open().filter(user=request.user).first()
    if credential is None:
        return redirect("credentials:status")
    if request.method != "POST":
        return render(request, "credentials/withdraw.html", {"credential": credential})
    try:
        actions.withdraw(credential, by=request.user)
    except Refused as error:
        return refused(request, error)
    messages.success(request, gettext("Your request is withdrawn. Your details and documents are deleted."))
    return redirect("credentials:status")


@form_methods
@members_only()
def give_up(request: MemberRequest) -> HttpResponse:
    current = Credential.objects.current().filter(user=request.user).first()
    if current is None:
        return redirect("credentials:status")
    if request.method != "POST":
        return render(request, "credentials/give_up.html", {"credential": current})
    try:
        actions.give_up(by=request.user)
    except Refused as error:
        return refused(request, error)
    messages.success(request, gettext("Your badge is gone from your account and from everything you wrote."))
    return redirect("credentials:status")
