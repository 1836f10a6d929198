"""What else a word is called: the staff's synonyms, put together once for each version of the table."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from django.db.models import Count, Max

from search.models import SearchSynonym
from search.rules import Rule, read_rule


@dataclass(frozen=True)
class Thesaurus:
    """Other words for a phrase, and how long the longest phrase is."""

    others: dict[str, tuple[str, ...]] = field(default_factory=dict)
    longest: int = 1

    @cached_property
    def words(self) -> set[str]:
        """Every word of it: none of them is misspelt."""
        return {word for phrase in self.others for word in phrase.split()}

    def of(self, phrase: str) -> tuple[str, ...]:
        """What `phrase` (folded) is called too; the plural with s counts as the word."""
        return self.others.get(phrase) or self.others.get(phrase.removesuffix("s"), ())


def current() -> Thesaurus:
    """The thesaurus of the table as it is now."""
    version = SearchSynonym.objects.aggregate(changed=Max("changed_at"), count=Count("pk"))
    return _compiled(version["changed"], version["count"])


@lru_cache(maxsize=2)
def _compiled(changed: object, count: int) -> Thesaurus:
    return compile_rules(read_rule(text) for text in SearchSynonym.objects.values_list("rule", flat=True))


def compile_rules(rules: Iterable[Rule]) -> Thesaurus:
    """Join the groups that share a term; one-way links lead from every word of the first group to the second's."""
    rules = list(rules)
    group: dict[str, str] = {}

    def root(term: str) -> str:
        while group.setdefault(term, term) != term:
            term = group[term]
        return term

    for rule in rules:
        if not rule.is_one_way:
            for term in rule.terms[1:]:
                group[root(term)] = root(rule.terms[0])
    members: dict[str, list[str]] = defaultdict(list)
    for term in sorted(group):
        members[root(term)].append(term)
    others = {term: [one for one in members[root(term)] if one != term] for term in list(group)}
    for rule in rules:
        if rule.is_one_way:
            first, second = rule.terms
            reached = members.get(root(second)) or [second]
            for term in members.get(root(first)) or [first]:
                found = others.setdefault(term, [])
                found += [one for one in reached if one not in found and one != term]
    longest = max((len(term.split()) for term in others), default=1)
    return Thesaurus({term: tuple(found) for term, found in others.items() if found}, longest)
