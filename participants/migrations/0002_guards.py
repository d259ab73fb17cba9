"""History of rows, and what the application may do to each table."""

from django.db import migrations

from trials.database import audited

KEPT = ["participant", "identity", "screening", "consent", "baselinevalue", "availability", "ending", "trainingsession", "exerciseset"]
KEPT += ["strengthtest", "adverseevent", "medication", "concomitant", "deviation", "harmsasked", "message", "personallink"]
APPEND_ONLY = ["enrolment", "concern", "eventfollowup", "messageattempt", "capturedmail"]


class Migration(migrations.Migration):
    dependencies = [("participants", "0001_initial"), ("trials", "0002_guards")]

    operations = [
        *[step for name in KEPT for step in audited(f"participants_{name}")],
        *[step for name in APPEND_ONLY for step in audited(f"participants_{name}", "SELECT, INSERT")],
    ]
