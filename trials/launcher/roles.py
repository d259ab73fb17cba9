"""The database's roles: `owner` migrates, `app` (of the group uplift_app) serves, uplift_audit owns the audit and cannot log in.

What each may do on which table is granted by the migrations; here the roles and the database come to exist.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from trials.launcher.told import Unable

DATABASE = "uplift"
GROUPS = ("uplift_app", "uplift_audit")


def url(sockets: Path, *, role: str, database: str = DATABASE) -> str:
    """A connection address by socket, in the form that URL parsers and libpq both read."""
    return f"postgres://{role}@{quote(str(sockets), safe='')}/{database}"


def provide(sockets: Path) -> bool:
    """Make the roles and the database unless they exist; True if the database is new. The cluster must be running."""
    with psycopg.connect(url(sockets, role="owner", database="postgres"), autocommit=True) as connection:
        provide_groups(connection)
        if not _exists(connection, "app"):
            connection.execute("CREATE ROLE app LOGIN IN ROLE uplift_app")
        made = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if made is None:
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER owner").format(sql.Identifier(DATABASE)))
        return made is None


def provide_groups(connection: psycopg.Connection) -> None:
    """Make the two roles without login that the migrations grant to and hand the audit to."""
    for name in GROUPS:
        if not _exists(connection, name):
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))


def check_elsewhere(owner_url: str, app_url: str) -> None:
    """On a database server of the user's own: make what the owner may make, else say what an administrator must do."""
    app = psycopg.conninfo.conninfo_to_dict(app_url).get("user")
    try:
        with psycopg.connect(owner_url, autocommit=True, connect_timeout=10) as connection:
            provide_groups(connection)
            member = connection.execute("SELECT pg_has_role(%s, 'uplift_app', 'MEMBER')", [app]).fetchone()
            if member != (True,):
                connection.execute(sql.SQL("GRANT uplift_app TO {}").format(sql.Identifier(str(app))))
    except psycopg.errors.InsufficientPrivilege as refused:
        raise Unable(
            "the owner role may not make roles; an administrator must run: CREATE ROLE uplift_app NOLOGIN;"
            f" CREATE ROLE uplift_audit NOLOGIN; GRANT uplift_app TO {app}; and make the owner a member of uplift_audit"
        ) from refused
    except psycopg.OperationalError as failed:
        raise Unable(f"the database of DATABASE_OWNER_URL does not answer: {str(failed).strip().splitlines()[0]}") from failed


def _exists(connection: psycopg.Connection, role: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None
