"""From what somebody typed to what PostgreSQL is asked."""

import re
from dataclasses import dataclass, replace
from itertools import combinations, islice, pairwise

from search.rules import fold
from search.synonyms import Thesaurus

LETTERS, CLAUSES, PARTS, OTHERS = 300, 12, 30, 8
TOKEN = re.compile(r'(-?)"([^"]*)"?|(\S+)')
CONFIG = "health"


@dataclass(frozen=True)
class Part:
    """A word or a phrase, with what it is called too."""

    text: str
    is_quoted: bool = False
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Clause:
    """One thing that has to be there, in one of its forms (a or b); or must not be there."""

    parts: tuple[Part, ...]
    is_negated: bool = False


@dataclass(frozen=True)
class Query:
    clauses: tuple[Clause, ...]
    was_cut: bool = False

    @property
    def wanted(self) -> tuple[Clause, ...]:
        return tuple(clause for clause in self.clauses if not clause.is_negated)

    @property
    def is_exact(self) -> bool:
        """Whether somebody asked for just this, with quotes or by leaving something out."""
        return any(clause.is_negated or any(part.is_quoted for part in clause.parts) for clause in self.clauses)

    @property
    def also(self) -> list[str]:
        """The synonyms that are looked for too, each once."""
        found = [other for clause in self.wanted for part in clause.parts for other in part.others]
        return list(dict.fromkeys(found))

    @property
    def words(self) -> list[str]:
        """The plain words that may be misspelt."""
        plain = [part.text for clause in self.wanted for part in clause.parts if not part.is_quoted]
        return [word for text in plain for word in text.split()]

    def without_synonyms(self) -> "Query":
        bare = tuple(
            replace(clause, parts=tuple(replace(part, others=()) for part in clause.parts)) for clause in self.clauses
        )
        return replace(self, clauses=bare)


def parse(text: str, thesaurus: Thesaurus | None = None) -> Query:
    """Read a query: words that all have to be there, "phrases", -without, a or b. Anything else is text."""
    tokens: list[tuple[str, bool, bool]] = []  # text, quoted, negated
    for match in islice(TOKEN.finditer(text[:LETTERS]), PARTS):
        if match[3] is None:
            tokens.append((fold(match[2]), True, bool(match[1])))
        else:
            raw = match[3]
            is_negated = raw.startswith("-") and len(raw) > 1
            tokens.append((fold(raw), False, is_negated))
    tokens = [token for token in tokens if token[0]]
    clauses: list[Clause] = []
    place, joins = 0, False
    while place < len(tokens):
        words, is_quoted, is_negated = tokens[place]
        if words == "or" and not is_quoted and clauses and place + 1 < len(tokens):
            joins, place = not clauses[-1].is_negated, place + 1
            continue
        taken = 1
        others: tuple[str, ...] = ()
        if is_quoted:
            others = ()
        elif not is_negated and thesaurus:
            words, others, taken = _longest(tokens[place:], thesaurus)
        part = Part(words, is_quoted, others[:OTHERS])
        if joins and not is_negated:
            clauses[-1] = replace(clauses[-1], parts=(*clauses[-1].parts, part))
        else:
            clauses.append(Clause((part,), is_negated))
        place, joins = place + taken, False
    return Query(tuple(clauses[:CLAUSES]), was_cut=len(text) > LETTERS or len(clauses) > CLAUSES)


def _longest(tokens: list[tuple[str, bool, bool]], thesaurus: Thesaurus) -> tuple[str, tuple[str, ...], int]:
    """The longest run of plain words from the first on that has synonyms, or the first word alone."""
    plain: list[str] = []
    for words, is_quoted, is_negated in tokens[: thesaurus.longest]:
        if is_quoted or is_negated or (words == "or" and plain):
            break
        plain.append(words)
    for length in range(len(plain), 0, -1):
        phrase = " ".join(plain[:length])
        if others := thesaurus.of(phrase):
            return phrase, others, length
    return plain[0], (), 1


def to_sql(query: Query, *, at_least: int | None = None) -> tuple[str, list[str]]:
    """The SQL expression of the tsquery, with its parameters; `at_least` so many of the wanted clauses."""
    wanted = [_clause(clause) for clause in query.wanted]
    count = len(wanted) if at_least is None else max(1, min(at_least, len(wanted)))
    choices = list(combinations(wanted, count)) if wanted else []
    sql = " || ".join("(" + " && ".join(part for part, _ in choice) + ")" for choice in choices)
    params = [value for choice in choices for _, values in choice for value in values]
    for clause in query.clauses:
        if clause.is_negated:
            part, values = _clause(clause)
            sql = f"({sql}) && !!{part}" if sql else f"!!{part}"
            params += values
    return sql or "''::tsquery", params


def near_sql(query: Query) -> tuple[str, list[str]]:
    """The SQL of a tsquery for words that stand beside each other as they were typed; for ranking only."""
    words = query.words
    pairs = [f"{one} {other}" for one, other in pairwise(words)]
    return " || ".join([f"phraseto_tsquery('{CONFIG}', %s)"] * len(pairs)) or "''::tsquery", pairs


def _clause(clause: Clause) -> tuple[str, list[str]]:
    pieces, params = [], []
    for part in clause.parts:
        function = "phraseto_tsquery" if part.is_quoted else "plainto_tsquery"
        pieces.append(f"{function}('{CONFIG}', %s)")
        params.append(part.text)
        for other in part.others:
            pieces.append(f"phraseto_tsquery('{CONFIG}', %s)")
            params.append(other)
    return "(" + " || ".join(pieces) + ")", params
