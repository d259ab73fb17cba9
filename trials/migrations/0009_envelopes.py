"""Backup envelopes: taken in their order, each once, and an allocation by envelope never stands without its envelope."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from trials.database import audited, written_once

TABLES = ["trials_envelope", "trials_envelopeprint", "trials_envelopereport", "trials_envelopeuse"]

GUARDS = """
CREATE FUNCTION envelope_in_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM trials_envelope mine JOIN trials_envelope e
            ON (e.scheme_id, e.site_id, e.stratum_key) = (mine.scheme_id, mine.site_id, mine.stratum_key) AND e.number < mine.number
            WHERE mine.id = NEW.envelope_id AND NOT EXISTS (SELECT FROM trials_envelopeuse u WHERE u.envelope_id = e.id)
            AND NOT EXISTS (SELECT FROM trials_envelopereport r WHERE r.envelope_id = e.id)) THEN
        RAISE EXCEPTION 'an envelope was skipped' USING ERRCODE = 'check_violation', CONSTRAINT = 'envelope_in_order';
    END IF;
    IF NOT EXISTS (SELECT FROM trials_envelope e JOIN trials_allocation a ON a.id = NEW.allocation_id JOIN trials_unit u ON u.id = a.unit_id
            WHERE e.id = NEW.envelope_id AND a.source = 'backup' AND a.at = NEW.opened_at AND e.made_at <= a.at
            AND (a.scheme_id, a.stratum_key, u.site_id) = (e.scheme_id, e.stratum_key, e.site_id)) THEN
        RAISE EXCEPTION 'the envelope is not that of the allocation' USING ERRCODE = 'check_violation', CONSTRAINT = 'envelope_in_order';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION envelope_in_order() FROM PUBLIC;
CREATE TRIGGER envelope_in_order BEFORE INSERT ON trials_envelopeuse FOR EACH ROW EXECUTE FUNCTION envelope_in_order();

CREATE FUNCTION backup_by_envelope() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM trials_envelopeuse WHERE allocation_id = NEW.id) THEN
        RAISE EXCEPTION 'no envelope was opened' USING ERRCODE = 'check_violation', CONSTRAINT = 'backup_by_envelope';
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION backup_by_envelope() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER backup_by_envelope AFTER INSERT ON trials_allocation DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.source = 'backup') EXECUTE FUNCTION backup_by_envelope();
"""
BACK = """
DROP TRIGGER envelope_in_order ON trials_envelopeuse; DROP FUNCTION envelope_in_order();
DROP TRIGGER backup_by_envelope ON trials_allocation; DROP FUNCTION backup_by_envelope();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("trials", "0008_escrow"),
    ]

    operations = [
        migrations.CreateModel(
            name="Envelope",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stratum_key", models.TextField()),
                ("number", models.PositiveIntegerField()),
                ("code", models.TextField(unique=True)),
                ("made_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="EnvelopePrint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("count", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="EnvelopeReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.TextField(
                        choices=[("missing", "Can't be found"), ("spoiled", "Was opened or damaged, and nobody was randomised by it")]
                    ),
                ),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="EnvelopeUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opened_at", models.DateTimeField()),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="allocation",
            name="allocation_live_has_a_place",
        ),
        migrations.AlterField(
            model_name="allocation",
            name="source",
            field=models.TextField(choices=[("live", "Live"), ("imported", "Imported"), ("backup", "Backup")], default="live"),
        ),
        migrations.AddConstraint(
            model_name="allocation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("scheme", None), ("seq", None), ("source", "imported"), ("stratum", None)),
                    models.Q(("scheme__isnull", False), ("seq", None), ("source", "backup"), ("stratum", None)),
                    models.Q(("scheme__isnull", False), ("seq__isnull", False), ("source", "live"), ("stratum__isnull", False)),
                    _connector="OR",
                ),
                name="allocation_live_has_a_place",
            ),
        ),
        migrations.AddField(
            model_name="envelope",
            name="scheme",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="envelopes", to="trials.scheme"),
        ),
        migrations.AddField(
            model_name="envelope",
            name="site",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="envelopes", to="trials.site"),
        ),
        migrations.AddField(
            model_name="envelopeprint",
            name="printed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="envelopes_printed", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="envelopeprint",
            name="scheme",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="envelope_prints", to="trials.scheme"),
        ),
        migrations.AddField(
            model_name="envelopeprint",
            name="site",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="envelope_prints", to="trials.site"),
        ),
        migrations.AddField(
            model_name="envelopereport",
            name="envelope",
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="report", to="trials.envelope"),
        ),
        migrations.AddField(
            model_name="envelopereport",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="envelopes_reported", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="envelopeuse",
            name="allocation",
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="envelope_use", to="trials.allocation"),
        ),
        migrations.AddField(
            model_name="envelopeuse",
            name="entered_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="envelopes_entered", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="envelopeuse",
            name="envelope",
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="use", to="trials.envelope"),
        ),
        migrations.AddField(
            model_name="envelopeuse",
            name="opened_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="envelopes_opened", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="envelope",
            constraint=models.UniqueConstraint(fields=("scheme", "site", "stratum_key", "number"), name="envelope_place_once"),
        ),
        migrations.AddConstraint(
            model_name="envelope",
            constraint=models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="envelopes_count_from_one"),
        ),
        migrations.AddConstraint(
            model_name="envelopereport",
            constraint=models.CheckConstraint(condition=models.Q(("kind__in", ["missing", "spoiled"])), name="envelope_report_kind_known"),
        ),
        migrations.AddConstraint(
            model_name="envelopereport",
            constraint=models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="envelope_report_says_why"),
        ),
        migrations.AddConstraint(
            model_name="envelopeuse",
            constraint=models.CheckConstraint(
                condition=models.Q(("opened_at__lte", models.F("at"))), name="envelope_opened_before_entered"
            ),
        ),
        migrations.AddConstraint(
            model_name="envelopeuse",
            constraint=models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="envelope_use_says_why"),
        ),
        *(operation for table in TABLES for operation in audited(table, "SELECT, INSERT")),
        *written_once(TABLES),
        migrations.RunSQL(GUARDS, BACK),
    ]
