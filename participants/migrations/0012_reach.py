"""Messages are paused, ended by the reader with one press, and kept from addresses that are refused."""

import django.db.models.deletion
from django.db import migrations, models

from trials.database import audited


class Migration(migrations.Migration):
    dependencies = [("participants", "0011_missed_sessions")]

    operations = [
        migrations.AddField(model_name="availability", name="paused_until", field=models.DateTimeField(blank=True, null=True)),
        migrations.AddField(model_name="availability", name="bounced_at", field=models.DateTimeField(blank=True, null=True)),
        migrations.AddConstraint(
            model_name="availability",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel", "email"), models.Q(("bounced_at", None), ("paused_until", None)), _connector="OR"),
                name="availability_only_messages_pause_or_bounce",
            ),
        ),
        migrations.CreateModel(
            name="StopLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_digest", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="stop_links", to="participants.participant"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("used_at", None), ("used_at__gte", models.F("created_at")), _connector="OR"),
                        name="stop_link_used_after_made",
                    )
                ]
            },
        ),
        *audited("participants_stoplink"),
    ]
