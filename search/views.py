from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from common.http import client_address, wants_fragment
from common.pagination import NoSuchPage, Page, numbered, page_number
from common.text import clean_line
from forum.http import members_only
from forum.models import Thread
from forum.models.posts import TITLE_LIMIT
from forum.titles import title_hints
from safety.findings import GREEN
from safety.screening import rules_of
from search import engine, suggestions
from search.actions import record_search
from search.filters import SearchFilter
from search.rates import may_search
from search.similar import similar_questions

LONGEST = 300
PAGE_SIZE = 10


@require_safe
@numbered
def search_page(request: HttpRequest) -> HttpResponse:
    """The questions and resources that fit ?q=; without it the form alone."""
    text = clean_line(request.GET.get("q", "").replace("\0", " "))
    filters = SearchFilter(request.GET, queryset=Thread.objects.listed(), request=request)
    context: dict[str, Any] = {
        "q": text[:LONGEST],
        "filter": filters,
        "sort": filters.choice("sort") or "relevance",
        "spells": request.GET.get("exact") != "1",
        "widens": request.GET.get("synonyms") != "off",
        "shows_crisis_help": rules_of().triage(text[:LONGEST]).level != GREEN,
    }
    if not text:
        return render(request, "search/search.html", context, status=filters.status)
    if not may_search(request):
        response = render(request, "search/search.html", {**context, "is_limited": True}, status=429)
        response["Retry-After"] = "60"
        return response
    scope = engine.Scope(filters.rows, request.user, context["sort"], filters.is_narrowed)
    found = engine.search(text, scope, spell=context["spells"], widen=context["widens"])
    page = page_of_results(found, request)
    context |= {"found": found, "page": page, "forums": forums_of(found, filters) if page.total else []}
    if found.corrected and rules_of().triage(found.corrected).level != GREEN:
        context["shows_crisis_help"] = True
    if page.number == 1 and not (filters.is_narrowed or found.is_too_broad or found.is_empty):
        person = str(request.user.pk) if request.user.is_authenticated else client_address(request)
        record_search(text, found=found.total, person=person)
    return render(request, "search/search.html", context, status=filters.status)


def page_of_results(found: engine.Results, request: HttpRequest) -> Page:
    """The questions of the page asked for, each with its passage; NoSuchPage beyond the last."""
    number, last = page_number(request.GET.get("page")), max(1, -(-len(found.ids) // PAGE_SIZE))
    if number > last:
        raise NoSuchPage
    ids = found.ids[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    threads = Thread.objects.listed().for_rows(request.user).in_bulk(ids)
    passages = engine.passages(ids, found.tsquery, request.user)
    rows = [(threads[pk], passages.get(pk, "")) for pk in ids if pk in threads]
    return Page(rows, number, last, found.total)


def forums_of(found: engine.Results, filters: SearchFilter) -> list[tuple[Any, int]]:
    """The forums with most results, and how many each has."""
    forums = filters.filters["forum"].field.queryset.in_bulk([pk for pk, _ in found.forums.most_common(8)])
    return [(forums[pk], count) for pk, count in found.forums.most_common(8) if pk in forums]


@require_safe
@members_only()
def similar(request: HttpRequest) -> HttpResponse:
    """Questions like the title being typed: a piece of the page for our script, a page of its own without it."""
    title = clean_line(request.GET.get("title", "").replace("\0", " "))[:TITLE_LIMIT]
    if not may_search(request, "similar"):
        response = HttpResponse(status=429) if wants_fragment(request) else render(request, "429.html", status=429)
        response["Retry-After"] = "60"
        return response
    template = "search/similar_while_asking.html" if wants_fragment(request) else "search/similar_page.html"
    context = {"similar": similar_questions(title, request.user), "title_hints": title_hints(title)}
    return render(request, template, context)


@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """Words to go on with, as JSON, for what is typed so far."""
    raw = request.GET.get("q", "").replace("\0", " ")[:LONGEST]
    typed = "" if raw.endswith(" ") else clean_line(raw)
    response = JsonResponse({"suggestions": suggestions.complete(typed)})
    response["Cache-Control"] = "private, max-age=300"
    return response
