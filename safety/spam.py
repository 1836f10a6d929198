"""Links, and the shape of texts that want to sell something: repeated lines, shouting, lists of links."""

import re
from collections import Counter

from safety.findings import SPAM, Finding
from safety.words import Reading

LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"]+|(?<![\w@./-])(?:[a-z0-9-]{2,}\.)+(?:com|org|net|info|shop|store|online|site|xyz|biz"
    r"|co|me|io|uk|us|ly|to|ru|top|club|live|app|pro|health|link)\b(?:/[^\s<>\"]*)?"
)
MANY_LINKS = 4
REPEATED = 3  # times that a line or a word group stands in a text
SHOUTED = 12  # words in capitals, of a text that has links or money in it


def links(reading: Reading) -> list[tuple[int, int]]:
    """The web addresses in a text, with or without http, by their places in `flat`."""
    if "." not in reading.lower:
        return []
    if "www" not in reading.lower and "://" not in reading.lower and not BARE.search(reading.lower):
        return []
    return [match.span() for match in LINK.finditer(reading.lower)]


BARE = re.compile(r"\.[a-z]{2,6}(?![a-z.])")


def find(reading: Reading, found: list[tuple[int, int]]) -> list[Finding]:
    """Signs of promotion in the shape of a text."""
    findings = []
    addresses = Counter(reading.lower[start:end].rstrip("./") for start, end in found)
    if len(found) >= MANY_LINKS or max(addresses.values(), default=0) >= REPEATED:
        findings.append(Finding(SPAM, "spam-links", *reading.place(found[0][0], found[-1][1])))
    lines = Counter(line for raw in reading.lower.split("\n") if len(line := raw.strip()) > 15)
    if lines and (most := lines.most_common(1)[0])[1] >= REPEATED:
        start = reading.lower.index(most[0])
        findings.append(Finding(SPAM, "spam-repeat", *reading.place(start, start + len(most[0]))))
    return findings
