"""The rules of a language, ready to read texts with: phrases that staff can edit, a model beside them, identifiers."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

from safety import identifiers, spam
from safety.findings import (
    AMBER,
    CALM,
    CRISIS,
    DISTRESS,
    DOSING,
    EMERGENCY,
    GREEN,
    KINDS,
    PLAN,
    RED,
    SOURCING,
    SPAM,
    Finding,
)
from safety.model import Groups, Model
from safety.phrases import BadPhrase, Index, Match
from safety.words import Reading, read

FEW = 6  # words of a text, like a search, in which a doubtful phrase counts alone
DOUBTFUL = "? "  # before a phrase in a rule file
DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Triage:
    """How urgent a text is: crisis language and signs of an emergency (recall before precision)."""

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
class Screening(Triage):
    """All that was found in a text, in order of place, and by which version of the rules."""

    version: str

    @cached_property
    def identifiers(self) -> tuple[Finding, ...]:
        """What may tell who somebody is."""
        return tuple(one for one in self.findings if one.kind in identifiers.LABELS)

    @property
    def must_stop(self) -> tuple[Finding, ...]:
        """Identifiers that do harm in anybody's hands: card numbers and national identity numbers."""
        return tuple(one for one in self.findings if one.kind in identifiers.HARMFUL)

    @property
    def is_sourcing(self) -> bool:
        return any(one.kind == SOURCING for one in self.findings)

    @property
    def is_dosing(self) -> bool:
        return any(one.kind == DOSING for one in self.findings)

    @property
    def is_spam(self) -> bool:
        return any(one.kind == SPAM for one in self.findings)

    links: int = 0

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that found something, each once."""
        return tuple(sorted({one.rule for one in self.findings}))


@dataclass(frozen=True, slots=True)
class Rule:
    """A phrase that says something; a doubtful one only where the model finds that likely too."""

    rule: str
    kind: str
    phrase: str
    is_doubtful: bool = False


@dataclass(frozen=True)
class RuleSet:
    """Rules of one language, ready to use."""

    version: str
    index: Index
    rules: dict[str, Rule]  # the phrases, by rule id
    switched_off: frozenset[str] = frozenset()
    model: Model | None = None

    def with_model(self, model: Model | None) -> "RuleSet":
        """The same rules with another model beside them."""
        return replace(self, model=model)

    def triage(self, text: str) -> Triage:
        """The level of a text, whether it tells of an emergency, and what says so."""
        findings = tuple(one for one in self._by_words(read(text)) if one.kind in DISTRESS)
        return Triage(level_of(findings), any(one.kind == EMERGENCY for one in findings), findings)

    def screen(self, text: str) -> Screening:
        """All that the rules find in a text."""
        reading = read(text)
        found = self._by_words(reading)
        found += [one for one in identifiers.find(reading) if one.rule not in self.switched_off]
        links = spam.links(reading)
        found += [one for one in spam.find(reading, links) if one.rule not in self.switched_off]
        findings = tuple(sorted(found, key=lambda one: (one.start, one.end, one.rule)))
        is_emergency = any(one.kind == EMERGENCY for one in findings)
        return Screening(level_of(findings), is_emergency, findings, self.version, len(links))

    def _by_words(self, reading: Reading) -> list[Finding]:
        words = reading.words = self.index.unmasked(reading.words)
        matches, rules = self.index.find(words), self.rules
        said = self.model.read_words(words, reading.sentences) if self.model is not None and words else None
        calm = {number for match in matches if rules[match.rule].kind == CALM for number in _span(match)}
        found = []
        for match in matches:
            rule = rules[match.rule]
            if rule.kind == CALM or not calm.isdisjoint(_span(match)):
                continue
            if said is None or not rule.is_doubtful or said.is_likely(rule.kind) or len(words) <= FEW:
                found.append(Finding(rule.kind, rule.rule, *place_of(reading, match.first, match.last)))
        if said is None or self.model is None:
            return found
        kinds = said.kinds
        if kinds and calm:  # what calm phrases say is nothing to the model either
            rest = ["" if number in calm else word for number, word in enumerate(words)]
            kinds &= self.model.read_words(rest, reading.sentences).kinds
        for kind, first, last in said.found:
            if kind in kinds and (name := f"model-{kind}") not in self.switched_off:
                found.append(Finding(kind, name, *place_of(reading, first, last)))
        return found


def place_of(reading: Reading, first: int, last: int) -> tuple[int, int]:
    """Where some words stand in the text as it was typed."""
    return reading.place(reading.starts[first], reading.ends[last])


def level_of(findings: Iterable[Finding]) -> str:
    """The level that findings add up to; a plan counts as crisis only together with a finding of red."""
    kinds = {finding.kind for finding in findings}
    if CRISIS in kinds or {RED, PLAN} <= kinds:
        return CRISIS
    return RED if RED in kinds else AMBER if AMBER in kinds else GREEN


def _span(match: Match) -> range:
    """The numbers of the words of a match."""
    return range(match.first, match.last + 1)


def rule_id(kind: str, phrase: str) -> str:
    """The id of a rule that comes with the site; the same wherever in the file the phrase stands."""
    return f"{kind}-{_hash(' '.join(phrase.lower().split()))[:8]}"


def read_rules(text: str) -> list[Rule]:
    """The rules of a rule file, in its order."""
    rules, kind = dict[str, Rule](), ""
    for line in text.splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
        elif line and not line.startswith("#"):
            phrase = line.removeprefix(DOUBTFUL)
            rule = rule_id(kind, phrase)
            rules[rule] = Rule(rule, kind, phrase, line.startswith(DOUBTFUL))
    return list(rules.values())


@lru_cache(maxsize=1)
def languages() -> list[str]:
    """The languages that there are rules for."""
    return sorted(file.name.partition(".")[0] for file in DATA.glob("*.model.json"))


@lru_cache(maxsize=4)
def rules_of(language: str = "en") -> RuleSet:
    """The rules that come with the site for a language."""
    return compile_rules(language, (), ())


def compile_rules(language: str, added: Iterable[tuple[str, str, str]], switched_off: Iterable[str]) -> RuleSet:
    """The rules of a language with those of staff, given as (rule id, kind, phrase), and without those switched off.

    BadPhrase says, in a sentence for staff, what is wrong with a rule.
    """
    added, off = list(added), frozenset(switched_off)
    rules = [rule for rule in read_rules(_data(f"{language}.txt")) if rule.rule not in off]
    for rule, kind, phrase in added:
        if kind not in KINDS:
            raise BadPhrase(f"“{kind}” is not a kind of rule. The kinds are: {', '.join(KINDS)}.")
        rules.append(Rule(rule, kind, phrase))
    texts = [_data(f"{language}.{name}") for name in ("model.json", "words.txt")]
    version = _hash(repr((identifiers.VERSION, texts, rules, sorted(off))))[:12]
    index = Index.of((rule.rule, rule.phrase) for rule in rules)
    return RuleSet(version, index, {rule.rule: rule for rule in rules}, off, _model(language))


@lru_cache(maxsize=4)
def _model(language: str) -> Model:
    return Model.read(_data(f"{language}.model.json"), Groups.read(_data(f"{language}.words.txt")))


@lru_cache(maxsize=16)
def _data(name: str) -> str:
    return (DATA / name).read_text()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
