"""Database to facts: one pass over each table, in the order of trial ids, one person at a time in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, TextField
from django.db.models import Value as Constant
from django.db.models.functions import Coalesce, Collate

from outcomes.domain.facts import Form, Person, Row
from outcomes.domain.guessing import Whose, in_dataset
from outcomes.domain.records import NOT_HELD, SessionRecord, SetRecord
from outcomes.domain.text import Unreadable, Value, read, site_day
from outcomes.exports import late
from outcomes.exports.columns import columns_of
from outcomes.models import Alert, Assessment, Guess, Provider
from participants.models import (
    AdverseEvent,
    BaselineValue,
    Concomitant,
    Consent,
    Deviation,
    Ending,
    ExerciseSet,
    LoadProposal,
    Medication,
    Participant,
    StrengthTest,
    TrainingSession,
)
from trials import blinding
from trials.actors import Machine
from trials.models import UnblindingStep

CHUNK = 2000
Rows = list[dict[str, Any]]


class Stream:
    """One query's rows, ordered by trial id, handed out person by person in that order."""

    def __init__(self, query: QuerySet[Any], path: str, only: str = "", **fields: Any) -> None:
        found = query.filter(**{path: only}) if only else query
        ordered = found.order_by(Collate(F(path), "C"), *query.query.order_by)
        self._rows: Iterator[dict[str, Any]] = ordered.values(who=F(path), **fields).iterator(chunk_size=CHUNK)
        self._next = next(self._rows, None)

    def of(self, trial_id: str) -> Rows:
        found: Rows = []
        while self._next is not None and self._next["who"] <= trial_id:
            if self._next["who"] == trial_id:
                found.append(self._next)
            self._next = next(self._rows, None)
        return found


class StaffCodes(dict[int, str]):
    """Codes get their place in the dataset at the first cut; until then somebody is told apart by number alone."""

    def of(self, user: int | None) -> str:
        return "" if user is None else self.get(user, f"user:{user}")


def people() -> Iterator[Person]:
    """Everybody assessed for eligibility, with their facts, by trial id: a fixed number of queries, whatever the trial's size."""
    return _read("")


def person_who_trains(trial_id: str) -> Person:
    """One person's facts as far as their training goes. Raises StopIteration for somebody who is not there."""
    return next(_read(trial_id, TRAINING))


def _read(only: str, wanted: Collection[str] = ()) -> Iterator[Person]:
    """With what is `wanted`, or everything; of the rest nothing."""
    codes = StaffCodes(Provider.objects.values_list("user_id", "code"))
    streams = {name: stream(only) for name, stream in STREAMS.items() if name in wanted or not wanted}
    for row in streams["participant"].of_all():
        rows = {name: streams[name].of(row["who"]) if name in streams else [] for name in STREAMS if name != "participant"}
        yield person_of(row, rows, codes)


def providers() -> list[Row]:
    """What is known of each member of staff, by code."""
    known = Provider.objects.order_by("code").values("code", "site", "profession", "qualification", "trained_on")
    return [{"trainer": row.pop("code"), **row} for row in known]


class _People(Stream):
    def of_all(self) -> Iterator[dict[str, Any]]:
        while self._next is not None:
            yield self._next
            self._next = next(self._rows, None)


def same(*names: str) -> dict[str, Any]:
    return {f"f_{name}": F(name) for name in names}


UNIT = "participant__unit__trial_id"
SESSION = "enrolment__participant__unit__trial_id"
_SET = "session__enrolment__participant__unit__trial_id"

_LOWERED = LoadProposal.objects.filter(session=OuterRef("pk"), set_load_kg__lt=F("load_kg")).order_by("exercise_no")

STREAMS: dict[str, Callable[..., Any]] = {
    "participant": lambda only="": _People(
        Participant.objects.all(), "unit__trial_id", only, site=F("unit__site__code"), f_age=F("age"), f_sex=F("sex"),
        f_screened_on=F("screened_on"),
        outcome=F("screening__outcome"), category=F("screening__exclusion_category"), reason=F("screening__exclusion_reason"),
        reasons=F("screening__exclusion_reasons"), randomised_at=F("enrolment__randomised_at"), stated_values=F("stated__values"),
    ),
    "allocation": lambda only="": Stream(
        blinding.arms_seen_by(Machine("dataset")), "unit__trial_id", only, f_arm=F("arm"), dummy=F("dummy_arm"), f_group=F("group__code"),
        stratum_words=F("stratum_key"),
    ),
    "consent": lambda only="": Stream(
        Consent.objects.filter(voided_at=None).order_by("signed_on", "pk"), UNIT, only, f_signed_on=F("signed_on"),
    ),
    "ending": lambda only="": Stream(
        Ending.objects.filter(voided_at=None).order_by("pk"), UNIT, only, **same("kind", "scope", "happened_on", "reason"),
    ),
    "baseline": lambda only="": Stream(
        BaselineValue.objects.order_by("variable"), UNIT, only, **same("variable", "value", "unit", "measured_on"),
    ),
    "form": lambda only="": Stream(
        Assessment.objects.order_by("visit", "instrument"), UNIT, only, as_locked=late.as_locked(),
        **same("visit", "instrument", "instrument_version", "answers", "missing", "mode", "respondent", "rater_id", "rater_blind",
                "language", "sent_at", "completed_at", "entered_at", "not_done_reason"),
    ),
    "session": lambda only="": Stream(
        TrainingSession.objects.order_by("session_no"), SESSION, only, site_zone=F("enrolment__participant__unit__site__timezone"),
        **same("session_no", "week", "phase", "planned_on", "planned_at", "rescheduled_at", "closes_on", "status", "reason",
        "reason_class",
                "held_on", "started_at", "ended_at", "paused_seconds", "planned_minutes", "warmup_minutes", "working_minutes",
                "cooldown_minutes", "trainer_id", "trainer_planned_id", "delivery", "supervision", "group_size", "setting", "equipment",
                "session_rpe", "rpe_scale", "soreness", "ended_early", "ended_early_reason", "logged_by", "participant_cost"),
        f_modified_before=Exists(_LOWERED),
        f_modified_reason_class=Coalesce(Subquery(_LOWERED.values("set_reason_class")[:1]), Constant("", TextField())),
    ),
    "set": lambda only="": Stream(
        ExerciseSet.objects.order_by("session__session_no", "exercise_no", "set_no"), _SET, only, number=F("session__session_no"),
        **same("exercise_no", "exercise", "set_no", "set_kind", "planned_reps", "planned_reps_max", "planned_load_kg", "planned_pct_1rm",
                "done_reps", "done_load_kg", "sides", "bodyweight_kg", "rpe", "rir", "load_model", "substitute_for", "band"),
    ),
    "strength_test": lambda only="": Stream(
        StrengthTest.objects.filter(voided_at=None).order_by("exercise", "tested_on"), UNIT, only,
        **same("exercise", "tested_on", "reps", "load_kg", "rir", "e1rm_kg", "formula", "purpose"),
    ),
    "adverse_event": lambda only="": Stream(
        AdverseEvent.objects.filter(voided_at=None).order_by("ae_no"), UNIT, only, number=F("session__session_no"),
        **same("ae_no", "category", "term", "started_on", "ended_on", "ongoing", "severity", "ctcae_grade", "serious",
        "seriousness_criteria",
                "related", "expected", "action", "outcome", "elicited", "aware_on", "reported_sponsor_at", "reported_ethics_on"),
    ),
    "medication": lambda only="": Stream(
        Medication.objects.filter(voided_at=None).order_by("med_no"), UNIT, only, number=F("change_of__med_no"),
        **same("med_no", "drug", "atc", "indication", "dose", "unit", "frequency", "route", "started_on", "stopped_on", "ongoing",
                "change_reason"),
    ),
    "concomitant": lambda only="": Stream(
        Concomitant.objects.filter(voided_at=None).order_by("con_no"), UNIT, only,
        **same("con_no", "kind", "description", "started_on", "stopped_on", "sessions_per_week", "minutes_per_session", "source_visit"),
    ),
    "deviation": lambda only="": Stream(
        Deviation.objects.filter(voided_at=None).order_by("dev_no"), UNIT, only, number=F("session__session_no"),
        **same("dev_no", "kind", "category", "occurred_on", "found_on", "important", "judged_on", "visit", "given_arm", "description",
                "source_record"),
    ),
    "unblinding": lambda only="": Stream(
        UnblindingStep.objects.filter(kind="told").order_by("at", "pk"), "unblinding__allocation__unit__trial_id", only, f_told_at=F("at"),
        f_code=F("unblinding__code"), f_reason_code=F("unblinding__reason_code"),
    ),
    "guess": lambda only="": Stream(Guess.objects.filter(whose=Whose.ASSESSOR), UNIT, only, **same("arm")),
    "alert": lambda only="": Stream(
        Alert.objects.order_by("alert_no"), UNIT, only, f_visit=F("assessment__visit"), f_instrument=F("assessment__instrument"),
        **same("alert_no", "trigger", "raised_at", "first_contact_at", "risk_level", "closed_at"),
    ),
}  # fmt: skip


TRAINING = ("participant", "allocation", "ending", "baseline", "session", "set", "strength_test")


def person_of(row: dict[str, Any], rows: Mapping[str, Rows], codes: StaffCodes) -> Person:
    trial_id = row["who"]
    allocated = rows["allocation"][0] if rows["allocation"] else {}
    endings = {ending["f_kind"]: ending for ending in rows["ending"]}
    stated = _stated(row["stated_values"] or {})
    return Person(
        trial_id=trial_id,
        site=row["site"],
        screened_on=row["f_screened_on"],
        screening_outcome=row["outcome"] or "pending",
        exclusion_category=row["category"] or "",
        exclusion_reason=row["reason"] or "",
        exclusion_reasons=tuple(row["reasons"] or ()),
        consented_on=rows["consent"][0]["f_signed_on"] if rows["consent"] else None,
        age=row["f_age"],
        sex=row["f_sex"],
        randomised_at=row["randomised_at"],
        stratum=allocated.get("stratum_words", ""),
        arm=allocated.get("f_arm", ""),
        arm_dummy=allocated.get("dummy", ""),
        intervention_stopped_on=_ended(endings, Ending.Kind.TRAINING_STOP, "happened_on"),
        intervention_stopped_reason=_ended(endings, Ending.Kind.TRAINING_STOP, "reason") or "",
        withdrawn_on=_ended(endings, Ending.Kind.WITHDRAWAL, "happened_on"),
        withdrawn_reason=_ended(endings, Ending.Kind.WITHDRAWAL, "reason") or "",
        withdrawn_scope=_ended(endings, Ending.Kind.WITHDRAWAL, "scope") or "",
        lost_on=_ended(endings, Ending.Kind.LOSS, "happened_on"),
        lost_reason=_ended(endings, Ending.Kind.LOSS, "reason") or "",
        died_on=_ended(endings, Ending.Kind.DEATH, "happened_on"),
        baseline=_plain(rows["baseline"]),
        forms=tuple(_form(form, codes) for form in late.undone(rows["form"])),
        sessions=tuple(_session(trial_id, session, codes) for session in rows["session"]),
        sets=tuple(SetRecord(trial_id=trial_id, session_no=one["number"], **bare(one)) for one in rows["set"]),
        strength_tests=_plain(rows["strength_test"]),
        adverse_events=tuple(
            facts | {"session_no": event["number"], "seriousness_criteria": tuple(event["f_seriousness_criteria"])}
            for event in rows["adverse_event"] if (facts := bare(event)) is not None
        ),
        medications=tuple(bare(m) | {"change_of": m["number"]} for m in rows["medication"]),
        concomitants=_plain(rows["concomitant"]),
        deviations=tuple(bare(d) | {"session_no": d["number"]} for d in rows["deviation"]),
        alerts=_plain(rows["alert"]),
        assessor_guess=next((in_dataset(guess["f_arm"]) for guess in rows["guess"]), ""),
        group_code=allocated.get("f_group") or "",
        unblindings=_plain(rows["unblinding"]),
        stated=stated,
    )  # fmt: skip


def bare(row: dict[str, Any]) -> Row:
    return {name.removeprefix("f_"): value for name, value in row.items() if name.startswith("f_")}


def _plain(rows: Rows) -> tuple[Row, ...]:
    return tuple(bare(row) for row in rows)


def _ended(endings: Mapping[str, dict[str, Any]], kind: str, field: str) -> Any:
    return endings[kind][f"f_{field}"] if kind in endings else None


def _form(row: dict[str, Any], codes: StaffCodes) -> Form:
    return Form(
        visit=row["f_visit"],
        instrument=row["f_instrument"],
        version=row["f_instrument_version"],
        sent=row["f_sent_at"] is not None,
        answers=row["f_answers"],
        missing=row["f_missing"],
        not_done_reason=row["f_not_done_reason"],
        completed_at=row["f_completed_at"],
        entered_at=row["f_entered_at"],
        mode=row["f_mode"],
        respondent=row["f_respondent"],
        rater=codes.of(row["f_rater_id"]),
        rater_blind=row["f_rater_blind"],
        language=row["f_language"],
    )


def _session(trial_id: str, row: dict[str, Any], codes: StaffCodes) -> SessionRecord:
    facts: dict[str, Any] = bare(row)
    moved = facts.pop("rescheduled_at")
    facts["trainer"] = codes.of(facts.pop("trainer_id"))
    facts["trainer_planned"] = codes.of(facts.pop("trainer_planned_id"))
    held = facts["status"] in ("attended", "made_up")
    facts |= {} if held else NOT_HELD
    rescheduled_on = None if moved is None else site_day(moved, row["site_zone"])
    return SessionRecord(trial_id=trial_id, planned_volume_kg=None, rescheduled_on=rescheduled_on, **facts)


STATED_FILES = ("participant", "assessment", "session", "exercise_set", "adherence")
KINDS = {file: {column.name: column.kind for column in columns_of(file)} for file in STATED_FILES}


def _stated(values: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, Value]]:
    """The texts that an import kept, as values."""
    found: dict[str, dict[str, Value]] = defaultdict(dict)
    for row, columns in values.items():
        kinds = KINDS[row.split("/", 1)[0]]
        for name, text in columns.items():
            try:
                found[row][name] = read(text, kinds[name])
            except Unreadable:  # pragma: no cover - the import checked it
                continue
    return dict(found)
