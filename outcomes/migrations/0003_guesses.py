"""The guess of the arm at the last visit."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from trials.database import audited


class Migration(migrations.Migration):
    dependencies = [
        ("outcomes", "0002_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Guess",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("whose", models.TextField(choices=[("assessor", "assessor"), ("participant", "participant")])),
                ("arm", models.TextField(blank=True)),
                ("certainty", models.TextField(blank=True, choices=[("somewhat", "somewhat"), ("strongly", "strongly")])),
                ("visit", models.TextField()),
                ("protocol_digest", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "participant",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="guesses", to="participants.participant"),
                ),
                (
                    "user",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="guesses", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("participant", "whose"), name="guess_once"),
                    models.CheckConstraint(condition=models.Q(("whose__in", ["assessor", "participant"])), name="guess_whose_known"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("arm", ""), ("certainty", "")),
                            models.Q(models.Q(("arm", ""), _negated=True), ("certainty__in", ["somewhat", "strongly"])),
                            _connector="OR",
                        ),
                        name="guess_is_an_arm_or_dont_know",
                    ),
                ],
            },
        ),
        *audited("outcomes_guess"),
    ]
