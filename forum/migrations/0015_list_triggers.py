"""A change of the list of forums raises its version (resources.models.ListVersion); their counters do not count."""

from django.db import migrations

TRIGGERS = {
    "forum_forum": "INSERT OR DELETE OR UPDATE OF name, slug, description, category_id, position, is_open",
    "forum_category": "INSERT OR DELETE OR UPDATE",
}
TRIGGER = """
CREATE TRIGGER list_changed AFTER {events} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION list_changed(2)
"""


class Migration(migrations.Migration):
    dependencies = [("forum", "0014_filtered_lists"), ("resources", "0004_list_triggers")]

    operations = [
        migrations.RunSQL(TRIGGER.format(table=table, events=events), f"DROP TRIGGER list_changed ON {table}")
        for table, events in TRIGGERS.items()
    ]
