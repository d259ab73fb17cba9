"""Places on the roster: each place of a site has one person at a time, and the database holds it so."""

from django.db import migrations, models

# Turns of before may overlap: of two that do, the later entry goes on being called first and the earlier one stands in.
# A third at once has no place and is voided, with its row kept.
PLACES = """
DO $$
DECLARE turn record; free int;
BEGIN
    FOR turn IN SELECT * FROM outcomes_duty WHERE voided_at IS NULL ORDER BY starts_at DESC, id DESC LOOP
        SELECT min(p) INTO free FROM generate_series(1, 3) AS p WHERE NOT EXISTS (
            SELECT FROM outcomes_duty AS other
            WHERE other.voided_at IS NULL AND other.place = p AND other.id <> turn.id
              AND coalesce(other.site_id, 0) = coalesce(turn.site_id, 0)
              AND (other.starts_at, other.id) > (turn.starts_at, turn.id)
              AND tstzrange(other.starts_at, other.ends_at) && tstzrange(turn.starts_at, turn.ends_at)
        );
        IF free IS NULL THEN UPDATE outcomes_duty SET voided_at = now() WHERE id = turn.id;
        ELSIF free <> 1 THEN UPDATE outcomes_duty SET place = free WHERE id = turn.id;
        END IF;
    END LOOP;
END $$;
"""
# A site is a range of one number, so that no extension is needed; 0 stands for all sites.
NO_OVERLAP = """
ALTER TABLE outcomes_duty ADD CONSTRAINT duty_turns_apart EXCLUDE USING gist (
    int8range(coalesce(site_id, 0), coalesce(site_id, 0), '[]') WITH &&,
    int8range(place, place, '[]') WITH &&,
    tstzrange(starts_at, ends_at) WITH &&
) WHERE (voided_at IS NULL);
"""


class Migration(migrations.Migration):
    atomic = True
    dependencies = [("outcomes", "0003_guesses")]

    operations = [
        migrations.AddField(
            model_name="duty",
            name="place",
            field=models.PositiveSmallIntegerField(choices=[(1, "Called first"), (2, "Stand-in"), (3, "Second stand-in")], default=1),
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.CheckConstraint(condition=models.Q(("place__in", [1, 2, 3])), name="duty_place_known"),
        ),
        migrations.RunSQL(PLACES, migrations.RunSQL.noop),
        migrations.RunSQL(NO_OVERLAP, "ALTER TABLE outcomes_duty DROP CONSTRAINT duty_turns_apart;"),
    ]
