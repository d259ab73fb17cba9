"""An attempt that repeats a key whose request was given has an outcome of its own: it got the same answer again."""

from django.db import migrations, models

REPEATS = """
CREATE FUNCTION answered_was_given() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM trials_attempt a JOIN trials_attempt first ON first.id = coalesce(a.batch_id, a.id)
            JOIN trials_attempt g ON g.actor = first.actor AND g.key = first.key
            JOIN trials_attemptoutcome o ON o.attempt_id = g.id AND o.kind = 'given'
            WHERE a.id = NEW.attempt_id AND first.repeats_id IS NOT NULL) THEN
        RAISE EXCEPTION 'nothing was given that could be answered again'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'answered_was_given';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION answered_was_given() FROM PUBLIC;
CREATE TRIGGER answered_was_given BEFORE INSERT ON trials_attemptoutcome
    FOR EACH ROW WHEN (NEW.kind = 'answered') EXECUTE FUNCTION answered_was_given();
"""
BACK = "DROP TRIGGER answered_was_given ON trials_attemptoutcome; DROP FUNCTION answered_was_given();"
KINDS = [("given", "Given"), ("answered", "Answered"), ("refused", "Refused"), ("busy", "Busy")]


class Migration(migrations.Migration):
    dependencies = [("trials", "0011_groups")]

    operations = [
        migrations.AlterField("attemptoutcome", "kind", models.TextField(choices=KINDS)),
        migrations.RunSQL(REPEATS, BACK),
    ]
