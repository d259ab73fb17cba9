"""Session by session and arm by arm, against figures worked out by hand."""

from __future__ import annotations

import math
from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from outcomes.domain import arms
from outcomes.domain.adherence import adherence
from outcomes.domain.arms import Trainee
from outcomes.domain.course_of_training import drift, loads, ratings, straight_line, volumes
from outcomes.domain.dose import dose
from outcomes.domain.records import SessionRecord, SetRecord
from outcomes.domain.tolerability import tolerance
from outcomes.exports import arm_figures
from participants.domain.sums import sums_of

DAY = date(2026, 3, 3)
AS_OF = date(2026, 6, 1)


def session(number: int, status: str = "attended", **more: object) -> SessionRecord:
    on = DAY + timedelta(days=3 * number)
    facts = {"held_on": on if status == "attended" else None, "closes_on": on, "week": number, **more}
    return SessionRecord(
        trial_id="P-1",
        session_no=number,
        planned_on=on,
        planned_at=None,
        planned_minutes=60,
        planned_volume_kg=None,
        status=status,
        **facts,
    )  # type: ignore[arg-type]


def one(number: int, set_no: int = 1, **more: object) -> SetRecord:
    facts = {"planned_reps": 10, "planned_load_kg": D(40), "done_reps": 10, "done_load_kg": D(40), "exercise": "squat", **more}
    return SetRecord(trial_id="P-1", session_no=number, exercise_no=1, set_no=set_no, planned_reps_max=12, planned_pct_1rm=None, **facts)  # type: ignore[arg-type]


def test_volumes_stand_session_by_session_planned_beside_done() -> None:
    course = [session(1), session(2, "missed"), session(3), session(4, "scheduled")]
    sets = [one(1, done_reps=5), one(2, done_reps=None, done_load_kg=None), one(3, planned_load_kg=None, done_reps=0)]
    found = volumes(course, sums_of(sets))
    assert [(v.session_no, v.planned_kg, v.done_kg, v.share) for v in found] == [
        (1, D(400), D(200), D("0.5")), (2, D(400), None, None), (3, None, D(0), None),
    ]  # fmt: skip


def test_loads_are_the_heaviest_of_held_sessions_by_exercise() -> None:
    sets = [
        one(1), one(1, 2, done_load_kg=D(45), planned_load_kg=D("42.5")), one(2), one(3, set_kind="warmup"), one(3, 2, load_model="reps_only"),
        one(3, 3, substitute_for="press"), one(3, 4, exercise="row", done_reps=0, planned_load_kg=None),
    ]  # fmt: skip
    found = loads([session(1), session(2, "missed"), session(3)], sets)
    assert [(x.exercise, x.session_no, x.planned_kg, x.done_kg) for x in found] == [("row", 3, None, None), ("squat", 1, D("42.5"), D(45))]


def test_drift_is_the_slope_of_ratings_on_the_last_scale() -> None:
    course = [
        session(n, session_rpe=D(v), rpe_scale=scale) for n, v, scale in ((1, 13, "BORG20"), (2, 3, "CR10"), (4, 5, "CR10"), (6, 4, "CR10"))
    ]
    found = drift(ratings([*course, session(7), session(8, "missed", session_rpe=D(1), rpe_scale="CR10")]))
    # x 2 4 6, y 3 5 4: means 4 and 4; sum of products 2, of squares 8
    assert (found.scale, found.n, found.slope, found.intercept) == ("CR10", 3, D("0.25"), D(3))
    assert drift(ratings(course[:1])) == drift([course[0]])
    assert drift([course[0]]).slope is None
    assert drift([]).n == 0
    assert straight_line([(D(1), D(1)), (D(1), D(2))]) == (None, None)


def trainee(trial_id: str, attended: int, of: int, reps: int, change: str | None = None, arm: str = "RET", **more: str) -> Trainee:
    course = [session(n, "attended" if n <= attended else "missed", started_at=None, minutes=50) for n in range(1, of + 1)]
    sets = [one(n, done_reps=reps if n <= attended else None, done_load_kg=D(40) if n <= attended else None) for n in range(1, of + 1)]
    facts = {"site": "LIM", "trainer": "T1", **more}
    return Trainee(
        trial_id=trial_id, arm=arm, kept=adherence(course, as_of=AS_OF), given=dose(course, sets, as_of=AS_OF),
        tolerance=tolerance(course, sets, as_of=AS_OF), changes={} if change is None else {"phq9": D(change)}, **facts,
    )  # type: ignore[arg-type] # fmt: skip


PEOPLE = [
    trainee("P-1", 16, 16, 10, "-6"), trainee("P-2", 13, 16, 10, "-5", trainer="T2"), trainee("P-3", 8, 16, 10, "-1", site="DUB"),
    trainee("P-4", 16, 16, 5, "-4"), trainee("P-5", 4, 16, 10), trainee("P-6", 2, 2, 10, arm="OTH"), trainee("P-0", 0, 0, 0),
]  # fmt: skip


def test_thresholds_count_everybody_of_the_arm_with_a_due_session() -> None:
    found = arms.by_arm(PEOPLE)
    assert {arm: [p.trial_id for p in those] for arm, those in found.items()} == {
        "OTH": ["P-6"],
        "RET": ["P-1", "P-2", "P-3", "P-4", "P-5"],
    }
    told = [(r.threshold, r.reached, r.of, r.share) for r in arms.thresholds("RET", found["RET"])]
    assert told == [
        ("sessions >= 13", 3, 5, D("0.6")),
        ("attendance >= 0.5", 4, 5, D("0.8")), ("attendance >= 0.67", 3, 5, D("0.6")), ("attendance >= 0.8", 3, 5, D("0.6")),
        ("RDI >= 0.5", 4, 5, D("0.8")), ("RDI >= 0.67", 2, 5, D("0.4")), ("RDI >= 0.8", 2, 5, D("0.4")),
    ]  # fmt: skip


def test_doses_are_spread_and_grouped_and_minutes_added_up() -> None:
    ret = arms.by_arm(PEOPLE)["RET"]
    # RDIs 1, 13/16, 8/16, 8/16, 4/16: mean 3.0625 / 5
    found = arms.spread("RET", ret)
    assert (found.n, found.mean, found.least, found.median, found.greatest) == (5, D("0.6125"), D("0.25"), D("0.5"), D(1))
    assert [(g.kind, g.name, g.people, g.attendance, g.rdi) for g in arms.groups("RET", ret)] == [
        ("site", "DUB", 1, D("0.5"), D("0.5")), ("site", "LIM", 4, D("0.765625"), D("0.640625")),
        ("trainer", "T1", 4, D("0.6875"), D("0.5625")), ("trainer", "T2", 1, D("0.8125"), D("0.8125")),
    ]  # fmt: skip
    told = arms.contact("RET", ret)
    assert (told.people, told.sessions, told.minutes, told.mean) == (5, 57, 2850, D(570))


def test_attendance_and_compliance_are_told_apart_each_with_its_own_n() -> None:
    """Half the repetitions of every session done by P-4; one who attended nothing has an attendance of 0 and no compliance."""
    none = trainee("P-7", 0, 16, 10)
    told = {one.measure: one for one in arms.kept("RET", [*arms.by_arm(PEOPLE)["RET"], none])}
    assert list(told) == [*arms.ATTENDED, *arms.COMPLIED]
    attended, complied = told["attendance"], told["reps_compliance"]
    assert (attended.n, attended.mean, attended.median) == (6, D(57) / 16 / 6, D("0.65625"))
    assert (complied.n, complied.mean, complied.p25, complied.p75) == (5, D("0.9"), D(1), D(1))
    assert (told["reps_delivered"].n, told["reps_delivered"].mean) == (6, (D(1) + D(13) / 16 + D(8) / 16 + D(8) / 16 + D(4) / 16) / 6)
    body = {"kept": [vars(one) for one in told.values()]}
    (figure,) = arm_figures._kept(body, {"RET": "Training"})
    assert figure.rows[4] == ("Training", "Compliance: repetitions", 5, D("0.9"), complied.sd, D(1), D(1), D(1))
    assert arm_figures._kept({}, {}) == []


def test_the_association_of_dose_and_change_is_pearsons_with_fishers_interval() -> None:
    ret = arms.by_arm(PEOPLE)["RET"]
    found = arms.response("RET", ret, "phq9")
    # (1, -6) (13/16, -5) (1/2, -1) (1/2, -4): r = -1.3125 / sqrt(0.1826171875 * 14)
    assert (found.n, round(found.r or 0, 6)) == (4, round(-1.3125 / math.sqrt(0.1826171875 * 14), 6))
    low, high = math.tanh(math.atanh(found.r or 0) - 1.959964), math.tanh(math.atanh(found.r or 0) + 1.959964)
    assert (round(found.low or 0, 6), round(found.high or 0, 6)) == (round(low, 6), round(high, 6))
    none = arms.response("RET", ret, "gad7")
    assert (none.n, none.r, none.low, none.slope) == (0, None, None, None)


@pytest.mark.parametrize(
    ("points", "r"),
    [([(1, 1), (2, 2), (3, 3)], None), ([(1, 1), (1, 2), (1, 3), (1, 4)], None), ([(1, 1), (2, 2), (3, 3), (4, 4)], 1.0)],
    ids=["three people", "no spread", "on a line"],
)
def test_too_few_people_or_no_spread_have_no_correlation(points: list[tuple[int, int]], r: float | None) -> None:
    found = arms.correlation([(D(x), D(y)) for x, y in points])
    assert found == r
    assert arms.interval(1.0, 4) == (1.0, 1.0)
