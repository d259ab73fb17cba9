from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection

from outcomes.actions import assessments
from outcomes.actions.randomisation import randomise
from outcomes.instruments import instruments
from outcomes.queries import readiness
from outcomes.queries.readiness import Level
from participants.actions import baseline, screening, withdrawal
from participants.models import Enrolment, Participant
from tests.cast import hire, load_trial, open_randomisation
from tests.participants.people import BASELINE, consenting
from trials.actors import Machine
from trials.models import Allocation, Event, Stratum
from trials.permissions import NotAllowed, Refused
from trials.queries import protocol_in_force

SHELL = Machine("shell")
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WHOLE = ["Takes part", "Eligibility", "Consent", "Baseline form", "Baseline questionnaires"]


def complete(person: Participant, *, by, at: datetime, leave: str = "") -> None:
    """Baseline form and baseline questionnaires, all but one if told so."""
    if leave != "form":
        baseline.record_baseline(person, values=BASELINE, by=by, at=at)
    for visit in protocol_in_force().visits:
        for code in visit.instruments if visit.kind == "baseline" else ():
            if code != leave:
                answers = {item.number: 1 for item in instruments[code].items}
                assessments.submit(person, visit=visit.code, instrument=code, answers=answers, client_uuid=uuid4(), by=person, at=at)


@pytest.fixture
def person(trial, coordinator, at):
    open_randomisation(at=at)
    return consenting(trial.sites.get(code="LIM"), by=coordinator, at=at)


def test_a_complete_baseline_opens_the_gate_and_the_strata_come_from_what_was_recorded(person, coordinator, at) -> None:
    complete(person, by=coordinator, at=at)
    ready = readiness.of(person)
    assert [(c.label, c.passed) for c in ready.checks] == [(label, True) for label in WHOLE]
    assert ready.levels == (Level("site", "LIM", "the site"), Level("sex", "F", "the screening"))
    enrolment = randomise(person, by=coordinator, at=at)
    protocol = protocol_in_force()
    assert (enrolment.randomised_on, enrolment.day0) == (date(2026, 3, 2), date(2026, 3, 2) + timedelta(days=protocol.day0_lag_days))
    assert (person.status, Stratum.objects.get().key) == ("randomised", "site=LIM|sex=F")
    event = Event.objects.get(verb="participant.randomised")
    assert (event.about, event.detail) == ("P-001", {})


@pytest.mark.parametrize(
    ("spoil", "code", "sentence"),
    [
        ("consent", "no_consent", "P-001 can't be randomised: no signed consent."),
        ("form", "baseline_incomplete", "P-001 can't be randomised: baseline lacks Ethnic or cultural background, Highest education"),
        ("phq9", "baseline_incomplete", "P-001 can't be randomised: baseline lacks PHQ-9 at "),
        ("sex", "baseline_incomplete", "P-001 can't be randomised: baseline lacks sex "),
        ("excluded", "not_eligible", "P-001 can't be randomised: not eligible."),
        ("ended", "ended", "P-001 can't be randomised: participation has ended."),
    ],
)
def test_the_gate_says_what_is_missing_and_takes_no_place(person, coordinator, at, spoil, code, sentence) -> None:
    complete(person, by=coordinator, at=at, leave=spoil)
    if spoil == "consent":
        person.consents.update(voided_at=at, void_reason="x")
    if spoil == "sex":
        screening.correct_person(person, sex="", reason="Not asked", by=coordinator, at=at)
    if spoil == "excluded":
        screening.answer(person, answers={"age": "99"}, reason="Misheard", by=coordinator, at=at)
    if spoil == "ended":
        withdrawal.record_death(person, died_on=at.date(), by=coordinator, at=at)
    assert readiness.of(person).ready is False
    with pytest.raises(Refused) as refused:
        randomise(person, by=coordinator, at=at)
    assert (refused.value.code, refused.value.sentence[: len(sentence)]) == (code, sentence)
    assert (Allocation.objects.count(), Enrolment.objects.count()) == (0, 0)


def test_nobody_is_randomised_twice_or_by_strangers(person, coordinator, assessor, other_coordinator, at) -> None:
    complete(person, by=coordinator, at=at)
    for by in (assessor, other_coordinator):
        with pytest.raises(NotAllowed):
            randomise(person, by=by, at=at)
    randomise(person, by=coordinator, at=at)
    with pytest.raises(Refused) as refused:
        randomise(person, by=coordinator, at=at)
    assert (refused.value.sentence, refused.value.way_out) == ("P-001 is already randomised.", ("See the result", "/participants/P-001/"))
    assert Allocation.objects.count() == 1


def test_two_clicks_at_once_take_one_place(committing) -> None:
    load_trial(at=AT)
    cast = hire(at=AT)
    open_randomisation(at=AT)
    person = consenting(cast.first, by=cast.coordinator, at=AT)
    complete(person, by=cast.coordinator, at=AT)
    answers: list[str] = []
    start = threading.Barrier(3)

    def click() -> None:
        mine = Participant.objects.get(pk=person.pk)
        start.wait()
        try:
            randomise(mine, by=cast.coordinator, at=AT)
            answers.append("done")
        except Refused as refused:
            answers.append(refused.code)
        connection.close()

    clicks = [threading.Thread(target=click) for _ in range(3)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join(60)
    assert sorted(answers) == ["already_randomised", "already_randomised", "done"]
    assert (Allocation.objects.count(), Enrolment.objects.count()) == (1, 1)
