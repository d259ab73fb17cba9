"""With which words a try at sending went out."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("participants", "0016_home_logs")]

    operations = [
        migrations.AddField(
            model_name="messageattempt",
            name="letter",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
    ]
