from moderation.models.cases import Case, StaffNote, Urgency
from moderation.models.decisions import Action, Appeal, Decision, Ground, MessageTemplate, Outcome, Source
from moderation.models.reports import Reason, Report

__all__ = [
    "Action",
    "Appeal",
    "Case",
    "Decision",
    "Ground",
    "MessageTemplate",
    "Outcome",
    "Reason",
    "Report",
    "Source",
    "StaffNote",
    "Urgency",
]
