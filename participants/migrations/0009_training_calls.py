"""Calls to people whose training slips: append-only."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from trials.database import audited, written_once


class Migration(migrations.Migration):
    dependencies = [
        ("participants", "0008_slots"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TrainingCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outcome",
                    models.TextField(
                        choices=[
                            ("comes_again", "Comes to the next session"),
                            ("other_times", "Needs other days or times"),
                            ("pauses", "Pauses for now"),
                            ("stops", "Wants to stop training"),
                            ("no_answer", "No answer"),
                        ]
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="training_calls", to="participants.participant"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="training_calls", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["comes_again", "other_times", "pauses", "stops", "no_answer"])),
                        name="training_call_outcome_known",
                    )
                ],
            },
        ),
        *audited("participants_trainingcall", "SELECT, INSERT"),
        *written_once(["participants_trainingcall"]),
    ]
