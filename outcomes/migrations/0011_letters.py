"""The words of messages to participants, version by version, and messages to several people at once."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from trials.database import audited, written_once


def by(name: str) -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name=name, to=settings.AUTH_USER_MODEL)


class Migration(migrations.Migration):
    dependencies = [
        ("outcomes", "0010_cancelled_reports"),
        ("trials", "0014_digest"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                ("language", models.CharField(max_length=8)),
                ("version", models.PositiveIntegerField()),
                ("subject", models.TextField()),
                ("body", models.TextField()),
                ("short", models.TextField()),
                ("protocol_digest", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("author", by("letters")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "language", "version"), name="letter_version_once"),
                    models.CheckConstraint(condition=models.Q(("version__gte", 1)), name="letter_versions_begin_with_one"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("subject", ""), _negated=True),
                            models.Q(("body", ""), _negated=True),
                            models.Q(("short", ""), _negated=True),
                        ),
                        name="letter_has_words",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LetterStart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("holds_from", models.DateField()),
                ("at", models.DateTimeField()),
                (
                    "letter",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="starts", to="outcomes.letter"),
                ),
                ("user", by("letter_starts")),
            ],
        ),
        migrations.CreateModel(
            name="Circular",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=10, unique=True)),
                ("client_uuid", models.UUIDField(unique=True)),
                ("phase", models.TextField()),
                ("language", models.CharField(max_length=8)),
                ("subject", models.TextField()),
                ("body", models.TextField()),
                ("short", models.TextField()),
                ("people", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("not_after", models.DateTimeField()),
                ("author", by("circulars")),
                (
                    "site",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="circulars", to="trials.site"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("people__gte", 1)), name="circular_goes_to_somebody"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("subject", ""), _negated=True),
                            models.Q(("body", ""), _negated=True),
                            models.Q(("short", ""), _negated=True),
                        ),
                        name="circular_has_words",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CircularStop",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                (
                    "circular",
                    models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="stop", to="outcomes.circular"),
                ),
                ("user", by("circular_stops")),
            ],
        ),
        *[step for name in ("letter", "letterstart", "circular", "circularstop") for step in audited(f"outcomes_{name}", "SELECT, INSERT")],
        *written_once(["outcomes_letter", "outcomes_letterstart", "outcomes_circular", "outcomes_circularstop"]),
    ]
