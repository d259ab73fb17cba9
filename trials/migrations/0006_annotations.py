"""Annotations of allocations; they and broken codes are written once, whoever asks."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from trials.database import audited, written_once


class Migration(migrations.Migration):
    dependencies = [
        ("trials", "0005_kept_attempts_and_proof"),
    ]

    operations = [
        migrations.CreateModel(
            name="AllocationAnnotation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.TextField(unique=True)),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("ineligible", "Was not eligible when randomised"),
                            ("in_error", "Was randomised by mistake"),
                            ("wrong_stratum", "Was randomised in another stratum than their own"),
                            ("wrong_arm_given", "Was given another arm than the one allocated"),
                        ]
                    ),
                ),
                ("true_factors", models.JSONField(blank=True, default=dict)),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "allocation",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="annotations", to="trials.allocation"),
                ),
                (
                    "user",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="annotations", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["ineligible", "in_error", "wrong_stratum", "wrong_arm_given"])),
                        name="annotation_kind_known",
                    ),
                    models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="annotation_says_why"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "wrong_stratum"), models.Q(("true_factors", {}), _negated=True)),
                            models.Q(models.Q(("kind", "wrong_stratum"), _negated=True), ("true_factors", {})),
                            _connector="OR",
                        ),
                        name="annotation_names_the_stratum",
                    ),
                ],
            },
        ),
        *audited("trials_allocationannotation", "SELECT, INSERT"),
        *written_once(["trials_allocationannotation", "trials_unblinding", "trials_unblindingstep"]),
    ]
