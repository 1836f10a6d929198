"""Taking the badge to everything its holder wrote, or away from it."""

from collections import Counter

from django.db import connection, transaction

from accounts.models import User
from forum.actions.drafts import lock_writing
from forum.actions.tally import add_to_forum, lock_arrangement
from forum.models import PeerOpinion, Reply, Thread


@transaction.atomic
def follow_badge(user: User, *, forgets_titles: bool = False) -> int:
    """Have replies and opinions of `user`, and all counters over them, follow the badge held now.

    Part of the transaction that grants or withdraws it, so that no page ever shows one without the
    other. With `forgets_titles` replies lose the title they were written under, so that a later
    badge does not bring one back that was taken away. Returns how many questions it looked at.
    """
    lock_writing(user)  # a reply being posted takes the same lock before it looks at the badge
    lock_arrangement(shared=True)  # no reply may go to another question between finding and changing it
    held = user.is_medical_professional
    replies = Reply.objects.filter(author=user).exclude(has_badge=held)
    opinions = PeerOpinion.objects.filter(user=user).exclude(has_badge=held)
    keys = sorted({*replies.values_list("thread", flat=True), *opinions.values_list("reply__thread", flat=True)})
    before = _answered(keys, lock=True)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE forum_reply r SET has_badge = %(held)s AND NOT (r.is_anonymous OR r.by_asker AND t.is_anonymous)
            FROM forum_thread t WHERE t.id = r.thread_id AND r.author_id = %(user)s AND r.thread_id = ANY(%(keys)s)
            """,
            {"held": held, "user": user.pk, "keys": keys},
        )
        cursor.execute(
            """
            WITH moved AS (
                UPDATE forum_peeropinion SET has_badge = %(held)s
                WHERE user_id = %(user)s AND has_badge <> %(held)s RETURNING reply_id, kind, is_hidden
            )
            UPDATE forum_reply r
            SET agree_count = agree_count + CASE WHEN m.kind = 'agree' THEN %(step)s ELSE 0 END,
                caution_count = caution_count + CASE WHEN m.kind = 'caution' THEN %(step)s ELSE 0 END
            FROM moved m WHERE m.reply_id = r.id AND NOT m.is_hidden
            """,
            {"held": held, "user": user.pk, "step": 1 if held else -1},
        )
        cursor.execute(
            """
            UPDATE forum_thread t SET professional_reply_count = (
                SELECT count(*) FROM forum_reply r
                WHERE r.thread_id = t.id AND r.status = 'published' AND r.has_badge
            ) WHERE t.id = ANY(%s)
            """,
            [keys],
        )
    if forgets_titles:
        Reply.objects.filter(author=user).exclude(credential_line="").update(credential_line="")
    after = _answered(keys)
    moved = Counter(after.values())
    moved.subtract(before.values())
    for forum_id in sorted(pk for pk in moved if pk and moved[pk]):
        add_to_forum(forum_id, (0, 0, moved[forum_id]))
    return len(keys)


def _answered(keys: list[int], *, lock: bool = False) -> dict[int, int | None]:
    """For each thread the forum that counts it as answered by a professional, if one does."""
    threads = Thread.objects.filter(pk__in=keys).order_by("pk")
    if lock:
        threads = threads.select_for_update(no_key=True)
    return {
        thread.pk: thread.forum_id if thread.is_published and thread.professional_reply_count else None
        for thread in threads.only("pk", "forum_id", "status", "professional_reply_count")
    }
