"""What blind staff tell of arms they learned: append-only."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from trials.database import audited, written_once


class Migration(migrations.Migration):
    dependencies = [
        ("participants", "0004_kept_entries"),
        ("trials", "0005_kept_attempts_and_proof"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SelfReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.TextField(unique=True)),
                ("assessor", models.BooleanField()),
                ("learned_on", models.DateField()),
                (
                    "how",
                    models.TextField(
                        choices=[
                            ("participant_told", "The participant told me"),
                            ("saw_training", "I saw something of the training or the timetable"),
                            ("colleague_told", "A colleague told me"),
                            ("document", "I saw it in a document, a message or on a screen"),
                            ("guessed", "I worked it out"),
                            ("other", "Another way"),
                        ]
                    ),
                ),
                ("sure", models.BooleanField()),
                ("note", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                (
                    "deviation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="self_report", to="participants.deviation"
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="self_reports", to="participants.participant"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="self_reports", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("how__in", ["participant_told", "saw_training", "colleague_told", "document", "guessed", "other"])
                        ),
                        name="self_report_how_known",
                    )
                ],
            },
        ),
        *audited("participants_selfreport", "SELECT, INSERT"),
        *written_once(["participants_selfreport"]),
    ]
