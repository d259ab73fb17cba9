"""Whoever asked for a report may cancel it."""

from django.db import migrations, models

STATUS = models.TextField(
    choices=[("waiting", "Waiting"), ("running", "Running"), ("done", "Done"), ("failed", "Failed"), ("cancelled", "Cancelled")],
    default="waiting",
)


class Migration(migrations.Migration):
    dependencies = [("outcomes", "0009_locked_data")]

    operations = [migrations.AlterField("export", "status", STATUS), migrations.AlterField("report", "status", STATUS)]
