"""Following, telling and reading. What is told is written in two steps that no crash can lose or repeat.

The action that publishes a reply stores News of it in the same transaction. A task then writes one row for each
follower in one statement and takes the News away, again in one transaction; whoever runs twice finds nothing left.
"""

from collections.abc import Iterable
from functools import partial

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from notifications import tasks
from notifications.kinds import ADDRESSED, ANSWER, FOLLOWED
from notifications.models import News, Notification, Subscription

BATCH = 50  # replies told in one transaction


def follow(thread_id: int, level: str, *, by: User) -> None:
    """Have `by` hear of that much of a question, from now on."""
    Subscription.objects.update_or_create(user=by, thread_id=thread_id, defaults={"level": level, "is_chosen": True})


def follow_by_writing(thread_id: int, *, by: User) -> None:
    """Have somebody who asked or replied follow the question, unless they have said or done so before."""
    Subscription.objects.bulk_create([Subscription(user=by, thread_id=thread_id)], ignore_conflicts=True)


def tell(reply_id: int, addressed: Iterable[int] = ()) -> None:
    """Have the followers of its question, and the people `addressed` in it, told of a reply that is public now.

    Part of the transaction that publishes it.
    """
    News.objects.bulk_create([News(reply_id=reply_id, addressed=sorted(addressed))], ignore_conflicts=True)
    transaction.on_commit(partial(tasks.spread_news.enqueue))


# Nobody is told of what came before they followed, of their own reply, of one that nobody may see any more, or of
# somebody they have blocked. A block does not count where the author is not named: that no news came would tell who.
SPREAD = """
INSERT INTO notifications_notification (user_id, reply_id, kind)
SELECT w.user_id, r.id,
    CASE
        WHEN w.user_id = t.author_id THEN %(answer)s
        WHEN w.user_id = ANY(n.addressed) THEN %(addressed)s
        ELSE %(followed)s
    END
FROM notifications_news n
JOIN forum_reply r ON r.id = n.reply_id
JOIN forum_thread t ON t.id = r.thread_id
CROSS JOIN LATERAL (
    SELECT s.user_id, s.level FROM notifications_subscription s
    WHERE s.thread_id = t.id AND (s.created_at <= n.created_at OR s.user_id = ANY(n.addressed))
    UNION ALL
    SELECT a.id, 'mine' FROM unnest(n.addressed) AS a (id)
    WHERE NOT EXISTS (SELECT FROM notifications_subscription s WHERE s.thread_id = t.id AND s.user_id = a.id)
) w
JOIN accounts_user u ON u.id = w.user_id AND u.is_active AND u.kind <> 'imported'
WHERE n.reply_id = ANY(%(replies)s) AND r.status = 'published' AND t.status IN ('published', 'removed')
    AND w.user_id IS DISTINCT FROM r.author_id
    AND CASE w.level
        WHEN 'all' THEN true
        WHEN 'professionals' THEN r.has_badge OR w.user_id = ANY(n.addressed)
        WHEN 'mine' THEN w.user_id = ANY(n.addressed)
        ELSE false
    END
    AND (
        r.is_anonymous OR (r.by_asker AND t.is_anonymous)
        OR NOT EXISTS (SELECT FROM accounts_block b WHERE b.user_id = w.user_id AND b.blocked_id = r.author_id)
    )
ON CONFLICT (user_id, reply_id) DO NOTHING
"""


def spread_news() -> int:
    """Write the notifications for all news that wait; returns for how many replies."""
    told = 0
    while batch := _spread_batch():
        told += batch
    return told


@transaction.atomic
def _spread_batch() -> int:
    waiting = News.objects.select_for_update(skip_locked=True).order_by("pk")
    replies = list(waiting.values_list("pk", flat=True)[:BATCH])
    if replies:
        with connection.cursor() as cursor:
            kinds = {"answer": ANSWER, "addressed": ADDRESSED, "followed": FOLLOWED}
            cursor.execute(SPREAD, {"replies": replies, **kinds})
        News.objects.filter(pk__in=replies).delete()
    return len(replies)


def mark_read(user: User, *, thread_id: int | None = None, up_to: int | None = None) -> int:
    """Mark the own notifications of one question, or all up to a key, as read; returns how many were not."""
    unread = Notification.objects.filter(user=user, read_at=None)
    if thread_id is not None:
        unread = unread.filter(reply__thread=thread_id)
    if up_to is not None:
        unread = unread.filter(pk__lte=up_to)
    return unread.update(read_at=timezone.now())


def forget_old() -> int:
    """Delete what is too old to be looked at; returns how many."""
    return Notification.objects.filter(Notification.too_old()).delete()[0]
