"""Broken codes: the requests for an arm kept so far move into the one table there is for them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from trials import entropy
from trials.database import audited


def move(apps, schema_editor):
    """Each request was answered at once, on the screen of whoever asked."""
    Unblinding, Step = apps.get_model("trials", "Unblinding"), apps.get_model("trials", "UnblindingStep")
    for asked in apps.get_model("trials", "ArmRequest").objects.select_related("allocation__unit").order_by("pk"):
        moved = Unblinding.objects.create(
            allocation=asked.allocation,
            code=entropy.code("unblinding", f"{asked.allocation.unit.trial_id}|moved|{asked.pk}"),
            reason_code="other",
            reason=asked.reason.strip() or "not given",
            requester=asked.user,
            mode="screen",
            at=asked.at,
        )
        Step.objects.create(unblinding=moved, kind="told", actor=f"user:{asked.user_id}", at=asked.at)


class Migration(migrations.Migration):
    dependencies = [
        ("trials", "0003_two_people_and_caps"),
    ]

    operations = [
        migrations.CreateModel(
            name="Unblinding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.TextField(unique=True)),
                (
                    "reason_code",
                    models.TextField(
                        choices=[
                            ("urgent_treatment", "Urgent treatment depends on it"),
                            ("serious_event", "Assessing a serious adverse event"),
                            ("death", "The person has died"),
                            ("authority", "An authority or ethics committee asks"),
                            ("other", "Another reason"),
                        ]
                    ),
                ),
                ("reason", models.TextField()),
                ("mode", models.TextField(choices=[("third_person", "third_person"), ("screen", "screen")])),
                ("recipient_name", models.TextField(blank=True)),
                ("recipient_email", models.TextField(blank=True)),
                ("key_digest", models.CharField(blank=True, max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "allocation",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="unblindings", to="trials.allocation"),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="codes_to_read", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "requester",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="codes_broken", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="UnblindingStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField(choices=[("linked", "linked"), ("wrong_key", "wrong_key"), ("told", "told")])),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("actor", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "unblinding",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="trials.unblinding"),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="unblinding",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason_code__in", ["urgent_treatment", "serious_event", "death", "authority", "other"])),
                name="unblinding_reason_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="unblinding",
            constraint=models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="unblinding_says_why"),
        ),
        migrations.AddConstraint(
            model_name="unblinding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("key_digest", ""), ("mode", "screen"), ("recipient", None), ("recipient_email", ""), ("recipient_name", "")),
                    models.Q(
                        ("key_digest", ""),
                        ("mode", "third_person"),
                        ("recipient__isnull", False),
                        ("recipient_email", ""),
                        ("recipient_name", ""),
                    ),
                    models.Q(
                        ("mode", "third_person"),
                        ("recipient", None),
                        models.Q(("recipient_name", ""), _negated=True),
                        models.Q(("recipient_email", ""), _negated=True),
                        models.Q(("key_digest", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="unblinding_one_reader",
            ),
        ),
        migrations.AddConstraint(
            model_name="unblinding",
            constraint=models.CheckConstraint(
                condition=models.Q(("recipient", None), models.Q(("recipient", models.F("requester")), _negated=True), _connector="OR"),
                name="unblinding_third_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="unblindingstep",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["linked", "wrong_key", "told"])), name="unblinding_step_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="unblindingstep",
            constraint=models.UniqueConstraint(condition=models.Q(("kind", "told")), fields=("unblinding",), name="unblinding_told_once"),
        ),
        migrations.AddConstraint(
            model_name="unblindingstep",
            constraint=models.UniqueConstraint(
                condition=models.Q(("digest", ""), _negated=True), fields=("digest",), name="unblinding_link_once"
            ),
        ),
        *audited("trials_unblinding", "SELECT, INSERT"),
        *audited("trials_unblindingstep", "SELECT, INSERT"),
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.DeleteModel(
            name="ArmRequest",
        ),
    ]
