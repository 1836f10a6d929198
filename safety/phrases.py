"""Phrases that rules are made of, and finding them. There is no regular expression in a rule, so none can explode:
a phrase is tried where its first word stands, with the set of places it can have reached, which its gaps bound.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

LONGEST = 14  # elements of a phrase
LENGTH = 400  # characters of a phrase
WIDEST = 10  # words that a gap may skip
GAPS = 24  # words that all gaps of a phrase may skip together
MASKED = 40  # words with asterisks that are looked up in a text


class BadPhrase(ValueError):
    """A phrase that cannot be read; `str()` says what is wrong with it, in a sentence for staff."""


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
    if len(text) > LENGTH:
        raise BadPhrase(f"A phrase has at most {LENGTH} characters.")
    elements = []
    for part in text.lower().replace("'", "").replace("’", "").split():
        if part.startswith("~"):
            if not part[1:].isdecimal() or not 1 <= int(part[1:]) <= WIDEST:
                raise BadPhrase(f"“{part}”: a gap is ~1 to ~{WIDEST}.")
            elements.append(Element(gap=int(part[1:])))
            continue
        is_optional = part.endswith("?")
        choices = part.removesuffix("?").split("|")
        if not all(choice.removesuffix("*").isalnum() for choice in choices):
            raise BadPhrase(
                f"“{part}”: a word has letters and figures, * at its end, and | between choices. "
                "A phrase is not a regular expression."
            )
        starts = tuple(choice[:-1] for choice in choices if choice.endswith("*"))
        if any(len(start) < 3 for start in starts):
            raise BadPhrase(f"“{part}”: write three letters or more before *.")
        words = frozenset(choice for choice in choices if not choice.endswith("*"))
        elements.append(Element(words, starts, is_optional=is_optional))
    if not elements or len(elements) > LONGEST:
        raise BadPhrase(f"A phrase has 1 to {LONGEST} words.")
    if elements[0].gap or elements[0].is_optional or elements[-1].gap:
        raise BadPhrase("A phrase begins and ends with a word that has to be there.")
    if sum(element.gap for element in elements) > GAPS:
        raise BadPhrase(f"The gaps of a phrase may skip {GAPS} words together.")
    return tuple(elements)


@dataclass(slots=True)
class Place:
    """The phrases that begin with a word: by the second word where that is fixed, and the others."""

    by_second: dict[str, list[tuple[str, tuple[Element, ...]]]] = field(default_factory=dict)
    others: list[tuple[str, tuple[Element, ...]]] = field(default_factory=list)

    def add(self, rule: str, elements: tuple[Element, ...]) -> None:
        second = elements[1] if len(elements) > 1 else None
        if second is None or second.gap or second.is_optional or second.starts:
            self.others.append((rule, elements))
        else:
            for word in second.words:
                self.by_second.setdefault(word, []).append((rule, elements))


@dataclass
class Index:
    """Many phrases, found together: each is tried only where its first word stands."""

    by_word: dict[str, Place] = field(default_factory=dict)
    by_start: dict[str, list[tuple[str, Place]]] = field(default_factory=dict)  # by the first three letters
    vocabulary: dict[int, list[str]] = field(default_factory=dict)  # by length
    stems: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, phrases: Iterable[tuple[str, str]]) -> "Index":
        """An index of (rule, phrase) pairs; BadPhrase says which phrase is at fault."""
        index, starts, words, stems = cls(), dict[str, Place](), set[str](), set[str]()
        for rule, text in phrases:
            try:
                elements = read_phrase(text)
            except BadPhrase as error:
                raise BadPhrase(f"“{text[:60]}”: {error}") from error
            for element in elements:
                words |= element.words
                stems.update(element.starts)
            for word in elements[0].words:
                index.by_word.setdefault(word, Place()).add(rule, elements)
            for start in elements[0].starts:
                starts.setdefault(start, Place()).add(rule, elements)
        for start, place in starts.items():
            index.by_start.setdefault(start[:3], []).append((start, place))
        for word in sorted(words | stems):
            index.vocabulary.setdefault(len(word), []).append(word)
        index.stems = sorted(stem for stem in stems if len(stem) > 4)
        return index

    def find(self, words: list[str]) -> list[Match]:
        """Every place where a phrase stands."""
        found: list[Match] = []
        by_word, by_start, last = self.by_word, self.by_start, len(words) - 1
        for number, word in enumerate(words):
            place = by_word.get(word)
            if place is not None:
                after = words[number + 1] if number < last else ""
                if after in place.by_second:
                    found += _standing(place.by_second[after], words, number)
                if place.others:
                    found += _standing(place.others, words, number)
            if (near := by_start.get(word[:3])) is not None:
                for start, place in near:
                    if word.startswith(start):
                        after = words[number + 1] if number < last else ""
                        found += _standing(place.by_second.get(after, []), words, number)
                        found += _standing(place.others, words, number)
        return found

    def unmasked(self, words: list[str]) -> list[str]:
        """The words, with those of a phrase for those written with asterisks for some letters, like "k*ll"."""
        masked = [number for number, word in enumerate(words) if "*" in word][:MASKED]
        if not masked:
            return words
        words = list(words)
        for number in masked:
            words[number] = self._unmasked(words[number])
        return words

    def _unmasked(self, word: str) -> str:
        shape = re.compile("".join("." if letter == "*" else re.escape(letter) for letter in word))
        for known in self.vocabulary.get(len(word), ()):
            if shape.fullmatch(known):
                return known
        for stem in self.stems:
            if len(stem) < len(word) and all(a in ("*", b) for a, b in zip(word, stem, strict=False)):
                return stem + word[len(stem) :].replace("*", "")
        return word


def _standing(phrases: list[tuple[str, tuple[Element, ...]]], words: list[str], first: int) -> list[Match]:
    """Those of the phrases, which begin with the word `first`, that go on as they should."""
    found = []
    for rule, elements in phrases:
        if (last := _last(elements, words, first)) is not None:
            found.append(Match(rule, first, last))
    return found


def _last(elements: tuple[Element, ...], words: list[str], first: int) -> int | None:
    """The place of the last word where the phrase stands at `first` at its shortest.

    At most 1 + GAPS + LONGEST places are kept at a time, and each is tried once for each element.
    """
    places, count = {first + 1}, len(words)
    for element in elements[1:]:
        if element.gap:
            places = {place + skipped for place in places for skipped in range(element.gap + 1)}
            places = {place for place in places if place <= count}
        else:
            after = {place + 1 for place in places if place < count and element.fits(words[place])}
            places = after | places if element.is_optional else after
        if not places:
            return None
    return min(places) - 1
