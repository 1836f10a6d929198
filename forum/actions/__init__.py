"""Every change of state in the forum, one function each.

Locks are taken in one order everywhere, so that two changes can wait for each other but never in a
circle: the person's writing, the daily limit, then the arrangement, the threads, the replies, the forums; several
of a kind in the order of their keys.
"""

from forum.actions.badges import follow_badge
from forum.actions.drafts import discard_draft, forget_drafts, lock_writing, save_draft
from forum.actions.moderating import (
    hide,
    hold,
    look_after,
    move,
    reopen_due,
    restore,
    rewrite,
    set_locked,
)
from forum.actions.opinions import agree, caution, set_opinion_hidden, withdraw_opinion
from forum.actions.posting import ask, remove, reply_to, update_reply, update_thread
from forum.actions.rearranging import merge, split, undo_merge, undo_split
from forum.actions.recounting import recount
from forum.actions.voting import detach_votes, undo_helpful, vote_for, vote_helpful

__all__ = [
    "agree",
    "ask",
    "caution",
    "detach_votes",
    "discard_draft",
    "follow_badge",
    "forget_drafts",
    "hide",
    "hold",
    "lock_writing",
    "look_after",
    "merge",
    "move",
    "recount",
    "remove",
    "reopen_due",
    "reply_to",
    "restore",
    "rewrite",
    "save_draft",
    "set_locked",
    "set_opinion_hidden",
    "split",
    "undo_helpful",
    "undo_merge",
    "undo_split",
    "update_reply",
    "update_thread",
    "vote_for",
    "vote_helpful",
    "withdraw_opinion",
]
