"""Assessment and item rows: every form that the protocol asks of a person, what it scored, and what came before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from outcomes.domain.case import Case
from outcomes.domain.change import Change, Total, compare, total
from outcomes.domain.dose import dose_from_sums
from outcomes.domain.events import intercurrent_events, psychotropic_changes
from outcomes.domain.facts import Form, Row
from outcomes.domain.instrument import Cuts, Instrument, Score
from outcomes.domain.records import Phase, SessionRecord, SetRecord
from outcomes.domain.visits import VisitStatus, Window, status
from participants.domain.sums import SessionSums, sums_of
from trials.domain.protocol.shape import Visit

SHOWN = (VisitStatus.DONE, VisitStatus.PARTIAL)


@dataclass(frozen=True)
class Training:
    """The sessions and sets that a form's stamps look back on.

    Where somebody has added up the recorded sets already, `sets` are those carried forward alone.
    """

    sessions: list[SessionRecord]
    sets: list[SetRecord]
    added_up: Mapping[tuple[str, int], SessionSums] | None = None

    @cached_property
    def sums(self) -> Mapping[tuple[str, int], SessionSums]:
        return sums_of(self.sets) if self.added_up is None else self.added_up


def assessment_rows(case: Case, instruments: Mapping[str, Instrument], training: Training) -> list[Row]:
    """One row a protocol visit and instrument for the randomised; for others the forms they were given."""
    forms = _forms(case, instruments)
    rows = []
    for visit in case.protocol.visits:
        for code in visit.instruments:
            form = forms.get((visit.code, code))
            if form is not None or case.person.randomised:
                rows.append(_row(case, instruments.get(code), visit, form or Form(visit=visit.code, instrument=code), training))
    for row in rows:
        row.update(_stated(case, row))
    baselines = _baselines(case, rows)
    for row in rows:
        row.update(_change(case, instruments, row, baselines) | _stated(case, row))
    return sorted(rows, key=lambda r: (str(r["visit"]), str(r["instrument"])))


def item_rows(case: Case, instruments: Mapping[str, Instrument], assessments: list[Row]) -> list[Row]:
    """Every item of a form that was filled in, answered or not, and the figures that follow from its answers."""
    forms = _forms(case, instruments)
    rows: list[Row] = []
    for assessment in assessments:
        form = forms.get((str(assessment["visit"]), str(assessment["instrument"])))
        if form is None or assessment["status"] not in SHOWN:
            continue
        instrument = instruments.get(form.instrument)
        for code, figure in _figures(instrument, form):
            rows.append(
                {"trial_id": case.person.trial_id, "visit": form.visit, "instrument": form.instrument, "item": code,
                 "value": figure, "missing_code": None}
            )  # fmt: skip
        asked = {i.number for i in instrument.asked(form.answers)} if instrument else set()
        for number in _numbers(instrument, form):
            value = _number(form.answers.get(number))
            why = None if value is not None else form.missing.get(number) or ("skipped" if number in asked else "not_asked")
            rows.append(
                {"trial_id": case.person.trial_id, "visit": form.visit, "instrument": form.instrument, "item": number,
                 "value": value, "missing_code": why}
            )  # fmt: skip
    return sorted(rows, key=lambda r: (str(r["visit"]), str(r["instrument"]), _item_key(str(r["item"]))))


def _forms(case: Case, instruments: Mapping[str, Instrument]) -> dict[tuple[str, str], Form]:
    """The person's forms by visit and instrument, with those that follow from others."""
    forms = {(f.visit, f.instrument): f for f in case.person.forms}
    for visit in case.protocol.visits:
        for code in visit.instruments:
            instrument = instruments.get(code)
            if instrument is not None and instrument.derived_from is not None:
                form = following(instrument, visit.code, forms)
                forms |= {} if form is None else {(visit.code, code): form}
    return forms


def following(instrument: Instrument, visit: str, forms: Mapping[tuple[str, str], Form]) -> Form | None:
    """The form that follows from others of the same visit, with their answers; None where none of them is there."""
    sources = dict.fromkeys(source for source, _ in (instrument.derived_from or {}).values())
    found = {source: forms[visit, source] for source in sources if (visit, source) in forms}
    if not found:
        return None
    answers = {
        number: found[source].answers[theirs]
        for number, (source, theirs) in (instrument.derived_from or {}).items()
        if source in found and theirs in found[source].answers
    }
    done = [form.completed_at for form in found.values()]
    entered = [form.entered_at for form in found.values()]
    whole = len(found) == len(sources)
    return Form(
        visit=visit,
        instrument=instrument.code,
        version=instrument.version,
        sent=whole and all(form.sent for form in found.values()),
        answers=answers,
        completed_at=max((at for at in done if at), default=None) if whole and None not in done else None,
        entered_at=max((at for at in entered if at), default=None) if whole and None not in entered else None,
        mode=_alike(form.mode for form in found.values()),
        respondent=_alike(form.respondent for form in found.values()),
        rater=_alike(form.rater for form in found.values()),
        language=_alike(form.language for form in found.values()),
    )


def figures_of(instrument: Instrument) -> tuple[str, ...]:
    """The codes of the figures that follow from an instrument's answers: sub-scales and computed numbers."""
    numbers = (each.code for each in instrument.computations if not each.values)
    return (*(scale.code for scale in instrument.subscales), *numbers)


def score_of(case: Case, instrument: Instrument, form: Form) -> Score:
    """The form's score under the protocol's missing rule."""
    return instrument.score(form.answers, case.protocol.missing_rules.get(instrument.code))


def cuts_of(case: Case, instrument: Instrument) -> Cuts:
    """The instrument's cuts with the protocol's in their place; without any, no flag but the change itself."""
    sets = case.protocol.analysis
    cuts = instrument.cuts or Cuts(response=False)
    return cuts.replaced(caseness=sets.caseness.get(instrument.code), recovery=sets.recovery.get(instrument.code))


def _row(case: Case, instrument: Instrument | None, visit: Visit, form: Form, training: Training) -> Row:
    when = case.window(visit)
    complete = not instrument.missing(form.answers) if instrument else bool(form.answers) and not form.missing
    gone = case.ended_on is not None
    stands = status(when, as_of=case.today, sent=form.sent, saved=bool(form.answers), complete=complete, gone=gone)
    row: Row = {
        "trial_id": case.person.trial_id,
        "visit": visit.code,
        "instrument": form.instrument,
        "instrument_version": form.version,
        "target_on": when.target_on if when else None,
        "opens_on": when.opens_on if when else None,
        "closes_on": when.closes_on if when else None,
        "status": str(stands),
        "not_done_reason": form.not_done_reason,
    }
    if stands not in SHOWN:
        return row
    score = score_of(case, instrument, form) if instrument else None
    return row | _answered(case, form, when, score) | _stamps(case, form, training)


def _answered(case: Case, form: Form, when: Window | None, score: Score | None) -> Row:
    on = None if form.completed_at is None else case.day_of(form.completed_at)
    return {
        "completed_at": form.completed_at,
        "entered_at": form.entered_at,
        "in_window": None if on is None or when is None else when.is_open(on),
        "days_from_target": None if on is None or when is None else when.days_from_target(on),
        "mode": form.mode,
        "respondent": form.respondent,
        "rater": form.rater,
        "rater_blind": form.rater_blind,
        "language": form.language,
        "total": score.total if score else None,
        "total_unrounded": score.total_unrounded if score else None,
        "n_answered": score.n_answered if score else None,
        "severity": score.severity if score else None,
    }


def _stated(case: Case, row: Row) -> Row:
    return case.stated("assessment", str(row["visit"]), str(row["instrument"]))


def _baselines(case: Case, rows: list[Row]) -> dict[str, Total]:
    """The last scored form of a baseline visit at or before randomisation, by instrument."""
    baseline_visits = {v.code for v in case.protocol.visits if v.kind == "baseline"}
    found: dict[str, tuple[datetime, Total]] = {}
    limit = case.person.randomised_at
    for row in rows:
        scored, at = _total_of(row), row.get("completed_at")
        if row["visit"] not in baseline_visits or scored is None or not isinstance(at, datetime) or limit is None or at > limit:
            continue
        code = str(row["instrument"])
        if code not in found or found[code][0] <= at:
            found[code] = at, scored
    return {code: scored for code, (_, scored) in found.items()}


def _change(case: Case, instruments: Mapping[str, Instrument], row: Row, baselines: Mapping[str, Total]) -> Row:
    instrument, now = instruments.get(str(row["instrument"])), _total_of(row)
    if instrument is None or now is None:
        return {}
    at_baseline = case.protocol.visit(str(row["visit"])).kind == "baseline"
    change: Change = compare(now, None if at_baseline else baselines.get(instrument.code), cuts_of(case, instrument))
    return {
        "caseness": change.caseness,
        "change_from_baseline": change.change,
        "response": change.response,
        "remission": change.remission,
        "recovery": change.recovery,
        "mcid": change.mcid,
        "reliable_change": change.reliable_change,
    }


def _total_of(row: Row) -> Total | None:
    rounded, unrounded = row.get("total"), row.get("total_unrounded")
    if not isinstance(rounded, int) or not isinstance(unrounded, Decimal):
        return None
    return total(rounded, unrounded)


def _stamps(case: Case, form: Form, training: Training) -> Row:
    """What the person had behind them when they answered: training, drug changes, intercurrent events. Closed view only."""
    if form.completed_at is None or case.randomised_on is None:
        return {}
    on = case.day_of(form.completed_at)
    events = [e for e in intercurrent_events(case) if isinstance(e["occurred_on"], date) and e["occurred_on"] <= on]
    first = events[0]["occurred_on"] if events else None
    return {
        **(_training_stamps(training, form.completed_at, on, case) if case.trains else {}),
        "psychotropic_changed": any(change <= on for change, _, _ in psychotropic_changes(case)),
        "after_ice": bool(events),
        "days_since_ice": (on - first).days if isinstance(first, date) else None,
    }


def _training_stamps(training: Training, at: datetime, on: date, case: Case) -> Row:
    before = [s for s in training.sessions if s.held and s.phase != Phase.DEFERRED and _held_before(s, at, on)]
    volumes = [_done_volume(training, session) for session in before]
    last = max((s.held_on for s in before if s.held_on), default=None)
    return {
        "sessions_attended_before": len(before),
        "volume_load_before_kg": sum((v for v in volumes if v is not None), Decimal(0)),
        "rdi_before": dose_from_sums(training.sessions, training.sums, as_of=on, rules=case.rules).rdi,
        "days_since_session": (on - last).days if last else None,
    }


def _done_volume(training: Training, session: SessionRecord) -> Decimal | None:
    sums = training.sums.get((session.trial_id, session.session_no))
    return session.done_volume_kg if sums is None else sums.done_volume_kg


def _held_before(session: SessionRecord, at: datetime, on: date) -> bool:
    """By the session's end or start where a clock time is known, else by its day, that day excluded."""
    moment = session.ended_at or session.started_at
    if moment is not None:
        return moment < at
    return session.held_on is not None and session.held_on < on


def _alike(words: Iterable[str]) -> str:
    """What all of them say; empty where they differ."""
    said = set(words)
    return said.pop() if len(said) == 1 else ""


def _figures(instrument: Instrument | None, form: Form) -> list[tuple[str, Decimal]]:
    """Sub-scale totals, unrounded, and computed numbers, as far as they are known."""
    if instrument is None:
        return []
    known = {code: score.total_unrounded for code, score in instrument.subscores(form.answers).items()}
    computed = instrument.computed(form.answers)
    values = [(code, known[code] if code in known else computed[code]) for code in figures_of(instrument)]
    return [(code, value) for code, value in values if isinstance(value, Decimal)]


def _number(value: int | str | None) -> int | Decimal | None:
    """A kept answer as a number."""
    return Decimal(value) if isinstance(value, str) else value


def _numbers(instrument: Instrument | None, form: Form) -> list[str]:
    if instrument:
        return [] if instrument.derived_from is not None else [item.number for item in instrument.items]
    return sorted({*form.answers, *form.missing}, key=_item_key)


def _item_key(number: str) -> tuple[int, int, str]:
    return (0, int(number), "") if number.isdigit() else (1, 0, number)
