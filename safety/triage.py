"""How urgent a text is: crisis language and signs of an emergency (DOMAIN: recall before precision)."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from safety.phrases import Index, Match
from safety.words import words_of

GREEN, AMBER, RED, CRISIS = "green", "amber", "red", "crisis"
LEVELS = (GREEN, AMBER, RED, CRISIS)
DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found, and where in the text as it was typed. It never holds the words themselves."""

    kind: str  # amber, red, crisis, plan or emergency
    rule: str
    start: int
    end: int


@dataclass(frozen=True)
class Triage:
    level: str
    is_emergency: bool
    findings: tuple[Finding, ...]

    @property
    def is_crisis(self) -> bool:
        """Whether somebody speaks of suicide, about to happen or not."""
        return self.level in (RED, CRISIS)

    @property
    def needs_help(self) -> bool:
        return self.is_emergency or self.level != GREEN


@dataclass(frozen=True)
class RuleSet:
    """Rules of one language, ready to use."""

    index: Index

    def triage(self, text: str) -> Triage:
        """The level of a text, whether it tells of an emergency, and what says so."""
        words = words_of(text)
        matches = self.index.find(words)
        calm = [match for match in matches if match.rule.startswith("calm")]
        kept = [match for match in matches if not _is_calmed(match, calm)]
        findings = tuple(
            Finding(match.rule.partition("-")[0], match.rule, words[match.first].start, words[match.last].end)
            for match in kept
            if not match.rule.startswith("calm")
        )
        kinds = {finding.kind for finding in findings}
        if "crisis" in kinds or {"red", "plan"} <= kinds:
            level = CRISIS
        else:
            level = RED if "red" in kinds else AMBER if "amber" in kinds else GREEN
        return Triage(level, "emergency" in kinds, findings)


def _is_calmed(match: Match, calm: Iterable[Match]) -> bool:
    return any(one.first <= match.last and match.first <= one.last for one in calm)


def read_rules(text: str) -> list[tuple[str, str]]:
    """(rule id, phrase) pairs of a rule file."""
    rules, kind, number = [], "", 0
    for line in text.splitlines():
        if line.startswith("["):
            kind, number = line.strip("[]"), 0
        elif line and not line.startswith("#"):
            number += 1
            rules.append((f"{kind}-{number}", line))
    return rules


@lru_cache(maxsize=4)
def rules_of(language: str = "en") -> RuleSet:
    """The rules that come with the site for a language."""
    return RuleSet(Index.of(read_rules((DATA / f"{language}.txt").read_text())))
