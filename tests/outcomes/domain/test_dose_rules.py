"""The dataset's rules of volume, planned dose, compliance, intensity and FITT, a sentence each."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from outcomes.domain.dose import Dose, dose, pooled
from outcomes.domain.records import Rules, SessionRecord, SetRecord
from tests.outcomes.domain.training import AFTER, a_session, a_set, course


def of(sessions: list[SessionRecord] | str, sets: list[SetRecord]) -> Dose:
    return dose(course(sessions) if isinstance(sessions, str) else sessions, sets, as_of=AFTER)


def test_only_keys_planned_values_and_status_are_needed() -> None:
    session = SessionRecord(
        trial_id="P-001", session_no=1, planned_on=date(2026, 3, 2), planned_at=None, planned_minutes=None, planned_volume_kg=None,
        status="attended",
    )  # fmt: skip
    one = SetRecord(
        trial_id="P-001", session_no=1, exercise_no=1, set_no=1, planned_reps=8, planned_reps_max=12, planned_load_kg=Decimal(50),
        planned_pct_1rm=None,
    )  # fmt: skip
    given = dose([session], [replace(one, done_reps=8, done_load_kg=Decimal(50))], as_of=date(2026, 3, 3))
    assert (given.planned_volume_kg, given.done_volume_kg, given.rdi, given.type_adherence) == (400, 400, 1, 1)


def test_planned_volume_counts_the_lower_bound_of_a_range() -> None:
    one = a_set(planned="8x50", done="12x50")
    assert one.planned_reps_max == 12
    given = of("A", [one])
    assert (given.planned_volume_kg, given.done_volume_kg, given.rdi, given.reps_compliance) == (400, 600, Decimal("1.5"), Decimal("1.5"))


def test_repetitions_are_a_side_and_volume_counts_both() -> None:
    given = of("A", [a_set(planned="8x10", done="6x10", sides=2)])
    assert (given.planned_volume_kg, given.done_volume_kg, given.reps_compliance) == (160, 120, Decimal("0.75"))


def test_a_bodyweight_exercise_moves_its_share_of_the_body_and_what_is_added() -> None:
    one = a_set(planned="8x", done="8x5", load_model="bodyweight_fraction", bodyweight_kg=Decimal(45))
    given = of("A", [one])
    assert (given.planned_volume_kg, given.done_volume_kg) == (360, 400)
    assert (given.load_compliance, given.intensity_adherence) == (Decimal(50) / 45, 1)


def test_repetitions_only_stay_out_of_volume_and_load_but_count_as_sets_and_repetitions() -> None:
    crunch = a_set(planned="8x5", done="6x5", load_model="reps_only", exercise="crunch", exercise_no=2)
    given = of("A", [a_set(done="8x50"), crunch])
    assert (given.planned_volume_kg, given.done_volume_kg, given.load_compliance, given.intensity_adherence) == (400, 400, 1, 1)
    assert (given.sets_compliance, given.reps_compliance, given.type_adherence) == (1, Decimal(14) / 16, 1)


def test_a_session_of_repetitions_only_has_no_volume_and_no_intensity() -> None:
    given = of("AM", [a_set(1, planned="8x", done="8x", load_model="reps_only"), a_set(2, planned="8x", load_model="reps_only")])
    assert (given.planned_volume_kg, given.done_volume_kg, given.rdi) == (None, 0, 0)
    assert (given.load_compliance, given.intensity_adherence, given.time_adherence) == (None, None, Decimal("0.5"))


def test_warm_up_sets_count_nowhere() -> None:
    warmup = a_set(set_no=9, planned="10x40", done="10x40", set_kind="warmup", e1rm_kg=Decimal(100), exercise="row", exercise_no=3)
    assert of("A", [a_set(done="8x50"), warmup]) == of("A", [a_set(done="8x50")])


def test_extra_sets_add_to_the_done_volume_and_to_intensity_alone() -> None:
    extra = a_set(set_no=3, planned="", done="5x60", e1rm_kg=Decimal(100))
    given = of("A", [a_set(done="8x50", e1rm_kg=Decimal(100)), a_set(set_no=2, done="0x"), extra])
    assert (given.planned_volume_kg, given.done_volume_kg) == (800, 700)
    assert (given.sets_compliance, given.reps_compliance, given.load_compliance) == (Decimal("0.5"), Decimal("0.5"), 1)
    assert (given.intensity_sets, given.mean_relative_intensity) == (2, Decimal(700) / 13 / 100)


def test_a_substituted_set_was_done_with_its_own_load_but_says_nothing_of_the_planned_load_or_exercise() -> None:
    swapped = a_set(set_no=1, done="8x80", exercise="leg_press", substitute_for="lunge", exercise_no=2, e1rm_kg=Decimal(160))
    given = of("A", [a_set(done="8x50", e1rm_kg=Decimal(100)), swapped])
    assert (given.sets_compliance, given.reps_compliance, given.done_volume_kg) == (1, 1, 8 * 50 + 8 * 80)
    assert (given.load_compliance, given.intensity_adherence, given.type_adherence) == (1, 1, Decimal("0.5"))
    assert (given.mean_relative_intensity, given.intensity_sets) == (Decimal("0.5"), 2)


def test_an_exercise_swapped_in_some_of_its_sets_was_done() -> None:
    sets = [a_set(set_no=1, done="8x50"), a_set(set_no=2, done="8x80", exercise="leg_press", substitute_for="squat")]
    assert of("A", sets).type_adherence == 1


def test_a_held_session_with_everything_swapped_says_nothing_of_intensity_and_did_no_planned_exercise() -> None:
    sets = [a_set(1, done="8x80", exercise="leg_press", substitute_for="squat"), a_set(2, done="8x25")]
    given = of("AA", sets)
    assert (given.intensity_adherence, given.type_adherence, given.load_compliance) == (Decimal("0.5"), Decimal("0.5"), Decimal("0.5"))


def test_exercises_without_names_are_told_apart_by_their_number() -> None:
    sets = [a_set(exercise="", done="8x50"), a_set(exercise="", exercise_no=2, done="0x")]
    assert of("A", sets).type_adherence == Decimal("0.5")


def test_a_planned_set_with_one_repetition_was_done_and_with_none_was_not() -> None:
    given = of("A", [a_set(set_no=1, done="1x50"), a_set(set_no=2, done="0x"), a_set(set_no=3)])
    assert (given.sets_compliance, given.reps_compliance, given.load_compliance) == (Decimal(1) / 3, Decimal(1) / 24, 1)


def test_load_compliance_leaves_out_sets_whose_lifted_load_is_not_known() -> None:
    given = of("A", [a_set(set_no=1, done="8x40"), a_set(set_no=2, done="8x")])
    assert (given.load_compliance, given.sets_compliance, given.done_volume_kg) == (Decimal("0.8"), 1, 320)


def test_what_is_recorded_as_done_in_a_session_that_was_not_held_counts_for_nothing() -> None:
    given = of("M", [a_set(done="8x50")])
    assert (given.planned_volume_kg, given.done_volume_kg, given.rdi, given.sets_delivered) == (400, 0, 0, 0)
    assert (given.sets_compliance, given.intensity_sets, given.minutes_total) == (None, 0, 0)


@pytest.mark.parametrize("letter", "MCNS")
def test_missed_cancelled_undelivered_and_unrecorded_sessions_stay_in_the_planned_dose(letter: str) -> None:
    given = of("A" + letter, [a_set(1, done="8x50"), a_set(2)])
    assert (given.planned_volume_kg, given.done_volume_kg, given.rdi, given.sets_delivered) == (800, 400, Decimal("0.5"), Decimal("0.5"))
    assert (given.sets_compliance, given.frequency_adherence, given.intensity_adherence) == (1, Decimal("0.5"), Decimal("0.5"))


def test_a_made_up_session_gives_its_dose() -> None:
    given = of("U", [a_set(done="8x50")])
    assert (given.rdi, given.frequency_adherence, given.sets_compliance) == (1, 1, 1)
    uncounted = dose(course("U"), [a_set(done="8x50")], as_of=AFTER, rules=Rules(made_up_counts=False))
    assert (uncounted.rdi, uncounted.frequency_adherence, uncounted.sets_compliance) == (0, 0, None)


def test_other_phases_give_and_take_no_dose() -> None:
    sessions = [a_session(1, phase="familiarisation"), a_session(2, phase="deferred"), a_session(3, phase="follow_up"), a_session(4)]
    sets = [a_set(no, done="8x50") for no in (1, 2, 3)] + [a_set(4, done="4x50")]
    given = of(sessions, sets)
    assert (given.planned_volume_kg, given.done_volume_kg, given.sets_delivered) == (400, 200, 1)
    assert dose(sessions, sets, as_of=AFTER, rules=Rules(phase="familiarisation")).rdi == 1


def test_a_session_whose_week_is_not_over_is_not_due() -> None:
    sessions, sets = course("AAAA"), [a_set(no, done="8x50") for no in (1, 2, 3, 4)]
    assert dose(sessions, sets, as_of=date(2026, 3, 9)).planned_volume_kg == 800
    assert dose(sessions, sets, as_of=date(2026, 3, 8)).planned_volume_kg is None


def test_rdi_is_not_capped_and_fitt_is_capped_a_session() -> None:
    given = of("AA", [a_set(1, done="16x100"), a_set(2, done="4x25")])
    assert (given.rdi, given.load_compliance, given.reps_compliance) == (Decimal("2.125"), Decimal("1.25"), Decimal("1.25"))
    assert (given.intensity_adherence, given.time_adherence) == (Decimal("0.75"), Decimal("0.75"))


def test_intensity_in_a_session_is_the_mean_of_its_sets_ratios() -> None:
    sets = [a_set(set_no=1, planned="8x100", done="8x50"), a_set(set_no=2, planned="8x10", done="8x10", exercise="curl", exercise_no=2)]
    given = of("A", sets)
    assert (given.intensity_adherence, given.load_compliance) == (Decimal("0.75"), Decimal(60) / 110)


def test_never_prescribed_a_load_is_rdi_0_and_out_of_the_ratio_of_sums() -> None:
    never = of("MM", [a_set(1, planned="8x"), a_set(2, planned="8x")])
    assert (never.planned_volume_kg, never.done_volume_kg, never.rdi, never.sets_delivered) == (None, 0, 0, 0)
    group = pooled([never, of("A", [a_set(done="4x50")])])
    assert (group.mean_of_rdis, group.n, group.ratio_of_sums, group.n_in_ratio) == (Decimal("0.25"), 2, Decimal("0.5"), 1)
    assert (group.least_rdi, group.greatest_rdi, group.rdi_rule) == (0, Decimal("0.5"), "due_undelivered_as_zero")
    assert group.sd_of_rdis == (Decimal("0.125")).sqrt()


def test_a_session_not_held_carries_its_exercises_last_prescribed_load_without_progression() -> None:
    sets = [
        a_set(1, 1, planned="8x50", done="12x50"),
        a_set(1, 2, planned="8x20", done="8x20", exercise="curl", exercise_no=2),
        a_set(1, 3, planned="10x10", done="10x10", set_kind="warmup"),
        a_set(2, 1, planned="8x52.5", done="8x40"),
        a_set(3, 1, planned="8x"),
        a_set(3, 2, planned="8x", exercise="curl", exercise_no=2),
        a_set(3, 3, planned="8x", exercise="crunch", exercise_no=3, load_model="reps_only"),
        a_set(3, 4, planned="8x", exercise="row", exercise_no=4),
        a_set(4, 1, planned="8x"),
    ]
    given = of("AAMN", sets)
    assert given.planned_volume_kg == 8 * 50 + 8 * 20 + 8 * Decimal("52.5") + (8 * Decimal("52.5") + 8 * 20) + 8 * Decimal("52.5")


def test_a_load_is_carried_in_planned_order_and_never_backwards() -> None:
    sets = [a_set(1, planned="8x"), a_set(2, planned="8x60", done="8x60"), a_set(3, planned="8x")]
    assert of("MAM", sets).planned_volume_kg == 8 * 60 * 2
    assert of(list(reversed(course("MAM"))), list(reversed(sets))).planned_volume_kg == 8 * 60 * 2


def test_a_session_that_was_held_keeps_its_frozen_prescription_also_where_it_had_no_load() -> None:
    sets = [a_set(1, planned="8x50", done="8x50"), a_set(2, planned="8x", done="8x40")]
    given = of("AA", sets)
    assert (given.planned_volume_kg, given.done_volume_kg, given.load_compliance) == (400, 720, 1)


def test_a_swapped_set_carries_the_load_of_the_exercise_it_was_planned_for() -> None:
    sets = [a_set(1, planned="8x50", done="8x90", exercise="leg_press", substitute_for="squat"), a_set(2, planned="8x")]
    assert of("AM", sets).planned_volume_kg == 800


def test_deferred_training_neither_gives_nor_takes_a_load() -> None:
    sessions = [a_session(1, phase="deferred"), a_session(2, "M")]
    assert of(sessions, [a_set(1, done="8x50"), a_set(2, planned="8x")]).planned_volume_kg is None


def test_a_sessions_own_volumes_count_only_where_it_has_no_sets() -> None:
    stated = {"planned_volume_kg": Decimal(999), "done_volume_kg": Decimal(999), "sets_planned": 9, "sets_done": 9}
    given = of([a_session(1, **stated), a_session(2, **stated)], [a_set(1, done="8x50")])
    assert (given.planned_volume_kg, given.done_volume_kg, given.sets_compliance) == (1399, 1399, 1)


def test_what_sessions_state_themselves_says_nothing_of_loads_and_exercises() -> None:
    stated = {"planned_volume_kg": Decimal(100), "done_volume_kg": Decimal(50)}
    given = of([a_session(1, **stated), a_session(2, "M", planned_volume_kg=Decimal(100))], [])
    assert (given.rdi, given.frequency_adherence) == (Decimal("0.25"), Decimal("0.5"))
    assert (given.intensity_adherence, given.time_adherence, given.type_adherence) == (None, None, None)


def test_who_never_came_scores_0_in_every_part_of_fitt() -> None:
    given = of("MN", [a_set(1), a_set(2)])
    parts = (given.frequency_adherence, given.intensity_adherence, given.time_adherence, given.type_adherence)
    assert parts == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("times", "stated", "minutes"),
    [
        ((0, 3000, 0), None, 50), ((0, 3030, 0), None, 51), ((0, 3029, 0), None, 50), ((0, 3600, 600), None, 50), ((0, 3600, None), 1, 60),
        (None, 47, 47), (None, None, None), ((0, 60, 600), None, 0),
    ],
    ids=["whole", "half up", "below half", "pauses out", "clock before statement", "stated", "unknown", "never below 0"],
)  # fmt: skip
def test_minutes_are_end_less_start_less_pauses(times: tuple[int, int, int | None] | None, stated: int | None, minutes: int | None) -> None:
    started = ended = paused = None
    if times:
        started = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
        ended, paused = datetime.fromtimestamp(started.timestamp() + times[1], UTC), times[2]
    session = a_session(started_at=started, ended_at=ended, paused_seconds=paused, minutes=stated)
    assert session.minutes_trained == of([session], []).minutes_total == minutes


def test_minutes_of_some_sessions_are_added_and_of_none_held_are_0() -> None:
    assert of([a_session(1, minutes=50), a_session(2)], []).minutes_total == 50
    assert of("MM", []).minutes_total == 0


def test_a_mean_rating_stands_on_its_scale_and_on_none_where_scales_mix() -> None:
    borg = [a_session(1, session_rpe=Decimal(13), rpe_scale="BORG20"), a_session(2, session_rpe=Decimal(14), rpe_scale="BORG20")]
    cr10 = a_session(3, session_rpe=Decimal(5), rpe_scale="CR10")
    assert (of(borg, []).mean_session_rpe, of(borg, []).rpe_scale) == (Decimal("13.5"), "BORG20")
    assert (of([*borg, cr10], []).mean_session_rpe, of([*borg, cr10], []).rpe_scale) == (None, "")
    unrated = replace(cr10, session_rpe=None)
    assert of([*borg, unrated], []).rpe_scale == "BORG20"


@pytest.mark.parametrize(
    ("sets", "modified"),
    [
        ([a_set(done="8x50")], 0),
        ([a_set(done="12x55")], 0),
        ([a_set(done="7x50")], 1),
        ([a_set(done="8x47.5")], 1),
        ([a_set(done="8x50"), a_set(set_no=2, done="0x")], 1),
        ([a_set(done="12x50"), a_set(set_no=2, done="6x50")], 1),
        ([a_set(done="8x30", exercise="leg_press", substitute_for="squat")], 0),
        ([a_set(done="8x50"), a_set(set_no=2, planned="", done="2x20")], 0),
        ([a_set(done="8x50"), a_set(set_no=2, planned="8x50", done="0x", set_kind="warmup")], 0),
    ],
    ids=["as planned", "more", "fewer repetitions", "less load", "a set left out", "not made good by another set", "swapped",
         "extra set", "warm-up"],
)  # fmt: skip
def test_a_session_is_modified_where_sets_repetitions_or_load_fell_short(sets: list[SetRecord], modified: int) -> None:
    assert of("A", sets).sessions_modified == modified
    assert of("M", sets).sessions_modified == 0


def test_the_published_mean_of_rdis_is_not_the_published_ratio() -> None:
    """Fairman 2020: 112,835 of 139,886 kg is 80.7 %; the mean of the persons' RDI was 77.4 %."""
    whole = of([a_session(planned_volume_kg=Decimal(139_886), done_volume_kg=Decimal(112_835))], [])
    assert whole.rdi is not None
    assert round(whole.rdi, 3) == Decimal("0.807")


def test_doses_under_different_rules_are_not_pooled() -> None:
    one, other = of("A", []), dose(course("A"), [], as_of=AFTER, rules=Rules(undelivered_count_as_zero=False))
    with pytest.raises(ValueError, match="due_undelivered_as_zero, due_undelivered_left_out"):
        pooled([one, other])
    assert (pooled([]).rdi_rule, pooled([]).n) == ("", 0)


def test_leaving_drop_outs_out_takes_their_sessions_from_every_mean() -> None:
    sets = [a_set(1, done="8x50"), a_set(2), a_set(3)]
    given = dose(course("AMN"), sets, as_of=AFTER, rules=Rules(undelivered_count_as_zero=False))
    assert (given.planned_volume_kg, given.rdi, given.sets_delivered, given.frequency_adherence) == (800, *[Decimal("0.5")] * 3)
    assert given.rdi_rule == "due_undelivered_left_out"


def test_figures_are_unrounded_decimals() -> None:
    given = of("A", [a_set(set_no=n, done="8x50" if n < 3 else "0x") for n in (1, 2, 3)])
    assert given.sets_compliance == Decimal(2) / Decimal(3)
    assert all(isinstance(getattr(given, f.name), (Decimal, int, str)) for f in fields(given) if getattr(given, f.name) is not None)


def test_sets_of_other_people_and_unknown_sessions_change_nothing() -> None:
    mine = [a_set(done="8x50")]
    assert of("A", [*mine, a_set(done="8x50", trial_id="P-002"), a_set(7, done="8x50")]) == of("A", mine)
