"""A paper form entered by a second person, blind to the first entry, and its differences settled with a reason.

The first entry stands, and is scored, until somebody settles the differences; both entries are kept for good. An alerting answer
of either entry raises its alert in the transaction that saves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from outcomes import permissions
from outcomes.actions import alerts, answering, assessments
from outcomes.actions.answering import Missing
from outcomes.domain import double_entry
from outcomes.domain.double_entry import Difference, Entry
from outcomes.domain.instrument import Answers
from outcomes.models import Adjudication, Alert, Assessment, AssessmentVersion, SecondEntry
from outcomes.queries import double_entry as kept
from outcomes.queries import sittings
from participants.actions import moves
from participants.actions.clinical import BadRecord
from trials import audit
from trials.actors import Actor
from trials.audit import action, correction
from trials.models import User
from trials.permissions import Refused

REASON = "Second entry"


@dataclass(frozen=True, kw_only=True)
class Entered:
    """What a second entry came to: where it differs, the alerts it opened, and whether one of its answers calls for help at once."""

    entry: SecondEntry
    differences: tuple[Difference, ...]
    raised: tuple[Alert, ...] = ()
    support: bool = False


def check_to_enter(assessment: Assessment, by: Actor) -> None:
    """A form that was drawn for it, without a second entry so far, and not by whoever made the first."""
    if not assessment.twice:
        raise Refused("This form isn't to be entered a second time.", code="not_drawn")
    if kept.second_of(assessment) is not None:
        raise Refused("This form is entered a second time already: its differences are settled now.", code="entered_again")
    if kept.first_of(assessment).actor == by.actor:
        raise Refused("You made the first entry of this form: somebody else enters it the second time.", code="same_person")


def check_to_settle(assessment: Assessment) -> SecondEntry:
    """The second entry whose differences from the first nobody has settled yet."""
    entry = kept.second_of(assessment)
    if entry is None:
        raise Refused("This form has no second entry, so there is nothing to settle.", code="not_entered_again")
    if not entry.differing:
        raise Refused("Both entries of this form agree, so there is nothing to settle.", code="no_differences")
    if hasattr(entry, "adjudication"):
        raise Refused("The differences of this form are settled already. Correct its answers instead.", code="settled_already")
    return entry


@action
def enter_again(
    assessment: Assessment, *, answers: Answers, missing: Missing | None = None, completed_on: date, by: Actor, at: datetime
) -> Entered:
    """A second person copies the paper form, blind to the first entry. The same entry sent twice counts once.

    Answers are checked as at the first entry; an alert's clock runs from now, and an unanswered alerting item opens a check.
    """
    participant = assessment.participant
    permissions.check_may_answer(by, participant)
    if not isinstance(by, User):
        raise Refused("A named person enters a form the second time.", code="not_named")
    form = answering.find(participant, assessment.visit, assessment.instrument)
    moves.lock(participant)
    given, codes = answering.clean(form.instrument, answers, missing or {})
    codes = answering.all_codes(form.instrument, given, codes)
    support = bool(form.instrument.alerts_for(given, form.protocol.alerts))
    earlier = kept.second_of(assessment)
    if earlier is not None and (earlier.user_id, *_body(earlier)) == (by.pk, given, codes, completed_on):
        return Entered(entry=earlier, differences=kept.differences_of(assessment, earlier), support=support)
    check_to_enter(assessment, by)
    answering.check_dates(participant, form, completed_on, today=sittings.site_day(participant, at))
    entry, found = _compare(assessment, given, codes, completed_on, by=by, at=at)
    raised = alerts.raise_for(
        assessment,
        raised=form.instrument.alerts_for(given, form.protocol.alerts),
        unchecked=form.instrument.unchecked_items(given, form.protocol.alerts),
        by=by,
        at=at,
    )
    audit.record(
        "assessment.entered_again", about=participant.trial_id, by=by, at=at,
        detail={"visit": assessment.visit, "instrument": assessment.instrument, "differing": len(found)},
    )  # fmt: skip
    return Entered(entry=entry, differences=found, raised=raised, support=support)


@correction
def adjudicate(assessment: Assessment, *, choices: Mapping[str, str], reason: str, by: Actor, at: datetime) -> Adjudication:
    """Says of each differing field which entry is right ("first" or "second"), and why; the form stands so and is scored anew.

    What neither entry has right is put right afterwards, as a correction. Both entries stay.
    """
    participant = assessment.participant
    permissions.check_may_correct(by, participant)
    if not isinstance(by, User):
        raise Refused("A named person settles differences.", code="not_named")
    if not reason.strip():
        raise Refused("Say why these answers are right.", code="reason_needed", status=422)
    moves.lock(participant)
    assessment.refresh_from_db()
    entry = check_to_settle(assessment)
    wrong = double_entry.faults(kept.differences_of(assessment, entry), choices)
    if wrong:
        raise BadRecord(wrong)
    standing = Entry(answers=assessment.answers, missing=assessment.missing, completed_on=kept.dated(assessment))
    settled = double_entry.settled(standing, *kept.entries_of(entry), choices)
    adjudication = Adjudication.objects.create(entry=entry, choices=dict(choices), reason=reason.strip(), user=by, at=at)
    _put_right(assessment, standing, settled, reason=adjudication.reason, by=by, at=at)
    audit.record(
        "assessment.adjudicated", about=participant.trial_id, by=by, at=at, reason=adjudication.reason,
        detail={"visit": assessment.visit, "instrument": assessment.instrument, "fields": len(choices)},
    )  # fmt: skip
    return adjudication


def _compare(
    assessment: Assessment, given: answering.Kept, codes: dict[str, str], completed_on: date, *, by: User, at: datetime
) -> tuple[SecondEntry, tuple[Difference, ...]]:
    """The second entry beside the first, both kept, with where they differ."""
    first, first_on, numbers = kept.first_of(assessment), kept.dated(assessment), kept.numbers_of(assessment)
    second = AssessmentVersion.objects.create(assessment=assessment, answers=given, missing=codes, actor=by.actor, reason=REASON, at=at)
    found = double_entry.differences(numbers, kept.read(first, first_on), kept.read(second, completed_on))
    entry = SecondEntry.objects.create(
        assessment=assessment,
        first=first,
        second=second,
        first_completed_on=first_on,
        completed_on=completed_on,
        compared=len(double_entry.fields(numbers)),
        differing=len(found),
        user=by,
        at=at,
    )
    return entry, found


def _put_right(assessment: Assessment, standing: Entry, settled: Entry, *, reason: str, by: User, at: datetime) -> None:
    """The form as it was settled; nothing is written where it stood so already."""
    if (settled.answers, settled.missing) != (standing.answers, standing.missing):
        assessments.correct(assessment, answers=settled.answers, missing=settled.missing, reason=reason, by=by, at=at)
    if settled.completed_on != standing.completed_on:
        noon = datetime.combine(settled.completed_on, time(12), tzinfo=assessment.participant.site.zone)
        assert assessment.entered_at is not None  # it is sent
        assessment.completed_at = min(noon, assessment.entered_at)
        assessment.save(update_fields=["completed_at"])


def _body(entry: SecondEntry) -> tuple[answering.Kept, dict[str, str], date]:
    return entry.second.answers, entry.second.missing, entry.completed_on
