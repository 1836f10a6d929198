"""Every change of a credential, one function each. The badge follows inside the same transaction."""

from credentials.actions.applying import (
    add_evidence,
    confirm_work_email,
    missing,
    remove_evidence,
    save_answers,
    send_work_code,
    start,
    submit,
    take_back,
    withdraw,
)
from credentials.actions.lifecycle import (
    delete_old_evidence,
    expire_due,
    forget_old_drafts,
    give_up,
    reinstate,
    remind_due,
    revoke,
    suspend,
)
from credentials.actions.reviewing import ask_for_more, decide, look_up
from credentials.actions.steps import Outdated

__all__ = [
    "Outdated",
    "add_evidence",
    "ask_for_more",
    "confirm_work_email",
    "decide",
    "delete_old_evidence",
    "expire_due",
    "forget_old_drafts",
    "give_up",
    "look_up",
    "missing",
    "reinstate",
    "remind_due",
    "remove_evidence",
    "revoke",
    "save_answers",
    "send_work_code",
    "start",
    "submit",
    "suspend",
    "take_back",
    "withdraw",
]
