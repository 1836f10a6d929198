from pathlib import Path

from django.db import migrations

SEED = Path(__file__).resolve().parents[1] / "data" / "synonyms.txt"


def load(apps, schema_editor):
    """The synonyms that come with the site; from then on the staff's own choice counts."""
    synonyms = apps.get_model("search", "SearchSynonym").objects
    rows, area = [], ""
    for line in SEED.read_text().splitlines():
        if line.startswith("["):
            area = line.strip("[]")
        elif line:
            rows.append(synonyms.model(rule=line, area=area))
    synonyms.bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("search", "0002_documents")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
