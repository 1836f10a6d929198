"""Optional facts about the person a question is about: what a professional would ask first, in five short lines."""

from collections.abc import Mapping
from typing import Any

from common.text import clean_line, is_blank

AGES = (
    "Under 1", "1 to 4", "5 to 11", "12 to 15", "16 to 24", "25 to 39", "40 to 54", "55 to 64", "65 to 79",
    "80 or over",
)  # fmt: skip
SEXES = ("Female", "Male", "Intersex")
LABELS = {
    "age": "Age",
    "sex": "Sex",
    "duration": "Going on for",
    "medicines": "Medicines taken",
    "tests": "Tests so far",
}
CHOICES = {"age": AGES, "sex": SEXES}
FACT_LIMIT = 200  # characters each


def clean_facts(values: Mapping[str, Any]) -> dict[str, str]:
    """The facts among `values` that say something, in the order of the card; what is on no list is left out."""
    facts = {}
    for key in LABELS:
        text = clean_line(str(values.get(key) or ""))[:FACT_LIMIT]
        if not is_blank(text) and text in CHOICES.get(key, (text,)):
            facts[key] = text
    return facts


def labelled(facts: Mapping[str, str]) -> list[tuple[str, str]]:
    """Pairs of label and text, for a card."""
    return [(label, facts[key]) for key, label in LABELS.items() if facts.get(key)]
