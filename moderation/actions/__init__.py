"""Every change of state in moderation, one function each.

Locks are taken in the order of forum.actions, then the case: whoever holds a case waits for nobody.
"""

from moderation.actions.appealing import appeal, can_appeal
from moderation.actions.deciding import Grounds, Verdict, decide, decide_appeal, undo, what_is_seen
from moderation.actions.measures import MEASURES, Details
from moderation.actions.notes import add_note
from moderation.actions.opening import (
    Outdated,
    claim,
    follow_credential,
    open_by_moderator,
    open_for_post,
    release,
)
from moderation.actions.redacting import redact
from moderation.actions.reporting import accuracy, report, weights

__all__ = [
    "MEASURES",
    "Details",
    "Grounds",
    "Outdated",
    "Verdict",
    "accuracy",
    "add_note",
    "appeal",
    "can_appeal",
    "claim",
    "decide",
    "decide_appeal",
    "follow_credential",
    "open_by_moderator",
    "open_for_post",
    "redact",
    "release",
    "report",
    "undo",
    "weights",
    "what_is_seen",
]
