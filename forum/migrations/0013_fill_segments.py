from django.db import migrations, transaction


def fill(apps, schema_editor):
    """One thread at a time, each in a transaction of its own; may run again."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id FROM forum_thread WHERE place_count >= 4 * forum_segment_size() ORDER BY id")
        for (key,) in cursor.fetchall():
            with transaction.atomic(using=schema_editor.connection.alias):
                cursor.execute("SELECT FROM forum_thread WHERE id = %s FOR NO KEY UPDATE", [key])
                cursor.execute("SELECT forum_make_segments(%s)", [key])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("forum", "0012_segments")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
