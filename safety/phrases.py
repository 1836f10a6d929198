"""Phrases that rules are made of, and finding them. There is no regular expression in a rule, so none can explode."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from safety.words import Word

LONGEST = 14  # elements of a phrase
WIDEST = 10  # words that a gap may skip


class BadPhrase(ValueError):
    """A phrase that cannot be read; `str()` says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Element:
    """One word of a phrase: any of `words`, or any that begins like one of `starts`; or up to `gap` words."""

    words: frozenset[str] = frozenset()
    starts: tuple[str, ...] = ()
    gap: int = 0
    is_optional: bool = False

    def fits(self, word: str) -> bool:
        return word in self.words or (bool(self.starts) and word.startswith(self.starts))


@dataclass(frozen=True, slots=True)
class Match:
    rule: str
    first: int  # number of the first word
    last: int


def read_phrase(text: str) -> tuple[Element, ...]:
    """The elements of a phrase: `kill|end my|your self?` `cut*` `~3` (up to three words between)."""
    elements = []
    for part in text.lower().replace("'", "").split():
        if part.startswith("~"):
            if not part[1:].isdigit() or not 1 <= int(part[1:]) <= WIDEST:
                raise BadPhrase(f"“{part}”: a gap is ~1 to ~{WIDEST}.")
            elements.append(Element(gap=int(part[1:])))
            continue
        is_optional = part.endswith("?")
        choices = part.rstrip("?").split("|")
        if not all(choice.rstrip("*").isalnum() for choice in choices):
            raise BadPhrase(f"“{part}”: a word has letters and figures, * at its end, and | between choices.")
        starts = tuple(choice[:-1] for choice in choices if choice.endswith("*"))
        if any(len(start) < 3 for start in starts):
            raise BadPhrase(f"“{part}”: write three letters or more before *.")
        words = frozenset(choice for choice in choices if not choice.endswith("*"))
        elements.append(Element(words, starts, is_optional=is_optional))
    if not elements or len(elements) > LONGEST:
        raise BadPhrase(f"A phrase has 1 to {LONGEST} words.")
    if elements[0].gap or elements[0].is_optional or elements[-1].gap:
        raise BadPhrase("A phrase begins and ends with a word that has to be there.")
    return tuple(elements)


@dataclass
class Index:
    """Many phrases, found together: each is tried only where its first word stands."""

    by_word: dict[str, list[tuple[str, tuple[Element, ...]]]] = field(default_factory=lambda: defaultdict(list))
    by_start: dict[str, list[tuple[str, str, tuple[Element, ...]]]] = field(default_factory=lambda: defaultdict(list))
    vocabulary: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, phrases: Iterable[tuple[str, str]]) -> "Index":
        """An index of (rule, phrase) pairs; BadPhrase names the rule at fault."""
        index = cls()
        for rule, text in phrases:
            try:
                elements = read_phrase(text)
            except BadPhrase as error:
                raise BadPhrase(f"{rule}: {error}") from error
            index.vocabulary |= {word for element in elements for word in (*element.words, *element.starts)}
            for word in elements[0].words:
                index.by_word[word].append((rule, elements))
            for start in elements[0].starts:
                index.by_start[start[:3]].append((start, rule, elements))
        return index

    def find(self, words: list[Word]) -> list[Match]:
        """Every place where a phrase stands."""
        texts = [self.unmasked(word.text) if "*" in word.text else word.text for word in words]
        found = []
        for place, text in enumerate(texts):
            for rule, elements in self.by_word.get(text, ()):
                if (last := _last(elements, 1, texts, place + 1)) is not None:
                    found.append(Match(rule, place, last))
            for start, rule, elements in self.by_start.get(text[:3], ()):
                if text.startswith(start) and (last := _last(elements, 1, texts, place + 1)) is not None:
                    found.append(Match(rule, place, last))
        return found

    def unmasked(self, word: str) -> str:
        """The word of a phrase that was written with asterisks for some of its letters, like "k*ll"."""
        shape = re.compile("".join("." if letter == "*" else re.escape(letter) for letter in word))
        for known in sorted(self.vocabulary):
            if shape.fullmatch(known) or (len(known) > 4 and shape.match(known.ljust(len(word), "*")[: len(word)])):
                return known
        return word


def _last(elements: tuple[Element, ...], number: int, texts: list[str], place: int) -> int | None:
    """The place of the last word, where the elements from `number` on fit from `place` on."""
    if number == len(elements):
        return place - 1
    element = elements[number]
    if element.gap:
        for skipped in range(element.gap + 1):
            if (last := _last(elements, number + 1, texts, place + skipped)) is not None:
                return last
        return None
    fits = place < len(texts) and element.fits(texts[place])
    if fits and (last := _last(elements, number + 1, texts, place + 1)) is not None:
        return last
    return _last(elements, number + 1, texts, place) if element.is_optional else None
