"""About 30,000 word forms in the order of their frequency, for every forum another order of the medical ones."""

from __future__ import annotations

import random
from functools import cache
from itertools import accumulate
from pathlib import Path

WORDS = Path(__file__).with_name("words.txt")
FORMS = 30_000
ZIPF_OFFSET, ZIPF_POWER = 2.7, 1.15  # Mandelbrot's form of Zipf's law, as in English texts
TOPICS = ("cancer", "heart", "diabetes", "brain", "mind", "lungs", "gut", "bones", "families", "everyday")
COMMON_MEDICAL = ("symptoms", "body", "medical")
VOWELS = "aeiou"


@cache
def lists() -> dict[str, list[str]]:
    """The hand-written words by the name of their list."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in WORDS.read_text().splitlines():
        if line.startswith("["):
            name = line.strip("[]")
            found[name] = []
        elif line and not line.startswith("#"):
            found[name] += line.split()
    return {name: list(dict.fromkeys(words)) for name, words in found.items()}


def plural(noun: str) -> str:
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in VOWELS:
        return noun[:-1] + "ies"
    return noun + "s"


def verb_forms(verb: str) -> list[str]:
    """What is said of it besides itself: waits, waiting, waited. Irregular verbs become regular; nobody minds."""
    stem = verb[:-1] if verb.endswith("e") and not verb.endswith("ee") else verb
    past = verb[:-1] + "ied" if verb.endswith("y") and verb[-2] not in VOWELS else stem + "ed"
    return [plural(verb), stem + "ing", past]


def adjective_forms(adjective: str) -> list[str]:
    stem = adjective[:-1] + "i" if adjective.endswith("y") else adjective
    return [stem + "ly", stem + "ness", "un" + adjective]


def everyday_words() -> list[str]:
    """Function words first, then the other everyday ones and their forms, each list in its own order."""
    words = lists()
    base = words["nouns"] + words["verbs"] + words["adjectives"]
    forms = [plural(noun) for noun in words["nouns"]]
    forms += [form for verb in words["verbs"] for form in verb_forms(verb)]
    forms += [form for adjective in words["adjectives"] for form in adjective_forms(adjective)]
    order = random.Random("everyday")
    order.shuffle(base)
    order.shuffle(forms)
    return list(dict.fromkeys([*words["function"], *base, *forms]))


def medical_words() -> list[str]:
    """All hand-written medical words with their plurals, in no order that matters."""
    words = lists()
    base = [word for name in (*COMMON_MEDICAL, *TOPICS) for word in words[name]]
    return list(dict.fromkeys([*base, *map(plural, base)]))


def rare_words(known: set[str]) -> list[str]:
    """Made-up terms and names that fill the vocabulary up to its size."""
    words = lists()
    terms = [prefix + suffix for prefix in words["prefixes"] for suffix in words["suffixes"]]
    order = random.Random("rare")
    rare = [term for term in dict.fromkeys(terms) if term not in known]
    taken = known | set(rare)
    while len(taken) < FORMS:
        syllables = order.randint(2, 4)
        word = "".join(order.choice("bcdfghklmnprstvw") + order.choice(VOWELS) for _ in range(syllables))
        word += order.choice(["", "n", "r", "s", "l", "m"])
        if word not in taken:
            taken.add(word)
            rare.append(word)
    order.shuffle(rare)
    return rare


@cache
def vocabulary() -> list[str]:
    """Every word form there is."""
    everyday, medical = everyday_words(), medical_words()
    known = list(dict.fromkeys([*everyday, *medical]))
    return [*known, *rare_words(set(known))]


class Words:
    """Words to draw from, the first ones most often."""

    def __init__(self, ranked: list[str]) -> None:
        self.ranked = ranked
        self.weights = list(accumulate((rank + ZIPF_OFFSET) ** -ZIPF_POWER for rank in range(1, len(ranked) + 1)))

    def draw(self, chance: random.Random, count: int) -> list[str]:
        return chance.choices(self.ranked, cum_weights=self.weights, k=count)


def general_words() -> Words:
    """What people say everywhere: everyday words, and seldom a rare one."""
    everyday = everyday_words()
    return Words([*everyday, *rare_words({*everyday, *medical_words()})])


def topical_words(topic: str, forum: str) -> Words:
    """What they say in one forum: its topic first, then common medical words, then those of all others."""
    words = lists()
    order = random.Random(forum)
    ranked: list[str] = []
    own = words[topic] + [word for word in words["everyday"][:40] if topic == "everyday"]
    common = [word for name in COMMON_MEDICAL for word in words[name]]
    for group in (own, common, medical_words()):
        ranked += order.sample(group, len(group))
    return Words(list(dict.fromkeys(ranked)))
