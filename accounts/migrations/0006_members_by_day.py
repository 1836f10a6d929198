from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0005_restrictions")]
    operations = [
        AddIndexConcurrently(model_name="user", index=models.Index("date_joined", name="user_joined")),
        AddIndexConcurrently(
            model_name="user",
            index=models.Index("username", condition=models.Q(is_staff=True), name="user_staff"),
        ),
    ]
