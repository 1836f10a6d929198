"""Whether somebody who searches may need a person to talk to (words of DOMAIN 2.1, level red and above)."""

import re

from search.rules import fold

TERMS = re.compile(
    r"\b(suicid\w*|kill(ing)? (my|him|her)self|kms|end(ing)? (my|it) (life|all)|want to die|wanna die|wish i was dead|"
    r"better off dead|no reason to live|dont want to (live|be here)|self harm\w*|overdos\w+|took too many|unalive)\b"
)


def is_about_crisis(text: str) -> bool:
    return bool(TERMS.search(fold(text)))
