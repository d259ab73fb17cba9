"""One person's training as figures: the same on the page, in the CSV and in the PDF. No questionnaire."""

from __future__ import annotations

from outcomes.domain.case import Case
from outcomes.domain.course_of_training import drift, loads, ratings, volumes
from outcomes.domain.forms import Training
from outcomes.domain.guided import weeks_of
from outcomes.domain.records import SessionRecord, SetRecord
from outcomes.domain.training import Sums
from outcomes.exports.figures import Figure
from participants.domain.guideline import planned_weeks
from trials.ui import plots

ASKED = (
    "The guideline asks for at least 8 exercises, 2 sets of 8 to 12 repetitions of each, 2 days a week that don't follow one another, and "
    "progression (Herring & Meyer 2024)."
)
GUIDELINE = ("week", "exercises", "sets", "reps_in_range", "days", "progressed", "lacks", "plan_lacks")
SAID = {True: "yes", False: "no", None: "nothing to compare with"}
SCALES = {"CR10": (0, 10), "BORG20": (6, 20)}


def figures(case: Case, known: Training) -> list[Figure]:
    """Those that have a row."""
    sessions = known.sessions
    found = [
        _volumes(sessions, known.sums), *_loads(case, sessions, known.sets), _ratings(sessions), _guideline(case, sessions, known.sets),
        _attendance(sessions),
    ]  # fmt: skip
    return [figure for figure in found if figure.rows]


def _guideline(case: Case, sessions: list[SessionRecord], sets: list[SetRecord]) -> Figure:
    """Each due trial week as done, beside what the plan itself leaves out."""
    plan = {} if case.plan is None else {week.week: week for week in planned_weeks(case.plan)}
    rows = [
        (
            week.week, week.exercises, week.sets, week.reps_in_range, week.days, SAID[week.progressed], ", ".join(week.lacks) or "nothing",
            (", ".join(plan[week.week].lacks) or "nothing") if week.week in plan else "no plan",
        )
        for week in weeks_of(sessions, sets, as_of=case.today)
    ]  # fmt: skip
    conforming = sum(row[6] == "nothing" for row in rows)
    rule = f"{ASKED} {conforming} of {len(rows)} weeks lack nothing. Sets: the fewest that an exercise got on a day."
    return Figure("guideline", "Guideline by week", rule, GUIDELINE, rows)


def _attendance(sessions: list[SessionRecord]) -> Figure:
    rows = [(s.session_no, s.week, str(s.phase), s.planned_on, s.held_on, str(s.status), s.reason) for s in sessions]
    head = ("session_no", "week", "phase", "planned_on", "held_on", "status", "reason")
    return Figure("attendance", "Attendance", "Every planned session in order.", head, rows)


def _volumes(sessions: list[SessionRecord], sums: Sums) -> Figure:
    found = [v for v in volumes(sessions, sums) if v.planned_kg is not None or v.done_kg]
    rows = [(v.session_no, v.week, str(v.status), v.planned_kg, v.done_kg, v.share) for v in found]
    described = f"Planned and done volume load of {len(found)} sessions, in kg."
    svg = plots.planned_and_done(
        [(v.session_no, v.planned_kg, v.done_kg) for v in found], title="Planned against done", unit="kg", described=described
    )
    rule = (
        "Volume = repetitions x load x sides over working sets, in kg; planned at the lower end of the repetitions. "
        f"Outline planned, filled done. n = {len(found)} sessions."
    )
    return Figure(
        "volume", "Planned against done", rule, ("session_no", "week", "status", "planned_kg", "done_kg", "done_share"), rows, svg
    )


def _loads(case: Case, sessions: list[SessionRecord], sets: list[SetRecord]) -> list[Figure]:
    """A figure an exercise, in the order of the plan."""
    names = {} if case.plan is None else {e.code: e.label for e in case.plan.exercises}
    found = [x for x in loads(sessions, sets) if x.done_kg is not None or x.planned_kg is not None]
    figures = []
    for code in dict.fromkeys([*names, *(x.exercise for x in found)]):
        mine = [x for x in found if x.exercise == code]
        label = names.get(code, code.replace("_", " ").capitalize())
        done = [(x.session_no, x.done_kg) for x in mine if x.done_kg is not None]
        title = f"Load, {label}"
        svg = plots.step_line(done, title=title, unit="kg", described=f"Heaviest load lifted in {len(done)} sessions, in kg.")
        rows = [(x.session_no, x.held_on, x.planned_kg, x.done_kg) for x in mine]
        rule = f"Heaviest working set of each session, in kg. n = {len(done)} sessions."
        figures.append(Figure(f"load-{code}", title, rule, ("session_no", "held_on", "planned_kg", "done_kg"), rows, svg))
    return figures


def _ratings(sessions: list[SessionRecord]) -> Figure:
    rated = ratings(sessions)
    line = drift(rated)
    rows = [(s.session_no, s.held_on, s.session_rpe, s.rpe_scale) for s in rated]
    drawn = None if line.slope is None or line.intercept is None else (float(line.intercept), float(line.slope))
    told = "no drift from fewer than two ratings" if line.slope is None else f"drift {line.slope:+.3f} points a session"
    ends = (rated[0].session_no - 1, rated[-1].session_no + 1) if rated else (0, 1)
    svg = plots.dots(
        [(s.session_no, s.session_rpe) for s in rated if s.session_rpe is not None], x_ends=ends, y_ends=SCALES.get(line.scale, (0, 10)),
        title="Session RPE", unit=line.scale, described=f"{line.n} ratings, {told}.", line=drawn, x_name="session",
    )  # fmt: skip
    rule = f"Session rating of perceived exertion ({line.scale}), least-squares line; {told}. n = {line.n}."
    return Figure("rpe", "Session RPE", rule, ("session_no", "held_on", "session_rpe", "rpe_scale"), rows, svg)
