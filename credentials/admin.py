"""Where reviewers work. Every button calls an action, so every rule and every line of the record holds here."""

from collections.abc import Callable
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import FileResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from accounts.models import User
from common.admin import LargeTableAdmin
from credentials import actions, policies
from credentials.actions.reviewing import CHECKS
from credentials.lookups import lookup_for
from credentials.models import (
    REJECTION_REASONS,
    REVOCATION_REASONS,
    SUSPENSION_REASONS,
    Credential,
    Evidence,
    Reason,
    State,
)
from credentials.registers import clean_registration

CHECK_LABELS = {
    "register_seen": _("I looked the number up on the official register"),
    "name_matches": _("The name there is the name given"),
    "status_active": _("The registration is active, for this profession"),
    "no_conditions": _("No conditions, warnings or restrictions are shown"),
    "second_link": _("The second link (work address or document) fits this person"),
}


FIRST_OF_TWO = _("Your view is kept. Another reviewer has to agree before it counts.")


def reasons(allowed: tuple[Reason, ...]) -> list[tuple[str, str]]:
    return [("", gettext("Choose"))] + [(reason.value, str(reason.label)) for reason in allowed]


class ReviewForm(forms.Form):
    """What every button of the review reads: what was seen, a message, a private note."""

    seen = forms.CharField(max_length=60, widget=forms.HiddenInput)
    message = forms.CharField(
        label=_("Message to the applicant"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    note = forms.CharField(
        label=_("Private note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    register_status = forms.CharField(label=_("Status as the register words it"), required=False, max_length=100)

    def __init__(self, *args: Any, credential: Credential, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if credential.state in (State.SUBMITTED, State.NEEDS_INFORMATION):
            for check in CHECKS if credential.state == State.SUBMITTED else ():
                self.fields[check] = forms.BooleanField(label=CHECK_LABELS[check], required=False)
            self.fields["reason"] = forms.ChoiceField(
                label=gettext("Reason, if it is not accepted"), choices=reasons(REJECTION_REASONS), required=False
            )
        else:
            allowed = tuple(dict.fromkeys(SUSPENSION_REASONS + REVOCATION_REASONS))
            if credential.state == State.EXPIRED:
                allowed = REVOCATION_REASONS
            self.fields["reason"] = forms.ChoiceField(label=gettext("Reason"), choices=reasons(allowed), required=False)
            self.fields["sure"] = forms.BooleanField(
                label=gettext("Yes, take it away everywhere and for good"), required=False
            )
            del self.fields["register_status"]

    def checks(self) -> dict[str, Any]:
        made = {check: self.cleaned_data[check] for check in CHECKS if check in self.cleaned_data}
        status = self.cleaned_data.get("register_status")
        return {**made, **({"register_status": status} if status else {})}


class QueueFilter(admin.SimpleListFilter):
    """What to look at; without a choice what waits for a reviewer."""

    title = _("what to see")
    parameter_name = "see"
    queues: ClassVar[dict[str, tuple[Any, list[State]]]] = {
        "waiting": (_("Waiting for review"), [State.SUBMITTED]),
        "asked": (_("More information asked"), [State.NEEDS_INFORMATION]),
        "verified": (_("Verified"), [State.APPROVED]),
        "paused": (_("Paused"), [State.SUSPENDED]),
        "ended": (_("Run out or taken away"), [State.EXPIRED, State.REVOKED]),
        "refused": (_("Not accepted or withdrawn"), [State.REJECTED, State.WITHDRAWN]),
        "all": (_("Everything"), list(State)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(key, str(label)) for key, (label, _states) in self.queues.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        _label, states = self.queues.get(self.value() or "waiting", self.queues["waiting"])
        return queryset.filter(state__in=states)

    def choices(self, changelist: Any) -> Any:
        """Without Django's own "All", which would be the same as the first."""
        chosen = self.value() or "waiting"
        for key, (label, _states) in self.queues.items():
            query = changelist.get_query_string({self.parameter_name: key})
            yield {"selected": chosen == key, "query_string": query, "display": label}


@admin.register(Credential)
class CredentialAdmin(LargeTableAdmin):
    """The queue, and a page for each request with what was claimed beside where to check it."""

    list_display = ["applicant", "waits", "what", "country", "proof", "first_view", "state_shown"]
    list_filter = [QueueFilter, "profession"]
    list_select_related: ClassVar[Any] = ["user"]
    list_display_links = ["applicant"]
    search_fields = ["=user__username", "=number_last4"]
    search_help_text = _("A username, or the last four characters of a registration number.")
    actions = []

    def has_module_permission(self, request: HttpRequest) -> bool:
        return policies.can_review(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return policies.can_review(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return policies.can_review(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Credential]:
        documents = Evidence.objects.filter(credential=OuterRef("pk"), deleted_at=None)
        rows = Credential.objects.without_particulars().exclude(state=State.DRAFT).exclude(user=request.user.pk)
        return rows.annotate(has_documents=Exists(documents)).prefetch_related("events__by")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("submitted_at", "pk")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        renamed = Credential.objects.renamed().without_particulars().select_related("user")
        extra = {"renamed": list(renamed[:20]), "title": gettext("Credentials of medical professionals")}
        return super().changelist_view(request, {**(extra_context or {}), **extra})

    @admin.display(description=_("applicant"), ordering="user__username")
    def applicant(self, credential: Credential) -> str:
        return credential.user.username

    @admin.display(description=_("claims to be"), ordering="specialty")
    def what(self, credential: Credential) -> str:
        return credential.title

    @admin.display(description=_("state"), ordering="state")
    def state_shown(self, credential: Credential) -> str:
        label = str(State(credential.state).label)
        return gettext("%(state)s, replaced by a renewal") % {"state": label} if credential.superseded_by_id else label

    @admin.display(description=_("waits for"), ordering="submitted_at")
    def waits(self, credential: Credential) -> str:
        if credential.state != State.SUBMITTED or credential.submitted_at is None:
            return "—"
        return timesince(credential.submitted_at, depth=1)

    @admin.display(description=_("proof that it is them"))
    def proof(self, credential: Credential) -> str:
        domain = {"domain": credential.work_domain}
        has_documents = credential.has_documents  # type: ignore[attr-defined]  # annotated
        if credential.work_email_confirmed_at and has_documents:
            return gettext("work address at %(domain)s and documents") % domain
        if credential.work_email_confirmed_at:
            return gettext("work address at %(domain)s") % domain
        return gettext("documents") if has_documents else gettext("none: ask for it")

    @admin.display(description=_("first view"))
    def first_view(self, credential: Credential) -> str:
        if credential.state != State.SUBMITTED:
            return ""
        given = policies.advice_given(credential)
        return ", ".join(f"{event.by}: {event.get_what_display()}" for event in given)

    def get_urls(self) -> list[Any]:
        own = [
            path(
                "evidence/<int:evidence_id>/",
                never_cache(self.evidence_view),  # not behind the admin's door, which would answer a guess with it
                name="credentials_evidence_download",
            )
        ]
        return own + super().get_urls()

    def evidence_view(self, request: HttpRequest, evidence_id: int) -> HttpResponseBase:
        """A document, for reviewers only, as a download that no browser opens by itself."""
        if not policies.can_review(request.user):
            raise Http404  # before anything is looked up: no difference tells whether it exists
        evidence = get_object_or_404(Evidence.objects.select_related("credential"), pk=evidence_id, deleted_at=None)
        try:
            actions.open_document(evidence, by=cast(User, request.user))
        except policies.Refused:
            raise Http404 from None
        response = FileResponse(evidence.file.open(), as_attachment=True, filename=evidence.name)
        response["Content-Type"] = evidence.content_type
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "no-store"
        return response

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """The review of one request."""
        if not policies.can_review(request.user):
            raise Http404
        # Not the own one: its notes and names are for others.
        rows = Credential.objects.select_related("user").exclude(state=State.DRAFT).exclude(user=request.user.pk)
        number = int(object_id) if object_id.isascii() and object_id.isdigit() and len(object_id) < 18 else 0
        credential = get_object_or_404(rows, pk=number)
        form = ReviewForm(
            request.POST if request.method == "POST" else None,
            credential=credential,
        )
        if request.method == "POST" and form.is_valid():
            done = self.act(request, credential, form)
            if done:
                messages.success(request, done)
                return HttpResponseRedirect(request.path)
            credential = get_object_or_404(rows, pk=number)  # as it is now: somebody may have been faster
        return TemplateResponse(
            request,
            "admin/credentials/credential/review.html",
            {**self.admin_site.each_context(request), **self.facts(request, credential), "form": form},
            status=409 if form.errors else 200,
        )

    def act(self, request: HttpRequest, credential: Credential, form: ReviewForm) -> str:
        """Do what the pressed button says; a sentence when it is done, nothing (and an error) when not."""
        data, by = form.cleaned_data, cast(User, request.user)
        words = {"message": data["message"], "note": data["note"], "seen": data["seen"]}
        reason = data.get("reason", "")
        verbs: dict[str, Callable[[], str]] = {
            "ask": lambda: actions.ask_for_more(credential, by=by, **words) or gettext("The applicant is asked."),
            "approve": lambda: (
                gettext("Approved.")
                if actions.decide(credential, by=by, approve=True, checks=form.checks(), **words)
                else str(FIRST_OF_TWO)
            ),
            "reject": lambda: (
                gettext("Not accepted.")
                if actions.decide(credential, by=by, approve=False, reason=reason, checks=form.checks(), **words)
                else str(FIRST_OF_TWO)
            ),
            "suspend": lambda: actions.suspend(credential, by=by, reason=reason, **words) or gettext("Paused."),
            "reinstate": lambda: actions.reinstate(credential, by=by, **words) or gettext("Given back."),
            "revoke": lambda: (
                actions.revoke(credential, by=by, reason=reason, **words) or gettext("Taken away everywhere.")
            ),
            "look_up": lambda: gettext(actions.look_up(credential, by=by).summary),
        }
        if request.POST.get("do") == "revoke" and not data.get("sure"):
            form.add_error("sure", gettext("Tick this: a badge that is taken away does not come back."))
            return ""
        verb = verbs.get(request.POST.get("do", ""))
        if verb is None:
            form.add_error(None, gettext("Press one of the buttons below."))
            return ""
        try:
            return verb()
        except (policies.Refused, actions.Outdated) as error:
            form.add_error(None, str(error))
            return ""

    def facts(self, request: HttpRequest, credential: Credential) -> dict[str, Any]:
        """What a reviewer sees beside the form."""
        viewer = cast(User, request.user)
        warnings: list[str] = []
        if credential.scheme and credential.number:
            _number, problems, warnings = clean_registration(
                credential.scheme,
                credential.number,
                region=credential.region,
                year=credential.registration_year,
                profession=credential.profession,
            )
            warnings = [*problems.values(), *warnings]
        same = Credential.objects.without_particulars().exclude(user=credential.user).select_related("user")
        twins = same.filter(scheme=credential.scheme, number_fingerprint=credential.number_fingerprint)
        return {
            "title": f"{credential.user.username}: {credential.title or gettext('withdrawn request')}",
            "opts": self.opts,
            "credential": credential,
            "waits": timesince(credential.submitted_at) if credential.submitted_at else "",
            "warnings": warnings,
            "missing": actions.missing(credential) if credential.state == State.SUBMITTED else {},
            "twins": list(twins[:5]) if credential.number_fingerprint else [],
            "earlier": Credential.objects.without_particulars()
            .filter(user=credential.user)
            .exclude(pk=credential.pk)
            .exclude(state=State.DRAFT),
            "documents": credential.evidence.all(),
            "events": credential.events.select_related("by"),
            "is_colleague": policies.share_employer(viewer, credential.user),
            "can_decide": policies.can_decide(viewer, credential),
            "is_waiting": credential.state == State.SUBMITTED,
            "is_asked": credential.state == State.NEEDS_INFORMATION,
            "is_revocable": credential.is_revocable,
            "check_labels": CHECK_LABELS,
            "following": Credential.objects.waiting().exclude(pk=credential.pk).values_list("pk", flat=True).first(),
            "can_look_up": lookup_for(credential) is not None,
            "days_left": credential.days_left(timezone.localdate()),
            "was_renamed": bool(credential.name_when_checked or credential.decided_at)
            and credential.is_current
            and credential.user.display_name != credential.name_when_checked,
            "past_replies": reverse("admin:forum_reply_changelist", query={"q": credential.user.username}),
            "seen": actions.what_is_seen(credential),
            "past_opinions": reverse("admin:forum_peeropinion_changelist", query={"q": credential.user.username}),
            "bio": Truncator(credential.user.bio).chars(200),
        }
