"""The desk. Every button calls an action, so every rule and every line of the record holds here."""

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator, capfirst
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.limits import LimitReached
from accounts.models import User
from common.admin import LargeTableAdmin
from forum.models import Reply, Thread
from forum.models.forums import moderated_forums
from moderation import actions, desk
from moderation.models import Case, Decision, MessageTemplate, Report, Urgency
from moderation.policies import Refused, can_decide, can_moderate


def acting(request: HttpRequest) -> User:
    return cast(User, request.user)


class QueueFilter(admin.SimpleListFilter):
    """Which part of the queue; without a choice all that is open."""

    title = _("what to see")
    parameter_name = "see"
    parts: ClassVar[dict[str, Any]] = {
        "open": _("All that is open"),
        "mine": _("What I have claimed"),
        **{kind.value: kind.label for kind in Case.Kind},
        "closed": _("Decided"),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(key, str(label)) for key, label in self.parts.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        part = self.value() if self.value() in self.parts else "open"
        if part == "closed":
            return queryset.filter(closed_at__isnull=False)
        queryset = queryset.filter(closed_at=None)
        if part == "mine":
            return queryset.filter(claimed_by=request.user.pk)
        return queryset if part == "open" else queryset.filter(kind=part)

    def choices(self, changelist: Any) -> Any:
        chosen = self.value() or "open"
        for key, label in self.parts.items():
            query = changelist.get_query_string({self.parameter_name: key})
            yield {"selected": chosen == key, "query_string": query, "display": label}


class ModeratorsOnly(LargeTableAdmin):
    """Read by every moderator, changed by actions only."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return can_moderate(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can_moderate(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Case)
class CaseAdmin(ModeratorsOnly):
    """The queue, and a page for each case."""

    change_list_template = "admin/moderation/case/queue.html"
    list_display = ["urgency_shown", "clock", "what", "where", "reports_shown", "holder_shown"]
    list_display_links = ["what"]
    list_filter = [QueueFilter]
    actions = []

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        reports = Report.objects.filter(case=OuterRef("pk")).order_by().values("case").annotate(n=Count("pk"))
        return (
            Case.objects.visible_to(request.user).with_subjects().annotate(report_count=Subquery(reports.values("n")))
        )

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        if request.GET.get(QueueFilter.parameter_name) == "closed":
            return ("-closed_at", "-pk")
        return ("urgency", "opened_at", "pk")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return super().changelist_view(request, {**(extra_context or {}), "title": gettext("The queue")})

    @admin.display(description=_("how urgent"), ordering="urgency")
    def urgency_shown(self, case: Case) -> SafeString:
        label = Urgency(case.urgency).label
        return format_html('<span class="urgency urgency--{}">{}</span>', case.urgency, label)

    @admin.display(description=_("waits"), ordering="opened_at")
    def clock(self, case: Case) -> SafeString:
        waits = timesince(case.opened_at, depth=1)
        if not case.is_open:
            return format_html("{}", gettext("decided"))
        if case.is_late:
            late = gettext("%(waits)s, late") % {"waits": waits}
            return format_html('<strong class="clock clock--late">{}</strong>', late)
        words = {"waits": waits, "left": timeuntil(case.due_at, depth=1)}
        return format_html('<span class="clock">{}</span>', gettext("%(waits)s, %(left)s left") % words)

    @admin.display(description=_("what"))
    def what(self, case: Case) -> str:
        return f"{capfirst(case.get_kind_display())}: {subject_words(case)}"

    @admin.display(description=_("where"))
    def where(self, case: Case) -> str:
        return case.forum.name if case.forum else "—"

    @admin.display(description=_("reports"))
    def reports_shown(self, case: Case) -> int | str:
        return case.report_count or ""  # type: ignore[attr-defined]  # annotated

    @admin.display(description=_("who looks at it"))
    def holder_shown(self, case: Case) -> str:
        return case.holder.username if case.holder else "—"

    def get_urls(self) -> list[Any]:
        about = path(
            "about/<str:kind>/<int:key>/",
            self.admin_site.admin_view(self.about_view),
            name="moderation_case_about",
        )
        return [about, *super().get_urls()]

    def about_view(self, request: HttpRequest, kind: str, key: int) -> HttpResponse:
        """From a post or a person to its open case; where there is none, a button that opens one."""
        if not can_moderate(request.user):
            raise Http404
        thing = self._thing(request, kind, key)
        open_case = Case.objects.visible_to(request.user).open().filter(**{kind: thing}).first()
        if open_case:
            return HttpResponseRedirect(open_case.get_absolute_url())
        if request.method == "POST":
            try:
                return HttpResponseRedirect(actions.open_by_moderator(thing, by=acting(request)).get_absolute_url())
            except Refused as error:
                messages.error(request, str(error))
        latest = Case.objects.visible_to(request.user).filter(**{kind: thing}).order_by("-closed_at", "-pk").first()
        context = {**self.admin_site.each_context(request), "thing": thing, "kind": kind, "latest": latest}
        context |= {"title": gettext("Nobody has reported this"), "opts": self.opts}
        return TemplateResponse(request, "admin/moderation/case/about.html", context)

    def _thing(self, request: HttpRequest, kind: str, key: int) -> Any:
        if kind == "thread":
            return get_object_or_404(Thread.objects.visible_to(request.user).select_related("forum"), pk=key)
        if kind == "reply":
            return get_object_or_404(Reply.objects.visible_to(request.user).select_related("thread__forum"), pk=key)
        if kind == "person":
            return get_object_or_404(User, pk=key)
        raise Http404

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """One case: what it is about, in its place, and what to do about it."""
        if not can_moderate(request.user):
            raise Http404
        number = int(object_id) if object_id.isascii() and object_id.isdigit() and len(object_id) < 18 else 0
        case = get_object_or_404(Case.objects.visible_to(request.user).with_subjects(), pk=number)
        if case.credential_id:
            return HttpResponseRedirect(reverse("admin:credentials_credential_change", args=[case.credential_id]))
        by = acting(request)
        form = self._form(request, case, by)
        status = 200
        if request.method == "POST":
            target = self._act(request, case, form, by)
            if target:
                return HttpResponseRedirect(target)
            status = 409 if form.errors else 200
            case = Case.objects.with_subjects().get(pk=case.pk)
        beside = desk.context_of(case)
        context = {
            **self.admin_site.each_context(request),
            **beside,
            "undoable": [] if case.appeal else [one.pk for one in beside["past"] if desk.may_undo(one)],
            "title": subject_words(case),
            "subtitle": case.get_kind_display(),
            "opts": self.opts,
            "case": case,
            "form": form,
            "words": desk.WORDS,
            "can_decide": case.is_open and can_decide(by, case),
            "is_mine": case.holder == by,
            "waits": timesince(case.opened_at),
        }
        return TemplateResponse(request, "admin/moderation/case/case.html", context, status=status)

    def _form(self, request: HttpRequest, case: Case, by: User) -> Any:
        deciding = ("reverse", "uphold") if case.appeal else ("decide", "template")
        data = request.POST if request.method == "POST" and request.POST.get("do") in deciding else None
        if case.appeal:
            return desk.AppealDecisionForm(data, case=case)
        return desk.DecideForm(data, case=case, by=by)

    def _act(self, request: HttpRequest, case: Case, form: Any, by: User) -> str:
        """Do what the pressed button says; the address to go to, or nothing where the page is shown again."""
        do = request.POST.get("do", "")
        here = case.get_absolute_url()
        try:
            if do == "claim":
                actions.claim(case, by=by)
                return here
            if do == "release":
                actions.release(case, by=by, handover=request.POST.get("handover", "")[:500].replace("\0", ""))
                messages.success(request, gettext("Given back to the queue. Take care of yourself."))
                return reverse("admin:moderation_case_changelist")
            if do == "note" and case.about is not None and not desk.is_anonymous(case.post):
                text = request.POST.get("note", "").replace("\0", "").strip()
                if text:
                    actions.add_note(case.about, by=by, text=text)
                return here
            if do == "undo":
                decision = get_object_or_404(Decision, pk=_number(request.POST.get("decision")))
                actions.undo(decision, by=by)
                messages.success(request, gettext("Taken back. Everything is as it was before."))
                return here
            if do == "template":
                self._put_template_in(form)
                return ""
            if not form.is_valid():
                return ""
            seen = form.cleaned_data["seen"]
            if do in ("reverse", "uphold"):
                answer = form.cleaned_data["answer"]
                actions.decide_appeal(case, by=by, reverse=do == "reverse", answer=answer, seen=seen)
            else:
                actions.decide(case, form.verdict(), by=by, seen=seen)
        except (Refused, LimitReached, actions.Outdated) as error:
            if form.is_bound:
                form.add_error(None, str(error))
                return ""
            messages.error(request, str(error))
            return here
        messages.success(request, gettext("Decided: %(what)s.") % {"what": subject_words(case)})
        return self._next(by)

    def _put_template_in(self, form: Any) -> None:
        """Show the form again with the ready words in the message."""
        template = MessageTemplate.objects.filter(pk=_number(form.data.get("template"))).first()
        data = form.data.copy()
        if template:
            data["message"] = "\n\n".join(filter(None, [data.get("message", "").strip(), template.text]))
        form.data = data
        form._errors = {}

    def _next(self, by: User) -> str:
        """The next case of the queue that is for this moderator and that nobody else has."""
        for case in Case.objects.visible_to(by).open().filter(credential=None).with_subjects().in_order()[:20]:
            if case.holder in (None, by) and can_decide(by, case):
                return case.get_absolute_url()
        return reverse("admin:moderation_case_changelist")


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else 0


def subject_words(case: Case) -> str:
    """What a case is about, on one line."""
    if case.reply:
        return gettext("reply in “%(title)s”") % {"title": Truncator(case.reply.thread.title).chars(60)}
    if case.thread:
        return Truncator(case.thread.title).chars(80)
    if case.person:
        return gettext("member %(name)s") % {"name": case.person.username}
    if case.credential:
        return case.credential.user.username
    return (
        gettext("appeal against: %(what)s") % {"what": case.appeal.decision.get_action_display()} if case.appeal else ""
    )


@admin.register(Decision)
class DecisionAdmin(ModeratorsOnly):
    """The record. Nobody changes or deletes it; it is looked through."""

    list_display = ["reference", "action", "ground", "source", "decider", "decided_at", "reversed_shown"]
    list_filter = ["action", "source", "is_automated"]
    list_select_related: ClassVar[Any] = ["decided_by", "reversed_by"]
    search_fields = ["=reference"]
    search_help_text = _("The number of a decision.")
    ordering = ["-pk"]
    fields = (
        "reference", "action", "ground", "law", "facts", "message", "source", "is_automated", "until", "decider",
        "decided_at", "is_told",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Decision]:
        """Of the forums the moderator looks after; not what is about oneself: its names are for others."""
        rows = super().get_queryset(request).exclude(about=request.user.pk)
        own = moderated_forums(request.user)
        return rows if own is None else rows.filter(Q(thread__forum__in=own) | Q(reply__thread__forum__in=own))

    @admin.display(description=_("decided by"))
    def decider(self, decision: Decision) -> str:
        return decision.decider_name

    @admin.display(description=_("taken back"), boolean=True)
    def reversed_shown(self, decision: Decision) -> bool:
        return decision.is_reversed


@admin.register(MessageTemplate)
class MessageTemplateAdmin(LargeTableAdmin):
    list_display = ["name", "action", "position", "is_active"]
    list_editable = ["position", "is_active"]
    ordering = ["position", "name"]
