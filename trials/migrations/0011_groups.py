"""Couples and clusters: gathered before randomisation, given one arm by one draw, whole or not at all."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from trials.database import audited

# Whoever gathers, draws or joins holds the group's row, so that none of them overlooks the others.
GUARDS = """
CREATE FUNCTION member_stands() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    drawn boolean;
BEGIN
    PERFORM FROM trials_group WHERE id = NEW.group_id FOR NO KEY UPDATE;
    drawn := EXISTS (SELECT FROM trials_allocation WHERE group_id = NEW.group_id);
    IF TG_OP = 'UPDATE' THEN
        IF drawn OR OLD.left_at IS NOT NULL OR (NEW.group_id, NEW.unit_id, NEW.number, NEW.joined_at, NEW.late_reason)
                IS DISTINCT FROM (OLD.group_id, OLD.unit_id, OLD.number, OLD.joined_at, OLD.late_reason) THEN
            RAISE EXCEPTION 'a member stays as they joined' USING ERRCODE = 'check_violation', CONSTRAINT = 'member_stands';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (SELECT FROM trials_group g JOIN trials_unit u ON u.site_id = g.site_id
            WHERE g.id = NEW.group_id AND u.id = NEW.unit_id) THEN
        RAISE EXCEPTION 'a member is of another site' USING ERRCODE = 'check_violation', CONSTRAINT = 'member_of_the_site';
    END IF;
    IF EXISTS (SELECT FROM trials_allocation WHERE unit_id = NEW.unit_id) THEN
        RAISE EXCEPTION 'a member has an arm already' USING ERRCODE = 'check_violation', CONSTRAINT = 'member_without_an_arm';
    END IF;
    IF drawn <> (NEW.late_reason <> '') THEN
        RAISE EXCEPTION 'a latecomer joins with a reason' USING ERRCODE = 'check_violation', CONSTRAINT = 'latecomer_with_a_reason';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION member_stands() FROM PUBLIC;
CREATE TRIGGER member_stands BEFORE INSERT OR UPDATE ON trials_groupmember FOR EACH ROW EXECUTE FUNCTION member_stands();

CREATE FUNCTION allocation_in_its_group() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    kind_of_unit text := 'person';
BEGIN
    IF NEW.group_id IS NOT NULL THEN
        SELECT kind INTO kind_of_unit FROM trials_group WHERE id = NEW.group_id FOR NO KEY UPDATE;
    END IF;
    IF NEW.group_id IS DISTINCT FROM (SELECT group_id FROM trials_groupmember WHERE unit_id = NEW.unit_id AND left_at IS NULL) THEN
        RAISE EXCEPTION 'a member is randomised in their group' USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_in_its_group';
    END IF;
    IF NEW.source = 'live' AND kind_of_unit
            <> (SELECT coalesce("table" ->> 'unit', 'person') FROM trials_scheme WHERE id = NEW.scheme_id) THEN
        RAISE EXCEPTION 'the scheme has another unit' USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_of_the_unit';
    END IF;
    IF NEW.follows_id IS NOT NULL AND (NEW.sealed_draw IS NOT NULL OR NOT EXISTS (SELECT FROM trials_allocation d
            WHERE d.id = NEW.follows_id AND d.follows_id IS NULL
            AND (d.group_id, d.scheme_id, d.stratum_id, d.seq, d.stratum_key, d.factors, d.arm, d.dummy_arm)
            = (NEW.group_id, NEW.scheme_id, NEW.stratum_id, NEW.seq, NEW.stratum_key, NEW.factors, NEW.arm, NEW.dummy_arm))) THEN
        RAISE EXCEPTION 'a member has what was drawn for the group'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_follows_its_draw';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION allocation_in_its_group() FROM PUBLIC;
CREATE TRIGGER allocation_in_its_group BEFORE INSERT ON trials_allocation FOR EACH ROW EXECUTE FUNCTION allocation_in_its_group();

CREATE FUNCTION group_given_whole() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM trials_allocation WHERE group_id = NEW.group_id) AND (
            EXISTS (SELECT FROM trials_groupmember m WHERE m.group_id = NEW.group_id AND m.left_at IS NULL
                AND NOT EXISTS (SELECT FROM trials_allocation a WHERE a.unit_id = m.unit_id AND a.group_id = m.group_id))
            OR 2 <> (SELECT CASE g.kind WHEN 'couple' THEN count(*) ELSE 2 END FROM trials_group g
                JOIN trials_allocation a ON a.group_id = g.id WHERE g.id = NEW.group_id GROUP BY g.kind)) THEN
        RAISE EXCEPTION 'a part of a group was given' USING ERRCODE = 'check_violation', CONSTRAINT = 'group_given_whole';
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION group_given_whole() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER group_given_whole AFTER INSERT ON trials_allocation DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.group_id IS NOT NULL) EXECUTE FUNCTION group_given_whole();
CREATE CONSTRAINT TRIGGER group_given_whole AFTER INSERT ON trials_groupmember DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION group_given_whole();
"""
BACK = """
DROP TRIGGER group_given_whole ON trials_groupmember; DROP TRIGGER group_given_whole ON trials_allocation;
DROP FUNCTION group_given_whole();
DROP TRIGGER allocation_in_its_group ON trials_allocation; DROP FUNCTION allocation_in_its_group();
DROP TRIGGER member_stands ON trials_groupmember; DROP FUNCTION member_stands();
"""


class Migration(migrations.Migration):
    dependencies = [("trials", "0010_uploaded_lists")]

    operations = [
        migrations.CreateModel(
            name="Group",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.TextField(unique=True)),
                ("kind", models.TextField(choices=[("couple", "Couple"), ("cluster", "Cluster")])),
                ("joined", models.PositiveIntegerField(default=0)),
                ("gathered_at", models.DateTimeField()),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="groups", to="trials.site"),
                ),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=Q(("kind__in", ["couple", "cluster"])), name="group_kind_known")],
            },
        ),
        migrations.CreateModel(
            name="GroupMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("joined_at", models.DateTimeField()),
                ("late_reason", models.TextField(blank=True)),
                ("left_at", models.DateTimeField(blank=True, null=True)),
                ("left_reason", models.TextField(blank=True)),
                (
                    "group",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="members", to="trials.group"),
                ),
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to="trials.unit"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(condition=Q(("left_at", None)), fields=("unit",), name="member_of_one_group"),
                    models.UniqueConstraint(fields=("group", "number"), name="member_number_once"),
                    models.CheckConstraint(
                        condition=Q(
                            Q(("left_at", None), ("left_reason", "")),
                            Q(("left_at__isnull", False), Q(("left_reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="member_leaves_with_a_reason",
                    ),
                ],
            },
        ),
        migrations.AddField(
            "allocation",
            "group",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="allocations",
                to="trials.group",
            ),
        ),
        migrations.AddField(
            "allocation",
            "follows",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="followed_by",
                to="trials.allocation",
            ),
        ),
        migrations.RemoveConstraint("allocation", "allocation_place_once"),
        migrations.AddConstraint(
            "allocation",
            models.UniqueConstraint(condition=Q(("follows", None)), fields=("stratum", "seq"), name="allocation_place_once"),
        ),
        migrations.AddConstraint(
            "allocation",
            models.UniqueConstraint(condition=Q(("follows", None), ("group__isnull", False)), fields=("group",), name="group_drawn_once"),
        ),
        migrations.AddConstraint(
            "allocation",
            models.CheckConstraint(condition=Q(("group", None), ("source", "live"), _connector="OR"), name="allocation_of_a_group_is_live"),
        ),
        migrations.AddIndex(
            "allocation", models.Index(condition=Q(("group__isnull", False)), fields=["group"], name="allocations_of_a_group")
        ),
        *audited("trials_group", "SELECT, INSERT, UPDATE (joined)"),
        *audited("trials_groupmember", "SELECT, INSERT, UPDATE (left_at, left_reason)"),
        migrations.RunSQL(GUARDS, BACK),
    ]
