"""Misspelt words, held against the words that the site itself uses (after Peter Norvig's corrector)."""

from string import ascii_lowercase

from django.db import connections

from common.replica import read_alias
from search.models import SearchWord
from search.queries import Query
from search.synonyms import Thesaurus

SHORTEST, LONGEST = 4, 40  # letters: shorter words have too many neighbours
ENOUGH = 3  # questions a word is in before others are taken for it
OFTEN = 20  # a word that is used is taken for a misspelling of one that is used so many times as often


def corrections(query: Query, thesaurus: Thesaurus) -> dict[str, str]:
    """For each word that is most likely misspelt the word that was most likely meant."""
    words = {word for word in query.words if SHORTEST <= len(word) <= LONGEST and word.isalpha()}
    words -= thesaurus.words
    if not words:
        return {}
    near = {word: neighbours(word) for word in words}
    known = dict(SearchWord.objects.filter(word__in=set().union(words, *near.values())).values_list("word", "count"))
    found = {}
    for word in sorted(words):
        enough = max(ENOUGH, OFTEN * known.get(word, 0))
        likely = [(known[one], one) for one in near[word] if known.get(one, 0) >= enough]
        if likely:
            found[word] = max(likely)[1]
        elif word not in known and len(word) > 5 and (far := _further(word)):
            found[word] = far
    return found


def neighbours(word: str) -> set[str]:
    """Every string one slip away: a letter too many, too few or wrong, or two the wrong way round."""
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    missing = {a + b[1:] for a, b in cuts if b}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    wrong = {a + letter + b[1:] for a, b in cuts if b for letter in ascii_lowercase}
    added = {a + letter + b for a, b in cuts for letter in ascii_lowercase}
    return (missing | swapped | wrong | added) - {word}


def _further(word: str) -> str | None:
    """The most used of the words that look alike and are two slips away at most."""
    with connections[read_alias()].cursor() as cursor:
        cursor.execute(
            "SELECT word, count FROM search_searchword WHERE word %% %s AND abs(length(word) - %s) <= 2 "
            "ORDER BY similarity(word, %s) DESC, count DESC, word LIMIT 20",
            [word, len(word), word],
        )
        alike = [(count, one) for one, count in cursor.fetchall() if slips(word, one) <= 2]
    return max(alike)[1] if alike else None


def slips(one: str, other: str) -> int:
    """How many slips lie between two words (optimal string alignment distance)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]
