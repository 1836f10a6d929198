from common.quick import quick_row

SHOWN_AT_MOST = 99
UNREAD = f"""
SELECT count(*) FROM (
    SELECT FROM notifications_notification n
    LEFT JOIN forum_reply r ON r.id = n.reply_id
    JOIN forum_thread t ON t.id = coalesce(r.thread_id, n.thread_id)
    JOIN forum_forum f ON f.id = t.forum_id
    WHERE n.user_id = $1::bigint AND n.read_at IS NULL AND f.is_open AND (
        (r.status = 'published' AND t.status IN ('published', 'removed'))
        OR (n.reply_id IS NULL AND t.status = 'published' AND (n.kind <> 'unanswered' OR t.reply_count = 0))
    )
    LIMIT {SHOWN_AT_MOST}
) AS unread
"""


def unread_count(user_id: int) -> int:
    """How many notifications of replies that can be seen the member has not read, up to 99; one quick query."""
    row = quick_row(UNREAD, user_id)
    return row[0] if row else 0
