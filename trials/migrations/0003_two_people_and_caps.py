"""A scheme is drawn by one person and opened by another; strata can be closed; how many are randomised is counted and capped."""

import tomllib
from datetime import UTC, datetime

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from trials.database import granted

# Whoever writes a row, and however: nobody is randomised by a scheme that is not open, in a closed stratum or beyond a cap.
# The counts are locked in one order, the trial's before the site's.
ADMITTED = """
CREATE FUNCTION allocation_admitted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    place bigint;
    stands bigint;
    full_up boolean;
BEGIN
    SELECT u.site_id, s.trial_id INTO place, stands FROM trials_unit u JOIN trials_site s ON s.id = u.site_id WHERE u.id = NEW.unit_id;
    IF NEW.source = 'live' AND NOT EXISTS (SELECT FROM trials_scheme WHERE id = NEW.scheme_id
            AND opened_at IS NOT NULL AND closed_at IS NULL AND discarded_at IS NULL) THEN
        RAISE EXCEPTION 'the scheme is not open' USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_by_an_open_scheme';
    END IF;
    IF NEW.source = 'live' AND EXISTS (SELECT FROM trials_stratum WHERE id = NEW.stratum_id AND closed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the stratum is closed' USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_in_an_open_stratum';
    END IF;
    UPDATE trials_cap SET given = given + 1 WHERE trial_id = stands AND site_id IS NULL RETURNING given > most INTO full_up;
    IF full_up AND NEW.source = 'live' THEN
        RAISE EXCEPTION 'the sample size is reached' USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_within_the_caps';
    END IF;
    full_up := NULL;
    UPDATE trials_cap SET given = given + 1 WHERE site_id = place RETURNING given > most INTO full_up;
    IF full_up AND NEW.source = 'live' THEN
        RAISE EXCEPTION 'the cap of the site is reached' USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_within_the_caps';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION allocation_admitted() FROM PUBLIC;
CREATE TRIGGER allocation_admitted BEFORE INSERT ON trials_allocation FOR EACH ROW EXECUTE FUNCTION allocation_admitted();
"""


def who_opened(apps, schema_editor):
    """Schemes from before were drawn and opened in one step: the program drew, and who opened stands in the events."""
    event = apps.get_model("trials", "Event")
    for scheme in apps.get_model("trials", "Scheme").objects.all():
        told = event.objects.filter(verb="scheme.opened", about=f"scheme:{scheme.version}").first()
        scheme.drawn_by, scheme.drawn_at = "machine:uplift", scheme.opened_at
        scheme.approved_by = told.actor if told else "machine:shell"
        scheme.save()


def count(apps, schema_editor):
    """The caps of a trial that is under way: its sample size, and everybody randomised so far."""
    trial = apps.get_model("trials", "Trial").objects.first()
    newest = apps.get_model("trials", "ProtocolVersion").objects.order_by("-in_force_from", "-pk").first()
    if trial is None or newest is None:
        return
    cap, allocations = apps.get_model("trials", "Cap"), apps.get_model("trials", "Allocation").objects.all()
    cap.objects.create(trial=trial, site=None, most=tomllib.loads(newest.text)["trial"]["sample_size"], given=allocations.count())
    for site in apps.get_model("trials", "Site").objects.all():
        cap.objects.create(trial=trial, site=site, most=None, given=allocations.filter(unit__site=site).count())


class Migration(migrations.Migration):
    dependencies = [("trials", "0002_guards")]

    operations = [
        migrations.AddField("scheme", "code_digest", models.CharField(blank=True, max_length=64, default=""), preserve_default=False),
        migrations.AddField("scheme", "drawn_by", models.TextField(default=""), preserve_default=False),
        migrations.AddField("scheme", "drawn_at", models.DateTimeField(default=datetime(1970, 1, 1, tzinfo=UTC)), preserve_default=False),
        migrations.AddField("scheme", "approved_by", models.TextField(blank=True, default=""), preserve_default=False),
        migrations.AddField("scheme", "discarded_at", models.DateTimeField(null=True, blank=True)),
        migrations.AlterField("scheme", "opened_at", models.DateTimeField(null=True, blank=True)),
        migrations.RunPython(who_opened, migrations.RunPython.noop),
        migrations.RemoveConstraint("scheme", "one_open_scheme"),
        migrations.AddConstraint(
            "scheme", models.UniqueConstraint(fields=["trial"], condition=Q(closed_at=None, discarded_at=None), name="one_live_scheme")
        ),
        migrations.AddConstraint(
            "scheme",
            models.CheckConstraint(
                condition=Q(approved_by="", opened_at=None) | (~Q(approved_by="") & Q(opened_at__isnull=False)),
                name="scheme_opens_by_approval",
            ),
        ),
        migrations.AddConstraint("scheme", models.CheckConstraint(condition=~Q(approved_by=F("drawn_by")), name="scheme_needs_two_people")),
        migrations.AddConstraint(
            "scheme",
            models.CheckConstraint(condition=Q(closed_at=None) | Q(opened_at__isnull=False), name="only_an_open_scheme_closes"),
        ),
        migrations.AddConstraint(
            "scheme",
            models.CheckConstraint(condition=Q(discarded_at=None) | Q(opened_at=None), name="only_a_drawn_scheme_is_discarded"),
        ),
        migrations.AddField("stratum", "closed_at", models.DateTimeField(null=True, blank=True)),
        migrations.AddField("stratum", "closed_reason", models.TextField(blank=True, default=""), preserve_default=False),
        migrations.AddConstraint(
            "stratum",
            models.CheckConstraint(condition=Q(closed_at=None) | ~Q(closed_reason=""), name="stratum_closes_with_a_reason"),
        ),
        migrations.CreateModel(
            name="Cap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("most", models.PositiveIntegerField(null=True)),
                ("given", models.PositiveIntegerField(default=0)),
                (
                    "site",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="caps", to="trials.site"),
                ),
                ("trial", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="caps", to="trials.trial")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["site"], name="cap_of_a_site_once"),
                    models.UniqueConstraint(fields=["trial"], condition=Q(site=None), name="cap_of_the_trial_once"),
                ]
            },
        ),
        migrations.RunPython(count, migrations.RunPython.noop),
        migrations.RunSQL(ADMITTED, "DROP TRIGGER allocation_admitted ON trials_allocation; DROP FUNCTION allocation_admitted()"),
        granted("trials_scheme", "SELECT, INSERT, UPDATE (approved_by, opened_at, closed_at, discarded_at)"),
        granted("trials_stratum", "SELECT, INSERT, UPDATE (next_seq, sealed_state, sealed_dummy_state, closed_at, closed_reason)"),
        granted("trials_cap", "SELECT, INSERT, UPDATE (most)"),
    ]
