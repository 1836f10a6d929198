from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Whether somebody has a reply waiting in a question is asked with every page of it that a member opens."""

    atomic = False
    dependencies = [("forum", "0016_vote")]
    operations = [
        AddIndexConcurrently(
            model_name="reply",
            index=models.Index("author", "thread", condition=Q(status="held"), name="reply_own_waiting"),
        )
    ]
