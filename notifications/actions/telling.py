"""Telling people of replies and questions, in two steps that no crash can lose or repeat.

The action that publishes something stores that it is news in the same transaction. A task then writes one row for each
person who is to hear of it in one statement and takes the news away, again in one transaction; whoever runs twice
finds nothing left.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db import models, transaction

from accounts.professions import SPECIALTIES
from notifications import tasks
from notifications.actions.due import DUE, LOCAL, REACHABLE, run
from notifications.kinds import ADDRESSED, ANSWER, FOLLOWED, QUESTION, UNANSWERED
from notifications.models import NewQuestion, News

BATCH = 50  # replies or questions told in one transaction


def tell(reply_id: int, addressed: Iterable[int] = ()) -> None:
    """Have the followers of its question, and the people `addressed` in it, told of a reply that is public now.

    Part of the transaction that publishes it.
    """
    News.objects.bulk_create([News(reply_id=reply_id, addressed=sorted(addressed))], ignore_conflicts=True)
    transaction.on_commit(partial(tasks.spread_news.enqueue))


def tell_of_question(thread_id: int) -> None:
    """Have the followers of its forum and of its field told of a question that is public now. As tell()."""
    NewQuestion.objects.bulk_create([NewQuestion(thread_id=thread_id)], ignore_conflicts=True)
    transaction.on_commit(partial(tasks.spread_news.enqueue))


# What somebody said of the areas of a question t: of its forum (1), or of fields that its forum is (2). Of several
# fields, the one counts of which they want to hear more.
AREAS = """
SELECT s.user_id, s.level, 1 AS distance FROM notifications_subscription s
WHERE s.forum_id = t.forum_id AND s.created_at <= n.created_at
UNION ALL
SELECT s.user_id, s.level, 2 FROM notifications_subscription s
WHERE s.specialty <> '' AND s.created_at <= n.created_at AND s.specialty = ANY(CASE
    WHEN f.specialties = '{}' THEN %(fields)s::varchar[]
    ELSE f.specialties || %(general)s::varchar[]
END)
"""
# Nobody is told of what came before they followed, of their own posts, of one that nobody may see any more, or of
# somebody they have blocked. A block does not count where the author is not named: that no news came would tell who.
REPLIES = f"""
INSERT INTO notifications_notification (user_id, reply_id, kind, mail_due_at)
SELECT u.id, r.id, k.kind, CASE WHEN {REACHABLE} THEN {DUE} END
FROM notifications_news n
JOIN forum_reply r ON r.id = n.reply_id
JOIN forum_thread t ON t.id = r.thread_id
JOIN forum_forum f ON f.id = t.forum_id
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (said.user_id) said.user_id, said.level FROM (
        SELECT s.user_id, s.level, 0 AS distance FROM notifications_subscription s
        WHERE s.thread_id = t.id
            AND (s.created_at <= n.created_at OR s.level = 'muted' OR s.user_id = ANY(n.addressed))
        UNION ALL
        SELECT user_id, CASE WHEN level IN ('all', 'professionals') THEN level ELSE 'mine' END, distance
        FROM ({AREAS}) AS areas
        UNION ALL
        SELECT a.id, 'mine', 3 FROM unnest(n.addressed) AS a (id)
    ) AS said ORDER BY said.user_id, said.distance, array_position(ARRAY['all', 'professionals', 'mine'], said.level)
) w
JOIN accounts_user u ON u.id = w.user_id AND u.is_active AND u.kind <> 'imported'
CROSS JOIN LATERAL (SELECT CASE
    WHEN u.id = t.author_id THEN %(answer)s
    WHEN u.id = ANY(n.addressed) THEN %(addressed)s
    ELSE %(followed)s
END AS kind) k
{LOCAL}
WHERE n.reply_id = ANY(%(told)s) AND r.status = 'published' AND t.status IN ('published', 'removed')
    AND u.id IS DISTINCT FROM r.author_id
    AND CASE w.level
        WHEN 'all' THEN true
        WHEN 'professionals' THEN r.has_badge OR u.id = ANY(n.addressed)
        WHEN 'mine' THEN u.id = ANY(n.addressed)
        ELSE false
    END
    AND (
        r.is_anonymous OR (r.by_asker AND t.is_anonymous)
        OR NOT EXISTS (SELECT FROM accounts_block b WHERE b.user_id = u.id AND b.blocked_id = r.author_id)
    )
ON CONFLICT (user_id, reply_id) DO NOTHING
"""
# A question that a moderator still has to look after is brought to nobody, like in summaries.
QUESTIONS = f"""
INSERT INTO notifications_notification (user_id, thread_id, kind, mail_due_at)
SELECT u.id, t.id, k.kind, CASE WHEN {REACHABLE} THEN {DUE} END
FROM notifications_newquestion n
JOIN forum_thread t ON t.id = n.thread_id
JOIN forum_forum f ON f.id = t.forum_id
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (user_id) user_id, level FROM ({AREAS}) AS areas
    ORDER BY user_id, distance, array_position(ARRAY['all', 'questions'], level)
) w
JOIN accounts_user u ON u.id = w.user_id AND u.is_active AND u.kind <> 'imported'
CROSS JOIN (SELECT %(question)s AS kind) k
{LOCAL}
WHERE n.thread_id = ANY(%(told)s) AND t.status = 'published' AND NOT t.is_watched
    AND u.id IS DISTINCT FROM t.author_id AND w.level IN ('all', 'questions')
    AND (
        t.is_anonymous
        OR NOT EXISTS (SELECT FROM accounts_block b WHERE b.user_id = u.id AND b.blocked_id = t.author_id)
    )
ON CONFLICT (user_id, thread_id, kind) WHERE thread_id IS NOT NULL DO NOTHING
"""
# Once for each question that has waited for three days since readers could see it. One that is much older was not asked
# here, or was asked before there were such mails. Where suicide is the subject, people write, not a task.
UNHEARD = f"""
INSERT INTO notifications_notification (user_id, thread_id, kind, mail_due_at)
SELECT u.id, t.id, k.kind, CASE WHEN {REACHABLE} THEN {DUE} END
FROM forum_thread t
JOIN forum_forum f ON f.id = t.forum_id AND f.is_open
JOIN accounts_user u ON u.id = t.author_id AND u.is_active AND u.kind <> 'imported'
CROSS JOIN (SELECT %(unanswered)s AS kind) k
{LOCAL}
WHERE t.status = 'published' AND t.reply_count = 0 AND NOT t.is_locked AND NOT t.shows_help
    AND t.created_at > now() - interval '14 days'
    AND t.last_activity_at <= now() - interval '72 hours' AND t.last_activity_at > now() - interval '7 days'
ON CONFLICT (user_id, thread_id, kind) WHERE thread_id IS NOT NULL DO NOTHING
"""


def spread_news() -> int:
    """Write the notifications for all news that wait; returns of how many replies and questions."""
    told = 0
    for model, statement in ((News, REPLIES), (NewQuestion, QUESTIONS)):
        while batch := _spread_batch(model, statement):
            told += batch
    return told


@transaction.atomic
def _spread_batch(model: type[models.Model], statement: str) -> int:
    waiting = model._default_manager.select_for_update(skip_locked=True).order_by("pk")
    told = list(waiting.values_list("pk", flat=True)[:BATCH])
    if told:
        _write(statement, told=told)
        model._default_manager.filter(pk__in=told).delete()
    return len(told)


def remind_askers() -> int:
    """Tell askers whom nobody has answered for three days, once, what may help; returns how many."""
    return _write(UNHEARD)


def _write(statement: str, **values: Any) -> int:
    kinds = {"answer": ANSWER, "addressed": ADDRESSED, "followed": FOLLOWED}
    others = {"question": QUESTION, "unanswered": UNANSWERED}
    general = [key for key, specialty in SPECIALTIES.items() if specialty.is_general]
    fields = {"fields": list(SPECIALTIES), "general": general}
    return run(statement, {**kinds, **others, **fields, **values})
