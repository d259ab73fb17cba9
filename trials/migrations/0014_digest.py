"""Staff may ask for a daily mail of how much waits for them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("trials", "0013_locks")]

    operations = [
        migrations.AddField(model_name="user", name="digest", field=models.BooleanField(db_default=False, default=False)),
    ]
