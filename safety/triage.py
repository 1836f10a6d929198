"""How urgent a text is; the names that pages use."""

from safety.findings import AMBER, CRISIS, GREEN, LEVELS, RED
from safety.screening import Triage, rules_of

__all__ = ["AMBER", "CRISIS", "GREEN", "LEVELS", "RED", "Triage", "rules_of"]
