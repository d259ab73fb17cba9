"""Missed sessions are found by their day: people are asked about them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("participants", "0010_calendar_feeds")]

    operations = [
        migrations.AddIndex(
            model_name="trainingsession",
            index=models.Index(condition=models.Q(("status", "missed")), fields=["planned_at"], name="session_missed_at"),
        ),
    ]
