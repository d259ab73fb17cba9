"""Every load that a rule proposed, and who set another; the effort asked for in the frozen prescription."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from trials.database import audited


class Migration(migrations.Migration):
    dependencies = [
        ("participants", "0005_self_reports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="exerciseset",
            name="planned_rir",
            field=models.DecimalField(blank=True, decimal_places=1, max_digits=3, null=True),
        ),
        migrations.AddField(
            model_name="exerciseset",
            name="planned_rpe",
            field=models.DecimalField(blank=True, decimal_places=1, max_digits=3, null=True),
        ),
        migrations.CreateModel(
            name="LoadProposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("exercise_no", models.PositiveSmallIntegerField()),
                ("exercise", models.TextField()),
                ("rule", models.TextField()),
                ("why", models.TextField()),
                ("load_kg", models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True)),
                ("reps_max", models.PositiveSmallIntegerField()),
                ("at", models.DateTimeField()),
                ("set_load_kg", models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True)),
                ("set_reason", models.TextField(blank=True)),
                ("set_reason_class", models.TextField(blank=True)),
                ("set_at", models.DateTimeField(blank=True, null=True)),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="proposals", to="participants.trainingsession"
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="loads_set",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["session", "exercise_no"],
                "constraints": [
                    models.UniqueConstraint(fields=("session", "exercise_no"), name="proposal_once"),
                    models.CheckConstraint(
                        condition=models.Q(("load_kg", None), ("load_kg__gte", 0), _connector="OR"), name="proposal_load_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("set_at", None), ("set_by", None), ("set_load_kg", None), ("set_reason", ""), ("set_reason_class", "")
                            ),
                            models.Q(
                                ("set_at__isnull", False),
                                ("set_by__isnull", False),
                                ("set_load_kg__gte", 0),
                                ("set_load_kg__isnull", False),
                                ("set_reason_class__in", ("health", "non_health", "site")),
                                models.Q(("set_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="proposal_set_aside_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("load_kg", None),
                            ("set_load_kg", None),
                            models.Q(("set_load_kg", models.F("load_kg")), _negated=True),
                            _connector="OR",
                        ),
                        name="proposal_set_aside_differs",
                    ),
                ],
            },
        ),
        # What was proposed is written once; only the columns of another load set by hand may change.
        *audited(
            "participants_loadproposal",
            "SELECT, INSERT, UPDATE (set_load_kg, set_reason, set_reason_class, set_by_id, set_at)",
        ),
    ]
