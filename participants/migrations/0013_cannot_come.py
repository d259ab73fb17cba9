"""A participant says by their personal link that they can't come to a session, and may take it back."""

import django.db.models.deletion
from django.db import migrations, models

from trials.database import audited


class Migration(migrations.Migration):
    dependencies = [("participants", "0012_reach")]

    operations = [
        migrations.CreateModel(
            name="CannotCome",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("for_at", models.DateTimeField()),
                ("said_at", models.DateTimeField()),
                ("wish_at", models.DateTimeField(blank=True, null=True)),
                ("taken_back_at", models.DateTimeField(blank=True, null=True)),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="cannot_come", to="participants.trainingsession"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("taken_back_at", None)), fields=("session", "for_at"), name="cannot_come_said_once"
                    ),
                    models.CheckConstraint(condition=models.Q(("said_at__lt", models.F("for_at"))), name="cannot_come_said_before"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("taken_back_at", None),
                            models.Q(("taken_back_at__gte", models.F("said_at")), ("taken_back_at__lt", models.F("for_at"))),
                            _connector="OR",
                        ),
                        name="cannot_come_taken_back_in_time",
                    ),
                ],
            },
        ),
        *audited("participants_cannotcome"),
    ]
