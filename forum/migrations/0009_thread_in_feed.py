from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the index is made while people read and write

    dependencies = [
        ('forum', '0008_discussions'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='thread',
            index=models.Index(models.F('created_at').desc(), models.F('id').desc(), condition=models.Q(('status', 'published'), ('keep_out_of_search', False)), name='thread_in_feed'),
        ),
    ]
