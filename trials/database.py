"""What PostgreSQL itself guards: history of every row, and what the application role may do to each table.

Two groups without login own the guarding: `uplift_app` holds the application's rights, `uplift_audit` owns the history.
"""

from __future__ import annotations

from django.db import migrations

APP, AUDIT = "uplift_app", "uplift_audit"

ROLES = f"""
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP}') THEN CREATE ROLE {APP} NOLOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{AUDIT}') THEN CREATE ROLE {AUDIT} NOLOGIN; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
GRANT USAGE ON SCHEMA public TO {APP}, {AUDIT};
"""

HISTORY = f"""
CREATE TABLE row_version (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    table_name text NOT NULL,
    row_id text NOT NULL,
    operation text NOT NULL CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')),
    actor text NOT NULL,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    reason text NOT NULL,
    old jsonb,
    new jsonb
);
CREATE INDEX row_version_row ON row_version (table_name, row_id, id);
CREATE INDEX row_version_table_at ON row_version (table_name, at);

CREATE FUNCTION audit_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    who text := coalesce(nullif(current_setting('uplift.actor', true), ''), 'db:' || session_user);
    moment timestamptz := coalesce(nullif(current_setting('uplift.at', true), '')::timestamptz, clock_timestamp());
    why text := coalesce(current_setting('uplift.reason', true), '');
    before jsonb;
    after jsonb;
BEGIN
    IF TG_OP IN ('UPDATE', 'DELETE') THEN before := to_jsonb(OLD); END IF;
    IF TG_OP IN ('INSERT', 'UPDATE') THEN after := to_jsonb(NEW); END IF;
    IF TG_OP = 'UPDATE' AND before = after THEN RETURN NULL; END IF;
    INSERT INTO public.row_version (table_name, row_id, operation, actor, at, reason, old, new)
    VALUES (TG_TABLE_NAME, coalesce(after ->> TG_ARGV[0], before ->> TG_ARGV[0], ''), TG_OP, who, moment, why, before, after);
    RETURN NULL;
END $$;

GRANT CREATE ON SCHEMA public TO {AUDIT};
ALTER TABLE row_version OWNER TO {AUDIT};
ALTER FUNCTION audit_row() OWNER TO {AUDIT};
REVOKE CREATE ON SCHEMA public FROM {AUDIT};
REVOKE ALL ON FUNCTION audit_row() FROM PUBLIC;
REVOKE ALL ON row_version FROM PUBLIC;
GRANT SELECT ON row_version TO {APP};
"""


def granted(table: str, rights: str) -> migrations.RunSQL:
    """The application role gets these rights on a table and no other; "SELECT, INSERT" makes it append-only."""
    return migrations.RunSQL(
        f'REVOKE ALL ON "{table}" FROM PUBLIC, {APP}; GRANT {rights} ON "{table}" TO {APP};'
        f"""DO $$ DECLARE s text; BEGIN
            s := pg_get_serial_sequence('"{table}"', 'id');
            IF s IS NOT NULL THEN EXECUTE 'GRANT USAGE ON SEQUENCE ' || s || ' TO {APP}'; END IF;
        EXCEPTION WHEN undefined_column THEN NULL; END $$;""",
        migrations.RunSQL.noop,
    )


WRITTEN_ONCE = """
CREATE OR REPLACE FUNCTION written_once() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""


def written_once(tables: list[str]) -> list[migrations.RunSQL]:
    """Rows of these tables are never changed, removed or emptied out, whoever asks; only their owner can lift that."""
    guards = [
        f'CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW EXECUTE FUNCTION written_once();'
        f'CREATE TRIGGER written_once_whole BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION written_once();'
        for table in tables
    ]
    return [migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in (WRITTEN_ONCE, *guards)]


def audited(table: str, rights: str = "SELECT, INSERT, UPDATE", *, key: str = "id") -> list[migrations.RunSQL]:
    """Every version of every row of the table is kept, whoever writes it and however; and the application's rights are set."""
    return [
        migrations.RunSQL(
            f'CREATE TRIGGER audit_row AFTER INSERT OR UPDATE OR DELETE ON "{table}" '
            f"FOR EACH ROW EXECUTE FUNCTION audit_row('{key}');"
            f"CREATE TRIGGER audit_truncate AFTER TRUNCATE ON \"{table}\" FOR EACH STATEMENT EXECUTE FUNCTION audit_row('{key}');",
            migrations.RunSQL.noop,
        ),
        granted(table, rights),
    ]
