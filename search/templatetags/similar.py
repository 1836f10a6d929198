from typing import Any

from django import template

from forum.models import Thread
from forum.titles import title_hints
from search import similar

register = template.Library()


@register.inclusion_tag("search/similar_while_asking.html")
def similar_while_asking(title: str) -> dict[str, Any]:
    """Hints for a title and the questions like it."""
    return {"similar": similar.similar_questions(title), "title_hints": title_hints(title)}


@register.inclusion_tag("search/similar_threads.html")
def similar_threads(thread: Thread) -> dict[str, Any]:
    """The questions like one that is there."""
    return {"similar": similar.similar_to(thread) if thread.is_published else []}
