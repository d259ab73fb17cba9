"""Calendar addresses: a secret one a person, of which only the digest is kept."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from trials.database import audited


class Migration(migrations.Migration):
    dependencies = [
        ("participants", "0009_training_calls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_digest", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "participant",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="feeds",
                        to="participants.participant",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="feeds",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("participant", None), ("user__isnull", False)),
                            models.Q(("participant__isnull", False), ("user", None)),
                            _connector="OR",
                        ),
                        name="feed_of_one_person",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at", None)), fields=("participant",), name="feed_of_a_participant_once"
                    ),
                    models.UniqueConstraint(condition=models.Q(("revoked_at", None)), fields=("user",), name="feed_of_a_user_once"),
                ],
            },
        ),
        *audited("participants_calendarfeed"),
    ]
