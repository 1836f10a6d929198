"""Every change of a credential, one function each. The badge follows inside the same transaction."""

from credentials.actions.applying import (
    add_evidence,
    confirm_work_email,
    declare,
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
    delete_stray_files,
    expire_due,
    forget_old_requests,
    give_up,
    reinstate,
    remind_due,
    revoke,
    suspend,
)
from credentials.actions.reviewing import ask_for_more, decide, look_up, open_document
from credentials.actions.steps import Outdated, what_is_seen

__all__ = [
    "Outdated",
    "add_evidence",
    "ask_for_more",
    "confirm_work_email",
    "decide",
    "declare",
    "delete_old_evidence",
    "delete_stray_files",
    "expire_due",
    "forget_old_requests",
    "give_up",
    "look_up",
    "missing",
    "open_document",
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
    "what_is_seen",
    "withdraw",
]
