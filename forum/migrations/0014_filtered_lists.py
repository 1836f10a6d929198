from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q

INDEXES = [
    ("created_at", {"reply_count": 0}, "thread_unanswered_newest"),
    ("helpful_count", {"reply_count": 0}, "thread_unanswered_helpful"),
    ("created_at", {"professional_reply_count__gt": 0}, "thread_professional_newest"),
    ("helpful_count", {"professional_reply_count__gt": 0}, "thread_professional_helpful"),
]


class Migration(migrations.Migration):
    """The first page of a filtered list reads what it shows, also where what it shows is rare or stands last."""

    atomic = False
    dependencies = [("forum", "0013_fill_segments")]
    operations = [
        AddIndexConcurrently(
            model_name="thread",
            index=models.Index(
                "forum", F(by).desc(), F("id").desc(), condition=Q(status="published") & Q(**only), name=name
            ),
        )
        for by, only, name in INDEXES
    ]
