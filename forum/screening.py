"""The rules as they are now: those that come with the site, with what staff have added or switched off."""

from functools import lru_cache

import structlog
from django.conf import settings

from forum.models import Post, ScreeningRule, Thread
from safety.findings import LEVELS
from safety.phrases import BadPhrase, read_phrase
from safety.screening import RuleSet, Screening, compile_rules, languages

logger = structlog.get_logger(__name__)
OTHERWISE = "en"  # the rules of a site in a language that has none
Added = tuple[tuple[str, str, str], ...]


def rules() -> RuleSet:
    """The rules in use, in the language of the site. One query; they are compiled when they have changed."""
    language = settings.LANGUAGE_CODE.partition("-")[0]
    if language not in languages():
        language = OTHERWISE
    own = list(ScreeningRule.objects.in_use(language))
    add = ScreeningRule.Effect.ADD
    added = tuple((rule.rule_id, rule.kind, rule.phrase) for rule in own if rule.effect == add and is_readable(rule))
    return _compiled(language, added, tuple(rule.phrase for rule in own if rule.effect != add))


def is_readable(rule: ScreeningRule) -> bool:
    """Whether the phrase can be looked for: one that came past the form must not stop everybody's posting."""
    try:
        read_phrase(rule.phrase)
    except BadPhrase:
        logger.error("screening_rule_unreadable", rule=rule.pk)
        return False
    return True


@lru_cache(maxsize=4)
def _compiled(language: str, added: Added, switched_off: tuple[str, ...]) -> RuleSet:
    return compile_rules(language, added, switched_off)


def screen(body: str, *, title: str = "", facts: dict[str, str] | None = None, interest: str = "") -> Screening:
    """What everything that a post says tells about its writer and about others."""
    return rules().screen(said(title, body, *(facts or {}).values(), interest))


def said(*texts: str) -> str:
    """Everything that a post says, as one text."""
    return "\n".join(filter(None, texts))


def text_of(post: Post) -> str:
    """Everything that a stored post says."""
    if isinstance(post, Thread):
        return said(post.title, post.body, *post.facts.values())
    return said(post.body, getattr(post, "interest", ""))


def note_screening(post: Post, screening: Screening) -> bool:
    """Put what was found on the post (not saved); return whether it calls for a moderator more than it did before.

    What a moderator has looked after stays so, until the text becomes more urgent than it was then. What nobody has
    looked after stays as urgent as it was: to edit the words away makes nobody safe.
    """
    is_higher = LEVELS.index(screening.level) > LEVELS.index(post.level)
    more = is_higher or (screening.is_emergency and not post.is_emergency)
    level, is_emergency, found = screening.level, screening.is_emergency, set(screening.rules)
    if (post.is_alarming or post.is_emergency) and not post.is_looked_after:
        level = max(level, post.level, key=LEVELS.index)
        is_emergency = is_emergency or post.is_emergency
        found |= set(post.rules)
    post.level, post.is_emergency, post.rules = level, is_emergency, sorted(found)
    post.rules_version = screening.version if found else ""
    if more:
        post.is_looked_after = False
    return more and (post.is_alarming or post.is_emergency)


SCREENED_FIELDS = ["level", "is_emergency", "rules", "rules_version", "is_looked_after"]


def screen_again(post: Post) -> Screening:
    """The screening of a post as it stands."""
    return rules().screen(text_of(post))
