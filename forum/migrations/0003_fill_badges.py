from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

BATCH = 10_000

FILL = """
UPDATE forum_reply r SET has_badge = true
FROM accounts_user u, forum_thread t
WHERE u.id = r.author_id AND t.id = r.thread_id AND u.is_medical_professional
  AND NOT (r.by_asker AND t.is_anonymous) AND NOT r.has_badge AND r.id >= %s AND r.id < %s
"""
COUNT_THREADS = """
UPDATE forum_thread t SET professional_reply_count = c.count FROM (
    SELECT t.id, count(r.id) FILTER (WHERE r.status = 'published' AND r.has_badge) AS count
    FROM forum_thread t LEFT JOIN forum_reply r ON r.thread_id = t.id
    WHERE t.id >= %s AND t.id < %s GROUP BY t.id
) c WHERE c.id = t.id AND t.professional_reply_count <> c.count
"""
COUNT_FORUMS = """
UPDATE forum_forum f SET professional_count = (
    SELECT count(*) FROM forum_thread t
    WHERE t.forum_id = f.id AND t.status = 'published' AND t.professional_reply_count > 0
)
"""


def fill(apps, schema_editor):
    """In batches, each a transaction of its own; may run again."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        for table, statement in [("forum_reply", FILL), ("forum_thread", COUNT_THREADS)]:
            cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
            (last,) = cursor.fetchone()
            for start in range(0, last + 1, BATCH):
                cursor.execute(statement, [start, start + BATCH])
        cursor.execute(COUNT_FORUMS)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("forum", "0002_badges_and_opinions"), ("accounts", "0003_profile_and_limits")]
    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        AddIndexConcurrently(
            "reply",
            models.Index(
                models.F("created_at").desc(),
                models.F("id").desc(),
                condition=models.Q(status="published", has_badge=True),
                name="reply_with_badge",
            ),
        ),
        AddIndexConcurrently(
            "thread",
            models.Index(
                models.F("created_at"),
                models.F("id"),
                condition=models.Q(status="published") & models.Q(professional_reply_count=0),
                name="thread_without_professional",
            ),
        ),
        RemoveIndexConcurrently("reply", "reply_by_professional"),
    ]
