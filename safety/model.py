"""A small linear model that reads sentences: what a sentence says is the sum of the weights of its words, of words that
stand together, and of groups of words that do ("have" + "tablets" + "tonight"), with some of the sentences beside it.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from safety.findings import AMBER, CRISIS, DOSING, EMERGENCY, RED, SOURCING, SPAM

HEADS = (AMBER, RED, CRISIS, EMERGENCY, SOURCING, DOSING, SPAM)  # each learnt as "this or worse"
NEAR, FAR = 2, 6  # words apart at which groups are looked at together
SELF, BESIDE = 5, 2  # how much a sentence counts, and how much each of those beside it
SHORT = 4  # words that every sentence counts as longer than it is
SCALE = 40  # of the weights in the file
LANE = 28  # bits of each head in a sum of weights: all heads are added up in one whole number
HALF, WHOLE = 1 << (LANE - 1), 1 << LANE
NUMBER = "number"  # the group of what begins with a figure


@dataclass(frozen=True, slots=True)
class Groups:
    """Words that stand for one another."""

    usual: dict[str, str]  # spelling -> usual spelling
    groups: dict[str, tuple[str, ...]]  # word -> names of its groups

    @classmethod
    def read(cls, text: str) -> "Groups":
        """Groups as they are written in a file of the language."""
        usual: dict[str, str] = {}
        groups: dict[str, tuple[str, ...]] = {}
        for line in text.splitlines():
            name, _, words = line.partition(":")
            if line.startswith("= "):
                usual |= dict.fromkeys(words.split(), name[2:])
            elif line and not line.startswith("#"):
                for word in dict.fromkeys(words.replace("-", "").split()):
                    groups[word] = (*groups.get(word, ()), name)
        return cls(usual, groups)

    def of(self, word: str) -> tuple[str, ...]:
        """The groups of a word in its usual spelling."""
        return self.groups.get(word) or ((NUMBER,) if word[:1].isdecimal() else ())

    def spelt(self, words: list[str]) -> list[str]:
        """The words in their usual spelling."""
        get = self.usual.get
        return [get(word, word) for word in words]


def features(words: Sequence[str], groups: Groups) -> Iterator[str]:
    """The names of the weights that a sentence is judged by; `words` in their usual spelling."""
    kinds = [groups.of(word) for word in words]
    for number, word in enumerate(words):
        yield word
        yield from (f"<{kind}>" for kind in kinds[number])
        if number:
            yield f"{words[number - 1]} {word}"
        if number > 1:
            yield f"{words[number - 2]} _ {word}"
        for apart in range(1, min(FAR, number) + 1):
            sign = ">" if apart <= NEAR else ">>"
            for first in kinds[number - apart]:
                yield from (f"<{first}>{sign}<{second}>" for second in kinds[number])


@dataclass(slots=True)
class Entry:
    """All that the model knows of a word; sums of weights hold every head."""

    weight: int = 0
    after: dict[str, int] = field(default_factory=dict)  # weights of the word that follows
    after_one: dict[str, int] = field(default_factory=dict)  # of the word after that
    groups: tuple[str, ...] = ()
    near: dict[tuple[str, ...], int] = field(default_factory=dict)  # of groups that follow, filled when first met
    far: dict[tuple[str, ...], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """What the model reads in a text."""

    found: tuple[tuple[str, int, int], ...]  # kind, and the first and last word of the sentence that says most of it
    likely: frozenset[str]  # kinds that the text is likely enough of for a doubtful phrase to count

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(kind for kind, _, _ in self.found)

    def is_likely(self, kind: str) -> bool:
        return kind in self.likely or kind not in HEADS


class Model:
    """Weights, ready to use."""

    def __init__(
        self, weights: Mapping[str, Sequence[float]], thresholds: Mapping[str, Sequence[float]], groups: Groups
    ) -> None:
        self.groups, self.thresholds = groups, [thresholds[head] for head in HEADS]  # likely, and sure enough
        self.packed = {name: _pack(values) for name, values in weights.items()}
        self.entries: dict[str, Entry] = {}
        for name in self.packed:
            words = name.split() if name[0] != "<" else []
            for word in words:
                if word != "_":
                    self._known(word)
        for name, weight in self.packed.items():
            words = name.split()
            if len(words) == 2 and name[0] != "<":
                self.entries[words[0]].after[words[1]] = weight
            elif len(words) == 3:
                self.entries[words[0]].after_one[words[2]] = weight
        for word in groups.groups:
            self._known(word)
        self.number = self._entry("", (NUMBER,))

    @classmethod
    def read(cls, text: str, groups: Groups) -> "Model":
        """The model of a file that tools/train_safety.py wrote."""
        data: dict[str, Any] = json.loads(text)
        return cls(data["weights"], data["thresholds"], groups)

    def _known(self, word: str) -> None:
        if word not in self.entries:
            self.entries[word] = self._entry(word, self.groups.of(word))

    def _entry(self, word: str, groups: tuple[str, ...]) -> Entry:
        get = self.packed.get
        return Entry(get(word, 0) + sum(get(f"<{group}>", 0) for group in groups), groups=groups)

    def scores(self, words: list[str], sentences: list[int]) -> list[list[float]]:
        """For each sentence, what it says of each head; above the threshold it is found."""
        ends = [*sentences[1:], len(words)]
        words = self.groups.spelt(words)
        sums = [self._sum(words, start, end) for start, end in zip(sentences, ends, strict=True)]
        sizes = [end - start for start, end in zip(sentences, ends, strict=True)]
        scores = []
        for number, total in enumerate(sums):
            near, size = 0, SELF * SELF * sizes[number]
            for other in (number - 1, number + 1):
                if 0 <= other < len(sums):
                    near += sums[other]
                    size += BESIDE * BESIDE * sizes[other]
            share = SCALE * math.sqrt(size + SELF * SELF * SHORT)
            scores.append([value / share for value in _unpack(SELF * total + BESIDE * near)])
        return scores

    def read_words(self, words: list[str], sentences: list[int]) -> Said:
        """What a text says, and where."""
        scores = self.scores(words, sentences)
        found, likely = [], []
        for head, kind in enumerate(HEADS):
            best = max(range(len(scores)), key=lambda number: scores[number][head])
            is_likely, is_sure = self.thresholds[head]
            if scores[best][head] > is_likely:
                likely.append(kind)
            if scores[best][head] > is_sure:
                end = sentences[best + 1] if best + 1 < len(sentences) else len(words)
                found.append((kind, sentences[best], end - 1))
        return Said(tuple(found), frozenset(likely))

    def _sum(self, words: list[str], start: int, end: int) -> int:
        """The weights of all features of a sentence."""
        total, known = 0, self.entries.get
        before: Entry | None = None
        before_that: Entry | None = None
        recent: list[tuple[int, Entry]] = []  # words with groups, of the last few
        for number in range(start, end):
            word = words[number]
            entry = known(word)
            if entry is None and word[:1].isdecimal():
                entry = self.number
            if before is not None and word in before.after:
                total += before.after[word]
            if before_that is not None and word in before_that.after_one:
                total += before_that.after_one[word]
            if entry is not None:
                total += entry.weight
                if groups := entry.groups:
                    while recent and number - recent[0][0] > FAR:
                        del recent[0]
                    for place, other in recent:
                        table = other.near if number - place <= NEAR else other.far
                        weight = table.get(groups)
                        if weight is None:
                            sign = ">" if table is other.near else ">>"
                            weight = table[groups] = self._pairs(other.groups, sign, groups)
                        total += weight
                    recent.append((number, entry))
            before_that, before = before, entry
        return total

    def _pairs(self, first: tuple[str, ...], sign: str, second: tuple[str, ...]) -> int:
        get = self.packed.get
        return sum(get(f"<{one}>{sign}<{other}>", 0) for one in first for other in second)


def _pack(values: Sequence[float]) -> int:
    return sum(round(value) << (LANE * number) for number, value in enumerate(values))


def _unpack(total: int) -> list[int]:
    values = []
    for _ in HEADS:
        value = ((total + HALF) & (WHOLE - 1)) - HALF
        values.append(value)
        total = (total - value) >> LANE
    return values
