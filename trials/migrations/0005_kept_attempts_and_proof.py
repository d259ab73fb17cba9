"""Every attempt is kept with what became of it; allocations carry how they were drawn and a chain of digests; schemes a commitment."""

import django.db.models.deletion
from django.db import migrations, models

from trials.database import granted, written_once

KEPT_AS_WRITTEN = ["trials_allocation", "trials_attempt", "trials_attemptoutcome"]


class Migration(migrations.Migration):
    dependencies = [
        ("trials", "0004_unblindings"),
    ]

    operations = [
        migrations.AddField(
            model_name="allocation",
            name="code_digest",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="allocation",
            name="hash",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="allocation",
            name="previous_hash",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="allocation",
            name="sealed_draw",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="scheme",
            name="commitment",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="scheme",
            name="places",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="stratum",
            name="last_hash",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("actor", models.TextField()),
                ("at", models.DateTimeField()),
                ("key", models.UUIDField(null=True)),
                ("body_digest", models.CharField(blank=True, max_length=64)),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                (
                    "repeats",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="repeated_by", to="trials.attempt"
                    ),
                ),
                ("unit", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="attempts", to="trials.unit")),
            ],
        ),
        migrations.CreateModel(
            name="AttemptOutcome",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField(choices=[("given", "Given"), ("refused", "Refused"), ("busy", "Busy")])),
                ("code", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                ("attempt", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="outcome", to="trials.attempt")),
            ],
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("key__isnull", False), ("repeats", None)), fields=("actor", "key"), name="idempotency_key_once"
            ),
        ),
        granted("trials_attempt", "SELECT, INSERT"),
        granted("trials_attemptoutcome", "SELECT, INSERT"),
        granted(
            "trials_stratum",
            "SELECT, INSERT, UPDATE (next_seq, sealed_state, sealed_dummy_state, last_hash, closed_at, closed_reason)",
        ),
        *written_once(KEPT_AS_WRITTEN),
    ]
