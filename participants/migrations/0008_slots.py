"""Slots with places, rooms, trainers' hours and absences; what must never overlap or overflow is kept by the database.

Two standing slots of a trainer, or in a room, never overlap, nor do two scheduled sessions of a person. Whoever joins a slot locks it
first, so that its places are counted one after another.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from trials.database import audited

# Minutes added to an instant depend on no time zone, which PostgreSQL cannot know of intervals in general.
APART = """
CREATE FUNCTION session_period(starts timestamptz, minutes integer) RETURNS tstzrange LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    RETURN tstzrange(starts, starts + make_interval(mins => minutes));
END $$;

ALTER TABLE participants_trainingsession ADD CONSTRAINT sessions_of_a_person_apart EXCLUDE USING gist (
    int8range(enrolment_id, enrolment_id, '[]') WITH &&, session_period(coalesce(rescheduled_at, planned_at), planned_minutes) WITH &&
) WHERE (status = 'scheduled');

ALTER TABLE participants_slot ADD CONSTRAINT slots_of_a_trainer_apart EXCLUDE USING gist (
    int8range(trainer_id, trainer_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&
) WHERE (cancelled_at IS NULL);

ALTER TABLE participants_slot ADD CONSTRAINT slots_in_a_room_apart EXCLUDE USING gist (
    int8range(room_id, room_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&
) WHERE (cancelled_at IS NULL AND room_id IS NOT NULL);
"""

PLACES = """
CREATE FUNCTION session_fits_its_slot() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    its public.participants_slot%ROWTYPE;
BEGIN
    SELECT * INTO its FROM public.participants_slot WHERE id = NEW.slot_id FOR UPDATE;
    IF its.cancelled_at IS NOT NULL OR its.starts_at <> coalesce(NEW.rescheduled_at, NEW.planned_at) THEN
        RAISE EXCEPTION 'session_at_its_slot' USING ERRCODE = 'check_violation';
    END IF;
    IF (SELECT count(*) FROM public.participants_trainingsession WHERE slot_id = NEW.slot_id AND id <> NEW.id) >= its.capacity THEN
        RAISE EXCEPTION 'slot_has_room' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER session_fits_its_slot BEFORE INSERT OR UPDATE OF slot_id, planned_at, rescheduled_at ON participants_trainingsession
    FOR EACH ROW WHEN (NEW.slot_id IS NOT NULL) EXECUTE FUNCTION session_fits_its_slot();

CREATE FUNCTION slot_keeps_its_people() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    joined bigint := (SELECT count(*) FROM public.participants_trainingsession WHERE slot_id = NEW.id);
BEGIN
    IF joined > NEW.capacity OR joined > 0 AND (NEW.cancelled_at IS NOT NULL OR NEW.starts_at <> OLD.starts_at) THEN
        RAISE EXCEPTION 'slot_keeps_its_people' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER slot_keeps_its_people BEFORE UPDATE ON participants_slot FOR EACH ROW EXECUTE FUNCTION slot_keeps_its_people();
"""

TABLES = ["room", "rosterhours", "absence", "slot"]


class Migration(migrations.Migration):
    dependencies = [
        ("participants", "0007_session_rollups"),
        ("trials", "0006_annotations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Room",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField()),
                ("site", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="rooms", to="trials.site")),
            ],
            options={
                "ordering": ["site", "name"],
            },
        ),
        migrations.CreateModel(
            name="RosterHours",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("weekday", models.PositiveSmallIntegerField()),
                ("opens", models.TimeField()),
                ("closes", models.TimeField()),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                ("site", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="roster_hours", to="trials.site")),
                (
                    "trainer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="roster_hours", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["site", "trainer", "weekday", "opens"],
            },
        ),
        migrations.CreateModel(
            name="Slot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("capacity", models.PositiveSmallIntegerField()),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "room",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="slots", to="participants.room"
                    ),
                ),
                ("site", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="slots", to="trials.site")),
                (
                    "trainer",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="slots", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={
                "ordering": ["starts_at", "pk"],
            },
        ),
        migrations.AddField(
            model_name="trainingsession",
            name="slot",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="sessions", to="participants.slot"
            ),
        ),
        migrations.CreateModel(
            name="Absence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("reason", models.TextField()),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                ("site", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="absences", to="trials.site")),
                (
                    "trainer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="absences",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["starts_at", "pk"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("starts_at__lt", models.F("ends_at"))), name="absence_ends_after_start")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="room",
            constraint=models.UniqueConstraint(fields=("site", "name"), name="room_once"),
        ),
        migrations.AddConstraint(
            model_name="rosterhours",
            constraint=models.CheckConstraint(condition=models.Q(("weekday__lte", 6)), name="roster_weekday_known"),
        ),
        migrations.AddConstraint(
            model_name="rosterhours",
            constraint=models.CheckConstraint(
                condition=models.Q(("opens__lt", models.F("closes")), ("closes", "00:00"), _connector="OR"),
                name="roster_opens_before_it_closes",
            ),
        ),
        migrations.AddIndex(
            model_name="slot",
            index=models.Index(fields=["site", "starts_at"], name="slot_of_site_at"),
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.CheckConstraint(condition=models.Q(("capacity__gte", 1)), name="slot_has_a_place"),
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.CheckConstraint(condition=models.Q(("starts_at__lt", models.F("ends_at"))), name="slot_ends_after_start"),
        ),
        migrations.RunSQL(APART, migrations.RunSQL.noop),
        migrations.RunSQL(PLACES, migrations.RunSQL.noop),
        *[step for name in TABLES for step in audited(f"participants_{name}")],
    ]
