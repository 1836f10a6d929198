"""Asking, replying, editing, deleting; drafts and previews on the way."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import MemberRequest
from accounts.limits import LimitReached
from common.http import safe_target, wants_fragment
from common.markdown import escape_markdown, quote_markdown
from common.text import clean_line, clean_text
from forum import actions, policies
from forum.facts import labelled
from forum.forms import AskForm, DraftForm, EditThreadForm, FactsFields, PostForm, ReplyForm, facts_initial
from forum.http import members_only
from forum.identifying import identifiers_in, masked, render_with_marks
from forum.models import Draft, Forum, Post, Reply, Revision, Thread
from forum.models.posts import TITLE_LIMIT
from forum.pace import TooSoon
from forum.places import address_of
from forum.waiting import expected_wait, waits_because
from resources.lines import line_near
from resources.models import Resource
from safety.findings import GREEN

UNPROCESSABLE, CONFLICT, TOO_MANY = 422, 409, 429
form_methods = require_http_methods(["GET", "HEAD", "POST"])


def own_draft(request: HttpRequest, place: str) -> Draft | None:
    return Draft.objects.filter(user=request.user.pk, place=place).first()


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to; an empty POST is one that lacks everything, not a first look at the form.

    With the button that replaces a personal detail, the text without it.
    """
    if request.method != "POST":
        return None
    return masked(request.POST, request.POST["mask"]) if "mask" in request.POST else request.POST


def is_preview(request: HttpRequest) -> bool:
    return request.method == "POST" and bool({"preview", "mask"} & request.POST.keys())


def show_form(
    request: HttpRequest, template: str, form: PostForm, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """The page of a form: as new, with errors, or with a preview of what it holds."""
    if form.is_bound and status == 200 and not form.is_valid():
        status = UNPROCESSABLE
    if form.is_bound and is_preview(request) and status == 200:
        context["preview_title"] = form.cleaned_data.get("title", "")
        context["preview"] = render_with_marks(form.cleaned_data["body"])
        context["preview_interest"] = form.cleaned_data.get("interest", "")
        context["preview_facts"] = labelled(form.cleaned_data.get("facts", {}))
        context["triage"] = form.screening
        context["line"] = line_near(request) if form.screening.needs_help else None
    if form.is_bound and (is_preview(request) or status == UNPROCESSABLE):
        context["identifiers"] = identifiers_in(form.data)
    return render(request, template, {"form": form, **context}, status=status)


def offer_help(request: HttpRequest, form: PostForm) -> None:
    """After posting: where to find help at once, for somebody who wrote of a crisis or of an emergency."""
    triage, address = form.screening, reverse("resources:help_now")
    if triage.is_emergency:
        words = _('If this is happening now, do not wait for an answer: <a href="{}">call your emergency number</a>.')
        messages.warning(request, format_html(words, address))
    if triage.level != GREEN:
        words = _('You do not have to be alone with this. <a href="{}">Somebody will listen now</a>.')
        messages.warning(request, format_html(words, address))


def refuse(
    request: HttpRequest, template: str, form: PostForm, context: dict[str, Any], error: Exception
) -> HttpResponse:
    """The form again, with what was typed and the reason why it could not be done."""
    form.add_error(None, str(error))
    status = TOO_MANY if isinstance(error, LimitReached | TooSoon) else CONFLICT
    response = show_form(request, template, form, context, status=status)
    if isinstance(error, TooSoon):
        response["Retry-After"] = str(error.seconds)
    return response


def is_final(request: HttpRequest, form: PostForm) -> bool:
    """Whether the form is complete and sent to be published, not to be previewed."""
    return request.method == "POST" and not is_preview(request) and form.is_valid()


def keep_previewed(request: MemberRequest, place: str, form: PostForm) -> None:
    """A preview is also a way to save a draft, the one that needs no JavaScript."""
    if is_preview(request) and form.is_valid():
        fields = {
            name: form.cleaned_data[name] for name in form.cleaned_data.keys() & {*DraftForm.base_fields, "facts"}
        }
        actions.save_draft(request.user, place, **fields)


def asked_for(request: HttpRequest) -> str:
    """The title that a link brings along, as the search does where it found nothing."""
    return clean_line(request.GET.get("title", "").replace("\0", " "))[:TITLE_LIMIT]


@form_methods
@members_only(keeps="ask")
def ask(request: MemberRequest, slug: str | None = None) -> HttpResponse:
    forums = Forum.objects.visible_to(request.user)
    forum = forums.filter(slug=slug).first() if slug else None
    if slug and forum is None and request.method != "POST":  # a form that was open when the forum closed is shown again
        raise Http404
    draft = own_draft(request, "ask")
    form = AskForm(posted(request), initial=AskForm.initial_from(draft, forum, asked_for(request)))
    context: dict[str, Any] = {
        "forum": forum,
        "has_draft": draft is not None and request.method != "POST",
        "popular_resources": Resource.objects.beside(request.user, forum),
    }
    keep_previewed(request, "ask", form)
    if not is_final(request, form):
        context["typed_title"] = clean_line(request.POST.get("title", ""))
        return show_form(request, "forum/ask.html", form, context)
    try:
        thread = actions.ask(by=request.user, **form.cleaned_data)
    except (policies.Refused, LimitReached, TooSoon) as error:
        return refuse(request, "forum/ask.html", form, context, error)
    tell_posted(
        request,
        thread,
        _("Your question is published. You can edit it while the question is open, and delete it at any time."),
    )
    offer_help(request, form)
    return redirect(thread)


@form_methods
@members_only(keeps="reply:{thread_id}")
def thread_reply(request: MemberRequest, thread_id: int) -> HttpResponse:
    thread = Thread.objects.visible_to(request.user).select_related("forum").filter(pk=thread_id).first()
    if thread is None:
        return too_late(request)
    if request.method == "GET" and wants_fragment(request):
        return HttpResponse(quoted(request, thread), content_type="text/plain; charset=utf-8")
    place = f"reply:{thread.pk}"
    draft = own_draft(request, place)
    body, quotation = draft.body if draft else "", quoted(request, thread)
    if quotation.strip() not in body:  # a draft may hold it already
        body = f"{body}\n\n{quotation}" if body else quotation
    form = ReplyForm(posted(request), initial={"body": body, "interest": draft.interest if draft else ""})
    context = {
        "thread": thread,
        "can_reply": policies.can_reply(request.user, thread),
        "has_draft": draft is not None and request.method != "POST",
        "popular_resources": Resource.objects.beside(request.user, thread.forum),
    }
    keep_previewed(request, place, form)
    if not is_final(request, form):
        return show_form(request, "forum/thread_reply.html", form, context)
    try:
        reply = actions.reply_to(thread, by=request.user, **form.cleaned_data)
    except Thread.DoesNotExist:
        return too_late(request)
    except (policies.Refused, LimitReached, TooSoon) as error:
        return refuse(request, "forum/thread_reply.html", form, context, error)
    tell_posted(
        request,
        reply,
        _("Your reply is published. You can edit it while the question is open, and delete it at any time."),
    )
    offer_help(request, form)
    return redirect(address_of(reply, reply.thread))


def tell_posted(request: HttpRequest, post: Thread | Reply, published: str) -> None:
    """Say that a post is there for all to read, or why a moderator reads it first and how long that takes."""
    if post.is_held:
        messages.info(request, f"{waits_because(post)} {expected_wait()}")
    else:
        messages.success(request, published)


def quoted(request: HttpRequest, thread: Thread) -> str:
    """The quotation asked for by ?quote=question or ?quote=<reply id>, or nothing."""
    asked = request.GET.get("quote", "")
    if asked == "question" and thread.is_published:
        asker = escape_markdown(str(thread.byline.name))
        return quote_markdown(thread.body, intro=_("%(name)s asked:") % {"name": asker})
    if asked.isascii() and asked.isdigit() and len(asked) < 19:
        replies = Reply.objects.visible_to(request.user).filter(status=Post.Status.PUBLISHED)
        reply = replies.select_related("author").filter(pk=int(asked), thread=thread).first()
        if reply:
            reply.thread = thread
            wrote = _("%(name)s wrote:") % {"name": escape_markdown(str(reply.byline.name))}
            return quote_markdown(reply.body, intro=f"[{wrote}]({reply.get_absolute_url()})")
    return ""


def too_late(request: HttpRequest) -> HttpResponse:
    """A text for something that is gone meanwhile: the answer gives the text back."""
    typed = clean_text(request.POST.get("body", ""))
    if not typed:
        raise Http404
    return render(request, "forum/gone.html", {"typed": typed}, status=404)


@form_methods
@members_only(keeps="thread:{thread_id}")
def thread_edit(request: MemberRequest, thread_id: int) -> HttpResponse:
    thread = Thread.objects.visible_to(request.user).select_related("forum").filter(pk=thread_id).first()
    if thread is None:
        return too_late(request)
    policies.require(thread.author_id == request.user.pk, _("Only the person who asked can edit this question."))
    place = f"thread:{thread.pk}"
    draft = own_draft(request, place)
    initial = EditThreadForm.initial_from(thread)
    if draft:
        initial |= {"title": draft.title, "body": draft.body, **dict.fromkeys(FactsFields.base_fields, "")}
        initial |= facts_initial(draft.facts)
        if draft.keep_out_of_search is not None:
            initial["keep_out_of_search"] = draft.keep_out_of_search
    form = EditThreadForm(posted(request), initial=initial)
    context = {"thread": thread, "post": thread, "has_draft": draft is not None and request.method != "POST"}
    keep_previewed(request, place, form)
    if not is_final(request, form):
        return show_form(request, "forum/post_edit.html", form, context)
    try:
        thread = actions.update_thread(thread, by=request.user, **form.cleaned_data)
    except (policies.Refused, LimitReached) as error:
        return refuse(request, "forum/post_edit.html", form, context, error)
    tell_posted(request, thread, _("Your changes are saved."))
    offer_help(request, form)
    return redirect(thread)


@form_methods
@members_only(keeps="reply-edit:{reply_id}")
def reply_edit(request: MemberRequest, reply_id: int) -> HttpResponse:
    reply = Reply.objects.visible_to(request.user).select_related("thread__forum").filter(pk=reply_id).first()
    if reply is None:
        return too_late(request)
    policies.require(reply.author_id == request.user.pk, _("Only the person who wrote this reply can edit it."))
    place = f"reply-edit:{reply.pk}"
    draft = own_draft(request, place)
    shown = draft or reply
    form = ReplyForm(posted(request), initial={"body": shown.body, "interest": shown.interest})
    context = {"thread": reply.thread, "post": reply, "has_draft": draft is not None and request.method != "POST"}
    keep_previewed(request, place, form)
    if not is_final(request, form):
        return show_form(request, "forum/post_edit.html", form, context)
    try:
        reply = actions.update_reply(reply, by=request.user, **form.cleaned_data)
    except (policies.Refused, LimitReached) as error:
        return refuse(request, "forum/post_edit.html", form, context, error)
    tell_posted(request, reply, _("Your changes are saved."))
    offer_help(request, form)
    return redirect(address_of(reply, reply.thread))


@form_methods
@members_only()
def thread_delete(request: MemberRequest, thread_id: int) -> HttpResponse:
    thread = get_object_or_404(Thread.objects.visible_to(request.user).select_related("forum"), pk=thread_id)
    policies.require(
        policies.can_delete(request.user, thread), _("Only the person who asked can delete this question.")
    )
    if request.method != "POST":
        return render(request, "forum/post_delete.html", {"thread": thread, "post": thread})
    actions.remove(thread, by=request.user)
    messages.success(request, _("Your question is deleted."))
    return redirect(thread.forum)


@form_methods
@members_only()
def reply_delete(request: MemberRequest, reply_id: int) -> HttpResponse:
    reply = get_object_or_404(Reply.objects.visible_to(request.user).select_related("thread__forum"), pk=reply_id)
    policies.require(policies.can_delete(request.user, reply), _("Only the person who wrote this reply can delete it."))
    if request.method != "POST":
        return render(request, "forum/post_delete.html", {"thread": reply.thread, "post": reply})
    actions.remove(reply, by=request.user)
    messages.success(request, _("Your reply is deleted."))
    return redirect(reply.thread)


@require_safe
@members_only()
def thread_history(request: MemberRequest, thread_id: int) -> HttpResponse:
    thread = get_object_or_404(Thread.objects.visible_to(request.user).select_related("forum"), pk=thread_id)
    return show_history(request, thread, thread)


@require_safe
@members_only()
def reply_history(request: MemberRequest, reply_id: int) -> HttpResponse:
    replies = Reply.objects.visible_to(request.user).select_related("thread__forum")
    reply = get_object_or_404(replies, pk=reply_id)
    return show_history(request, reply, reply.thread)


def show_history(request: MemberRequest, post: Thread | Reply, thread: Thread) -> HttpResponse:
    if not policies.can_see_revisions(request.user, post):
        raise Http404
    revisions = Revision.objects.filter(**{post._meta.model_name or "": post})[:100]
    return render(request, "forum/post_history.html", {"post": post, "thread": thread, "revisions": revisions})


@require_POST
@members_only()
def draft(request: MemberRequest) -> HttpResponse:
    """Where the page's script saves what is being typed; no content, or why not."""
    form = DraftForm(request.POST)
    if not form.is_valid():
        return HttpResponse(_("This cannot be kept."), status=UNPROCESSABLE, content_type="text/plain")
    actions.save_draft(request.user, **form.cleaned_data)
    return HttpResponse(status=204)


@require_POST
@members_only()
def draft_discard(request: MemberRequest) -> HttpResponse:
    """Forget a draft and show its form empty again."""
    form = DraftForm(request.POST)
    if form.is_valid():
        actions.discard_draft(request.user, form.cleaned_data["place"])
        messages.success(request, _("Your draft is deleted."))
    return redirect(safe_target(request.POST.get("back", ""), request) or "forum:home")
