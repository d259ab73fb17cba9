from __future__ import annotations

from datetime import date, timedelta

import pytest

from participants.actions import baseline, consent, identity, records, screening
from participants.domain.journey import Status
from participants.models import BaselineValue, Consent, Identity, Participant, Screening
from tests.participants.people import BASELINE, ELIGIBLE, NORA, consenting, eligible
from trials.actors import Machine
from trials.models import Event, RowVersion, Site
from trials.permissions import NotAllowed, Refused

SHELL = Machine("shell")


@pytest.fixture
def site(trial) -> Site:
    return trial.sites.get(code="LIM")


@pytest.mark.parametrize(
    ("answers", "status", "stored"),
    [
        (ELIGIBLE, "eligible", ("eligible", "", "", [])),
        ({"age": "25"}, "screened", ("pending", "", "", [])),
        (
            ELIGIBLE | {"age": "41", "pregnant": "yes"},
            "excluded",
            ("excluded", "not_meeting_criteria", "age", ["age", "pregnant"]),
        ),
    ],
    ids=["all met", "not all asked", "two criteria not met"],
)
def test_the_answers_decide(site, coordinator, at, answers, status, stored) -> None:
    person = screening.screen(site, answers=answers, sex="F", by=coordinator, at=at)
    kept = Screening.objects.get(participant=person)
    assert (person.trial_id, person.status) == ("P-001", status)
    assert (kept.outcome, kept.exclusion_category, kept.exclusion_reason, kept.exclusion_reasons) == stored
    assert kept.excluded_on == (date(2026, 3, 2) if status == "excluded" else None)


def test_trial_ids_count_on_over_all_sites(trial, coordinator, other_coordinator, at) -> None:
    lim, other = trial.sites.get(code="LIM"), trial.sites.exclude(code="LIM").get()
    made = [eligible(lim, by=coordinator, at=at), eligible(other, by=other_coordinator, at=at), eligible(lim, by=coordinator, at=at)]
    assert [p.trial_id for p in made] == ["P-001", "P-002", "P-003"]


@pytest.mark.parametrize(
    ("changes", "code", "sentence"),
    [
        ({"answers": {"age": "x"}}, "bad_answers", "Age in years: enter a number, like 34."),
        ({"sex": "f"}, "bad_sex", "Enter sex as F, M or X."),
        ({"age": 121}, "bad_age", "Enter the age in completed years, 0 to 120."),
        ({"screened_on": date(2026, 3, 3)}, "bad_date", "The screening call can't lie in the future."),
        ({"person": {"email": "nora"}}, "bad_identity", "Enter the e-mail address like name@example.org."),
    ],
)
def test_a_refused_screening_leaves_nothing(site, coordinator, at, changes, code, sentence) -> None:
    with pytest.raises(Refused) as refused:
        screening.screen(site, **({"answers": ELIGIBLE, "sex": "F"} | changes), by=coordinator, at=at)
    assert (refused.value.code, refused.value.sentence) == (code, sentence)
    assert not Participant.objects.exists()


def test_nobody_screens_at_another_site(site, other_coordinator, assessor, at) -> None:
    for by, sentence in ((other_coordinator, "Your role may not screen people at LIM."), (assessor, "Your role may not screen people.")):
        with pytest.raises(NotAllowed) as refused:
            eligible(site, by=by, at=at)
        assert refused.value.sentence == sentence


def test_missing_answers_are_added_and_changed_ones_need_a_reason(site, coordinator, at) -> None:
    person = screening.screen(site, answers={"age": "25"}, sex="F", by=coordinator, at=at)
    screening.answer(person, answers=ELIGIBLE, by=coordinator, at=at)
    assert person.status == Status.ELIGIBLE
    with pytest.raises(Refused, match="Say why answers of P-001 are changed"):
        screening.answer(person, answers={"age": "45"}, by=coordinator, at=at)
    screening.answer(person, answers={"age": "45"}, reason="Misheard", by=coordinator, at=at)
    assert person.status == Status.EXCLUDED
    screening.answer(person, answers={"age": "35"}, reason="Misheard again", by=coordinator, at=at)
    kept = Screening.objects.get(participant=person)
    assert (person.status, kept.outcome, kept.exclusion_category, kept.excluded_on) == ("eligible", "eligible", "", None)


def test_one_who_declines_is_excluded_for_the_protocols_reason(site, coordinator, at) -> None:
    person = eligible(site, by=coordinator, at=at)
    with pytest.raises(Refused, match="Choose one of the protocol's reasons: no_time"):
        screening.exclude(person, reason="rain", by=coordinator, at=at)
    screening.exclude(person, reason="no_time", by=coordinator, at=at)
    kept = Screening.objects.get(participant=person)
    assert (person.status, kept.exclusion_category, kept.exclusion_reasons) == ("excluded", "declined", ["no_time"])
    with pytest.raises(Refused, match="P-001 can't be excluded: P-001 is excluded"):
        screening.exclude(person, reason="no_time", by=coordinator, at=at)


def test_identity_is_sealed_and_opens_for_its_own_row_alone(site, coordinator, assessor, at) -> None:
    person = eligible(site, by=coordinator, at=at, person=NORA)
    other = eligible(site, by=coordinator, at=at, person=NORA | {"given_name": "Ora"})
    kept = bytes(Identity.objects.get(participant=person).sealed)
    assert b"Canary" not in kept
    assert b"canary" not in kept.lower()
    assert identity.show_contact(person, by=coordinator, at=at) == NORA
    assert Event.objects.filter(verb="contact.shown").values_list("about", "actor").get() == ("P-001", coordinator.actor)
    with pytest.raises(NotAllowed):
        identity.show_contact(person, by=assessor, at=at)
    Identity.objects.filter(participant=other).update(sealed=kept)
    with pytest.raises(Exception, match="belongs to another row"):
        identity.opened(other)


def test_no_event_and_no_history_holds_a_name(site, coordinator, at) -> None:
    eligible(site, by=coordinator, at=at, person=NORA)
    told = [str(e) for e in Event.objects.values_list("detail", "reason", "about")]
    told += [str(v) for v in RowVersion.objects.exclude(table_name__startswith="trials_").values_list("old", "new")]
    assert len(told) > 5
    assert [t for t in told if "canary" in t.lower() or "555 019" in t] == []


def test_age_is_that_at_consent(site, coordinator, at) -> None:
    person = eligible(site, by=coordinator, at=at, person=NORA | {"born_on": "1999-03-02"})
    assert person.age == 27
    person = eligible(site, by=coordinator, at=at - timedelta(days=3), person=NORA | {"born_on": "1999-03-02"})
    assert person.age == 26
    consent.record_consent(person, version="1.0", signed_on=date(2026, 3, 2), by=coordinator, at=at)
    assert Participant.objects.get(pk=person.pk).age == 27


@pytest.mark.parametrize(
    ("version", "signed_on", "sentence"),
    [
        ("0.9", date(2026, 3, 2), "The consent form in force is version 1.0; version 0.9 can't be signed."),
        ("1.0", date(2026, 3, 3), "The form can't be signed in the future."),
    ],
)
def test_consent_is_signed_on_the_form_in_force_and_not_tomorrow(site, coordinator, at, version, signed_on, sentence) -> None:
    person = eligible(site, by=coordinator, at=at)
    with pytest.raises(Refused) as refused:
        consent.record_consent(person, version=version, signed_on=signed_on, by=coordinator, at=at)
    assert (refused.value.sentence, Consent.objects.count()) == (sentence, 0)


def test_consent_wants_an_eligible_person(site, coordinator, at) -> None:
    person = screening.screen(site, answers={}, sex="F", by=coordinator, at=at)
    with pytest.raises(Refused, match="P-001 can't give consent now: P-001 is screened"):
        consent.record_consent(person, version="1.0", signed_on=date(2026, 3, 2), by=coordinator, at=at)


def test_a_voided_consent_leads_back_to_eligible(site, coordinator, at) -> None:
    person = consenting(site, by=coordinator, at=at)
    records.void(person.consents.get(), reason="Unsigned copy", by=coordinator, at=at)
    assert Participant.objects.get(pk=person.pk).status == "eligible"


def test_the_baseline_is_kept_in_parts_and_in_one_spelling(site, coordinator, at) -> None:
    person = consenting(site, by=coordinator, at=at)
    baseline.record_baseline(person, values={"mass_kg": "70"}, by=coordinator, at=at)
    baseline.record_baseline(person, values=BASELINE, by=coordinator, at=at)
    kept = {v.variable: (v.value, v.unit) for v in BaselineValue.objects.filter(participant=person)}
    assert len(kept) == len(BASELINE)
    assert (kept["mass_kg"], kept["height_cm"], kept["education"]) == (("68.5", "kg"), ("171", "cm"), ("bachelor", ""))


def test_the_baseline_wants_consent_and_refuses_every_bad_value_at_once(site, coordinator, at) -> None:
    person = eligible(site, by=coordinator, at=at)
    with pytest.raises(Refused) as refused:
        baseline.record_baseline(person, values=BASELINE, by=coordinator, at=at)
    assert (refused.value.code, refused.value.way_out) == ("no_consent", ("Record consent", "/participants/P-001/consent/"))
    person = consenting(site, by=coordinator, at=at)
    with pytest.raises(baseline.BadBaseline) as bad:
        baseline.record_baseline(person, values={"height_cm": "17", "expectancy": "high", "shoe": "43"}, by=coordinator, at=at)
    assert set(bad.value.faults) == {"height_cm", "expectancy", "shoe"}
    assert not BaselineValue.objects.exists()


@pytest.mark.parametrize(
    ("preferred", "channel", "sentence"),
    [
        ([(7, "18:00")], "email", "Choose a day from Monday to Sunday."),
        ([(1, "6pm")], "email", "Enter the time like 18:00."),
        ([], "pigeon", "Choose a channel that this trial has, or the call list."),
    ],
)
def test_availability_is_days_times_and_a_channel(site, coordinator, at, preferred, channel, sentence) -> None:
    person = eligible(site, by=coordinator, at=at)
    with pytest.raises(Refused) as refused:
        baseline.set_availability(person, preferred=preferred, channel=channel, by=coordinator, at=at)
    assert refused.value.sentence == sentence
    kept = baseline.set_availability(person, preferred=[(1, "18:00"), (3, "07:30")], channel="none", by=coordinator, at=at)
    assert (kept.preferred, kept.channel) == ([[1, "18:00"], [3, "07:30"]], "none")
