"""Optional facts about the person a question is about: what a professional would ask first, in five short lines."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from common.text import clean_line, is_blank

# Stored as they are here, and shown in the language of the site.
AGES = (
    gettext_noop("Under 1"), gettext_noop("1 to 4"), gettext_noop("5 to 11"), gettext_noop("12 to 15"),
    gettext_noop("16 to 24"), gettext_noop("25 to 39"), gettext_noop("40 to 54"), gettext_noop("55 to 64"),
    gettext_noop("65 to 79"), gettext_noop("80 or over"),
)  # fmt: skip
SEXES = (gettext_noop("Female"), gettext_noop("Male"), gettext_noop("Intersex"))
LABELS = {
    "age": _("Age"),
    "sex": _("Sex"),
    "duration": _("Going on for"),
    "medicines": _("Medicines taken"),
    "tests": _("Tests so far"),
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
    return [
        (str(label), gettext(facts[key]) if facts[key] in CHOICES.get(key, ()) else facts[key])
        for key, label in LABELS.items()
        if facts.get(key)
    ]
