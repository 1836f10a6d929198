"""Everything that changes what people follow, are told and are sent."""

from notifications.actions.bouncing import note_bounce, note_event, resume_mail
from notifications.actions.choosing import choose, plan_again, stop_kinds, want_kinds
from notifications.actions.cleaning import forget_old
from notifications.actions.following import follow, follow_area, follow_by_writing, follow_on, unfollow_area
from notifications.actions.mailing import make_mails, make_summaries, post, send_mails
from notifications.actions.reading import mark_read, mark_seen, note_visit
from notifications.actions.returning import read_bounces
from notifications.actions.telling import remind_askers, spread_news, tell, tell_of_question

__all__ = [
    "choose",
    "follow",
    "follow_area",
    "follow_by_writing",
    "follow_on",
    "forget_old",
    "make_mails",
    "make_summaries",
    "mark_read",
    "mark_seen",
    "note_bounce",
    "note_event",
    "note_visit",
    "plan_again",
    "post",
    "read_bounces",
    "remind_askers",
    "resume_mail",
    "send_mails",
    "spread_news",
    "stop_kinds",
    "tell",
    "tell_of_question",
    "unfollow_area",
    "want_kinds",
]
