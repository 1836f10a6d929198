"""How the word being typed may go on."""

from search.models import SearchWord
from search.rules import fold

SHORTEST, SHOWN = 2, 6
ENOUGH = 3  # questions: what one person wrote is not offered to others


def complete(typed: str) -> list[str]:
    """The text with its last word completed, the most used words first; none while that word is short."""
    before, _, last = typed.rpartition(" ")
    start = fold(last)
    if len(start) < SHORTEST or not start.isalpha():
        return []
    words = (
        SearchWord.objects.filter(word__startswith=start, count__gte=ENOUGH)
        .exclude(word=start)
        .order_by("-count", "word")
    )
    return [f"{before} {word}".strip() for word in words.values_list("word", flat=True)[:SHOWN]]
