"""What reading a text finds: kinds of findings, and where each stands. A finding never holds the words themselves."""

from dataclasses import dataclass

GREEN, AMBER, RED, CRISIS = "green", "amber", "red", "crisis"
LEVELS = (GREEN, AMBER, RED, CRISIS)
PLAN, EMERGENCY = "plan", "emergency"
SOURCING, DOSING, SPAM = "sourcing", "dosing", "spam"
CALM = "calm"  # a kind of rule, never of a finding: it takes back what it overlaps
KINDS = (CALM, AMBER, RED, CRISIS, PLAN, EMERGENCY, SOURCING, DOSING, SPAM)
DISTRESS = frozenset({AMBER, RED, CRISIS, PLAN, EMERGENCY})


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found, and where in the text as it was typed."""

    kind: str
    rule: str
    start: int
    end: int
