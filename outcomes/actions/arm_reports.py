"""Training by arm, computed in the background as of an instant and kept: for those who may see figures by arm, and for nobody else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from django.conf import settings

from outcomes.actions import kept_reports
from outcomes.actions.kept_reports import asked, worked
from outcomes.domain import arms, contamination
from outcomes.domain.arms import Trainee
from outcomes.domain.case import Case
from outcomes.domain.derive import figures
from outcomes.domain.everyday import everyday
from outcomes.domain.fidelity import fidelity
from outcomes.domain.fitt import Trained, fitt_by_week
from outcomes.domain.forms import Training, assessment_rows
from outcomes.domain.guided import by_week, weeks_of
from outcomes.domain.providers import delivered
from outcomes.domain.records import Phase, SessionRecord
from outcomes.domain.text import rounded
from outcomes.domain.tolerability import tolerability, tolerance_from_sums
from outcomes.domain.training import sessions_of, sets_of
from outcomes.exports import arm_figures, papers
from outcomes.exports.closed import labels_of, rules_of
from outcomes.exports.dataset import people, providers
from outcomes.instruments import instruments
from outcomes.models import Report
from outcomes.permissions import check_sees_by_arm
from participants.queries.observations import draws_by, ratings
from trials import queries
from trials.actors import Actor
from trials.audit import action
from trials.domain.protocol import Protocol
from trials.models import User

KIND = "training_by_arm"
SCORES = ("phq9", "gad7")
PLACES = 4
ROWS_AT = "/reports/training/"


@action
def request_training_by_arm(*, by: User, at: datetime) -> Report:
    """Ask for fresh figures by arm; a worker computes them and the last ones stay until then. One request waits at a time."""
    check_sees_by_arm(by)
    return asked(KIND, "training_by_arm", by=by, at=at, paper=True)


@action
def compute(report: Report, *, by: Actor, at: datetime) -> Report:
    """The worker's part. A protocol that no longer fits the records leaves one sentence in place of figures."""
    return worked(report, "training_by_arm", body_of, by=by, at=at, paper_of=paper_of)


def newest() -> Report | None:
    """The last figures that were finished."""
    return kept_reports.newest(KIND)


def paper_of(report: Report) -> dict[str, Any]:
    """The figures of the page, under the words of the protocol that they were made by."""
    protocol = queries.protocol_of(report.protocol_digest)
    figures = arm_figures.figures(report.body, labels_of(protocol))
    return papers.paper(
        title=f"{protocol.code}: training by arm",
        about=[protocol.title, "As randomised.", *papers.made_with(report)],
        sections=[papers.section("Figures", figures=(replace(f, rows_at=ROWS_AT) for f in figures))],
        as_of=report.as_of,
        base=settings.UPLIFT_BASE_URL,
        rules=report.body["rules"],
    )


def body_of(protocol: Protocol, as_of: datetime) -> dict[str, Any]:
    """Rows of every table by arm, as randomised; decimals as text, at most four places."""
    trainees, trained = [], []
    exposed, randomised, held = [], [], []
    today = None
    for person in people():
        case = Case(person, protocol, as_of)
        if person.arm and not person.rows_left_out:
            randomised.append(person.arm)
            exposed += contamination.exposures(case)
            held += [(person.arm, session) for session in person.sessions]
        if person.arm and case.trains and not person.rows_left_out:
            one, course = _trainee(case)
            trainees.append(one)
            trained.append(course)
            today = case.today if today is None else max(today, case.today)
    groups = arms.by_arm(trainees)
    body: dict[str, list[Any]] = {
        name: []
        for name in ("people", "tolerability", "doses", "thresholds", "kept", "groups", "minutes", "guideline", "responses", "pairs")
    }
    for arm, those in groups.items():
        body["people"] += [{"arm": arm, "n": len(those)}]
        body["tolerability"] += [{"arm": arm, **asdict(row)} for row in tolerability(p.tolerance for p in those)]
        body["doses"] += [asdict(arms.spread(arm, those)) | {"rdis": sorted(p.given.rdi for p in those if p.given.rdi is not None)}]
        body["thresholds"] += map(asdict, arms.thresholds(arm, those))
        body["kept"] += map(asdict, arms.kept(arm, those))
        body["groups"] += map(asdict, arms.groups(arm, those))
        body["minutes"] += [asdict(arms.contact(arm, those))]
        body["guideline"] += map(asdict, by_week(arm, [person.weeks for person in those]))
        for code in _scores(protocol):
            body["responses"] += [asdict(arms.response(arm, those, code))]
            body["pairs"] += [{"arm": arm, "instrument": code, "pairs": sorted(arms.pairs(those, code))}]
    body["exposures"] = [asdict(entry) for entry in exposed]
    body["contamination"] = [asdict(row) for row in contamination.by_arm(exposed, randomised)]
    body["providers"] = [asdict(row) for row in delivered(held, providers())]
    body["everyday"] = [asdict(row) for row in everyday(held)]
    body["fidelity"] = _fidelity(protocol, held)
    weeks = [] if today is None else [asdict(week) for week in fitt_by_week(trained, as_of=today)]
    told: dict[str, Any] = _plain({**body, "fitt": weeks})
    return told | {"rules": rules_of(protocol)}


def _fidelity(protocol: Protocol, held: Iterable[tuple[str, SessionRecord]]) -> list[dict[str, Any]]:
    """Nothing where no session is observed and none ever was."""
    rated = ratings()
    if protocol.fidelity is None and not rated:
        return []
    return [asdict(row) for row in fidelity(held, draws=draws_by(protocol), ratings=rated)]


def _trainee(case: Case) -> tuple[Trainee, Trained]:
    sessions = sessions_of(case)
    training = Training(sessions, sets_of(case, sessions))
    kept, given = figures(case, sessions, training.sums)
    person = case.person
    held = Counter(s.trainer for s in sessions if s.held and s.trainer)
    why = case.protocol.missed_reason_class.get(person.intervention_stopped_reason, "")
    one = Trainee(
        trial_id=person.trial_id,
        arm=person.arm,
        site=person.site,
        trainer=min(held, key=lambda code: (-held[code], code)) if held else "nobody",
        kept=kept,
        given=given,
        tolerance=tolerance_from_sums(
            sessions, training.sums, as_of=case.today, rules=case.rules, stopped_for=None if case.stopped_on is None else why
        ),
        changes=_changes(case, training),
        weeks=weeks_of([s for s in sessions if s.phase != Phase.DEFERRED], training.sets, as_of=case.today),
    )
    return one, Trained(arm=person.arm, sessions=tuple(sessions), sums=training.sums)


def _changes(case: Case, training: Training) -> dict[str, Any]:
    """Change from baseline to the primary visit, by questionnaire."""
    primary = case.protocol.primary
    if primary is None:
        return {}
    rows = [r for r in assessment_rows(case, instruments, training) if r["visit"] == primary.visit]
    return {str(r["instrument"]): r["change_from_baseline"] for r in rows if r.get("change_from_baseline") is not None}


def _scores(protocol: Protocol) -> list[str]:
    used = {code for visit in protocol.visits for code in visit.instruments}
    return [code for code in SCORES if code in used]


def _plain(value: Any) -> Any:
    """What JSON can keep: days and decimals as text, so that a snapshot never loses a digit to binary fractions."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return f"{rounded(value, PLACES).normalize():f}" if hasattr(value, "normalize") else value
