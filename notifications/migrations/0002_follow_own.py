"""Whoever asked before there was a way to follow hears of the answers from now on."""

from django.db import migrations

BATCH = 50_000
FOLLOW = """
INSERT INTO notifications_subscription (user_id, thread_id, level, is_chosen)
SELECT t.author_id, t.id, 'all', false
FROM forum_thread t JOIN accounts_user u ON u.id = t.author_id AND u.kind <> 'imported'
WHERE t.id > %s AND t.id <= %s
ON CONFLICT DO NOTHING
"""


def follow_own(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM forum_thread")
        (last,) = cursor.fetchone()
        for start in range(0, last, BATCH):
            cursor.execute(FOLLOW, [start, start + BATCH])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notifications", "0001_initial"), ("accounts", "0006_members_by_day")]

    operations = [migrations.RunPython(follow_own, migrations.RunPython.noop)]
