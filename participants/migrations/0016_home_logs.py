"""Participants log by their personal link what nobody supervised: who logged a session, what it cost them, bands, and a note to be read."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from trials.database import audited


class Migration(migrations.Migration):
    dependencies = [
        ("participants", "0015_gateway"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HomeLog",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client_uuid", models.UUIDField(unique=True)),
                ("at", models.DateTimeField()),
                ("went", models.TextField()),
                ("note", models.TextField(blank=True)),
                ("read_by_on", models.DateField(blank=True, null=True)),
                ("read_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name="exerciseset",
            name="band",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="trainingsession",
            name="logged_by",
            field=models.TextField(db_default="staff", default="staff"),
        ),
        migrations.AddField(
            model_name="trainingsession",
            name="participant_cost",
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True),
        ),
        migrations.AddConstraint(
            model_name="trainingsession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("logged_by__in", ["staff", ""]),
                    models.Q(("logged_by", "participant"), ("supervision", "none"), ("trainer", None)),
                    _connector="OR",
                ),
                name="session_logged_by_participant_unsupervised",
            ),
        ),
        migrations.AddConstraint(
            model_name="trainingsession",
            constraint=models.CheckConstraint(
                condition=models.Q(("participant_cost", None), ("participant_cost__gte", 0), _connector="OR"),
                name="session_cost_not_negative",
            ),
        ),
        migrations.AddField(
            model_name="homelog",
            name="reader",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="home_logs_read",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="homelog",
            name="session",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="home_log", to="participants.trainingsession"
            ),
        ),
        migrations.AddConstraint(
            model_name="homelog",
            constraint=models.CheckConstraint(condition=models.Q(("went__in", ["well", "fair", "badly"])), name="home_log_went_known"),
        ),
        migrations.AddConstraint(
            model_name="homelog",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("note", ""), ("read_by_on", None)),
                    models.Q(models.Q(("note", ""), _negated=True), ("read_by_on__isnull", False)),
                    _connector="OR",
                ),
                name="home_log_note_has_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="homelog",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("read_at", None), ("reader", None)),
                    models.Q(("read_at__isnull", False), ("read_by_on__isnull", False), ("reader__isnull", False)),
                    _connector="OR",
                ),
                name="home_log_read_by_somebody",
            ),
        ),
        *audited("participants_homelog"),
    ]
