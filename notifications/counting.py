from typing import NamedTuple

from common.quick import quick_row

SHOWN_AT_MOST = 99
UNREAD = f"""
SELECT (SELECT count(*) FROM (
    SELECT FROM notifications_notification n
    LEFT JOIN forum_reply r ON r.id = n.reply_id
    JOIN forum_thread t ON t.id = coalesce(r.thread_id, n.thread_id)
    JOIN forum_forum f ON f.id = t.forum_id
    WHERE n.user_id = $1::bigint AND n.read_at IS NULL AND f.is_open AND (
        (r.status = 'published' AND t.status IN ('published', 'removed'))
        OR (n.reply_id IS NULL AND t.status = 'published' AND (n.kind <> 'unanswered' OR t.reply_count = 0))
    )
    LIMIT {SHOWN_AT_MOST}
) AS unread), EXISTS (
    SELECT FROM notifications_preferences p JOIN accounts_user u ON u.id = p.user_id
    WHERE p.user_id = $1::bigint AND p.stopped <> '' AND lower(p.stopped_address) = lower(u.email)
)
"""


class Unread(NamedTuple):
    """What the header says: how many notifications are unread, up to 99, and whether mails do not arrive."""

    number: int = 0
    no_mail: bool = False


def unread_of(user_id: int) -> Unread:
    """What is new for a member, of what can still be seen; one quick query."""
    row = quick_row(UNREAD, user_id)
    return Unread(*row) if row else Unread()
