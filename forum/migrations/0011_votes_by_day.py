from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("forum", "0010_merge_and_split")]
    operations = [
        AddIndexConcurrently(
            model_name="helpfulvote",
            index=BrinIndex("created_at", autosummarize=True, name="helpful_vote_day"),
        ),
    ]
