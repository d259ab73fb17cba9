"""People as blind eyes may have them read: what betrays an arm never leaves the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import F, IntegerField
from django.db.models import Value as Constant

from outcomes.domain.facts import Person
from outcomes.exports.dataset import STREAMS, UNIT, Rows, StaffCodes, Stream, person_of, same
from participants.models import AdverseEvent, Ending
from trials import blinding
from trials.actors import Machine

_FLOW: dict[str, Callable[[], Any]] = {
    **{name: STREAMS[name] for name in ("participant", "consent", "form")},
    "allocation": lambda: Stream(
        blinding.arms_seen_by(Machine("dataset")), "unit__trial_id",
        f_arm=F("dummy_arm"), dummy=F("dummy_arm"), stratum_words=F("stratum_key"),
    ),
    "ending": lambda: Stream(
        Ending.objects.filter(voided_at=None).exclude(kind=Ending.Kind.TRAINING_STOP).order_by("pk"), UNIT,
        **same("kind", "scope", "happened_on", "reason"),
    ),
}  # fmt: skip

_CLINICAL: dict[str, Callable[[], Any]] = {
    **{name: STREAMS[name] for name in ("baseline", "medication", "concomitant")},
    "adverse_event": lambda: Stream(
        AdverseEvent.objects.filter(voided_at=None, session=None).exclude(elicited="session").order_by("ae_no"), UNIT,
        number=Constant(None, IntegerField()),
        **same("ae_no", "category", "started_on", "aware_on", "ctcae_grade", "serious", "seriousness_criteria", "elicited"),
    ),
}  # fmt: skip


def people_seen_blind(*, clinical: bool = False) -> Iterator[Person]:
    """Everybody with the facts that a pooled flow counts: answers and ends, a sham arm in the arm's place, and nothing of the training.

    What betrays an arm is not read at all, so that how long it takes betrays nothing either. `clinical`: baseline, drugs, other care and
    the events that no session tells of, too.
    """
    streams = {name: stream() for name, stream in (_FLOW | (_CLINICAL if clinical else {})).items()}
    none: dict[str, Rows] = {name: [] for name in STREAMS if name not in streams}
    for row in streams["participant"].of_all():
        rows = none | {name: stream.of(row["who"]) for name, stream in streams.items() if name != "participant"}
        yield person_of(row, rows, StaffCodes())
