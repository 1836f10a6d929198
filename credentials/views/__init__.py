from credentials.views.applying import (
    declaration,
    evidence_remove,
    give_up,
    link,
    profession,
    registration,
    send,
    start,
    status,
    take_back,
    withdraw,
)
from credentials.views.desk import desk

__all__ = [
    "declaration",
    "desk",
    "evidence_remove",
    "give_up",
    "link",
    "profession",
    "registration",
    "send",
    "start",
    "status",
    "take_back",
    "withdraw",
]
