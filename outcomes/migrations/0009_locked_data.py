"""What the lock of the data covers: every table that the dataset is made of, but for the work of safety, which no lock stops."""

from django.db import migrations

LOCKED = [
    "trials_unit", "trials_allocation", "trials_protocolversion", "participants_participant", "participants_screening",
    "participants_consent", "participants_baselinevalue", "participants_enrolment", "participants_ending", "participants_trainingsession",
    "participants_exerciseset", "participants_strengthtest", "participants_adverseevent", "participants_medication",
    "participants_concomitant", "participants_deviation", "outcomes_guess", "outcomes_stated",
]  # fmt: skip
ATTACH = "".join(
    f'CREATE TRIGGER data_locked BEFORE INSERT OR UPDATE ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION data_locked();'
    for table in LOCKED
) + (
    # A trainer's code comes with a cut; what is said of the trainer is data.
    "CREATE TRIGGER data_locked BEFORE UPDATE ON outcomes_provider FOR EACH STATEMENT EXECUTE FUNCTION data_locked();"
    # What participants answer after the lock is taken all the same, and kept apart from the data.
    "CREATE TRIGGER data_locked BEFORE INSERT OR UPDATE ON outcomes_assessment FOR EACH STATEMENT EXECUTE FUNCTION data_locked('late');"
)
DETACH = "".join(f'DROP TRIGGER data_locked ON "{table}";' for table in [*LOCKED, "outcomes_provider", "outcomes_assessment"])


class Migration(migrations.Migration):
    dependencies = [("outcomes", "0008_double_entry"), ("trials", "0013_locks"), ("participants", "0014_observations")]

    operations = [migrations.RunSQL(ATTACH, DETACH)]
