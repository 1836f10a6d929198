"""The notation of synonyms, and how words are compared with them."""

import re
import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Rule:
    """Terms that find each other, or (one way) a first term that finds the second."""

    terms: tuple[str, ...]
    is_one_way: bool = False


def fold(text: str) -> str:
    """The text as synonyms are compared: small letters, no accents, no apostrophes, hyphens as spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^\w\s]", " ", re.sub(r"['’‘ʼ`]", "", plain)).replace("_", " ").split())


def read_rule(text: str) -> Rule:
    """The rule that a line says. ValueError with a sentence for the person who wrote it."""
    if ("=" in text) == (">" in text):
        raise ValueError(_("Write “a = b” for words that find each other, or “a > b” for one direction."))
    is_one_way = ">" in text
    terms = tuple(fold(term) for term in text.split(">" if is_one_way else "="))
    if not all(terms) or len(set(terms)) < 2 or (is_one_way and len(terms) != 2):
        raise ValueError(_("Name two or more different words; with “>” exactly two."))
    return Rule(terms, is_one_way)
