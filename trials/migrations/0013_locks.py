"""The lock of the data: its steps and signatures, in an order that the database keeps, and what it answers to a write of locked data."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from trials.database import audited, written_once

TABLES = ["trials_lockstep", "trials_locksignature"]
KEY = 0x4C4F434B  # of the advisory lock: a write of data shares it, a step of the lock has it alone

STANDS = f"""
CREATE FUNCTION lock_step_stands() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    stands text;
    stands_id bigint;
    last integer;
    unblinded boolean;
BEGIN
    PERFORM pg_advisory_xact_lock({KEY});
    SELECT coalesce(max(number), 0), coalesce(bool_or(move = 'unblinded'), false) INTO last, unblinded FROM trials_lockstep;
    SELECT move, id INTO stands, stands_id FROM trials_lockstep WHERE move <> 'unblinded' ORDER BY number DESC LIMIT 1;
    IF NEW.number <> last + 1 OR NOT (CASE NEW.move
        WHEN 'soft_locked' THEN coalesce(stands, 'lifted') = 'lifted'
        WHEN 'lifted' THEN stands IN ('soft_locked', 'unlocked') AND NOT unblinded
        WHEN 'hard_locked' THEN stands IN ('soft_locked', 'unlocked')
        WHEN 'unlocked' THEN stands = 'hard_locked'
        WHEN 'unblinded' THEN stands = 'hard_locked' AND NOT unblinded
        ELSE false END)
    THEN
        RAISE EXCEPTION 'this step does not follow the one that stands'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'lock_step_stands';
    END IF;
    IF NEW.move IN ('hard_locked', 'unlocked') AND 2 <> (SELECT count(*) FROM trials_locksignature
        WHERE follows_id = stands_id AND move = NEW.move AND cut_digest = NEW.cut_digest AND cut_at = NEW.cut_at)
    THEN
        RAISE EXCEPTION 'two people have not signed for this' USING ERRCODE = 'check_violation', CONSTRAINT = 'lock_step_is_signed';
    END IF;
    IF NEW.move IN ('unlocked', 'unblinded') AND NEW.cut_digest <> (SELECT cut_digest FROM trials_lockstep WHERE id = stands_id)
    THEN
        RAISE EXCEPTION 'another cut is locked' USING ERRCODE = 'check_violation', CONSTRAINT = 'lock_step_stands';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION lock_signature_stands() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    stands trials_lockstep;
BEGIN
    PERFORM pg_advisory_xact_lock({KEY});
    SELECT * INTO stands FROM trials_lockstep WHERE move <> 'unblinded' ORDER BY number DESC LIMIT 1;
    IF stands.id IS DISTINCT FROM NEW.follows_id OR NOT (CASE NEW.move
        WHEN 'hard_locked' THEN stands.move IN ('soft_locked', 'unlocked')
        ELSE stands.move = 'hard_locked' AND stands.cut_digest = NEW.cut_digest END)
    THEN
        RAISE EXCEPTION 'nothing stands that this could be signed for'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'lock_signature_stands';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION data_locked() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    stands text;
BEGIN
    PERFORM pg_advisory_xact_lock_shared({KEY});
    SELECT move INTO stands FROM trials_lockstep WHERE move <> 'unblinded' ORDER BY number DESC LIMIT 1;
    IF stands IS NULL OR stands = 'lifted' THEN RETURN NULL; END IF;
    IF TG_NARGS > 0 AND current_setting('uplift.actor', true) LIKE 'participant:%' THEN RETURN NULL; END IF;
    IF stands <> 'hard_locked' AND current_setting('uplift.through_lock', true) = 'yes' THEN RETURN NULL; END IF;
    RAISE EXCEPTION 'the data are locked' USING ERRCODE = 'UL423', CONSTRAINT = 'data_locked', TABLE = TG_TABLE_NAME;
END $$;
REVOKE ALL ON FUNCTION lock_step_stands(), lock_signature_stands(), data_locked() FROM PUBLIC;
CREATE TRIGGER lock_step_stands BEFORE INSERT ON trials_lockstep FOR EACH ROW EXECUTE FUNCTION lock_step_stands();
CREATE TRIGGER lock_signature_stands BEFORE INSERT ON trials_locksignature FOR EACH ROW EXECUTE FUNCTION lock_signature_stands();
"""
BACK = """
DROP TRIGGER lock_step_stands ON trials_lockstep;
DROP TRIGGER lock_signature_stands ON trials_locksignature;
DROP FUNCTION lock_step_stands(), lock_signature_stands(), data_locked();
"""

MOVES = ["soft_locked", "lifted", "hard_locked", "unlocked", "unblinded"]
ROLES = [
    ("coordinator", "coordinator"), ("trainer", "trainer"), ("assessor", "assessor"), ("blinded_statistician", "blinded statistician"),
    ("unblinded_statistician", "unblinded statistician"), ("pi", "principal investigator"), ("safety_clinician", "safety clinician"),
    ("monitor", "monitor"), ("manager", "trial manager"),
]  # fmt: skip
DIGEST = "^[0-9a-f]{64}$"
STEP_RULES = [
    models.CheckConstraint(condition=models.Q(move__in=MOVES), name="lock_move_known"),
    models.CheckConstraint(condition=models.Q(move="hard_locked") | ~models.Q(reason=""), name="lock_step_says_why"),
    models.CheckConstraint(
        condition=models.Q(move__in=["soft_locked", "lifted"], cut_at=None, cut_digest="")
        | models.Q(move__in=["hard_locked", "unlocked", "unblinded"], cut_at__isnull=False, cut_digest__regex=DIGEST),
        name="lock_step_names_its_cut",
    ),
]
SIGNATURE_RULES = [
    models.UniqueConstraint(fields=["follows", "move", "cut_digest", "user"], name="lock_signed_once_a_person"),
    models.UniqueConstraint(fields=["follows", "move", "cut_digest", "side"], name="lock_signed_once_a_side"),
    models.CheckConstraint(
        condition=models.Q(side="conduct", role__in=["pi", "manager"])
        | models.Q(side="statistics", role__in=["blinded_statistician", "unblinded_statistician"]),
        name="lock_role_is_of_its_side",
    ),
    models.CheckConstraint(condition=models.Q(move__in=["hard_locked", "unlocked"]), name="lock_signed_move_known"),
    models.CheckConstraint(condition=~models.Q(name="") & ~models.Q(meaning=""), name="lock_signature_is_whole"),
    models.CheckConstraint(condition=models.Q(move="hard_locked") | ~models.Q(reason=""), name="lock_opening_says_why"),
    models.CheckConstraint(condition=models.Q(cut_digest__regex=DIGEST), name="lock_signature_names_its_cut"),
]


class Migration(migrations.Migration):
    dependencies = [("trials", "0012_answered_again")]

    operations = [
        migrations.CreateModel(
            name="LockStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(unique=True)),
                ("move", models.TextField(choices=[(move, move) for move in MOVES])),
                ("reason", models.TextField(blank=True)),
                ("cut_at", models.DateTimeField(blank=True, null=True)),
                ("cut_digest", models.CharField(blank=True, max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="lock_steps", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={"ordering": ["number"]},
        ),
        migrations.CreateModel(
            name="LockSignature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("move", models.TextField(choices=[("hard_locked", "hard_locked"), ("unlocked", "unlocked")])),
                ("name", models.TextField()),
                ("role", models.TextField(choices=ROLES)),
                ("side", models.TextField(choices=[("conduct", "conduct"), ("statistics", "statistics")])),
                ("meaning", models.TextField()),
                ("reason", models.TextField(blank=True)),
                ("cut_at", models.DateTimeField()),
                ("cut_digest", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lock_signatures", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "follows",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="signatures", to="trials.lockstep"),
                ),
            ],
            options={"ordering": ["at", "pk"]},
        ),
        *(migrations.AddConstraint("lockstep", constraint) for constraint in STEP_RULES),
        *(migrations.AddConstraint("locksignature", constraint) for constraint in SIGNATURE_RULES),
        *(operation for table in TABLES for operation in audited(table, "SELECT, INSERT")),
        *written_once(TABLES),
        migrations.RunSQL(STANDS, BACK),
    ]
