"""Cleaning of what people type, before it is checked and stored."""

import re
import unicodedata

# Control characters but tab and newline; lone surrogates; private use; and the direction controls
# (overrides, embeddings, isolates) that let a line pretend to say something else.
UNWANTED = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ue000-\uf8ff]")


def clean_text(text: str) -> str:
    """Several lines in NFC: line ends as newline, unwanted characters and outer blank space gone."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", UNWANTED.sub("", text)).strip("\n ").rstrip()


def clean_line(text: str) -> str:
    """The same for one line: every run of blank space becomes one space."""
    return " ".join(clean_text(text).split())


# Characters that Unicode calls default ignorable but not "format": fillers and variation selectors.
FILLERS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    """What of the text can be seen: without spaces, zero-width, format and filler characters."""
    return "".join(filter(can_be_seen, FILLERS.sub("", text)))


# What XML 1.0 has no way to write.
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def for_xml(text: str) -> str:
    """The text without the characters that XML forbids."""
    return NOT_IN_XML.sub("", text)


def shorten(text: str, length: int) -> str:
    """The text on one line, cut after a word where it has more than `length` characters."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    kept = line[: length - 1]
    return f"{kept.rpartition(' ')[0] or kept}…"


def is_blank(text: str) -> bool:
    """Whether nothing in the text can be seen."""
    return not any(map(can_be_seen, FILLERS.sub("", text)))


def can_be_seen(letter: str) -> bool:
    """Whether Unicode counts the character neither as a separator nor as a control, format or unassigned one."""
    return unicodedata.category(letter)[0] not in "ZC"
