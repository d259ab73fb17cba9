"""Per-session sums, written with the sets."""

from decimal import Decimal

import django.db.models.deletion
from django.db import migrations, models

from trials.database import audited


class Migration(migrations.Migration):
    dependencies = [
        ("participants", "0006_proposals"),
    ]

    operations = [
        migrations.CreateModel(
            name="SessionRollup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("planned_volume_kg", models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                ("done_volume_kg", models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                ("sets_planned", models.PositiveIntegerField()),
                ("sets_done", models.PositiveIntegerField()),
                ("reps_planned", models.PositiveIntegerField()),
                ("reps_done", models.PositiveIntegerField()),
                ("load_planned_kg", models.DecimalField(decimal_places=2, max_digits=14)),
                ("load_done_kg", models.DecimalField(decimal_places=2, max_digits=14)),
                ("load_ratio_sum", models.DecimalField(decimal_places=36, max_digits=44)),
                ("load_sets", models.PositiveIntegerField()),
                ("reps_loaded", models.PositiveIntegerField()),
                ("intensity_weighted", models.DecimalField(decimal_places=36, max_digits=44)),
                ("intensity_reps", models.PositiveIntegerField()),
                ("intensity_sets", models.PositiveIntegerField()),
                ("reduced", models.BooleanField()),
                ("exercises_planned", models.JSONField(default=list)),
                ("exercises_done", models.JSONField(default=list)),
                ("loads", models.JSONField(default=dict)),
                ("body_mass_shares", models.JSONField(default=dict)),
                ("complete", models.BooleanField()),
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rollup", to="participants.trainingsession"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("sets_done__lte", models.F("sets_planned"))), name="rollup_sets_done_among_planned"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("load_sets__lte", models.F("sets_done"))), name="rollup_loaded_sets_among_done"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("planned_volume_kg", None), ("planned_volume_kg__gte", Decimal("0")), _connector="OR"),
                        name="rollup_volume_not_negative",
                    ),
                ],
            },
        ),
        *audited("participants_sessionrollup"),
    ]
