"""History of rows, and what the application may do to each table."""

from django.db import migrations

from trials.database import audited

KEPT = ["assessment", "alert", "duty", "report", "export", "provider"]
APPEND_ONLY = ["assessmentversion", "alertstep", "cut", "stated"]


class Migration(migrations.Migration):
    dependencies = [("outcomes", "0001_initial"), ("participants", "0002_guards")]

    operations = [
        *[step for name in KEPT for step in audited(f"outcomes_{name}")],
        *[step for name in APPEND_ONLY for step in audited(f"outcomes_{name}", "SELECT, INSERT")],
    ]
