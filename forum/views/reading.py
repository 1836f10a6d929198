"""Pages to read: home, forums, threads, people."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.middleware import second_factor_is_due
from accounts.models import User
from common.metadata import Metadata
from common.pagination import numbered, page_address, paginate
from common.shared_pages import shared_page
from common.shown import shows_list, shows_rows
from forum import metadata, personal, policies
from forum.filters import ReplyFilter, ThreadFilter
from forum.forms import ReplyForm
from forum.http import or_gone
from forum.models import Draft, Forum, PeerOpinion, Reply, Thread
from forum.models.posts import blocked_for
from forum.places import address_of, replies_at
from forum.waiting import expected_wait
from notifications.actions import mark_seen
from resources.models import Resource

HOME_ROWS = 5


@require_safe
@shared_page(personal=personal.of_list)
def home(request: HttpRequest) -> HttpResponse:
    answers = Reply.objects.visible_to(request.user).by_professionals().filter(thread__status=Thread.Status.PUBLISHED)
    waiting = Thread.objects.waiting()
    shows_list(answers.values("pk")[:HOME_ROWS])
    shows_list(waiting.values("pk")[:HOME_ROWS])
    context = {
        "forums": Forum.objects.visible_to(request.user).by_category(),
        "waiting": waiting.for_rows(request.user)[:HOME_ROWS],
        "answers": answers.for_rows(request.user)[:HOME_ROWS],
        "metadata": metadata.of_home(),
    }
    return render(request, "forum/home.html", context)


@require_safe
@numbered
def waiting(request: HttpRequest) -> HttpResponse:
    """The questions of the whole site that nobody has answered, or no professional (?by=professional)."""
    by_professional = request.GET.get("by") == "professional"
    threads = Thread.objects.waiting_for_professionals() if by_professional else Thread.objects.waiting()
    counts = Forum.objects.filter(is_open=True).waiting_counts()
    total = counts["professional" if by_professional else "answer"]
    page = paginate(threads.for_rows(request.user), request.GET.get("page"), total=total)
    path = reverse("forum:waiting")
    about = Metadata(path if by_professional else page_address(path, page.number))
    context = {"page": page, "by_professional": by_professional, "metadata": about}
    return render(request, "forum/waiting.html", context)


@require_safe
@shared_page(personal=personal.of_list)
@numbered
def forum(request: HttpRequest, slug: str) -> HttpResponse:
    forums = Forum.objects.visible_to(request.user).select_related("category")
    forum = get_object_or_404(forums, slug=slug)
    filters = ThreadFilter(request.GET, queryset=Thread.objects.published_in(forum).for_rows(request.user))
    totals = {
        "": forum.thread_count,
        "yes": forum.answered_count,
        "no": forum.thread_count - forum.answered_count,
        "professional": forum.professional_count,
    }
    page = paginate(filters.rows, request.GET.get("page"), total=totals[filters.choice("answered")])
    for thread in page:
        thread.forum = forum
    context = {
        "forum": forum,
        "page": page,
        "filter": filters,
        "sort": filters.choice("sort"),
        "answered": filters.choice("answered"),
        "popular_resources": Resource.objects.beside(request.user, forum),
        "related_forums": Forum.objects.visible_to(request.user).related_to(forum),
        "also_read": Resource.objects.visible_to(request.user).also_read_with(forum),
        "metadata": metadata.of_forum(forum, page, is_filtered=bool(filters.choice("answered"))),
    }
    response = render(request, "forum/forum.html", context, status=filters.status)
    return kept_out(response) if forum.keep_out_of_search else response


@require_safe
@shared_page(personal=personal.of_thread)
@or_gone
@numbered
def thread(request: HttpRequest, thread_id: int, slug: str = "") -> HttpResponse:
    threads = Thread.objects.visible_to(request.user).with_own(request.user).with_blocks_by(request.user)
    together = ("forum__category", "author", "source", "similar_found")  # the last is for the list that search shows
    thread = get_object_or_404(threads.select_related(*together), pk=thread_id)
    if slug != thread.slug:
        query = request.META.get("QUERY_STRING", "")
        moved = HttpResponsePermanentRedirect(thread.get_absolute_url() + (f"?{query}" if query else ""))
        moved["Cache-Control"] = "no-cache"  # a title may change back, and two kept redirects would be a loop
        return moved
    filters = ReplyFilter(request.GET, queryset=Reply.objects.filter(thread=thread).for_page(request.user))
    sort = filters.choice("sort")
    total = thread.reply_count if sort == "helpful" else thread.place_count
    # Whatever moves replies also changes the counters of their thread, in the same transaction (actions.tally).
    deep = partial(replies_at, thread, sort)
    page = paginate(filters.rows, request.GET.get("page"), total=total, deep=deep, is_versioned=True)
    for reply in page:
        reply.thread = thread
    if request.user.pk and request.method == "GET":  # a page for many members is made for nobody
        mark_seen(request.user.pk, thread_id=thread.pk, reply_ids=[reply.pk for reply in page])
    attach_cautions(page, request.user)
    attach_new_questions(page, request.user)
    waiting_replies = Reply.objects.waiting_of(request.user, thread) if thread.has_own_waiting else []
    context = {
        "thread": thread,
        "page": page,
        "filter": filters,
        "sort": sort,
        "popular_resources": Resource.objects.beside(request.user, thread.forum),
        "metadata": metadata.of_thread(thread, page, sort=sort),
        "waiting_replies": waiting_replies,
        "expected_wait": expected_wait() if waiting_replies or thread.is_held else "",
        "follows": thread.is_followed,
        **thread_rights(request.user, thread),
    }
    if context["can_reply"] and second_factor_is_due(request):
        context["needs_second_factor"] = True
    elif context["can_reply"]:
        draft = Draft.objects.filter(user=request.user.pk, place=f"reply:{thread.pk}").first()
        typed = {"body": draft.body, "interest": draft.interest} if draft else {}
        context["form"] = ReplyForm(initial=typed)
        context["has_draft"] = draft is not None
    response = render(request, "forum/thread.html", context, status=filters.status)
    return kept_out(response) if thread.keep_out_of_search or not thread.is_published else response


def kept_out(response: HttpResponse) -> HttpResponse:
    """Tell search engines in the header what the page tells them, for those that do not read the page."""
    response["X-Robots-Tag"] = "noindex, noarchive, nosnippet"
    return response


def attach_cautions(replies: Iterable[Reply], user: Any) -> None:
    """Put the cautions of professionals on the replies that have some, as `user` sees them, with one query or none."""
    cautioned = {reply.pk: reply for reply in replies if reply.caution_count}
    if not cautioned:
        return
    opinions = PeerOpinion.objects.shown().filter(reply__in=cautioned, kind=PeerOpinion.Kind.CAUTION)
    for reply in cautioned.values():
        reply.cautions = []
    for opinion in opinions.select_related("user").annotate(**blocked_for(user, "user")):
        opinion.reply = cautioned[opinion.reply_id]
        opinion.reply.cautions.append(opinion)


def attach_new_questions(replies: Iterable[Reply], user: Any) -> None:
    """Put the question that a reply has become on it, where `user` may see it, with one query or none."""
    signposts = [reply for reply in replies if reply.stands_as_id]
    if not signposts:
        return
    ids = [reply.stands_as_id for reply in signposts if reply.stands_as_id]
    shows_rows(Thread, ids)
    threads = Thread.objects.visible_to(user).for_rows().in_bulk(ids)
    for reply in signposts:
        reply.new_question = threads.get(reply.stands_as_id)


def thread_rights(user: Any, thread: Thread) -> dict[str, bool]:
    """What the page of a question offers to `user`."""
    return {
        "can_reply": policies.can_reply(user, thread),
        "can_give_opinions": policies.can_reply(user, thread) and user.is_medical_professional,
        "can_edit": policies.can_edit(user, thread),
        "can_delete": policies.can_delete(user, thread),
        "shows_text": thread.shows_text_to(user, thread.forum_id),
        "may_moderate": policies.can_moderate(user, thread),
        "is_own": user.is_authenticated and thread.author_id == user.pk,
    }


@require_safe
@or_gone
def reply(request: HttpRequest, reply_id: int) -> HttpResponse:
    """The permalink.

    A removed or hidden reply leads to the place it had, one that waits to the end of the page, one that has become a
    question to that.
    """
    own_waiting = Reply.objects.visible_to(request.user).filter(pk=reply_id, status=Reply.Status.HELD)
    if waiting := own_waiting.select_related("thread__forum").first():
        return redirect(f"{waiting.thread.get_absolute_url()}#reply-{waiting.pk}")
    reply = get_object_or_404(Reply.objects.with_places().select_related("thread__forum"), pk=reply_id)
    if reply.stands_as_id:
        question = Thread.objects.visible_to(request.user).filter(pk=reply.stands_as_id).first()
        return redirect(question or reverse("forum:thread_bare", args=[reply.stands_as_id]))
    thread = get_object_or_404(Thread.objects.visible_to(request.user), pk=reply.thread_id)
    return redirect(address_of(reply, thread))


@require_safe
@or_gone
def thread_newest(request: HttpRequest, thread_id: int) -> HttpResponse:
    """To the reply that was written last."""
    return _jump(request, thread_id, ("-created_at", "-pk"))


@require_safe
@or_gone
def thread_professional(request: HttpRequest, thread_id: int) -> HttpResponse:
    """To the most helpful reply that carries the badge."""
    return _jump(request, thread_id, ("-helpful_count", "created_at", "pk"), has_badge=True)


def _jump(request: HttpRequest, thread_id: int, order: tuple[str, ...], **only: bool) -> HttpResponse:
    thread = get_object_or_404(Thread.objects.visible_to(request.user), pk=thread_id)
    replies = Reply.objects.filter(thread=thread, status=Reply.Status.PUBLISHED, **only)
    reply = replies.order_by(*order).first()
    return redirect(address_of(reply, thread) if reply else thread.get_absolute_url())


@require_safe
@numbered
def person(request: HttpRequest, username: str) -> HttpResponse:
    people = User.objects.with_public_profile().with_block_by(request.user)
    person = get_object_or_404(people, username__iexact=username)
    if person.username != username:
        return redirect(person, permanent=True)
    replies = Reply.objects.written_openly_by(person).visible_to(request.user)
    facts = replies.aggregate(
        total=Count("pk"), helpful=Sum("helpful_count", default=0), agreed=Sum("agree_count", default=0)
    )
    rows = replies.for_rows(request.user).order_by("-created_at", "-pk")
    threads = Thread.objects.listed().filter(author=person, is_anonymous=False).for_rows()
    page = paginate(rows, request.GET.get("page"), total=facts["total"])
    context = {
        "person": person,
        "metadata": Metadata(page_address(person.get_absolute_url(), page.number)),
        "page": page,
        "threads": threads.order_by("-created_at", "-pk")[:HOME_ROWS],
        "helpful": facts["helpful"],
        "agreed": facts["agreed"],
    }
    return render(request, "forum/person.html", context)
