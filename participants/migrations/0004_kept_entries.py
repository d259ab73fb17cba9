"""Entries that phones kept while they had no line, and their receipts."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from trials.database import audited


class Migration(migrations.Migration):
    dependencies = [
        ("participants", "0003_deviation_source"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(unique=True)),
                ("kind", models.TextField(choices=[("start", "Start"), ("log", "Log"), ("finish", "Finish")])),
                ("made_at", models.DateTimeField()),
                ("skew_seconds", models.IntegerField()),
                ("at", models.DateTimeField()),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="kept_entries", to="participants.trainingsession"
                    ),
                ),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("kind__in", ["start", "log", "finish"])), name="kept_entry_kind_known"),
                    models.CheckConstraint(condition=models.Q(("made_at__lte", models.F("at"))), name="kept_entry_made_before_taken_in"),
                ],
            },
        ),
        *audited("participants_keptentry", "SELECT, INSERT"),
    ]
