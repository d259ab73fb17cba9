"""Which choice of an answer stands, whatever the order in which choices arrive."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outcomes", "0004_duty_places")]

    operations = [migrations.AddField("assessment", "turns", models.JSONField(default=dict))]
