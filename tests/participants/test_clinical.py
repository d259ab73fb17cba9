from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from participants.actions import clinical, records, withdrawal
from participants.models import AdverseEvent, Concomitant, Deviation, Medication
from tests.participants.people import BASELINE, consenting
from tests.participants.training import in_both_arms, session_of
from trials.models import Event, RowVersion
from trials.permissions import NotAllowed, Refused

FALL = {
    "category": "injury",
    "term": "Fell on the stairs",
    "started_on": date(2026, 3, 1),
    "severity": "moderate",
    "elicited": "spontaneous",
}


@pytest.fixture
def person(trial, coordinator, at):
    return consenting(trial.sites.get(code="LIM"), by=coordinator, at=at)


@pytest.fixture
def fall(person, coordinator, at):
    return clinical.report_event(person, **FALL, aware_at=at, by=coordinator, at=at)


def test_an_event_is_numbered_a_person_and_serious_by_its_criteria(person, coordinator, at) -> None:
    first = clinical.report_event(person, **FALL, aware_at=at, by=coordinator, at=at)
    second = clinical.report_event(
        person, **FALL, criteria=["hospital", "death"], ctcae_grade=5, outcome="fatal", aware_at=at, by=coordinator, at=at
    )
    assert [(e.ae_no, e.serious, e.seriousness_criteria, e.aware_on) for e in (first, second)] == [
        (1, False, [], date(2026, 3, 2)),
        (2, True, ["death", "hospital"], date(2026, 3, 2)),
    ]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"term": " "}, {"term"}),
        ({"severity": "bad", "elicited": "rumour"}, {"severity", "elicited"}),
        ({"started_on": date(2026, 3, 3)}, {"started_on", "aware_at"}),
        ({"ended_on": date(2026, 2, 1), "ongoing": True}, {"ended_on", "ongoing"}),
        ({"criteria": ["grave"]}, {"criteria grave"}),
        ({"ctcae_grade": 5}, {"ctcae_grade"}),
        ({"ctcae_grade": 6, "action": "prayer", "outcome": "well", "visit": "week99"}, {"ctcae_grade", "action", "outcome", "visit"}),
    ],
)
def test_an_event_that_contradicts_itself_is_refused_by_field(person, coordinator, at, changes, fields) -> None:
    with pytest.raises(clinical.BadRecord) as bad:
        clinical.report_event(person, **(FALL | changes), aware_at=at, by=coordinator, at=at)
    assert (set(bad.value.faults), AdverseEvent.objects.count()) == (fields, 0)


def test_awareness_can_not_lie_ahead(person, coordinator, at) -> None:
    with pytest.raises(clinical.BadRecord) as bad:
        clinical.report_event(person, **FALL, aware_at=at + timedelta(minutes=1), by=coordinator, at=at)
    assert bad.value.faults == {"aware_at": "The moment of awareness can't lie in the future."}


def test_blind_eyes_report_events_and_never_as_found_at_a_session(trial, coordinator, assessor, at) -> None:
    people = in_both_arms(trial.sites.get(code="LIM"), by=coordinator, at=at)
    with pytest.raises(clinical.BadRecord) as bad:
        clinical.report_event(people.trains, **(FALL | {"elicited": "session"}), aware_at=at, by=assessor, at=at)
    assert bad.value.faults == {"elicited": "Choose a visit, or told by the person."}
    assert clinical.report_event(people.trains, **FALL, aware_at=at, by=assessor, at=at).ae_no == 1
    session = session_of(people.trains, 1)
    found = clinical.report_event(people.trains, **(FALL | {"elicited": "session"}), session=session, aware_at=at, by=coordinator, at=at)
    assert found.session == session
    with pytest.raises(clinical.BadRecord) as bad:
        clinical.report_event(people.waits, **(FALL | {"elicited": "session"}), session=session, aware_at=at, by=coordinator, at=at)
    assert list(bad.value.faults) == ["session"]


def test_the_investigator_judges_and_judges_again_only_with_a_reason(fall, coordinator, pi, at) -> None:
    with pytest.raises(NotAllowed):
        clinical.assess(fall, related="possible", expected=False, by=coordinator, at=at)
    clinical.assess(fall, related="possible", expected=False, by=pi, at=at)
    with pytest.raises(clinical.BadRecord, match="judged already"):
        clinical.assess(fall, related="unlikely", expected=False, by=pi, at=at)
    clinical.assess(fall, related="unlikely", expected=True, reason="Hospital letter", by=pi, at=at)
    kept = AdverseEvent.objects.get()
    assert (kept.related, kept.expected) == ("unlikely", True)
    assert [v.new["related"] for v in RowVersion.objects.filter(table_name="participants_adverseevent").order_by("id")] == [
        "",
        "possible",
        "unlikely",
    ]


def test_only_serious_events_are_reported_on_and_once(person, fall, coordinator, at) -> None:
    with pytest.raises(Refused, match="not serious"):
        clinical.report_to_sponsor(fall, reported_at=at, by=coordinator, at=at)
    event = clinical.report_event(person, **FALL, criteria=["hospital"], aware_at=at, by=coordinator, at=at)
    with pytest.raises(clinical.BadRecord, match="between awareness and now"):
        clinical.report_to_sponsor(event, reported_at=at - timedelta(hours=1), by=coordinator, at=at)
    clinical.report_to_sponsor(event, reported_at=at, by=coordinator, at=at)
    clinical.report_to_ethics(event, reported_on=date(2026, 3, 2), by=coordinator, at=at)
    for step, fact in ((clinical.report_to_sponsor, {"reported_at": at}), (clinical.report_to_ethics, {"reported_on": date(2026, 3, 2)})):
        with pytest.raises(Refused, match="already reported"):
            step(event, **fact, by=coordinator, at=at)


def test_follow_ups_are_only_added(fall, coordinator, assessor, at) -> None:
    clinical.add_follow_up(fall, text="Seen by a doctor", by=coordinator, at=at)
    clinical.add_follow_up(fall, text="Walks again", by=assessor, at=at + timedelta(days=1))
    assert list(fall.follow_ups.order_by("pk").values_list("text", "by")) == [
        ("Seen by a doctor", coordinator.actor),
        ("Walks again", assessor.actor),
    ]


def test_a_change_of_dose_is_a_new_period_that_names_the_old(person, coordinator, at) -> None:
    first = clinical.record_medication(
        person,
        drug="Sertraline",
        atc="n06ab06",
        dose=Decimal(50),
        unit="mg",
        frequency="daily",
        started_on="2025",
        ongoing=True,
        by=coordinator,
        at=at,
    )
    second = clinical.change_dose(first, dose=Decimal(100), changed_on="2026-02", reason="No effect yet", by=coordinator, at=at)
    clinical.stop_medication(second, stopped_on="2026-03-01", by=coordinator, at=at)
    rows = Medication.objects.order_by("med_no").values_list(
        "med_no", "atc", "dose", "unit", "started_on", "stopped_on", "ongoing", "change_of"
    )
    assert list(rows) == [
        (1, "N06AB06", Decimal(50), "mg", "2025", "2026-02", False, None),
        (2, "N06AB06", Decimal(100), "mg", "2026-02", "2026-03-01", False, first.pk),
    ]
    with pytest.raises(Refused, match="has ended"):
        clinical.change_dose(second, dose=Decimal(20), changed_on="2026-03-02", reason="", by=coordinator, at=at)


@pytest.mark.parametrize(
    ("facts", "fields"),
    [
        ({"drug": ""}, {"drug"}),
        ({"atc": "N6"}, {"atc"}),
        ({"dose": Decimal(0)}, {"dose"}),
        ({"started_on": "May"}, {"started_on"}),
        ({"started_on": "2026-02", "stopped_on": "2026-01"}, {"stopped_on"}),
        ({"stopped_on": "2026-01", "ongoing": True}, {"ongoing"}),
    ],
)
def test_a_drug_that_can_not_be_is_refused_by_field(person, coordinator, at, facts, fields) -> None:
    with pytest.raises(clinical.BadRecord) as bad:
        clinical.record_medication(person, **({"drug": "Sertraline"} | facts), by=coordinator, at=at)
    assert (set(bad.value.faults), Medication.objects.count()) == (fields, 0)


def test_other_care_is_asked_alike_of_everyone(person, coordinator, at) -> None:
    clinical.record_concomitant(
        person, kind="exercise", description="Gym", sessions_per_week=Decimal("1.5"), minutes_per_session=45, by=coordinator, at=at
    )
    with pytest.raises(clinical.BadRecord) as bad:
        clinical.record_concomitant(person, kind="magic", sessions_per_week=Decimal(51), minutes_per_session=0, by=coordinator, at=at)
    assert set(bad.value.faults) == {"kind", "sessions_per_week", "minutes_per_session"}
    assert Concomitant.objects.values_list("con_no", "kind", "sessions_per_week").get() == (1, "exercise", Decimal("1.5"))


@pytest.mark.parametrize(
    ("facts", "fields"),
    [
        ({"category": "injury"}, {"category"}),
        ({"kind": "intercurrent_event", "category": "procedure"}, {"category"}),
        ({"found_on": date(2026, 3, 3)}, {"found_on"}),
        ({"category": "wrong_arm"}, {"given_arm"}),
        ({"given_arm": "RET"}, {"given_arm"}),
    ],
)
def test_a_deviation_keeps_to_the_lists_and_the_calendar(person, manager, at, facts, fields) -> None:
    given = {"kind": "deviation", "category": "procedure", "occurred_on": date(2026, 3, 1)} | facts
    with pytest.raises(clinical.BadRecord) as bad:
        clinical.record_deviation(person, **given, by=manager, at=at)
    assert set(bad.value.faults) == fields


def test_importance_is_judged_later_and_again_only_with_a_reason(person, manager, at) -> None:
    found = clinical.record_deviation(person, kind="deviation", category="consent", occurred_on=date(2026, 3, 1), by=manager, at=at)
    assert (found.dev_no, found.important, found.judged_on) == (1, None, None)
    clinical.judge_deviation(found, important=True, by=manager, at=at + timedelta(days=30))
    with pytest.raises(clinical.BadRecord, match="judged already"):
        clinical.judge_deviation(found, important=False, by=manager, at=at)
    assert Deviation.objects.values_list("important", "judged_on").get() == (True, date(2026, 4, 1))


def test_after_a_withdrawal_of_data_nothing_new_is_recorded(person, coordinator, at) -> None:
    withdrawal.withdraw(person, scope="data", reason="time", by=coordinator, at=at)
    for step, facts in ((clinical.report_event, FALL | {"aware_at": at}), (clinical.record_medication, {"drug": "Sertraline"})):
        with pytest.raises(Refused, match="P-001 withdrew from data collection"):
            step(person, **facts, by=coordinator, at=at)


def test_a_correction_names_its_fields_and_keeps_the_old_value(fall, coordinator, at) -> None:
    later = at + timedelta(days=1)
    records.correct(
        fall,
        changes={"term": "Fell off a ladder", "seriousness_criteria": "hospital", "aware_at": "2026-03-02 08:30", "outcome": ""},
        reason="Doctor's letter",
        by=coordinator,
        at=later,
    )
    kept = AdverseEvent.objects.get()
    assert (kept.term, kept.serious, kept.seriousness_criteria, kept.aware_at.isoformat()) == (
        "Fell off a ladder",
        True,
        ["hospital"],
        "2026-03-02T08:30:00+00:00",
    )
    told = Event.objects.get(verb="record.corrected")
    assert (told.about, told.reason, told.detail["fields"]) == ("P-001", "Doctor's letter", ["aware_at", "seriousness_criteria", "term"])
    version = RowVersion.objects.filter(table_name="participants_adverseevent", operation="UPDATE").get()
    assert (version.old["term"], version.new["term"], version.reason, version.actor) == (
        "Fell on the stairs",
        "Fell off a ladder",
        "Doctor's letter",
        coordinator.actor,
    )


@pytest.mark.parametrize(
    ("changes", "reason", "sentence"),
    [
        ({"term": "Fall"}, " ", "Say why this is put right."),
        ({"term": "Fell on the stairs"}, "x", "Nothing is changed."),
        ({"ae_no": "7"}, "x", "ae_no can't be corrected here."),
        ({"related": "definite"}, "x", "related can't be corrected here."),
        ({"started_on": "1 March"}, "x", "Enter the date as 2026-03-14."),
        ({"severity": "awful"}, "x", "Choose one of: mild, moderate, severe."),
        ({"ended_on": "2026-02-01"}, "x", "The event can't end before it starts."),
        ({"ctcae_grade": "2.5"}, "x", "Enter a whole number."),
        ({"ongoing": "maybe"}, "x", "Choose yes or no."),
        ({"aware_at": "today"}, "x", "Enter the moment as 2026-03-14 18:30."),
    ],
)
def test_a_correction_is_refused_with_a_sentence(fall, coordinator, at, changes, reason, sentence) -> None:
    with pytest.raises(Refused) as refused:
        records.correct(fall, changes=changes, reason=reason, by=coordinator, at=at)
    assert refused.value.sentence == sentence
    assert AdverseEvent.objects.get().term == "Fell on the stairs"


def test_a_voided_entry_stays_and_takes_nothing_more(fall, coordinator, assessor, pi, at) -> None:
    with pytest.raises(NotAllowed):
        records.void(fall, reason="Other person", by=assessor, at=at)
    records.void(fall, reason="Other person", by=coordinator, at=at)
    assert AdverseEvent.objects.values_list("voided_at", "void_reason").get() == (at, "Other person")
    for step in (
        lambda: records.void(fall, reason="again", by=coordinator, at=at),
        lambda: records.correct(fall, changes={"term": "x"}, reason="x", by=coordinator, at=at),
        lambda: clinical.assess(fall, related="possible", expected=True, by=pi, at=at),
        lambda: clinical.add_follow_up(fall, text="x", by=coordinator, at=at),
    ):
        with pytest.raises(Refused) as refused:
            step()
        assert refused.value.code == "voided"


def test_a_baseline_value_is_corrected_by_its_variables_rule_and_never_voided(person, coordinator, at) -> None:
    from participants.actions import baseline

    baseline.record_baseline(person, values=BASELINE, by=coordinator, at=at)
    height = person.baseline.get(variable="height_cm")
    for given, sentence in (("17", "Height, measured: 17 is not between 120 and 220 cm."), ("", "Height, measured: enter a value.")):
        with pytest.raises(Refused) as refused:
            records.correct(height, changes={"value": given}, reason="Typo", by=coordinator, at=at)
        assert refused.value.sentence == sentence
    records.correct(height, changes={"value": "172,0"}, reason="Typo", by=coordinator, at=at)
    assert person.baseline.get(variable="height_cm").value == "172"
    with pytest.raises(Refused, match="corrected, not voided"):
        records.void(height, reason="x", by=coordinator, at=at)
