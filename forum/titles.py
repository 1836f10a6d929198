"""What would bring more answers to a question, said while its title is being written."""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SHORT = 4  # words; with fewer nobody knows what is asked
EMPTY_WORDS = re.compile(
    r"(please|pls|help|urgent|question|quick|advice|needed|need|worried|anyone|hello|hi|me|a|i|am|some)", re.IGNORECASE
)


def title_hints(title: str) -> list[str | Promise]:
    """Hints for this title, most useful first; none where it is good, or not yet written."""
    words = re.findall(r"\w+", title)
    if not words:
        return []
    hints: list[str | Promise] = []
    telling = [word for word in words if not EMPTY_WORDS.fullmatch(word)]
    if len(words) < SHORT or len(telling) < 2:
        hints.append(_("Say what it is about and what you want to know: more people who know about it will look."))
    letters = [letter for letter in title if letter.isalpha()]
    if len(letters) > 12 and sum(letter.isupper() for letter in letters) > 0.8 * len(letters):
        hints.append(_("Small letters are easier to read than capitals."))
    if re.search(r"[?!]{2,}", title):
        hints.append(_("One question mark is enough."))
    return hints
