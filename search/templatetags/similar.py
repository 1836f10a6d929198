from typing import Any

from django import template

from forum.models import Thread
from forum.titles import title_hints
from search import similar
from search.rates import may_search

register = template.Library()


@register.inclusion_tag("search/similar_while_asking.html", takes_context=True)
def similar_while_asking(context: dict[str, Any], title: str) -> dict[str, Any]:
    """Hints for a title and the questions like it, as often as somebody may search."""
    request = context["request"]
    found = similar.similar_questions(title, request.user) if title and may_search(request, "similar") else []
    return {"similar": found, "title_hints": title_hints(title)}


@register.inclusion_tag("search/similar_threads.html", takes_context=True)
def similar_threads(context: dict[str, Any], thread: Thread) -> dict[str, Any]:
    """The questions like one that is there."""
    return {"similar": similar.similar_to(thread, context["user"]) if thread.is_published else []}
