"""The first protocol makes the trial, a later one amends it; what has been randomised is never contradicted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import LIMERICK, SHELL, load_trial, open_randomisation
from trials import queries
from trials.actions.protocol import known_instruments, load_protocol
from trials.domain.protocol import BadProtocol
from trials.models import Event, ProtocolVersion, RowVersion, Site, Trial, Unit
from trials.permissions import NotAllowed, Refused

TEXT = LIMERICK.read_text(encoding="utf-8")
LATER = timedelta(days=30)


def amended(*edits: tuple[str, str]) -> str:
    text = TEXT.replace('version = "1.0"', 'version = "1.1"', 1)
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return text


@pytest.fixture
def randomising(trial, at):
    open_randomisation(at=at)
    return trial


def test_the_first_protocol_makes_the_trial_its_sites_and_an_event(db, at):
    version = load_protocol(TEXT, by=SHELL, at=at)
    trial = Trial.objects.get()
    assert (trial.code, trial.created_at) == ("LIMERICK", at)
    assert list(Site.objects.order_by("code").values_list("code", "name", "timezone")) == [
        ("DUB", "Dublin", "Europe/Dublin"),
        ("LIM", "University of Limerick", "Europe/Dublin"),
    ]
    assert (version.trial, version.version, version.text, version.in_force_from) == (trial, "1.0", TEXT, at)
    assert queries.protocol_in_force().digest == version.digest
    event = Event.objects.get(verb="protocol.loaded")
    assert (event.about, event.actor, event.at, event.detail) == (
        "protocol:1.0", "machine:shell", at, {"digest": version.digest, "version": "1.0"},
    )  # fmt: skip
    assert set(RowVersion.objects.filter(table_name="trials_site").values_list("actor", flat=True)) == {"machine:shell"}


def test_an_amendment_is_a_new_version_and_the_old_one_stays(trial, at):
    text = amended(
        ("sample_size = 44", "sample_size = 40"),
        ('name = "Dublin"', 'name = "Dublin City"'),
        ('title = "Resistance', 'title = "More resistance'),
    )
    load_protocol(text, reason="slow recruitment", by=SHELL, at=at + LATER)
    assert [(v.version, v.in_force_from, v.reason) for v in ProtocolVersion.objects.all()] == [
        ("1.1", at + LATER, "slow recruitment"), ("1.0", at, ""),
    ]  # fmt: skip
    assert queries.protocol_in_force().sample_size == 40
    assert Site.objects.get(code="DUB").name == "Dublin City"
    assert Trial.objects.get().title.startswith("More resistance")
    assert Event.objects.get(verb="protocol.amended").reason == "slow recruitment"


def test_a_bad_protocol_leaves_nothing_behind(db, at):
    with pytest.raises(BadProtocol) as bad:
        load_protocol(TEXT.replace('"gad7"]', '"gad8"]'), by=SHELL, at=at)
    assert {fault.problem for fault in bad.value.faults} >= {"there is no questionnaire gad8"}
    assert (Trial.objects.count(), ProtocolVersion.objects.count(), Site.objects.count(), Event.objects.count()) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (TEXT, "same_protocol"),
        (TEXT + "\n# another remark\n", "same_version"),
        (amended(('code = "LIMERICK"', 'code = "CORK"')), "another_trial"),
    ],
    ids=["same text", "same version, other text", "another trial"],
)
def test_a_file_that_is_no_amendment_is_refused(trial, at, text, code):
    with pytest.raises(Refused) as refusal:
        load_protocol(text, by=SHELL, at=at + LATER)
    assert (refusal.value.code, ProtocolVersion.objects.count()) == (code, 1)


def test_an_amendment_cannot_come_into_force_before_what_it_amends(trial, at):
    with pytest.raises(Refused) as refusal:
        load_protocol(amended(), by=SHELL, at=at - timedelta(seconds=1))
    assert refusal.value.sentence == "Version 1.0 came into force later, 2026-03-02 09:00 UTC."


ARMS = {
    "ratio": ("the arms", ("ratio = 1", "ratio = 2")),
    "another code": ("the arms", ("[arms.WL]", "[arms.WAIT]")),
    "the control trains": ("the arms", ('deferred_plan = "ret_deferred"', 'plan = "ret_deferred"')),
    "block sizes": ("the allocation", ("multipliers = [2, 3]", "multipliers = [2]")),
    "strata": ("the allocation", ('levels = ["F", "M", "X"]', 'levels = ["F", "M"]')),
    "day 0": ("day 0", ("day0_lag_days = 21", "day0_lag_days = 28")),
}


@pytest.mark.parametrize(("what", "edit"), ARMS.values(), ids=ARMS)
def test_arms_allocation_and_day_0_stand_once_randomisation_has_begun(randomising, at, what, edit):
    with pytest.raises(Refused) as refusal:
        load_protocol(amended(edit), by=SHELL, at=at + LATER)
    assert refusal.value.sentence == f"Randomisation has begun: an amendment can't change {what}."


@pytest.mark.parametrize(("what", "edit"), ARMS.values(), ids=ARMS)
def test_before_that_they_may_change(trial, at, what, edit):
    assert load_protocol(amended(edit), by=SHELL, at=at + LATER).version == "1.1"


def test_the_words_of_an_arm_may_change_at_any_time(randomising, at):
    text = amended(('label = "Wait-list"', 'label = "Waiting list"'))
    assert load_protocol(text, by=SHELL, at=at + LATER).version == "1.1"


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (('code = "LIM"', 'code = "LMK"'), "Site LIM has people: an amendment can't leave it out."),
        (('timezone = "Europe/Dublin"', 'timezone = "Europe/London"'), "Site LIM has people: an amendment can't change its time zone."),
    ],
    ids=["left out", "another zone"],
)
def test_a_site_with_people_keeps_its_place_and_its_zone(trial, at, edit, sentence):
    assert load_protocol(amended(edit), by=SHELL, at=at).version == "1.1"
    Unit.objects.create(trial_id="P-001", site=Site.objects.get(code="DUB"))
    assert load_protocol(amended(edit).replace("1.1", "1.2", 1), by=SHELL, at=at).version == "1.2"
    load_protocol(amended().replace("1.1", "1.3", 1), by=SHELL, at=at)
    Unit.objects.create(trial_id="P-002", site=Site.objects.get(code="LIM"))
    with pytest.raises(Refused) as refusal:
        load_protocol(amended(edit).replace("1.1", "1.4", 1), by=SHELL, at=at + LATER)
    assert refusal.value.sentence == sentence


def test_only_a_trial_manager_loads_a_protocol(cast, at):
    for role, person in vars(cast).items():
        if role in ("manager", "first", "second"):
            continue
        with pytest.raises(NotAllowed):
            load_protocol(amended(), by=person, at=at)
    assert load_protocol(amended(), by=cast.manager, at=at).version == "1.1"


def test_the_questionnaires_of_the_house_are_known():
    known = known_instruments() or {}
    assert {"phq9", "gad7"} <= set(known)
    assert (known["gad7"].items[-1], known["gad7"].rules, known["gad7"].has_total) == ("8", ("none", "prorate_max_2"), True)
    assert (known["blood_pressure"].has_total, known["phq_ads"].follows) == (False, ("phq9", "gad7"))


def test_the_cast_loads_the_shipped_trial(db, at):
    assert load_trial(at=at).code == "LIMERICK"
