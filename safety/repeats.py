"""Whether a text was posted before."""

import hashlib

from safety.words import read


def fingerprint(text: str) -> str:
    """The same for the same text, whatever its case, spaces, punctuation and disguise; nothing can be read from it."""
    return hashlib.sha256("".join(read(text).words).encode()).hexdigest()
