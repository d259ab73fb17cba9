"""What follows for one person: received, lost, analysed, completed and the analysis sets, all at the cut."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from outcomes.domain.adherence import Adherence, adherence
from outcomes.domain.case import Case
from outcomes.domain.dose import Dose, dose_from_sums
from outcomes.domain.facts import Row
from outcomes.domain.forms import SHOWN, Training
from outcomes.domain.primary import PrimaryOutcome, completed_on, primary_outcome
from outcomes.domain.records import Phase, SessionRecord
from outcomes.domain.training import Sums

FLOW_ONLY = ("lost", "lost_for", "discontinued", "attended_one", "met_dose")  # what the flow reads beside the columns


def participant_row(case: Case, training: Training, forms: list[Row], deviations: list[Row]) -> Row:
    """participant.csv's row, with the flow's own words (`FLOW_ONLY`) beside it."""
    row = _as_recorded(case)
    if not case.person.randomised:
        return row | case.stated("participant")
    outcome = primary_outcome(case, forms)
    received = _received(case, training.sessions)
    row |= _intervention(case, training.sessions, received)
    row |= {
        "arm_received": _arm_received(case, training.sessions, deviations, received),
        "randomised_ineligible": _ineligible(case, deviations),
        "received_allocated": received,
        "not_received_reason": _not_received_reason(case, deviations) if received is False else "",
        "completed_on": _last_visit_on(case, forms),
        "analysed_primary": outcome.analysed,
        "not_analysed_reason": _not_analysed_reason(case) if outcome.analysed is False else "",
        "assessor_unblinded_on": _assessor_unblinded_on(deviations),
        "assessor_guess": case.person.assessor_guess,
        "group_code": case.person.group_code,
    }
    row |= _sets(case, training, row, outcome, deviations) | case.stated("participant")
    return row | _flow_words(case, row, outcome) | _dose_words(case, training.sessions)


def adherence_row(case: Case, training: Training) -> Row:
    """adherence.csv's row; an arm without a session plan has empty figures, never 0."""
    row: Row = {"trial_id": case.person.trial_id, "arm": case.person.arm}
    if case.trains:
        kept, given = figures(case, training.sessions, training.sums)
        row |= {name: getattr(kept, name) for name in kept.__dataclass_fields__}
        row |= {name: getattr(given, name) for name in given.__dataclass_fields__}
        row["intervention_stopped"] = case.stopped_on is not None
    return row | case.stated("adherence")


def figures(case: Case, sessions: list[SessionRecord], sums: Sums) -> tuple[Adherence, Dose]:
    """Adherence and dose of one person from sessions and their sums, whoever added them up."""
    return (
        adherence(sessions, as_of=case.today, rules=case.rules),
        dose_from_sums(sessions, sums, as_of=case.today, rules=case.rules),
    )


def _as_recorded(case: Case) -> Row:
    person = case.person
    return {
        "trial_id": person.trial_id,
        "site": person.site,
        "screened_on": person.screened_on,
        "screening_outcome": person.screening_outcome,
        "exclusion_category": person.exclusion_category,
        "exclusion_reason": person.exclusion_reason,
        "exclusion_reasons": person.exclusion_reasons,
        "consented_on": person.consented_on,
        "age": person.age,
        "sex": person.sex,
        "randomised_at": person.randomised_at,
        "randomised_on": case.randomised_on,
        "stratum": person.stratum,
        "arm": person.arm,
        "arm_dummy": person.arm_dummy,
        "withdrawn_on": person.withdrawn_on,
        "withdrawn_reason": person.withdrawn_reason,
        "withdrawn_scope": person.withdrawn_scope,
        "lost_on": person.lost_on,
        "lost_reason": person.lost_reason,
        "died_on": person.died_on,
    }


def _received(case: Case, sessions: list[SessionRecord]) -> bool | None:
    """Training: one protocol session held. Control: no protocol session before the primary window closed or participation ended."""
    held = any(case.before_primary(s) for s in sessions)
    if case.plan is None and case.protocol.arm(case.person.arm).control:
        return False if held else True if case.decided else None
    if held:
        return True
    if not case.trains:
        return True if case.decided else None
    course = [s for s in sessions if s.phase != Phase.DEFERRED]
    over = bool(course) and all(s.window_closes_on < case.today for s in course)
    return False if over or case.stopped_on is not None or case.ended_on is not None else None


def _not_received_reason(case: Case, deviations: list[Row]) -> str:
    if not case.trains or case.protocol.arm(case.person.arm).control:
        return "trained_before_primary_visit"
    return case.person.intervention_stopped_reason or _end_reason(case) or "no_session_attended"


def _end_reason(case: Case) -> str:
    """Why participation ended, in the order withdrawn, died, lost."""
    person = case.person
    if person.withdrawn_on is not None:
        return person.withdrawn_reason or "withdrawn"
    if person.died_on is not None:
        return "died"
    return (person.lost_reason or "lost") if person.lost_on is not None else ""


def _not_analysed_reason(case: Case) -> str:
    return "data_withdrawn" if case.person.rows_left_out else _end_reason(case) or "not_assessed"


def _intervention(case: Case, sessions: list[SessionRecord], received: bool | None) -> Row:
    held = [s.held_on for s in sessions if case.before_primary(s) and s.held_on]
    course = [s for s in sessions if s.phase == Phase.INTERVENTION]
    done = [s.held_on for s in course if s.held and s.held_on]
    over = bool(course) and all(s.window_closes_on < case.today for s in course)
    return {
        "first_session_on": min(held, default=None),
        "last_session_on": max(held, default=None),
        "intervention_completed_on": max(done) if over and done and case.stopped_on is None else None,
        "intervention_stopped_on": case.stopped_on,
        "intervention_stopped_reason": (case.person.intervention_stopped_reason or _end_reason(case)) if case.stopped_on else "",
    }


def _arm_received(case: Case, sessions: list[SessionRecord], deviations: list[Row], received: bool | None) -> str:
    """The arm once received; another where a wrong-arm deviation or a protocol session before the primary visit says so."""
    wrong = [str(d["given_arm"]) for d in deviations if d["category"] == "wrong_arm" and d.get("given_arm")]
    if wrong:
        return wrong[-1]
    own = case.protocol.arm(case.person.arm)
    trained = [a.code for a in case.protocol.arms if a.plan is not None and a.code != own.code]
    if own.control and case.plan is None and any(case.before_primary(s) for s in sessions):
        return trained[0] if len(trained) == 1 else ""
    return own.code if received else ""


def _ineligible(case: Case, deviations: list[Row]) -> bool:
    """An eligibility deviation about a fact dated no later than randomisation."""
    limit = case.randomised_on
    return any(
        d["category"] == "eligibility" and isinstance(on := d["occurred_on"], date) and limit is not None and on <= limit
        for d in deviations
    )


def _assessor_unblinded_on(deviations: list[Row]) -> date | None:
    days = [on for d in deviations if d["category"] == "assessor_unblinded" and isinstance(on := d["occurred_on"], date)]
    return min(days, default=None)


def _last_visit_on(case: Case, forms: list[Row]) -> date | None:
    """The day the protocol's last visit was done, all its forms sent."""
    visits = [v for v in case.protocol.visits if v.kind != "baseline"]
    if not visits:
        return None
    last = max(visits, key=lambda v: v.target_day or 0)
    rows = [f for f in forms if f["visit"] == last.code]
    days = [on for f in rows if f["status"] in SHOWN and (on := completed_on(case, f))]
    return max(days) if rows and len(days) == len(rows) else None


def _sets(case: Case, training: Training, row: Row, outcome: PrimaryOutcome, deviations: list[Row]) -> Row:
    exposed = any(s.held for s in training.sessions)
    always: Row = {"itt": True, "safety": exposed if case.trains else True}
    if case.protocol.primary is None:
        return always
    fas = outcome.any_follow_up and not row["randomised_ineligible"]
    return always | {
        "fas": fas,
        "per_protocol": fas and _in_window(outcome) and not _important(deviations) and _complied(case, training, outcome),
        "completer": outcome.present,
    }


def _in_window(outcome: PrimaryOutcome) -> bool:
    return outcome.row is not None and bool(outcome.row.get("in_window"))


def _important(deviations: list[Row]) -> bool:
    return any(d.get("important") for d in deviations)


def _complied(case: Case, training: Training, outcome: PrimaryOutcome) -> bool:
    """Training: attendance at or above the protocol's threshold. Control: no training or structured exercise before the primary visit."""
    if case.trains and not case.protocol.arm(case.person.arm).control:
        attended = figures(case, training.sessions, training.sums)[0].attendance
        return (attended or Decimal(0)) >= case.protocol.analysis.per_protocol_attendance
    visited = completed_on(case, outcome.row) if outcome.row else None
    if any(case.before_primary(s) for s in training.sessions):
        return False
    return not any(
        c["kind"] == "exercise" and (visited is None or str(c.get("started_on") or "") <= visited.isoformat()) and _still_on(c, case)
        for c in case.person.concomitants
    )


def _still_on(care: Row, case: Case) -> bool:
    """Exercise that had stopped before randomisation is history."""
    stopped = str(care.get("stopped_on") or "")
    return not stopped or case.randomised_on is None or stopped >= case.randomised_on.isoformat()


def _flow_words(case: Case, row: Row, outcome: PrimaryOutcome) -> Row:
    present = row["analysed_primary"] in (True, "yes") if "analysed_primary" in case.stated("participant") else outcome.present
    received = row["received_allocated"] in (True, "yes")
    return {
        "lost": not present and case.decided,
        "lost_for": _end_reason(case) or "not_assessed",
        "discontinued": received and row["intervention_stopped_on"] is not None,
    }


def _dose_words(case: Case, sessions: list[SessionRecord]) -> Row:
    """What stands beside the flow: one session of the intervention held; attendance of those due at or above the protocol's threshold."""
    if not case.trains:
        return {}
    attended = adherence(sessions, as_of=case.today, rules=case.rules).attendance
    return {
        "attended_one": any(s.held and s.phase == Phase.INTERVENTION for s in sessions),
        "met_dose": attended is not None and attended >= case.protocol.analysis.per_protocol_attendance,
    }
