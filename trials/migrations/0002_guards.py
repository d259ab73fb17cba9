"""Roles, the history of rows, what the application may do to each table, and what this database is for."""

from django.conf import settings
from django.db import migrations

from trials.database import HISTORY, ROLES, audited, granted

KEPT = ["trial", "site", "user", "membership", "invitation", "apitoken", "unit"]
APPEND_ONLY = ["protocolversion", "allocation", "armrequest"]


def mark(apps, schema_editor):
    apps.get_model("trials", "Clock").objects.create(pk=1, kind=settings.UPLIFT_DATABASE_KIND)


class Migration(migrations.Migration):
    dependencies = [("trials", "0001_initial"), ("sessions", "0001_initial"), ("contenttypes", "0002_remove_content_type_name")]

    operations = [
        migrations.RunSQL(ROLES, migrations.RunSQL.noop),
        migrations.RunSQL(HISTORY, migrations.RunSQL.noop),
        *[step for name in KEPT for step in audited(f"trials_{name}")],
        *[step for name in APPEND_ONLY for step in audited(f"trials_{name}", "SELECT, INSERT")],
        *audited("trials_scheme", "SELECT, INSERT, UPDATE (closed_at)"),
        *audited("trials_stratum", "SELECT, INSERT, UPDATE (next_seq, sealed_state, sealed_dummy_state)"),
        *audited("trials_clock", "SELECT, UPDATE (offset_seconds)"),
        granted("trials_event", "SELECT, INSERT"),
        granted("django_session", "SELECT, INSERT, UPDATE, DELETE"),
        granted("django_content_type", "SELECT"),
        granted("django_migrations", "SELECT"),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
