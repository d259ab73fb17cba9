"""What the database itself guards: history of every row, and the application role's rights to each table."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from outcomes.queries.changes import TABLES, UNLOCKED
from trials.actors import Machine
from trials.audit import action
from trials.models import Event, RowVersion, Trial

pytestmark = pytest.mark.django_db

OURS = [m for label in ("trials", "participants", "outcomes") for m in apps.get_app_config(label).get_models()]
# Append-only themselves; cap and bucket count rows whose history is kept.
WITHOUT_HISTORY = {"participants_providerbucket", "trials_event", "row_version", "trials_attempt", "trials_attemptoutcome", "trials_cap"}
ONCE = ["written_once", "written_once_whole"]
GUARDS = {
    "trials_allocation": [
        "allocation_admitted",
        "allocation_in_its_group",
        "audit_row",
        "audit_truncate",
        "backup_by_envelope",
        "group_given_whole",
        *ONCE,
    ],
    "trials_groupmember": ["audit_row", "audit_truncate", "group_given_whole", "member_stands"],
    "participants_slot": ["audit_row", "audit_truncate", "slot_keeps_its_people"],
    "participants_trainingsession": ["audit_row", "audit_truncate", "session_fits_its_slot"],
    "participants_message": ["audit_row", "audit_truncate", "delivery_goes_forward"],
    "trials_attempt": ["batch_still_open", *ONCE],
    "trials_attemptoutcome": ["answered_was_given", "batch_given_whole", *ONCE],
    "outcomes_secondentry": ["audit_row", "audit_truncate", "entered_by_another", *ONCE],
    "outcomes_alert": ["alert_stands", "audit_row", "audit_truncate"],
    "trials_envelopeuse": ["audit_row", "audit_truncate", "envelope_in_order", *ONCE],
    "trials_seedrestore": ["audit_row", "audit_truncate", "seal_renewed", *ONCE],
    "trials_lockstep": ["audit_row", "audit_truncate", "lock_step_stands", *ONCE],
    "trials_locksignature": ["audit_row", "audit_truncate", "lock_signature_stands", *ONCE],
} | {
    table: ["audit_row", "audit_truncate", *ONCE]
    for table in (
        "participants_trainingcall",
        "participants_deliveryreport",
        "participants_observationdraw",
        "trials_unblinding",
        "trials_unblindingstep",
        "trials_allocationannotation",
        "trials_envelope",
        "trials_envelopeprint",
        "trials_envelopereport",
        "trials_escrow",
        "trials_escrowshare",
        "trials_escrowreading",
        "participants_selfreport",
        "outcomes_adjudication",
        "outcomes_alertcall",
        "outcomes_alertstep",
        "outcomes_letter",
        "outcomes_letterstart",
        "outcomes_circular",
        "outcomes_circularstop",
        "outcomes_visitcontact",
    )
}
# Which tables these are stands in tests/outcomes/actions/test_lock_guards.py.
LOCKED = {"outcomes_provider", *TABLES} - set(UNLOCKED)
READ_AND_ADD = {"INSERT", "SELECT"}
APPEND_ONLY = {
    "trials_attempt", "trials_attemptoutcome", "trials_event", "trials_protocolversion", "trials_allocation", "trials_allocationannotation", "trials_unblinding", "trials_unblindingstep",
    "trials_envelope", "trials_envelopeprint", "trials_envelopereport", "trials_envelopeuse",
    "trials_escrow", "trials_escrowshare", "trials_escrowreading", "trials_seedrestore", "trials_lockstep", "trials_locksignature",
    "participants_enrolment", "participants_selfreport", "participants_trainingcall", "participants_observationdraw", "participants_concern", "participants_eventfollowup", "participants_keptentry", "participants_messageattempt", "participants_deliveryreport", "participants_capturedmail",
    "outcomes_assessmentversion", "outcomes_secondentry", "outcomes_adjudication", "outcomes_alertcall", "outcomes_alertstep", "outcomes_cut", "outcomes_stated",
    "outcomes_letter", "outcomes_letterstart", "outcomes_circular", "outcomes_circularstop", "outcomes_visitcontact",
}  # fmt: skip
RIGHTS = {
    "row_version": {"SELECT"},
    "trials_clock": {"SELECT"},
    "trials_scheme": READ_AND_ADD,
    "trials_stratum": READ_AND_ADD,
    "trials_cap": READ_AND_ADD,
    "trials_group": READ_AND_ADD,
    "trials_groupmember": READ_AND_ADD,
    "participants_loadproposal": READ_AND_ADD,
} | dict.fromkeys(APPEND_ONLY, READ_AND_ADD)


def rights(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT privilege_type FROM information_schema.role_table_grants WHERE table_name = %s AND grantee = 'uplift_app'", [table]
        )
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.parametrize("model", OURS, ids=lambda m: m._meta.db_table)
def test_every_table_has_its_history_and_only_its_rights(model):
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal ORDER BY 1", [table])
        triggers = [row[0] for row in cursor.fetchall()]
    guards = GUARDS.get(table, [] if table in WITHOUT_HISTORY else ["audit_row", "audit_truncate"])
    assert triggers == sorted([*guards, *(["data_locked"] if table in LOCKED else [])])
    assert rights(table) == RIGHTS.get(table, {"SELECT", "INSERT", "UPDATE"})


def test_the_suite_runs_as_the_restricted_role():
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls FROM pg_roles WHERE rolname = session_user")
        assert cursor.fetchone() == (False,)


@action
def rename(trial, *, title, reason="", by, at):
    Trial.objects.filter(pk=trial.pk).update(title=title)


def test_each_version_of_a_row_says_who_when_and_why(at):
    trial = Trial.objects.create(code="T", title="first", created_at=at)
    rename(trial, title="second", reason="a typing error", by=Machine("beat"), at=at)
    first, second = RowVersion.objects.filter(table_name="trials_trial", row_id=str(trial.pk)).order_by("pk")
    assert (first.operation, first.actor) == ("INSERT", "db:app")
    assert (second.operation, second.actor, second.at, second.reason) == ("UPDATE", "machine:beat", at, "a typing error")
    assert (second.old["title"], second.new["title"]) == ("first", "second")


def test_a_step_within_a_step_gives_the_words_back(at):
    @action
    def outer(*, reason, by, at):
        rename(trial, title="inner", reason="inner reason", by=Machine("inner"), at=at)
        Trial.objects.filter(pk=trial.pk).update(title="outer")

    trial = Trial.objects.create(code="T", title="first", created_at=at)
    outer(reason="outer reason", by=Machine("outer"), at=at)
    told = RowVersion.objects.filter(table_name="trials_trial", operation="UPDATE").order_by("pk").values_list("actor", "reason")
    assert list(told) == [("machine:inner", "inner reason"), ("machine:outer", "outer reason")]


def test_a_failed_step_within_a_step_leaves_the_outer_words(at):
    @action
    def failing(*, reason, by, at):
        raise ValueError("no")

    @action
    def outer(*, reason, by, at):
        with pytest.raises(ValueError, match="no"), transaction.atomic():
            failing(reason="inner", by=Machine("inner"), at=at)
        rename(trial, title="second", by=Machine("outer"), at=at)

    trial = Trial.objects.create(code="T", title="first", created_at=at)
    outer(reason="outer reason", by=Machine("outer"), at=at)
    told = RowVersion.objects.filter(table_name="trials_trial", operation="UPDATE").values_list("actor", "reason")
    assert list(told) == [("machine:outer", "outer reason")]


def test_bulk_writes_and_raw_sql_are_kept_too(at):
    Trial.objects.bulk_create([Trial(code=c, title="t", created_at=at) for c in "ABC"])
    Trial.objects.update(title="u")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE trials_trial SET title = 'v' WHERE code = 'A'")
    assert RowVersion.objects.filter(table_name="trials_trial").count() == 3 + 3 + 1


@pytest.mark.parametrize(
    "forgery",
    [
        "INSERT INTO row_version (table_name, row_id, operation, actor, at, reason) VALUES ('x', '1', 'INSERT', 'user:1', now(), '')",
        "UPDATE row_version SET actor = 'user:1'",
        "DELETE FROM row_version",
        "TRUNCATE row_version",
        "DELETE FROM trials_trial",
        "TRUNCATE trials_trial CASCADE",
        "ALTER TABLE trials_trial DISABLE TRIGGER audit_row",
        "SET session_replication_role = replica",
        "UPDATE trials_event SET actor = 'user:1'",
        "DELETE FROM trials_event",
        "UPDATE trials_allocation SET arm = 'X'",
        "DELETE FROM trials_allocation",
        "UPDATE trials_scheme SET sealed_seed = 'x'",
        "UPDATE trials_stratum SET key = 'x'",
        "UPDATE trials_cap SET given = 0",
        "UPDATE trials_group SET kind = 'couple'",
        "UPDATE trials_groupmember SET group_id = 1",
        "DELETE FROM trials_groupmember",
        "DELETE FROM trials_cap",
        "UPDATE trials_attempt SET actor = 'user:1'",
        "DELETE FROM trials_attempt",
        "UPDATE trials_attemptoutcome SET code = 'x'",
        "DELETE FROM trials_attemptoutcome",
        "ALTER TABLE trials_allocation DISABLE TRIGGER written_once",
        "UPDATE trials_scheme SET drawn_by = 'user:1'",
        "ALTER TABLE trials_allocation DISABLE TRIGGER allocation_admitted",
        "UPDATE trials_lockstep SET move = 'lifted'",
        "DELETE FROM trials_locksignature",
        "ALTER TABLE participants_participant DISABLE TRIGGER data_locked",
        "UPDATE trials_clock SET kind = 'demo'",
        "CREATE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "ALTER FUNCTION audit_row() SET search_path = pg_temp",
    ],
)
def test_history_cannot_be_forged_by_the_application(forgery):
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
        cursor.execute(forgery)


def test_the_history_writer_runs_as_its_owner_with_a_fixed_path():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.prosecdef, p.proconfig, r.rolname, r.rolcanlogin FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner "
            "WHERE p.proname = 'audit_row'"
        )
        assert cursor.fetchall() == [(True, ["search_path=pg_catalog, public, pg_temp"], "uplift_audit", False)]


def test_the_clock_of_a_real_trial_cannot_be_moved():
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="clock_of_a_real_trial_is_true"), transaction.atomic():
        cursor.execute("CREATE TEMP TABLE clock_copy (LIKE trials_clock INCLUDING ALL)")
        cursor.execute("INSERT INTO clock_copy (id, kind, offset_seconds) OVERRIDING SYSTEM VALUE VALUES (1, 'real', 60)")


def test_an_action_leaves_an_event_in_its_own_words(at):
    from trials import audit

    audit.record("protocol.loaded", about="T", by=Machine("shell"), at=at, reason="first", detail={"version": "1"})
    event = Event.objects.get()
    assert (event.verb, event.about, event.actor, event.at, event.reason, event.detail) == (
        "protocol.loaded", "T", "machine:shell", at, "first", {"version": "1"},
    )  # fmt: skip
