"""A template database, migrated once, and copies of it that are dropped after use: for tests and for measurements."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from trials.launcher.folder import ROOT
from trials.launcher.told import Unable

ONE_AT_A_TIME = 4711  # key of the advisory lock under which a template is made


@dataclass(frozen=True)
class Clones:
    """Copies on the server of `owner_url`, whose role may make databases."""

    owner_url: str

    @property
    def template(self) -> str:
        """Named after the migrations, so that changed ones get a template of their own."""
        sources = [*sorted(ROOT.glob("*/migrations/*.py")), ROOT / "trials/database.py"]
        return "template_" + hashlib.sha256(b"".join(p.read_bytes() for p in sources)).hexdigest()[:12]

    def connect(self, name: str = "postgres") -> psycopg.Connection:
        """The owner's connection to one database; by default to the one from which others are made and dropped."""
        return psycopg.connect(with_name(self.owner_url, name), autocommit=True)

    def make_template(self, environment: Mapping[str, str]) -> str:
        """Migrate the template as the owner, once; a second caller waits and finds it there. Raises Unable with the migration's words."""
        template = self.template
        with self.connect() as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template]).fetchone():
                return template
            raw = f"{template}_raw"
            connection.execute(_named("CREATE DATABASE {}", raw))
            made = subprocess.run(
                [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
                cwd=ROOT,
                env={**environment, "DATABASE_URL": with_name(self.owner_url, raw), "UPLIFT_DATABASE_KIND": "test"},
                capture_output=True,
                text=True,
            )
            if made.returncode:
                connection.execute(_named("DROP DATABASE {}", raw))
                raise Unable(f"The test database could not be migrated:\n{made.stderr[-3000:]}")
            connection.execute(_named("ALTER DATABASE {} RENAME TO {}", raw, template))
        return template

    def clone(self, name: str, *, of: str) -> None:
        """A fresh copy (about 20 ms)."""
        with self.connect() as connection:
            connection.execute(_named("CREATE DATABASE {} TEMPLATE {} STRATEGY wal_log", name, of))

    def drop(self, name: str) -> None:
        """Gone, whoever is still connected to it."""
        with self.connect() as connection:
            connection.execute(_named("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))


def with_name(url: str, name: str) -> str:
    """The same server and role, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _named(statement: str, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*(sql.Identifier(name) for name in names))
