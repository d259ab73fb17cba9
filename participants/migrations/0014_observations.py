"""Sessions drawn for observation by a sealed seed, and the checklists filled in."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from trials.database import audited, written_once

VERDICTS = """
ALTER TABLE participants_observation ADD CONSTRAINT observation_verdicts_known CHECK (
    CASE WHEN jsonb_typeof(verdicts) = 'object' THEN
        verdicts <> '{}'::jsonb AND NOT jsonb_path_exists(verdicts,
            'strict $.* ? (@.type() != "string" || (@ != "done" && @ != "not_done" && @ != "not_applicable"))')
    ELSE false END
);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("participants", "0013_cannot_come"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ObservationDraw",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sealed", models.BinaryField()),
                ("commitment", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("pk", 1)), name="observation_draw_is_one_row")],
            },
        ),
        migrations.CreateModel(
            name="Observation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("verdicts", models.JSONField()),
                ("protocol_digest", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "observer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="observations", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="observation", to="participants.trainingsession"
                    ),
                ),
            ],
        ),
        *audited("participants_observationdraw", "SELECT, INSERT"),
        *written_once(["participants_observationdraw"]),
        *audited("participants_observation"),
        migrations.RunSQL(VERDICTS, migrations.RunSQL.noop),
    ]
