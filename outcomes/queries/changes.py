"""When the rows that the dataset is made of last changed, and which change is none of the data."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max, Q

from outcomes.models import Cut
from trials.models import RowVersion

TABLES = (
    "trials_unit", "trials_allocation", "trials_unblindingstep", "trials_protocolversion", "participants_participant",
    "participants_screening",
    "participants_consent", "participants_baselinevalue", "participants_enrolment", "participants_ending", "participants_trainingsession",
    "participants_exerciseset", "participants_strengthtest", "participants_adverseevent", "participants_medication",
    "participants_concomitant", "participants_deviation", "outcomes_assessment", "outcomes_alert", "outcomes_stated", "outcomes_guess",
)  # fmt: skip
# A trainer's code comes with a cut and changes nothing that was recorded; what is said of the trainer does.
CHANGES = Q(table_name__in=TABLES) | Q(table_name="outcomes_provider", operation="UPDATE")
UNLOCKED = ("trials_unblindingstep", "outcomes_alert")  # an emergency and an alert wait for no lock


def last_change() -> datetime | None:
    """The instant of the last change of any row that the dataset is made of."""
    return RowVersion.objects.filter(CHANGES).aggregate(last=Max("at"))["last"]


def last_version() -> int | None:
    found: int | None = RowVersion.objects.filter(CHANGES).aggregate(last=Max("pk"))["last"]
    return found


def changed_since(cut: Cut) -> bool:
    """Whether a row of the data changed after a cut; what participants answer after the lock and the work of safety change no data."""
    later = RowVersion.objects.filter(CHANGES, at__gt=cut.at).exclude(table_name__in=UNLOCKED)
    return later.exclude(table_name="outcomes_assessment", actor__startswith="participant:").exists()
