"""The back office of the forum. Buttons call the same actions as the site, so every rule holds here."""

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.widgets import FilteredSelectMultiple
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.professions import SPECIALTY_CHOICES
from common.admin import LargeTableAdmin
from forum import actions, policies
from forum.models import (
    Category,
    Forum,
    ForumModerator,
    HelpfulVote,
    PeerOpinion,
    Reply,
    Revision,
    ScreeningRule,
    Thread,
    ThreadSource,
)
from forum.models.forums import moderated_forums


def acting(request: HttpRequest) -> User:
    """Who uses the admin: it lets nobody in who is not signed in."""
    return cast(User, request.user)


def note(request: HttpRequest, obj: Any, text: str) -> None:
    """Write a line into the object's history."""
    LogEntry.objects.log_actions(acting(request).pk, [obj], CHANGE, text, single_object=True)


@admin.register(ScreeningRule)
class ScreeningRuleAdmin(LargeTableAdmin):
    """What staff add to what posts are screened for, or switch off of it."""

    list_display = ["kind", "phrase", "effect", "language", "is_active", "note", "changed_at"]
    list_display_links = ["phrase"]
    list_filter = ["kind", "effect", "is_active"]
    search_fields = ["phrase"]
    ordering = ["kind", "pk"]
    fields = ["language", "effect", "kind", "phrase", "note", "is_active"]


@admin.register(ForumModerator)
class ForumModeratorAdmin(LargeTableAdmin):
    """Who looks after which forum. A moderator of no forum in particular looks after all of them."""

    list_display = ["user", "forum"]
    list_select_related: ClassVar[Any] = ["user", "forum"]
    autocomplete_fields = ["user", "forum"]
    search_fields = ["=user__username"]
    ordering = ["user__username", "forum__name", "pk"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)


@admin.register(Category)
class CategoryAdmin(LargeTableAdmin):
    list_display = ["name", "position"]
    list_editable = ["position"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}
    ordering = ["position", "pk"]


class ForumForm(forms.ModelForm):  # type: ignore[type-arg]
    specialties = forms.MultipleChoiceField(
        choices=SPECIALTY_CHOICES,
        required=False,
        widget=FilteredSelectMultiple(_("specialties"), is_stacked=False),
        help_text=_(
            "Whose field this is. Others show “Medical professional · other specialty” here. None: everybody’s."
        ),
    )

    class Meta:
        model = Forum
        fields = "__all__"  # noqa: DJ007 - the admin names them


@admin.register(Forum)
class ForumAdmin(LargeTableAdmin):
    form = ForumForm
    list_display = ["name", "category", "thread_count", "answered_count", "professional_count", "is_open", "position"]
    list_filter = ["category", "is_open", "keep_out_of_search", "shows_crisis_help", "care_topic"]
    list_select_related = ["category"]
    autocomplete_fields = ["category"]
    search_fields = ["name", "slug", "description"]
    prepopulated_fields = {"slug": ["name"]}
    readonly_fields = ["thread_count", "answered_count", "professional_count"]
    ordering = ["category__position", "position", "pk"]
    fieldsets = [
        (None, {"fields": ["category", "name", "slug", "description", "position", "is_open", "is_discussion"]}),
        (_("Professionals"), {"fields": ["specialties"]}),
        (_("Safety"), {"fields": ["keep_out_of_search", "shows_crisis_help", "care_topic"]}),
        (_("Counted"), {"fields": ["thread_count", "answered_count", "professional_count"]}),
    ]


class ReadOnlyAdmin(LargeTableAdmin):
    """What is looked at and never changed by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(HelpfulVote)
class HelpfulVoteAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "user", "reply"]
    list_select_related: ClassVar[Any] = ["user", "reply"]
    search_fields = ["=user__username", "=reply__id"]
    search_help_text = _("A username, or the number of a reply.")
    ordering = ["-pk"]


@admin.register(PeerOpinion)
class PeerOpinionAdmin(ReadOnlyAdmin):
    """Agreement and cautions of professionals."""

    list_display = ["created_at", "user", "kind", "text", "reply", "has_badge", "is_hidden"]
    list_filter = ["kind", "is_hidden"]
    list_select_related: ClassVar[Any] = ["user", "reply"]
    search_fields = ["=user__username", "=reply__id"]
    search_help_text = _("A username, or the number of a reply.")
    actions = ["hide_selected", "show_selected"]
    ordering = ["-pk"]

    @admin.action(description=_("Hide from readers"), permissions=["view"])
    def hide_selected(self, request: HttpRequest, opinions: QuerySet[PeerOpinion]) -> None:
        self._set_hidden(request, opinions, True, gettext("Hidden"))

    @admin.action(description=_("Show again"), permissions=["view"])
    def show_selected(self, request: HttpRequest, opinions: QuerySet[PeerOpinion]) -> None:
        self._set_hidden(request, opinions, False, gettext("Shown again"))

    def _set_hidden(self, request: HttpRequest, opinions: QuerySet[PeerOpinion], hidden: bool, done: str) -> None:
        for opinion in opinions:
            if actions.set_opinion_hidden(opinion, hidden, by=acting(request)):
                note(request, opinion, done)
        self.message_user(request, f"{done}.", messages.SUCCESS)


@admin.register(Revision)
class RevisionAdmin(ReadOnlyAdmin):
    """What posts said before they were edited, in the forums the moderator looks after."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Revision]:
        rows = super().get_queryset(request)
        own = moderated_forums(request.user)
        return rows if own is None else rows.filter(Q(thread__forum__in=own) | Q(reply__thread__forum__in=own))

    list_display = ["replaced_at", "thread", "reply"]
    list_select_related: ClassVar[Any] = ["thread", "reply"]
    search_fields = ["=thread__id", "=reply__id"]
    search_help_text = _("The number of a thread or of a reply.")
    fields = ["thread", "reply", "title", "body", "replaced_at"]
    ordering = ["-pk"]


class SourceInline(admin.StackedInline):  # type: ignore[type-arg]
    """Where an imported question came from."""

    model = ThreadSource
    extra = 0
    can_delete = False
    verbose_name_plural = _("imported from")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PostAdmin(LargeTableAdmin):
    """Posts are read here. What happens to them is decided at the desk, with a reason and a record."""

    actions = []
    change_form_template = "admin/forum/post_change_form.html"
    list_select_related: ClassVar[Any] = ["author"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [str(name) for _, options in self.get_fieldsets(request, obj) for name in options["fields"]]

    @admin.display(description=_("by"))
    def byline(self, post: Thread | Reply) -> str:
        line = post.byline
        return f"{line.name} ({line.note})" if line.note else str(line.name)

    @admin.display(description=_("text as shown"))
    def shown_text(self, post: Thread | Reply) -> SafeString:
        return format_html('<div class="post-text">{}</div>', SafeString(post.body_html))

    @admin.display(description=_("facts"))
    def shown_facts(self, post: Thread) -> str:
        return "; ".join(f"{label}: {text}" for label, text in post.shown_facts) or "—"

    @admin.display(description=_("on the site"))
    def on_site(self, post: Thread | Reply) -> SafeString:
        return format_html('<a href="{}">{}</a>', post.get_absolute_url(), gettext("Open the page"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """What the moderator looks after, and what everybody sees."""
        return cast("QuerySet[Any]", self.model._default_manager.visible_to(request.user))


@admin.register(Thread)
class ThreadAdmin(PostAdmin):
    list_display = ["title", "forum", "byline", "status", "is_locked", "reply_count", "helpful_count", "created_at"]
    list_filter = ["status", "is_locked", "forum"]
    list_select_related: ClassVar[Any] = ["author", "forum"]
    search_fields = ["title"]
    search_help_text = _("Words of the title, or username:NAME for one person's questions (not the anonymous ones).")
    ordering = ["-pk"]
    inlines = [SourceInline]
    change_form_template = "admin/forum/thread/change_form.html"
    fieldsets = [
        (None, {"fields": ["title", "on_site", "forum", "byline", "shown_text", "shown_facts", "status", "is_locked"]}),
        (_("Dates"), {"fields": ["created_at", "edited_at", "last_activity_at"]}),
        (_("Counted"), {"fields": ["reply_count", "professional_reply_count", "helpful_count"]}),
        (_("Search engines"), {"fields": ["keep_out_of_search"]}),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Thread], search_term: str
    ) -> tuple[QuerySet[Thread], bool]:
        if search_term.startswith("username:"):
            username = search_term.removeprefix("username:").strip()
            return queryset.filter(author__username__iexact=username, is_anonymous=False), False
        return super().get_search_results(request, queryset, search_term)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        thread = self.get_object(request, object_id)
        extra = {"may_reveal": bool(thread and thread.is_anonymous and policies.can_reveal_asker(request.user))}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    def response_change(self, request: HttpRequest, obj: Thread) -> HttpResponse:
        """The button 'Show who asked' posts the form; the look is written down before it happens."""
        if "_reveal" in request.POST and obj.is_anonymous:
            policies.require(
                policies.can_reveal_asker(request.user), gettext("You do not have the permission to see who asked.")
            )
            note(request, obj, gettext("Looked at who asked this anonymous question."))
            name = obj.author.username if obj.author else gettext("an account that no longer exists")
            text = gettext("Asked by %(name)s. This look is in the history.") % {"name": name}
            self.message_user(request, text, messages.WARNING)
            return HttpResponseRedirect(reverse("admin:forum_thread_change", args=[obj.pk]))
        return super().response_change(request, obj)


@admin.register(Reply)
class ReplyAdmin(PostAdmin):
    list_display = ["start", "in_thread", "byline", "status", "helpful_count", "created_at"]
    list_filter = ["status"]
    list_select_related: ClassVar[Any] = ["author", "thread__forum"]
    search_fields = ["=author__username", "=id"]
    search_help_text = _("A username (not the replies to an own anonymous question), or the number of a reply.")
    ordering = ["-pk"]
    fieldsets = [
        (None, {"fields": ["in_thread", "on_site", "byline", "shown_text", "interest", "status"]}),
        (_("Dates"), {"fields": ["created_at", "edited_at"]}),
        (_("Counted"), {"fields": ["helpful_count", "helpful_base_count"]}),
        (_("Standing"), {"fields": ["credential_line", "has_badge", "imported_as_professional", "agree_count"]}),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Reply], search_term: str
    ) -> tuple[QuerySet[Reply], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if term.isascii() and term.isdigit() and len(term) < 19:
            return queryset.filter(pk=int(term)), False
        openly = Q(author__username__iexact=term, is_anonymous=False) & ~Q(by_asker=True, thread__is_anonymous=True)
        return queryset.filter(openly), False

    @admin.display(description=_("text"), ordering="pk")
    def start(self, reply: Reply) -> str:
        return reply.body[:80]

    @admin.display(description=_("question"))
    def in_thread(self, reply: Reply) -> SafeString:
        address = reverse("admin:forum_thread_change", args=[reply.thread_id])
        return format_html('<a href="{}">{}</a>', address, reply.thread.title)
