from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('forum', '0007_newest_of_all'),
    ]

    operations = [
        migrations.AddField(
            model_name='forum',
            name='is_discussion',
            field=models.BooleanField(db_default=False, default=False, help_text='People talk here rather than ask: search engines are told about posts and comments, not answers.', verbose_name='for discussions'),
        ),
    ]
