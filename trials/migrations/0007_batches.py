"""People randomised together: the attempts of a batch hang on its first one, and all of them are given an arm or none is."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

# Looked at when the transaction ends, since the outcomes of a batch are written one after the other.
WHOLE = """
CREATE FUNCTION batch_given_whole() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    first bigint;
BEGIN
    SELECT coalesce(batch_id, id) INTO first FROM trials_attempt WHERE id = NEW.attempt_id;
    IF EXISTS (SELECT FROM trials_attempt a WHERE (a.id = first OR a.batch_id = first)
            AND NOT EXISTS (SELECT FROM trials_attemptoutcome o WHERE o.attempt_id = a.id AND o.kind = 'given')) THEN
        RAISE EXCEPTION 'a part of a batch was given' USING ERRCODE = 'check_violation', CONSTRAINT = 'batch_given_whole';
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION batch_given_whole() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER batch_given_whole AFTER INSERT ON trials_attemptoutcome DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.kind = 'given') EXECUTE FUNCTION batch_given_whole();

CREATE FUNCTION batch_still_open() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM trials_attempt WHERE id = NEW.batch_id AND batch_id IS NOT NULL)
            OR EXISTS (SELECT FROM trials_attemptoutcome WHERE attempt_id = NEW.batch_id) THEN
        RAISE EXCEPTION 'the batch is over' USING ERRCODE = 'check_violation', CONSTRAINT = 'batch_still_open';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION batch_still_open() FROM PUBLIC;
CREATE TRIGGER batch_still_open BEFORE INSERT ON trials_attempt
    FOR EACH ROW WHEN (NEW.batch_id IS NOT NULL) EXECUTE FUNCTION batch_still_open();
"""
BACK = """
DROP TRIGGER batch_given_whole ON trials_attemptoutcome; DROP FUNCTION batch_given_whole();
DROP TRIGGER batch_still_open ON trials_attempt; DROP FUNCTION batch_still_open();
"""


class Migration(migrations.Migration):
    dependencies = [("trials", "0006_annotations")]

    operations = [
        migrations.AddField(
            "attempt",
            "batch",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="together_with",
                to="trials.attempt",
            ),
        ),
        migrations.AddIndex("attempt", models.Index(condition=Q(batch__isnull=False), fields=["batch"], name="attempts_of_a_batch")),
        migrations.RunSQL(WHOLE, BACK),
    ]
