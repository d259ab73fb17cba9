"""Alerts that were told on, messages held until somebody releases them, and what of an alert never changes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from trials.database import audited, written_once

# A closed alert of before let reminders go.
RELEASED = """
UPDATE outcomes_alert SET released_at = closed_at, released_by_id = closed_by_id
WHERE closed_at IS NOT NULL AND closed_by_id IS NOT NULL;
SET CONSTRAINTS ALL IMMEDIATE;
"""
# What raised an alert, when, and by when somebody must be reached stands; contact, closing and release are written once.
STANDS = """
CREATE FUNCTION alert_stands() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (OLD.participant_id, OLD.assessment_id, OLD.alert_no, OLD.kind, OLD.trigger, OLD.urgent, OLD.raised_at, OLD.contact_due_at)
        IS DISTINCT FROM
       (NEW.participant_id, NEW.assessment_id, NEW.alert_no, NEW.kind, NEW.trigger, NEW.urgent, NEW.raised_at, NEW.contact_due_at)
       OR (OLD.first_contact_at IS NOT NULL AND NEW.first_contact_at IS DISTINCT FROM OLD.first_contact_at)
       OR (OLD.closed_at IS NOT NULL AND (NEW.closed_at, NEW.closed_by_id) IS DISTINCT FROM (OLD.closed_at, OLD.closed_by_id))
       OR (OLD.released_at IS NOT NULL AND (NEW.released_at, NEW.released_by_id) IS DISTINCT FROM (OLD.released_at, OLD.released_by_id))
    THEN RAISE EXCEPTION 'a safety alert is never taken back' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER alert_stands BEFORE UPDATE ON outcomes_alert FOR EACH ROW EXECUTE FUNCTION alert_stands();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("outcomes", "0005_turns"),
        ("participants", "0006_proposals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AlertCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("level", models.PositiveSmallIntegerField()),
                ("whom", models.TextField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="alert",
            name="released_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="alert",
            name="released_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="released_alerts",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_at", None),
                    ("historical", True),
                    ("kind", "check"),
                    models.Q(("first_contact_at__isnull", False), models.Q(("risk_level", ""), _negated=True)),
                    _connector="OR",
                ),
                name="alert_closed_after_contact",
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(("risk_level__in", ["", "minimal", "lower", "higher"]), ("historical", True), _connector="OR"),
                name="alert_level_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("released_at", None), ("released_by", None)),
                    models.Q(("released_at__isnull", False), ("released_by__isnull", False)),
                    _connector="OR",
                ),
                name="alert_released_by_somebody",
            ),
        ),
        migrations.AddField(
            model_name="alertcall",
            name="alert",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="calls", to="outcomes.alert"),
        ),
        migrations.AddConstraint(
            model_name="alertcall",
            constraint=models.UniqueConstraint(fields=("alert", "level"), name="alert_call_once"),
        ),
        migrations.AddConstraint(
            model_name="alertcall",
            constraint=models.CheckConstraint(condition=models.Q(("level__gte", 2)), name="alert_call_follows_the_first"),
        ),
        migrations.AddConstraint(
            model_name="alertcall",
            constraint=models.CheckConstraint(condition=models.Q(("whom__in", ["roster", "investigator"])), name="alert_call_whom_known"),
        ),
        *audited("outcomes_alertcall", "SELECT, INSERT"),
        *written_once(["outcomes_alertcall", "outcomes_alertstep"]),
        migrations.RunSQL(RELEASED, migrations.RunSQL.noop),
        migrations.RunSQL(STANDS, "DROP TRIGGER alert_stands ON outcomes_alert; DROP FUNCTION alert_stands();"),
    ]
