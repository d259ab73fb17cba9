from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from outcomes.domain.adherence import adherence
from outcomes.domain.dose import dose, for_pool, pooled
from outcomes.domain.records import Rules, SessionRecord, SetRecord

FIRST = date(2026, 3, 2)
AFTER = date(2027, 1, 1)


def session(no: int, status: str = "attended", **more: object) -> SessionRecord:
    on = FIRST + timedelta(days=7 * (no - 1))
    facts: dict[str, object] = dict(
        trial_id="P-001", session_no=no, planned_on=on, planned_at=None, planned_minutes=60, planned_volume_kg=None, status=status,
        closes_on=on + timedelta(days=6), held_on=on,
    )  # fmt: skip
    return SessionRecord(**(facts | more))  # type: ignore[arg-type]


def a_set(
    session_no: int,
    set_no: int,
    planned: int | None = 8,
    kg: str | None = "50",
    done: int | None = None,
    done_kg: str | None = None,
    **more: object,
) -> SetRecord:
    facts: dict[str, object] = dict(
        trial_id="P-001", session_no=session_no, exercise_no=1, exercise="squat", set_no=set_no, planned_reps=planned,
        planned_reps_max=12, planned_load_kg=None if kg is None else Decimal(kg), planned_pct_1rm=None, done_reps=done,
        done_load_kg=None if done_kg is None else Decimal(done_kg),
    )  # fmt: skip
    return SetRecord(**(facts | more))  # type: ignore[arg-type]


def done_sets(session_no: int, *volumes: tuple[int, str]) -> list[SetRecord]:
    return [a_set(session_no, n, 8, "50", reps, kg) for n, (reps, kg) in enumerate(volumes, start=1)]


def test_four_sessions_of_1600_kg_stated_by_the_sessions_themselves() -> None:
    kg = [1600, 1200, 0, 800]
    status = ["attended", "attended", "missed", "attended"]
    known = [session(n + 1, status[n], planned_volume_kg=Decimal(1600), done_volume_kg=Decimal(kg[n])) for n in range(4)]
    given, kept = dose(known, [], as_of=AFTER), adherence(known, as_of=AFTER)
    assert kept.attendance == Decimal("0.75")
    assert (kept.sessions_missed, kept.missed_episodes, kept.interruptions) == (1, 1, 0)
    assert (given.planned_volume_kg, given.done_volume_kg, given.rdi) == (6400, 3600, Decimal("0.5625"))
    assert given.sessions_modified == 2


def test_the_same_four_sessions_set_by_set() -> None:
    """4 sets of 8 x 50 kg planned; done 1600, 1200 (one set left out), nothing, 800 (half the load)."""
    known = [session(1), session(2), session(3, "missed"), session(4)]
    sets = done_sets(1, *[(8, "50")] * 4) + done_sets(2, *[(8, "50")] * 3) + [a_set(2, 4, 8, "50", 0)]
    sets += [a_set(3, n) for n in (1, 2, 3, 4)] + done_sets(4, *[(8, "25")] * 4)
    given = dose(known, sets, as_of=AFTER)
    assert (given.planned_volume_kg, given.done_volume_kg, given.rdi) == (6400, 3600, Decimal("0.5625"))
    assert given.sessions_modified == 2
    assert given.sets_compliance == Decimal(11) / 12
    assert given.reps_compliance == Decimal(88) / 96
    assert given.load_compliance == Decimal(450) / 550
    assert (given.sets_delivered, given.reps_delivered) == (Decimal(11) / 16, Decimal(88) / 128)
    assert given.frequency_adherence == Decimal("0.75")
    assert given.intensity_adherence == Decimal("0.625")  # 1, 1, 0, 0.5
    assert given.time_adherence == Decimal("0.6875")  # 1, 0.75, 0, 1
    assert given.type_adherence == Decimal("0.75")


@pytest.mark.parametrize(
    ("sets", "volume"), [([(8, "65")] * 3, 1560), ([(10, "55"), (8, "65"), (6, "75")], 1520)], ids=["straight", "pyramid"]
)
def test_volume_load_of_the_published_examples(sets: list[tuple[int, str]], volume: int) -> None:
    given = dose([session(1)], done_sets(1, *sets), as_of=AFTER)
    assert given.done_volume_kg == volume


def test_relative_intensity_is_the_repetition_weighted_share_of_the_tested_1rm() -> None:
    """1520 kg over 24 repetitions at 110 kg: 57.6 %; a set of an untested exercise is left out."""
    sets = [replace(one, e1rm_kg=Decimal(110)) for one in done_sets(1, (10, "55"), (8, "65"), (6, "75"))]
    given = dose([session(1)], [*sets, a_set(1, 9, 8, "50", 8, "50", exercise="curl")], as_of=AFTER)
    assert given.mean_relative_intensity is not None
    assert abs(given.mean_relative_intensity - Decimal(1520) / 24 / 110) < Decimal("1e-20")
    assert given.intensity_sets == 3


def test_compliance_of_212_of_256() -> None:
    known = [session(n) for n in range(1, 17)]
    sets = [a_set(n, s, done=8 if (n - 1) * 16 + s <= 212 else 0, done_kg="50") for n in range(1, 17) for s in range(1, 17)]
    given = dose(known, sets, as_of=AFTER)
    assert given.sets_delivered == given.sets_compliance == Decimal(212) / 256


def test_mean_of_ratios_is_not_the_ratio_of_sums() -> None:
    one = dose([session(1, planned_volume_kg=Decimal(10000), done_volume_kg=Decimal(9000))], [], as_of=AFTER)
    other = dose([session(1, planned_volume_kg=Decimal(40000), done_volume_kg=Decimal(20000))], [], as_of=AFTER)
    unloaded = dose([session(1)], [], as_of=AFTER)
    both = pooled([one, other])
    assert (both.mean_of_rdis, both.ratio_of_sums, both.n, both.n_in_ratio) == (Decimal("0.7"), Decimal("0.58"), 2, 2)
    three = pooled([one, other, unloaded])
    assert (three.n, three.n_in_ratio, three.ratio_of_sums) == (3, 2, Decimal("0.58"))
    nobody_due = pooled([dose([], [], as_of=AFTER)])
    assert (nobody_due.n, nobody_due.mean_of_rdis, nobody_due.ratio_of_sums, nobody_due.sd_of_rdis) == (0, None, None, None)
    assert pooled(map(for_pool, [one, other, unloaded])) == three


def test_never_prescribed_a_load_is_planned_empty_and_rdi_0() -> None:
    given = dose([session(1, "missed"), session(2, "missed")], [], as_of=AFTER)
    assert (given.planned_volume_kg, given.done_volume_kg, given.rdi) == (None, 0, 0)


def test_nothing_due_leaves_every_share_empty() -> None:
    given = dose([session(1)], done_sets(1, (8, "50")), as_of=FIRST)
    assert [given.rdi, given.planned_volume_kg, given.done_volume_kg, given.sets_compliance, given.frequency_adherence] == [None] * 5
    assert (given.minutes_total, given.mean_session_rpe, given.rpe_scale, given.dose_complete) == (None, None, "", True)


def test_warmups_count_nowhere_and_extra_sets_only_in_the_done_volume() -> None:
    sets = [a_set(1, 1, 8, "50", 8, "50"), a_set(1, 2, 10, "20", 10, "20", set_kind="warmup"), a_set(1, 3, None, None, 5, "40")]
    given = dose([session(1)], sets, as_of=AFTER)
    assert (given.planned_volume_kg, given.done_volume_kg, given.rdi) == (400, 600, Decimal("1.5"))
    assert (given.sets_compliance, given.reps_compliance, given.time_adherence) == (1, 1, 1)
    only_warmup = dose([session(1, planned_volume_kg=Decimal(100))], [a_set(1, 1, set_kind="warmup")], as_of=AFTER)
    assert only_warmup.planned_volume_kg is None


@pytest.mark.parametrize(
    ("model", "sides", "body", "kg", "planned", "done"),
    [
        ("external", 2, None, "10", 160, 200), ("bodyweight_fraction", 1, "30", None, 240, 300),
        ("bodyweight_fraction", 1, "30", "5", 280, 350), ("bodyweight_fraction", 1, None, "5", None, 0), ("reps_only", 1, None, None,
        None, 0),
    ],
    ids=["a side at a time", "body mass", "body mass and a plate", "body mass not known", "repetitions only"],
)  # fmt: skip
def test_load_models(model: str, sides: int, body: str | None, kg: str | None, planned: int | None, done: int) -> None:
    body_kg = None if body is None else Decimal(body)
    one = a_set(1, 1, 8, kg, 10, kg, load_model=model, sides=sides, bodyweight_kg=body_kg)
    given = dose([session(1)], [one], as_of=AFTER)
    assert (given.planned_volume_kg, given.done_volume_kg) == (planned, done)
    assert given.sets_compliance == 1


def test_a_substituted_set_keeps_volume_and_compliance_but_not_load_and_type() -> None:
    sets = [a_set(1, 1, 8, "50", 8, "50"), a_set(1, 2, 8, "50", 8, "20", exercise="leg_press", exercise_no=2, substitute_for="lunge")]
    given = dose([session(1)], sets, as_of=AFTER)
    assert (given.done_volume_kg, given.sets_compliance, given.load_compliance, given.type_adherence) == (560, 1, 1, Decimal("0.5"))
    assert given.sessions_modified == 0


def test_fitt_is_capped_at_one_a_session_while_compliance_and_rdi_are_not() -> None:
    given = dose([session(1), session(2)], [a_set(1, 1, 8, "50", 16, "100"), a_set(2, 1, 8, "50", 4, "25")], as_of=AFTER)
    assert (given.intensity_adherence, given.time_adherence) == (Decimal("0.75"), Decimal("0.75"))
    assert (given.reps_compliance, given.load_compliance, given.rdi) == (Decimal("1.25"), Decimal("1.25"), Decimal("2.125"))


def test_ratings_and_minutes_of_the_sessions_held() -> None:
    held = [
        session(1, session_rpe=Decimal(13), rpe_scale="BORG20", minutes=50),
        session(2, session_rpe=Decimal(15), rpe_scale="BORG20", minutes=61),
    ]
    given = dose([*held, session(3, "missed")], [], as_of=AFTER)
    assert (given.minutes_total, given.mean_session_rpe, given.rpe_scale) == (111, 14, "BORG20")
    mixed = dose([*held, session(4, session_rpe=Decimal(5), rpe_scale="CR10")], [], as_of=AFTER)
    assert (mixed.mean_session_rpe, mixed.rpe_scale) == (None, "")


def test_drop_outs_count_as_zero_unless_the_rule_leaves_them_out() -> None:
    known = [
        session(1, planned_volume_kg=Decimal(100), done_volume_kg=Decimal(80)),
        session(2, "not_delivered", planned_volume_kg=Decimal(100)),
    ]
    counted, left_out = dose(known, [], as_of=AFTER), dose(known, [], as_of=AFTER, rules=Rules(undelivered_count_as_zero=False))
    assert (counted.rdi, counted.rdi_rule) == (Decimal("0.4"), "due_undelivered_as_zero")
    assert (left_out.rdi, left_out.rdi_rule) == (Decimal("0.8"), "due_undelivered_left_out")


def test_the_dose_is_complete_once_no_session_is_planned_after_the_cut() -> None:
    known = [session(1), session(2, "scheduled")]
    assert dose(known, [], as_of=date(2026, 3, 8)).dose_complete is False
    assert dose(known, [], as_of=date(2026, 3, 9)).dose_complete is True


def test_a_session_without_sets_is_modified_by_its_own_counts() -> None:
    fewer = session(1, sets_planned=16, sets_done=12, reps_planned=128, reps_done=128)
    slower = session(2, sets_planned=16, sets_done=16, reps_planned=128, reps_done=100)
    whole = session(3, sets_planned=16, sets_done=16, reps_planned=128, reps_done=128)
    given = dose([fewer, slower, whole], [], as_of=AFTER)
    assert (given.sessions_modified, given.sets_compliance, given.reps_compliance) == (2, Decimal(44) / 48, Decimal(356) / 384)
