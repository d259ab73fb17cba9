"""Checklists filled from facts: what an item says, whose word it is, what was not recorded, and what a blind eye does not get."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from outcomes.checklists import checklists
from outcomes.domain.consort import pooled
from outcomes.domain.results import compared, plan_of
from outcomes.domain.summary import visit_summary
from outcomes.domain.tables import consort_flow
from outcomes.domain.written.adjusting import adjusted, sensitivity
from outcomes.domain.written.editions import HELD, markdown, told
from outcomes.domain.written.facts import Change, Effect, Facts, Group, days_of, grouped, set_sizes
from outcomes.domain.written.filling import CLOSED, FEEDERS, fill
from outcomes.domain.written.gathering import gathered
from outcomes.domain.written.shape import Lacking, Said, State
from outcomes.instruments import instruments
from tests.outcomes import world
from trials.domain.protocol.shape import Choice, Protocol, WeekDose

RET, WL, ALL = "Resistance exercise training", "Wait-list", "Everybody randomised"
COUNTS = {"total": 1, "health": 1, "non_health": 0, "site": 0, "unknown": 0}
TRAINING = {
    "people": [{"arm": "RET", "n": 3}],
    "providers": [
        {"arm": "RET", "trainer": "S01", "profession": "Physiotherapist", "qualification": "BSc", "trained_on": "2026-01-12", "people": 3,
         "sessions": 40},
        {"arm": "RET", "trainer": "", "profession": "", "qualification": "BSc", "trained_on": None, "people": 1, "sessions": 2},
    ],
    "groups": [
        {"arm": "RET", "kind": "site", "name": "LIM", "people": 3, "attendance": "0.8125", "rdi": None},
        {"arm": "RET", "kind": "trainer", "name": "S01", "people": 3, "attendance": "0.5", "rdi": "0.5"},
    ],
    "thresholds": [{"arm": "RET", "threshold": "attendance >= 0.8", "reached": 1, "of": 3}],
    "minutes": [{"arm": "RET", "people": 3, "sessions": 40, "minutes": 2160}],
    "doses": [
        {"arm": "RET", "n": 3, "mean": "0.715", "sd": "0.2", "median": "0.7"},
        {"arm": "RET", "n": 1, "mean": "0.5", "sd": None, "median": "0.5"},
        {"arm": "WL", "n": 0, "mean": None, "sd": None, "median": None},
    ],
    "fitt": [
        {"arm": "RET", "week": 1, "fitt": dict.fromkeys(("frequency", "intensity", "time", "type"), "1")},
        {"arm": "RET", "week": 2, "fitt": {"frequency": "0.5", "intensity": None, "time": "0.4", "type": "0.5"}},
    ],
    "tolerability": [{"arm": "RET", "metric": "discontinued", "times": COUNTS, "people": COUNTS, "of": 3}],
    "fidelity": [
        {"arm": "RET", "kind": "arm", "name": "RET", "sessions": 40, "observed": 4, "judged": 20, "done": 18},
        {"arm": "RET", "kind": "trainer", "name": "S01", "sessions": 40, "observed": 4, "judged": 20, "done": 18},
    ],
    "contamination": [{"arm": "WL", "kind": "outside_training", "people": 1, "of": 2}],
    "responses": [
        {"arm": "RET", "instrument": "gad7", "n": 5, "r": -0.4, "low": -0.9, "high": 0.6},
        {"arm": "RET", "instrument": "phq9", "n": 3, "r": None, "low": None, "high": None},
    ],
}  # fmt: skip
NOTHING = {name: [] for name in TRAINING}


def facts(*, by_arm: bool, people=None, protocol: Protocol | None = None, **more: object) -> Facts:
    found = protocol or world.protocol()
    read = gathered(world.everybody() if people is None else people, found, world.AS_OF, instruments=instruments, by_arm=by_arm)
    counted = consort_flow(found, read.rows)
    given: dict[str, object] = dict(
        protocol=found, as_of=world.AS_OF, flow=counted if by_arm else pooled(counted), groups=grouped(read.people, found, by_arm=by_arm),
        visits=visit_summary(
            read.rows["participant"], read.forms, protocol=found, instruments=instruments, as_of=world.AS_OF, pooled=not by_arm
        ),
        titles={code: instrument.title for code, instrument in instruments.items()}, by_arm=by_arm,
        days=days_of(read.rows["participant"]),
    )  # fmt: skip
    if by_arm:
        sizes = set_sizes(read.rows["participant"])
        given |= {"training": TRAINING, "randomisation": {"17a": "It was drawn."}, "sets": sizes}
    return Facts(**(given | more))  # type: ignore[arg-type]


CLOSED_FACTS, BLINDED_FACTS = facts(by_arm=True), facts(by_arm=False)


def said(feeder: str, of: Facts = CLOSED_FACTS) -> list[str]:
    return [one.text for one in FEEDERS[feeder](of) if isinstance(one, Said)]


def lacking(feeder: str, of: Facts = CLOSED_FACTS) -> list[str]:
    return [one.text for one in FEEDERS[feeder](of) if isinstance(one, Lacking)]


@pytest.mark.parametrize("checklist", checklists.values(), ids=lambda c: c.code)
def test_a_checklist_has_as_many_items_as_its_source_and_only_feeders_that_there_are(checklist) -> None:
    assert len({item.number.rstrip("abcd") for item in checklist.items}) == checklist.count
    assert len({item.number for item in checklist.items}) == len(checklist.items)
    assert [name for item in checklist.items for name in item.feeders if name not in FEEDERS] == []
    assert [item.number for item in checklist.items if not item.feeders and not item.write] == []


def test_no_feeder_is_idle() -> None:
    assert set(FEEDERS) == {name for checklist in checklists.values() for item in checklist.items for name in item.feeders}


def test_states_of_the_closed_edition() -> None:
    states = {one.item.number: one.state for one in fill(checklists["consort_2025"], CLOSED_FACTS)}
    assert [states[number] for number in ("1b", "2", "17a", "22a", "24a")] == [
        State.WRITE, State.PROTOCOL, State.FED, State.FED, State.FED,
    ]  # fmt: skip
    assert State.HELD not in states.values()
    assert states["18"] == State.WRITE  # the statement says nothing of it here, and that stands among what was not recorded


def test_the_blinded_edition_asks_no_feeder_that_tells_an_arm() -> None:
    asked = {name for checklist in checklists.values() for one in fill(checklist, BLINDED_FACTS) if one.held for name in one.item.feeders}
    assert asked >= set(CLOSED)
    held = {one.item.number for one in fill(checklists["consort_2025"], BLINDED_FACTS) if one.state == State.HELD}
    assert held == {"12b", "17a", "17b", "18", "19", "24a", "28"}


def test_two_worlds_that_differ_in_arm_and_training_give_the_same_blinded_edition() -> None:
    """The other world's person has the other arm, other sessions and an event at one; the sham arm is the same in both."""
    one = world.whole_course()
    other = replace(
        one, arm="WL", sessions=(), sets=(), strength_tests=(), intervention_stopped_on=world.day(3), intervention_stopped_reason="time",
        adverse_events=(world.event(1, term="another", serious=True), *one.adverse_events[1:], world.event(3, elicited="visit")),
        deviations=(world.deviation(1, "wrong_arm", world.day(2)),),
    )  # fmt: skip
    blind = [replace(p, arm=p.arm_dummy, sessions=(), sets=(), intervention_stopped_on=None) for p in (one, other)]
    pages = [markdown(told(checklists.values(), facts(by_arm=False, people=[p]))) for p in blind]
    assert pages[0] == pages[1]
    assert HELD in pages[0]
    closed = [markdown(told(checklists.values(), facts(by_arm=True, people=[p]))) for p in (one, other)]
    assert closed[0] != closed[1]


def test_the_flow_is_told_by_arm_or_pooled() -> None:
    assert said("flow") == [
        "11 people were assessed for eligibility, 2 excluded, 2 still pending and 7 randomised.",
        f"{RET}: 5 allocated, 4 received it (0 not known yet), 2 analysed for the primary outcome (1 not known yet).",
        f"{WL}: 2 allocated, 2 received it (0 not known yet), 1 analysed for the primary outcome (0 not known yet).",
    ]
    assert said("flow", BLINDED_FACTS)[1:] == [f"{ALL}: 7 randomised, 3 analysed for the primary outcome (1 not known yet)."]


def test_losses_are_told_with_reasons_and_a_reason_that_nobody_gave_is_lacking() -> None:
    assert f"{WL}: 1 lost to follow-up for the primary outcome (Moved away 1)." in said("losses")
    flow = CLOSED_FACTS.flow
    ret = flow["arms"]["RET"] | {"discontinued": {"total": 2, "reasons": {"unrecorded": 1, "time": 1}}}
    without = replace(CLOSED_FACTS, flow=flow | {"arms": {"RET": ret}})
    assert lacking("losses") == []
    assert lacking("losses", without) == [f"{RET}: no reason was recorded for 1 person who discontinued the intervention."]


def test_recruitment_is_told_by_site_against_its_target() -> None:
    known = replace(CLOSED_FACTS, recruited={"LIM": 6})
    lim, dub = known.protocol.sites
    assert said("recruitment", known) == [
        "University of Limerick: 6 of 22 (27 %) of its target randomised.", "Dublin: 0 of 22 (0 %) of its target randomised.",
    ]  # fmt: skip
    free = replace(known, recruited=None, protocol=replace(known.protocol, sites=(replace(lim, target=None), dub)))
    assert said("recruitment", free)[0] == "University of Limerick: 0 randomised, without a target."


def test_changes_are_those_after_the_first_randomisation() -> None:
    first = Change(version="1.0", on=date(2026, 1, 1), reason="")
    known = replace(
        CLOSED_FACTS,
        changes=(first, Change(version="1.1", on=date(2026, 2, 1), reason="before"),
                 Change(version="1.2", on=date(2026, 4, 1), reason="A visit more."), Change(version="1.3", on=date(2026, 5, 1), reason="")),
    )  # fmt: skip
    assert said("changes", known) == [
        "On 2026-04-01 version 1.2 of the protocol came into force: A visit more.",
        "On 2026-05-01 version 1.3 of the protocol came into force.",
    ]
    assert lacking("changes", known) == ["No reason was recorded for version 1.3 of the protocol."]
    assert said("changes") == ["The protocol was not changed after the first randomisation."]


def test_dates_need_somebody_randomised() -> None:
    assert said("dates") == ["Randomised from 2026-03-02 to 2026-07-20; figures are as of 2026-08-01 10:00 UTC."]
    nobody = facts(by_arm=True, people=list(world.not_randomised()))
    assert (said("dates", nobody), len(lacking("dates", nobody))) == ([], 1)
    assert said("baseline", nobody)[0] == f"{RET} (n = 0): age not known of anybody; sex not known of anybody."
    assert len(said("baseline", nobody)) == len(nobody.groups)


def test_baseline_has_mean_and_sd_counts_and_what_is_missing() -> None:
    people = [
        replace(world.whole_course(), age=20, baseline=({"variable": "mass_kg", "value": "60"}, {"variable": "education", "value": "primary"},
                                                        {"variable": "height_cm", "value": "tall"})),
        replace(world.stopped(), age=24, baseline=({"variable": "mass_kg", "value": "70"}, {"variable": "education", "value": "primary"})),
        replace(world.recent(), age=None, sex="", baseline=()),
    ]  # fmt: skip
    known = facts(by_arm=True, people=people)
    told_of = said("baseline", known)
    assert told_of[0] == f"{RET} (n = 3): age mean 22.0 years (SD 2.8, n = 2); sex F 2 of 3 (67 %)."
    assert f"{RET}: Body mass, measured: mean 65.0 kg (SD 7.1, n = 2)." in told_of
    assert f"{RET}: Highest education completed: Primary 2 of 3 (67 %)." in told_of
    assert f"{RET}: Height, measured: not known of anybody." in told_of
    assert f"{RET}: Body mass, measured is missing for 1 person." in lacking("baseline", known)
    words = replace(known.protocol.baseline[0], type="text", label="Own words")
    free = replace(known, protocol=replace(known.protocol, baseline=(words,)))
    assert [text for text in said("baseline", free) if "Own words" in text] == []


def test_one_value_has_no_sd() -> None:
    alone = facts(by_arm=True, people=[world.whole_course()])
    assert said("baseline", alone)[0] == f"{RET} (n = 1): age mean 24.0 years (SD not defined, n = 1); sex F 1 of 1 (100 %)."


def test_results_completeness_and_responders_are_told_by_visit() -> None:
    assert f"GAD-7, Week 8, {RET}: 2 with a score of 4 expected, mean 3.50 (SD 4.95)." in said("results")
    assert f"GAD-7, Week 1, {WL}: 0 with a score of 2 expected." in said("results")
    assert f"PHQ-9, Week 1, {RET}: 0 of 4 (0 %) complete, 1 in part, 3 missing." in said("completeness")
    assert f"GAD-7, Week 8, {RET}: response (a drop of half or more) 2 of 2 (100 %), remission 1 of 2 (50 %) of people for whom it is " \
        "defined." in said("responders")  # fmt: skip
    assert f"{RET}: questionnaires by mode: paper 1 and web 11." in said("modes")


def test_harms_have_denominators_and_deferred_training_apart() -> None:
    assert said("harms")[:3] == [
        f"{RET}: 2 adverse events in 1 of 4 (25 %) people randomised; 0 serious, in 0 of 4 (0 %).",
        f"{RET}: infection, 1 event.",
        f"{RET}: musculoskeletal, 1 event.",
    ]
    assert said("harms")[3] == f"{WL}: no adverse event was recorded of 2 randomised."
    late = replace(world.waiting(), adverse_events=(world.event(1, session_no=2, serious=True), world.event(2, session_no=None)))
    known = facts(by_arm=True, people=[late])
    assert f"{WL}: apart from these, 1 event at deferred training in 1 person." in said("harms", known)
    assert [text for text in said("harms", known) if text.startswith(f"{WL}: musculoskeletal")] == [f"{WL}: musculoskeletal, 1 event."]
    assert said("ascertained", known)[1] == f"{WL}: events by how they came to be known: session 1."
    unsorted = facts(by_arm=True, people=[replace(late, adverse_events=(world.event(1, session_no=None, category=""),))])
    assert f"{WL}: no category, 1 event." in said("harms", unsorted)
    assert said("session_harms", known)[1] == f"{WL}: 2 adverse events at or linked to a session."
    assert said("harms", BLINDED_FACTS) == [
        f"{ALL}: 1 adverse event in 1 of 6 (17 %) people randomised; 0 serious, in 0 of 6 (0 %).", f"{ALL}: infection, 1 event.",
    ]  # fmt: skip
    assert lacking("harms") == []
    assert len(lacking("harms", BLINDED_FACTS)) == 1


def test_events_of_before_randomisation_are_not_counted_and_one_without_a_day_is() -> None:
    before = world.event(1, started_on=world.START - timedelta(days=1))
    undated = world.event(2, started_on=None, aware_on=None, ctcae_grade=None, elicited="")
    known = facts(by_arm=True, people=[replace(world.waiting(), adverse_events=(before, undated))])
    assert said("ascertained", known)[1] == f"{WL}: events by how they came to be known: not recorded 1."
    assert lacking("ascertained", known) == [f"{WL}: 1 adverse event has no CTCAE grade."]


@pytest.mark.parametrize(
    ("started", "stopped", "atc", "on"),
    [("2025", "", "N06AB06", 1), ("2026-03-03", "", "N06AB06", 0), ("2025", "2026-03-01", "N06AB06", 0), ("2025", "2026-03", "N06AB06", 1),
     ("", "", "N05BA01", 1), ("2025", "", "C07AB02", 0), ("2025", "", None, 0)],
)  # fmt: skip
def test_a_drug_counts_when_it_was_taken_on_the_day_of_randomisation(started, stopped, atc, on) -> None:
    person = replace(world.waiting(), medications=(world.medication(1, started_on=started, stopped_on=stopped, atc=atc),))
    known = facts(by_arm=False, people=[person])
    assert said("other_care", known)[0] == f"{ALL}: on a drug of ATC N05 and N06 when randomised: {on} of 1 ({100 * on} %)."
    assert said("other_care", known)[2] == f"{ALL}: exercise outside the trial recorded at any time: 1 of 1 (100 %)."


def test_training_is_told_from_the_figures_by_arm() -> None:
    assert said("providers") == [
        f"{RET}: 2 trainers (Physiotherapist) held 42 sessions, deferred training included; people a trainer: 3 and 1.",
    ]
    assert lacking("providers") == [f"{RET}: of trainer without a code the profession and date of training is not recorded."]
    assert said("attendance") == [
        f"{RET}, LIM: mean attendance 81 %, mean relative dose intensity not known (3 people).",
        f"{RET}: attendance >= 0.8 reached by 1 of 3 (33 %).",
        f"{RET}: 2160 minutes in 40 sessions attended.",
    ]
    assert said("dose") == [
        f"{RET}: relative dose intensity (volume done of planned) mean 72 %, SD 20 %, median 70 %, n = 3.",
        f"{RET}: relative dose intensity (volume done of planned) mean 50 %, median 50 %, n = 1.",
    ]
    assert said("fitt") == [f"{RET}, week 2: frequency 50 %, intensity not known, time 40 % and type 50 % of what was planned."]
    assert said("tolerability") == [f"{RET}: 1 of 3 (33 %) stopped training for good, 1 for health."]
    assert said("fidelity") == [f"{RET}: 4 of 40 sessions observed; 18 of 20 (90 %) items done."]
    assert said("contamination") == [f"{WL}: 1 of 2 (50 %) had training outside the trial."]
    assert said("exploratory") == [f"Exploratory, {RET}: dose and change in GAD-7, r = -0.40 (95 % CI -0.90 to 0.60, n = 5)."]


def test_without_a_session_nothing_was_delivered() -> None:
    none = replace(CLOSED_FACTS, training=NOTHING)
    assert said("providers", none) + said("attendance", none) == []
    assert len(lacking("providers", none)) == len(lacking("attendance", none)) == 1


def test_analysis_sets_and_intercurrent_events_are_counted_by_arm() -> None:
    assert said("set_sizes")[0] == f"{RET}: intention to treat 5, full analysis set 2, per protocol 1, safety set 4 and completers 2."
    assert f"{RET}: ret stopped in 2 of 4 (50 %) (main: treatment policy and as_trained: hypothetical)." in said("intercurrent")
    bare = replace(CLOSED_FACTS, protocol=replace(CLOSED_FACTS.protocol, estimands=()))
    assert f"{RET}: ret stopped in 2 of 4 (50 %) (no estimand names it)." in said("intercurrent", bare)


def test_the_sequence_is_the_offices_own_statement() -> None:
    assert said("sequence") == ["It was drawn."]
    assert len(lacking("restriction")) == len(lacking("concealment")) == len(lacking("access")) == 1


def row(who: str, arm: str, score: int, baseline: int, sex: str = "F") -> tuple[dict[str, object], dict[str, object]]:
    person = {"trial_id": who, "arm": arm, "stratum": f"site=LIM|sex={sex}", "randomised_at": world.AS_OF}
    return person, {
        "trial_id": who, "visit": "week8", "instrument": "gad7", "total_unrounded": Decimal(score),
        "change_from_baseline": Decimal(score - baseline),
    }  # fmt: skip


def test_the_primary_outcome_is_adjusted_for_baseline_and_strata() -> None:
    """Score = baseline - 3 in training and baseline in the wait-list, but for what no column tells: the line is found again."""
    made = [row(f"P-{n}", "RET" if n % 2 else "WL", 8 + n - 3 * (n % 2) + (n in (2, 3)), 8 + n, "F" if n < 5 else "M") for n in range(10)]
    people, forms = [p for p, _ in made], [f for _, f in made]
    (effect,) = adjusted(world.protocol(), [*people, people[0] | {"trial_id": "P-99"}], forms)
    assert (effect.name, effect.reference, effect.covariates) == (RET, WL, ("the baseline score", "site", "sex"))
    assert (effect.n, effect.why) == (10, "")
    assert effect.low < -3 < effect.high
    assert effect.estimate == pytest.approx(-3, abs=0.5)
    text = said("effects", replace(CLOSED_FACTS, effects=(effect,)))[0]
    assert text.startswith(f"Primary outcome, {RET} minus {WL}, adjusted for the baseline score, site and sex: -")
    few = adjusted(world.protocol(), people[:2], forms)
    assert lacking("effects", replace(CLOSED_FACTS, effects=few)) == [
        f"{RET} against {WL}: no adjusted difference, since there are too few people with both scores.",
    ]
    assert adjusted(replace(world.protocol(), primary=None), people, forms) == ()
    (without,) = adjusted(world.protocol(), [p | {"stratum": ""} for p in people], forms)  # as a trial that moved in without strata
    assert (without.n, without.covariates, without.why) == (10, ("the baseline score",), "")


def test_the_primary_outcome_stands_also_over_complete_cases_and_unadjusted() -> None:
    """One of ten has no baseline score and one missed a visit between: adjusted over nine, complete over eight, unadjusted over ten."""
    made = [row(f"P-{n}", "RET" if n % 2 else "WL", 8 + n - 3 * (n % 2) + (n in (2, 3)), 8 + n, "F" if n < 5 else "M") for n in range(10)]
    people, forms = [p for p, _ in made], [f for _, f in made]
    forms[0] |= {"change_from_baseline": None}
    asked = [visit.code for visit in world.protocol().visits if "gad7" in visit.instruments]
    between = [
        {"trial_id": f"P-{n}", "visit": visit, "instrument": "gad7", "total_unrounded": Decimal(9)}
        for n in range(10) for visit in asked if visit != "week8" and (n, visit) not in ((0, "baseline"), (1, asked[-1]))
    ]  # fmt: skip
    (main,) = adjusted(world.protocol(), people, [*forms, *between])
    whole, raw = sensitivity(world.protocol(), people, [*forms, *between])
    assert (whole.analysis, whole.n, whole.covariates) == ("adjusted_complete", 8, main.covariates)
    assert (raw.analysis, raw.n, raw.covariates, main.n) == ("unadjusted", 10, (), 9)
    scores = {arm: [float(f["total_unrounded"]) for p, f in zip(people, forms, strict=True) if p["arm"] == arm] for arm in ("RET", "WL")}
    assert raw.estimate == pytest.approx(sum(scores["RET"]) / 5 - sum(scores["WL"]) / 5)
    assert [(e.analysis, e.why) for e in sensitivity(world.protocol(), people[:2], forms)] == [
        ("adjusted_complete", "since there are too few people with both scores"), ("unadjusted", "since there are too few people with a score"),
    ]  # fmt: skip


def test_response_and_remission_are_told_with_absolute_and_relative_differences() -> None:
    persons = [{"trial_id": f"P-{n}", "arm": "RET" if n < 70 else "WL", "randomised_on": world.START} for n in range(150)]
    forms = [
        {"trial_id": f"P-{n}", "visit": "week8", "instrument": "gad7", "total_unrounded": Decimal(5), "response": n < 56 or 70 <= n < 118}
        for n in range(150)
    ]
    known = compared(plan_of(world.protocol()), persons, forms)
    (text,) = said("risks", replace(CLOSED_FACTS, compared=known))
    assert text == (
        f"GAD-7, Week 8, {RET} minus {WL}: response 56 of 70 (80 %) against 48 of 80 (60 %), difference of risks 0.200 (Newcombe's 95 % CI "
        "0.052 to 0.334), ratio of risks 1.33 (1.08 to 1.65), number needed 5.0 (2.9 to 17.4)."
    )


def bare_protocol() -> Protocol:
    """What a protocol may leave out."""
    known = world.protocol()
    plan = replace(
        known.plans["ret"], setting="", equipment="", supervision="group", delivery="home", group_size=4, familiarisation_weeks=0,
        doses=(WeekDose(from_week=1, to_week=1, sets=1, reps_min=5, reps_max=5, pct_1rm=Decimal("0.75"), rpe=Decimal(8), rir=Decimal(2)),),
    )  # fmt: skip
    ask = replace(known.eligibility[0], minimum=None, maximum=Decimal(40), unit="")
    pick = replace(known.eligibility[5], choices=(Choice(code="none", label="No treatment"),), accepts=("none", "other"))
    return replace(
        known, registration="", sponsor="", estimands=(), primary=None, plans={**known.plans, "ret": plan}, fidelity=object(),  # type: ignore[arg-type]
        eligibility=(ask, pick), adverse_event_questions=(), expected_events=(), alerts=(), blind_roles=(), missing_rules={},
        visits=(replace(known.visits[0], instruments=()), *known.visits[1:]),
        analysis=replace(known.analysis, site_cancelled_in_denominator=False),
    )  # fmt: skip


def test_what_the_protocol_leaves_out_is_lacking_or_told_as_it_is() -> None:
    bare = replace(CLOSED_FACTS, protocol=bare_protocol())
    for feeder in ("registration", "sponsor", "objective", "outcomes", "harms_asked", "missing_rules", "equipment", "settings"):
        assert len(lacking(feeder, bare)) == 1, feeder
        assert lacking(feeder) == [], feeder
    assert (lacking("adherence_rules"), lacking("adherence_rules", bare)) == (["The protocol has no sessions observed for fidelity."], [])
    assert said("adherence_rules", bare)[1] == "Sessions drawn at random were observed with a checklist."
    assert "sessions cancelled by the site left out" in said("adherence_rules", bare)[0]
    assert said("blinding", bare) == ["Nobody was blind to arms."]
    assert said("eligibility", bare) == [
        "Age in years. Accepted: at most 40.",
        "Has a treatment for your mental health begun, stopped or changed? Accepted: No treatment and other.",
    ]
    assert said("supervision", bare) == ["RET was given at home, in groups, up to 4 people at a time."]
    assert said("home_programme", bare) == ["RET was planned for home."]
    assert said("dosage", bare)[1] == (
        "Week 1: 1 set of 5 repetitions of each exercise at 75 % of the one-repetition maximum, exertion 8 and 2 repetitions in reserve."
    )
    assert said("dosage")[1] == "Weeks -2 to 0: 2 sets of 8 to 12 repetitions of each exercise at a load set by progression."
    assert "Baseline, " not in " ".join(said("outcomes", bare))
    none = replace(bare, protocol=replace(bare.protocol, eligibility=()))
    assert len(lacking("eligibility", none)) == 1


def test_markdown_says_state_record_and_what_is_missing_and_takes_no_markup_from_words() -> None:
    sly = replace(CLOSED_FACTS, protocol=replace(CLOSED_FACTS.protocol, sponsor="<b>*Us*</b>\n# [x](y)"))
    text = markdown(told([checklists["consort_2025"]], sly))
    assert "### 5a. Funding and the funder's part\n\nState: **from the protocol**\n\n" in text
    assert "- The sponsor was \\<b\\>\\*Us\\*\\</b\\> \\# \\[x\\](y). *[protocol, trial.sponsor]*\n- Left to you: Name the funders" in text
    assert text.endswith("## Not recorded\n\n" + "".join(f"- {line}\n" for line in _escaped_list(sly)))
    whole = told([checklists["tidier"]], BLINDED_FACTS) | {"unrecorded": []}
    assert markdown(whole).endswith("- Nothing was found missing.\n")


def _escaped_list(known: Facts) -> list[str]:
    listed = told([checklists["consort_2025"]], known)["unrecorded"]
    assert len(listed) == len(set(listed)) > 0
    return [text.replace("_", "\\_").replace("#", "\\#") for text in listed]


def test_a_group_keeps_the_order_of_the_protocol() -> None:
    assert [group.name for group in CLOSED_FACTS.groups] == [RET, WL]
    assert CLOSED_FACTS.groups[0].n == 4  # who withdrew everything is in the flow alone
    assert Group(name="x", people=()).ages == []
    assert Effect(name="a", reference="b").why == ""
