"""What waited before there was a queue comes into it: posts held back, and requests for the badge."""

from django.db import migrations

OPEN = """
INSERT INTO moderation_case (kind, urgency, thread_id, about_id, opened_at)
    SELECT 'held', 4, id, author_id, created_at FROM forum_thread WHERE status = 'held'
    ON CONFLICT DO NOTHING;
INSERT INTO moderation_case (kind, urgency, reply_id, about_id, opened_at)
    SELECT 'held', 4, id, author_id, created_at FROM forum_reply WHERE status = 'held'
    ON CONFLICT DO NOTHING;
INSERT INTO moderation_case (kind, urgency, credential_id, about_id, opened_at)
    SELECT 'credential', 5, id, user_id, submitted_at FROM credentials_credential WHERE state = 'submitted'
    ON CONFLICT DO NOTHING;
"""


class Migration(migrations.Migration):
    dependencies = [("moderation", "0002_templates")]
    operations = [migrations.RunSQL(OPEN, migrations.RunSQL.noop)]
