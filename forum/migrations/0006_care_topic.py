from django.db import migrations, models

# The forums that come with the site and have advice of their own.
OWN_ADVICE = {
    "heart-conditions": "heart",
    "babies-children": "babies",
    "pregnancy-birth": "pregnancy",
    "medicines": "medicines",
}


def fill(apps, schema_editor):
    forums = apps.get_model("forum", "Forum").objects
    forums.filter(shows_emergency_help=True).update(care_topic="general")
    for slug, topic in OWN_ADVICE.items():
        forums.filter(slug=slug).update(care_topic=topic)


class Migration(migrations.Migration):
    dependencies = [("forum", "0005_interests")]

    operations = [
        migrations.AddField(
            model_name="forum",
            name="care_topic",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "none"),
                    ("general", "general signs of an emergency"),
                    ("heart", "chest pain"),
                    ("babies", "babies and children"),
                    ("pregnancy", "pregnancy"),
                    ("medicines", "medicines and doses"),
                ],
                db_default="",
                default="",
                help_text="When to call for help or see somebody, above the replies.",
                max_length=20,
                verbose_name="care advice",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
