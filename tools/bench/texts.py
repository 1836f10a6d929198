"""Sentence-like texts made from the vocabulary, fast: pieces drawn beforehand, joined anew for each text.

A sentence is an opening all forums share, one word drawn for it alone, and a closing of the forum. So rare words
meet in one text by chance only, as they do in real ones.
"""

from __future__ import annotations

import random
from itertools import accumulate, chain
from typing import NamedTuple

from tools.bench.vocabulary import TOPICS, Words, general_words, topical_words

OPENINGS, CLOSINGS, SINGLE_WORDS = 60_000, 10_000, 60_000
# How many sentences of 10 to 13 words; most texts are short.
REPLY_SENTENCES = {n: 12 - n for n in range(2, 12)}
QUESTION_SENTENCES = {n: 16 - n for n in range(3, 16)}
ENDS = ("." * 7) + "?!."


class Forum(NamedTuple):
    """What texts of a forum need to know about it."""

    slug: str
    topic: int  # position of its category


class Counts:
    """Numbers of sentences to draw from, as often as their weight says."""

    def __init__(self, weights: dict[int, int]) -> None:
        self.numbers, self.weights = list(weights), list(accumulate(weights.values()))

    def draw(self, chance: random.Random, count: int) -> list[int]:
        return chance.choices(self.numbers, cum_weights=self.weights, k=count)


REPLY_COUNTS, QUESTION_COUNTS = Counts(REPLY_SENTENCES), Counts(QUESTION_SENTENCES)


def pieces(chance: random.Random, words: Words, count: int, lengths: range) -> list[str]:
    """`count` runs of words, each of one of the lengths."""
    drawn = iter(words.draw(chance, count * lengths[-1]))
    sizes = chance.choices(lengths, k=count)
    return [" ".join(next(drawn) for _ in range(size)) for size in sizes]


class Writer:
    """Texts for every forum; the same seed gives the same pieces to draw from."""

    def __init__(self, forums: list[Forum], seed: int) -> None:
        chance = random.Random(f"{seed} pieces")
        general = general_words()
        self.openings = [text[0].upper() + text[1:] for text in pieces(chance, general, OPENINGS, range(5, 7))]
        everyday = general.draw(chance, SINGLE_WORDS)
        self.closings: list[list[str]] = []
        self.singles: list[list[str]] = []
        for forum in forums:
            topical = topical_words(TOPICS[forum.topic % len(TOPICS)], forum.slug)
            medical = topical.draw(chance, CLOSINGS * 3)
            closings = []
            for n, text in enumerate(pieces(chance, general, CLOSINGS, range(2, 5))):
                head, _, tail = text.partition(" ")
                closings.append(f"{medical[2 * n]} {head} {medical[2 * n + 1]} {tail}" + ENDS[n % len(ENDS)])
            self.closings.append(closings)
            self.singles.append(medical[2 * CLOSINGS :] + everyday[: CLOSINGS // 2])

    def sentences(self, chance: random.Random, forum: int, count: int) -> str:
        openings = chance.choices(self.openings, k=count)
        singles = chance.choices(self.singles[forum], k=count)
        closings = chance.choices(self.closings[forum], k=count)
        return " ".join(chain.from_iterable(zip(openings, singles, closings, strict=True)))

    def title(self, chance: random.Random, forum: int) -> str:
        """4 to 14 words, one in two of them a question."""
        closing = chance.choice(self.closings[forum])[:-1]
        single = chance.choice(self.singles[forum])
        end = "?" if chance.random() < 0.5 else ""
        if chance.random() < 0.4:
            return f"{closing.capitalize()}{end}"
        return f"{chance.choice(self.openings)} {single} {closing}{end}"

    def paragraphs(self, chance: random.Random, forum: int, count: int) -> list[str]:
        """`count` sentences; long texts in two paragraphs."""
        if count < 7:
            return [self.sentences(chance, forum, count)]
        first = count // 2
        return [self.sentences(chance, forum, first), self.sentences(chance, forum, count - first)]


def stored(paragraphs: list[str]) -> str:
    """The text and its HTML as two columns of COPY, where a line end is written as a backslash and n."""
    return r"\n\n".join(paragraphs) + "\t<p>" + r"</p>\n<p>".join(paragraphs) + "</p>"
