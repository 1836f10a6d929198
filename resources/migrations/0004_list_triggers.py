"""Every change of the resources, and of what belongs to them, raises the version of their list (models.ListVersion)."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION list_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO resources_listversion (id, number) VALUES (TG_ARGV[0]::bigint, 1)
    ON CONFLICT (id) DO UPDATE SET number = resources_listversion.number + 1;
    RETURN NULL;
END $$
"""
TABLES = {
    "resources_resource": 1,
    "resources_resource_forums": 1,
    "resources_resourcepair": 1,
    "resources_crisisline": 3,
}
TRIGGER = """
CREATE TRIGGER list_changed AFTER INSERT OR UPDATE OR DELETE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION list_changed({list})
"""


class Migration(migrations.Migration):
    dependencies = [("resources", "0003_list_versions")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION list_changed"),
        *[
            migrations.RunSQL(TRIGGER.format(table=table, list=number), f"DROP TRIGGER list_changed ON {table}")
            for table, number in TABLES.items()
        ],
    ]
