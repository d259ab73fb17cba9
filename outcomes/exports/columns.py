"""Every column of the dataset, once: the codebook, the data package, the writer and the importer are made from this table.

A column's `of` names what it is derived from: tables of the bundle, `protocol`, or alternatives joined by `|`, one of them a column
that a bundle may give instead (`session.planned_volume_kg`). Where nothing is named the column is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

KEYS: dict[str, tuple[str, ...]] = {
    "participant": ("trial_id",),
    "baseline": ("trial_id", "variable"),
    "assessment": ("trial_id", "visit", "instrument"),
    "item": ("trial_id", "visit", "instrument", "item"),
    "session": ("trial_id", "session_no"),
    "exercise_set": ("trial_id", "session_no", "exercise_no", "set_no"),
    "strength_test": ("trial_id", "exercise", "tested_on"),
    "adverse_event": ("trial_id", "ae_no"),
    "medication": ("trial_id", "med_no"),
    "concomitant": ("trial_id", "con_no"),
    "deviation": ("trial_id", "dev_no"),
    "safety_alert": ("trial_id", "alert_no"),
    "provider": ("trainer",),
    "adherence": ("trial_id",),
    "visit_summary": ("arm", "visit", "instrument"),
}
CLOSED_ONLY = ("deviation", "session", "exercise_set", "strength_test", "adherence", "provider", "safety_alert")


@dataclass(frozen=True, kw_only=True)
class Column:
    """`reveals_arm` columns are absent from the blinded view; `personal` ones describe a person beyond what the analysis needs."""

    file: str
    name: str
    kind: str
    label: str
    unit: str = ""
    values: tuple[str, ...] = ()
    derivation: str = ""
    of: tuple[str, ...] = ()
    typed: bool = False  # derived where nobody gave it; a given value stands
    personal: bool = False
    reveals_arm: bool = False

    @property
    def derived(self) -> bool:
        return bool(self.of)


Spec = tuple[str, str, str, dict[str, object]]


def _c(name: str, kind: str, label: str, **more: object) -> Spec:
    return name, kind, label, more


def _of(*sources: str) -> tuple[str, ...]:
    return sources


_YES_NO = "yes no"
_ARM = {"reveals_arm": True}
_SETS = _of("exercise_set|session.planned_volume_kg", "session")
_COUNTS = _of("exercise_set|session.sets_planned", "session")
_SET_ROWS = _of("exercise_set", "session")
_FORM = _of("item|assessment.total_unrounded")
_CHANGE = _of("item|assessment.total_unrounded", "protocol")
_EVENTS = _of("medication", "concomitant", "adverse_event", "deviation", "session")

SPECS: dict[str, list[Spec]] = {
    "participant": [
        _c("trial_id", "text", "Trial id"),
        _c("site", "text", "Site"),
        _c("screened_on", "date", "Assessed for eligibility on"),
        _c("screening_outcome", "text", "Outcome of screening", values="eligible excluded pending"),
        _c("exclusion_category", "text", "Why excluded", values="not_meeting_criteria declined other"),
        _c("exclusion_reason", "text", "Primary reason of exclusion"),
        _c("exclusion_reasons", "list", "All reasons of exclusion, the primary first"),
        _c("consented_on", "date", "Consented on"),
        _c("age", "integer", "Age, completed years at consent, else at screening", unit="years", personal=True),
        _c("sex", "text", "Sex", values="F M X", personal=True),
        _c("randomised_at", "instant", "Randomised at"),
        _c("randomised_on", "date", "Randomised on", of=_of("participant"), derivation="randomised_at as a date in the site's zone"),
        _c("stratum", "text", "Stratum, factor=level joined by |"),
        _c("arm", "text", "Arm allocated", **_ARM),
        _c("arm_received", "text", "Arm received", of=_of("session", "deviation", "protocol"), **_ARM,
           derivation="arm once received_allocated is yes; another where a wrong_arm deviation or a protocol session before the primary visit says so"),
        _c("randomised_ineligible", "flag", "Randomised although ineligible", of=_of("deviation"),
           derivation="an eligibility deviation dated no later than randomisation"),
        _c("received_allocated", "yes_no", "Received the allocated intervention", values=_YES_NO, of=_of("session", "protocol"), **_ARM,
           derivation="training arm: a protocol session held; no once stopped, ended or all sessions due with none. "
           "Control: none held before the primary window closed or participation ended"),
        _c("not_received_reason", "text", "Why not received", of=_of("session"), typed=True, **_ARM),
        _c("first_session_on", "date", "First protocol session held on", of=_of("session"), **_ARM),
        _c("last_session_on", "date", "Last protocol session held on", of=_of("session"), **_ARM),
        _c("intervention_completed_on", "date", "Intervention completed on", of=_of("session"), **_ARM,
           derivation="the last intervention session held, once all are due and none was stopped"),
        _c("intervention_stopped_on", "date", "Intervention stopped on", of=_of("session"), typed=True, **_ARM,
           derivation="day of the decision; set by withdrawal, loss or death with an intervention session still planned"),
        _c("intervention_stopped_reason", "text", "Why the intervention was stopped", of=_of("session"), typed=True, **_ARM),
        _c("withdrawn_on", "date", "Withdrawn on"),
        _c("withdrawn_reason", "text", "Why withdrawn"),
        _c("withdrawn_scope", "text", "Scope of the withdrawal", values="contact data all"),
        _c("lost_on", "date", "Lost to follow-up on"),
        _c("lost_reason", "text", "Why lost"),
        _c("died_on", "date", "Died on"),
        _c("completed_on", "date", "Last protocol visit done on", of=_of("assessment", "protocol")),
        _c("analysed_primary", "yes_no", "Analysed for the primary outcome", values=_YES_NO, of=_of("assessment", "primary"),
           derivation="the protocol's [primary] rule; empty while unknown"),
        _c("not_analysed_reason", "text", "Why not analysed", of=_of("assessment"), typed=True),
        _c("itt", "flag", "Intention to treat: randomised", of=_of("participant"), derivation="randomised"),
        _c("fas", "flag", "Full analysis set", of=_of("assessment", "deviation", "primary"),
           derivation="itt minus randomised_ineligible minus no post-baseline primary score"),
        _c("per_protocol", "flag", "Per protocol", of=_of("assessment", "session", "deviation", "concomitant", "primary"), **_ARM,
           derivation="fas, primary outcome in window, no important deviation, and attendance at or above the protocol's threshold "
           "(control: no training or structured exercise before the primary visit)"),
        _c("safety", "flag", "Safety set, grouped by arm_received", of=_of("session", "protocol"), **_ARM,
           derivation="training arm: at least one session of any phase; control: all randomised"),
        _c("completer", "flag", "Primary score present", of=_of("assessment", "primary")),
        _c("assessor_unblinded_on", "date", "Assessor unblinded on", of=_of("deviation")),
        _c("assessor_guess", "text", "The assessor's guess of the arm", of=_of("none"), typed=True),
    ],
    "baseline": [
        _c("trial_id", "text", "Trial id"),
        _c("variable", "text", "Variable"),
        _c("value", "text", "Value", personal=True),
        _c("unit", "text", "Unit"),
        _c("measured_on", "date", "Measured on"),
    ],
    "assessment": [
        _c("trial_id", "text", "Trial id"),
        _c("visit", "text", "Visit"),
        _c("instrument", "text", "Instrument"),
        _c("instrument_version", "text", "Version of the instrument"),
        _c("target_on", "date", "Target day", of=_of("protocol"), derivation="day 0 + the visit's target day"),
        _c("opens_on", "date", "First day of the window", of=_of("protocol")),
        _c("closes_on", "date", "Last day of the window", of=_of("protocol")),
        _c("status", "text", "Status at the cut", values="not_due pending done partial missed", of=_of("item", "protocol"),
           derivation="done: all scored items answered; partial: sent, or closed with saved answers, with one missing; missed: closed or ended with nothing"),
        _c("not_done_reason", "text", "Why not done"),
        _c("completed_at", "instant", "Answered at"),
        _c("entered_at", "instant", "Entered at"),
        _c("in_window", "flag", "Answered within the window", of=_of("protocol")),
        _c("days_from_target", "integer", "Days from the target day", unit="days", of=_of("protocol")),
        _c("mode", "text", "Mode", values="web paper phone interview"),
        _c("respondent", "text", "Who answered"),
        _c("rater", "text", "Rater (code)"),
        _c("rater_blind", "flag", "Rater blind to the arm"),
        _c("language", "text", "Language"),
        _c("total", "integer", "Total, rounded half-up", unit="points", of=_FORM),
        _c("total_unrounded", "number", "Total, unrounded", unit="points", of=_FORM),
        _c("n_answered", "integer", "Scored items answered", of=_FORM),
        _c("severity", "text", "Severity band", of=_FORM),
        _c("caseness", "flag", "Rounded total at or above the cut", of=_CHANGE),
        _c("change_from_baseline", "number", "Unrounded total minus baseline", unit="points", of=_CHANGE),
        _c("response", "flag", "At least half of the baseline score gone", of=_CHANGE),
        _c("remission", "flag", "Below 5, having been at 5 or more", of=_CHANGE),
        _c("recovery", "flag", "From at or above the recovery cut to below it", of=_CHANGE),
        _c("mcid", "flag", "A drop of at least the minimal important change", of=_CHANGE),
        _c("reliable_change", "text", "Reliable change", values="improved deteriorated none", of=_CHANGE),
        _c("sessions_attended_before", "integer", "Protocol sessions held before", of=_of("session", "protocol"), **_ARM),
        _c("volume_load_before_kg", "kg", "Volume load done before", unit="kg", of=_SETS, **_ARM),
        _c("rdi_before", "ratio", "Relative dose intensity over the sessions due then", of=_SETS, **_ARM),
        _c("days_since_session", "integer", "Days since the last protocol session", unit="days", of=_of("session"), **_ARM),
        _c("psychotropic_changed", "flag", "A listed drug started, stopped or changed since randomisation", of=_of("medication", "protocol"), **_ARM),
        _c("after_ice", "flag", "After an intercurrent event", of=_EVENTS, **_ARM),
        _c("days_since_ice", "integer", "Days since the first intercurrent event", unit="days", of=_EVENTS, **_ARM),
    ],
    "item": [
        _c("trial_id", "text", "Trial id"),
        _c("visit", "text", "Visit"),
        _c("instrument", "text", "Instrument"),
        _c("item", "text", "Item"),
        _c("value", "integer", "Answer"),
        _c("missing_code", "text", "Why there is no answer", values="skipped refused dont_know not_asked"),
    ],
    "session": [
        _c("trial_id", "text", "Trial id"),
        _c("session_no", "integer", "Number across phases"),
        _c("week", "integer", "Trial week; familiarisation weeks are 0 or less"),
        _c("phase", "text", "Phase", values="familiarisation intervention follow_up deferred"),
        _c("planned_on", "date", "Date first laid out"),
        _c("planned_at", "instant", "Time first laid out"),
        _c("rescheduled_on", "date", "Moved to"),
        _c("status", "text", "Status", values="scheduled attended made_up missed cancelled_by_site not_delivered"),
        _c("reason", "text", "Reason"),
        _c("reason_class", "text", "Class of the reason", values="health non_health site"),
        _c("held_on", "date", "Held on"),
        _c("started_at", "instant", "Started at"),
        _c("ended_at", "instant", "Ended at"),
        _c("paused_seconds", "integer", "Pauses", unit="s"),
        _c("minutes", "integer", "Minutes: end - start - pauses, whole, half-up", unit="min", of=_of("session.started_at"), typed=True),
        _c("planned_minutes", "integer", "Planned minutes", unit="min"),
        _c("warmup_minutes", "minutes", "Warm-up", unit="min"),
        _c("working_minutes", "minutes", "Working part", unit="min"),
        _c("cooldown_minutes", "minutes", "Cool-down", unit="min"),
        _c("trainer", "text", "Trainer (code)"),
        _c("trainer_planned", "text", "Trainer planned (code)"),
        _c("delivery", "text", "Delivery", values="in_person home remote"),
        _c("supervision", "text", "Supervision", values="one_to_one group none"),
        _c("group_size", "integer", "People in the group"),
        _c("setting", "text", "Setting"),
        _c("equipment", "text", "Equipment"),
        _c("session_rpe", "number", "Session rating of perceived exertion"),
        _c("rpe_scale", "text", "Scale of the rating", values="CR10 BORG20"),
        _c("soreness", "number", "Soreness 0-10"),
        _c("ended_early", "flag", "Ended early"),
        _c("planned_volume_kg", "kg", "Planned volume load", unit="kg", of=_of("exercise_set"),
           derivation="sum of planned repetitions (lower bound) x load x sides over working sets"),
        _c("done_volume_kg", "kg", "Done volume load", unit="kg", of=_of("exercise_set")),
        _c("sets_planned", "integer", "Working sets planned", of=_of("exercise_set")),
        _c("sets_done", "integer", "Planned working sets with at least one repetition", of=_of("exercise_set")),
        _c("reps_planned", "integer", "Repetitions planned", of=_of("exercise_set")),
        _c("reps_done", "integer", "Repetitions done in planned sets", of=_of("exercise_set")),
    ],
    "exercise_set": [
        _c("trial_id", "text", "Trial id"),
        _c("session_no", "integer", "Session"),
        _c("exercise_no", "integer", "Number of the exercise"),
        _c("exercise", "text", "Exercise"),
        _c("set_no", "integer", "Set"),
        _c("set_kind", "text", "Kind of set", values="warmup working"),
        _c("planned_reps", "integer", "Repetitions planned, lower bound; empty for an extra set"),
        _c("planned_reps_max", "integer", "Repetitions planned, upper bound"),
        _c("planned_load_kg", "kg", "Load planned", unit="kg"),
        _c("planned_pct_1rm", "ratio", "Share of 1RM planned"),
        _c("done_reps", "integer", "Repetitions done"),
        _c("done_load_kg", "kg", "Load lifted, total external mass a repetition", unit="kg"),
        _c("sides", "integer", "Sides", values="1 2"),
        _c("bodyweight_kg", "kg", "Share of the body mass moved", unit="kg"),
        _c("rpe", "number", "Rating of perceived exertion"),
        _c("rir", "number", "Repetitions in reserve"),
        _c("load_model", "text", "Load model", values="external bodyweight_fraction reps_only"),
        _c("substitute_for", "text", "Done in place of"),
        _c("e1rm_kg", "kg", "Estimated 1RM by the last test on or before the session", unit="kg", of=_of("strength_test")),
        _c("pct_1rm", "ratio", "Load as a share of the estimated 1RM", of=_of("strength_test")),
    ],
    "strength_test": [
        _c("trial_id", "text", "Trial id"),
        _c("exercise", "text", "Exercise"),
        _c("tested_on", "date", "Tested on"),
        _c("reps", "integer", "Repetitions"),
        _c("load_kg", "kg", "Load", unit="kg"),
        _c("rir", "number", "Repetitions in reserve"),
        _c("e1rm_kg", "kg", "Estimated 1RM", unit="kg"),
        _c("formula", "text", "Formula"),
        _c("purpose", "text", "Purpose"),
    ],
    "adverse_event": [
        _c("trial_id", "text", "Trial id"),
        _c("ae_no", "integer", "Number"),
        _c("category", "text", "Category"),
        _c("term", "text", "Verbatim term", personal=True, **_ARM),
        _c("started_on", "date", "Started on"),
        _c("ended_on", "date", "Ended on"),
        _c("ongoing", "flag", "Ongoing"),
        _c("severity", "text", "Severity", values="mild moderate severe"),
        _c("ctcae_grade", "integer", "CTCAE grade"),
        _c("serious", "flag", "Serious"),
        _c("seriousness_criteria", "list", "Criteria of seriousness"),
        _c("related", "text", "Relatedness", values="unrelated unlikely possible probable definite", **_ARM),
        _c("expected", "flag", "Expected", **_ARM),
        _c("action", "text", "Action on the training", **_ARM),
        _c("outcome", "text", "Outcome"),
        _c("elicited", "text", "How elicited", values="visit session spontaneous"),
        _c("session_no", "integer", "Session", **_ARM),
        _c("aware_on", "date", "Site aware on"),
        _c("reported_sponsor_at", "instant", "Reported to the sponsor at"),
        _c("reported_ethics_on", "date", "Reported to the ethics committee on"),
    ],
    "medication": [
        _c("trial_id", "text", "Trial id"),
        _c("med_no", "integer", "Number"),
        _c("drug", "text", "Drug, verbatim", personal=True),
        _c("atc", "text", "ATC code"),
        _c("indication", "text", "Indication"),
        _c("dose", "number", "Dose"),
        _c("unit", "text", "Unit of the dose"),
        _c("frequency", "text", "Frequency"),
        _c("route", "text", "Route"),
        _c("started_on", "partial_date", "Started on, perhaps known in part"),
        _c("stopped_on", "partial_date", "Stopped on, perhaps known in part"),
        _c("ongoing", "flag", "Ongoing"),
        _c("change_of", "integer", "Number of the dose period before"),
        _c("change_reason", "text", "Why changed"),
    ],
    "concomitant": [
        _c("trial_id", "text", "Trial id"),
        _c("con_no", "integer", "Number"),
        _c("kind", "text", "Kind", values="psychotherapy exercise other"),
        _c("description", "text", "Description", personal=True),
        _c("started_on", "partial_date", "Started on, perhaps known in part"),
        _c("stopped_on", "partial_date", "Stopped on, perhaps known in part"),
        _c("sessions_per_week", "number", "Sessions a week"),
        _c("minutes_per_session", "integer", "Minutes a session", unit="min"),
        _c("source_visit", "text", "Told at the visit"),
    ],
    "deviation": [
        _c("trial_id", "text", "Trial id"),
        _c("dev_no", "integer", "Number"),
        _c("kind", "text", "Kind", values="deviation intercurrent_event"),
        _c("category", "text", "Category",
           values="eligibility consent out_of_window wrong_arm assessor_unblinded procedure other ret_stopped psychotropic_change "
           "psychotherapy_started outside_ret injury hospitalised pregnancy death unblinded"),
        _c("occurred_on", "date", "Occurred on"),
        _c("found_on", "date", "Found on"),
        _c("important", "flag", "Important; empty until judged blind"),
        _c("judged_on", "date", "Judged on"),
        _c("session_no", "integer", "Session"),
        _c("visit", "text", "Visit"),
        _c("source", "text", "Source", values="recorded derived"),
        _c("source_record", "text", "Record it is derived from"),
        _c("description", "text", "Description", personal=True),
    ],
    "safety_alert": [
        _c("trial_id", "text", "Trial id"),
        _c("alert_no", "integer", "Number"),
        _c("visit", "text", "Visit"),
        _c("instrument", "text", "Instrument"),
        _c("trigger", "text", "What raised it"),
        _c("raised_at", "instant", "Raised at"),
        _c("first_contact_at", "instant", "First contact at"),
        _c("risk_level", "text", "Risk level found"),
        _c("closed_at", "instant", "Closed at"),
    ],
    "provider": [
        _c("trainer", "text", "Trainer (code)"),
        _c("site", "text", "Site"),
        _c("profession", "text", "Profession"),
        _c("qualification", "text", "Qualification"),
        _c("trained_on", "date", "Trained for the trial on"),
        _c("n_participants", "integer", "People trained", of=_of("session")),
        _c("n_sessions", "integer", "Sessions held", of=_of("session")),
    ],
    "adherence": [
        _c("trial_id", "text", "Trial id"),
        _c("arm", "text", "Arm allocated", of=_of("participant")),
        _c("sessions_planned", "integer", "Intervention sessions planned", of=_of("session")),
        _c("sessions_due", "integer", "Of them due: the last day of their trial week has passed", of=_of("session")),
        _c("sessions_attended", "integer", "Due sessions attended or made up", of=_of("session")),
        _c("sessions_missed", "integer", "Due sessions missed, unrecorded ones included", of=_of("session")),
        _c("sessions_cancelled_by_site", "integer", "Due sessions cancelled by the site", of=_of("session")),
        _c("attendance", "ratio", "Attended / due", of=_of("session"), derivation="attended + made up / due sessions"),
        _c("attendance_excl_site", "ratio", "Attended / due without those cancelled by the site", of=_of("session")),
        _c("attendance_on_treatment", "ratio", "Attended / due without cancelled and undelivered ones", of=_of("session")),
        _c("missed_episodes", "integer", "Runs of one or two missed sessions", of=_of("session")),
        _c("interruptions", "integer", "Runs of three or more missed sessions", of=_of("session")),
        _c("sessions_modified", "integer", "Attended sessions with fewer sets or repetitions or less load than planned", of=_SETS),
        _c("sessions_ended_early", "integer", "Attended sessions that ended early", of=_of("session")),
        _c("intervention_stopped", "flag", "Intervention stopped", of=_of("session")),
        _c("sets_compliance", "ratio", "Planned sets done / planned, attended sessions", of=_COUNTS),
        _c("reps_compliance", "ratio", "Repetitions done / planned, attended sessions", of=_COUNTS),
        _c("load_compliance", "ratio", "Load lifted / planned over performed, unsubstituted sets", of=_SET_ROWS),
        _c("sets_delivered", "ratio", "Planned sets done / planned, all due sessions", of=_COUNTS),
        _c("reps_delivered", "ratio", "Repetitions done / planned, all due sessions", of=_COUNTS),
        _c("planned_volume_kg", "kg", "Planned volume load over due sessions", unit="kg", of=_SETS),
        _c("done_volume_kg", "kg", "Done volume load over due sessions", unit="kg", of=_SETS),
        _c("rdi", "ratio", "Relative dose intensity: done / planned volume, uncapped", of=_SETS),
        _c("rdi_rule", "text", "Rule of the relative dose intensity", of=_of("session")),
        _c("dose_complete", "flag", "No session planned after the cut", of=_of("session")),
        _c("minutes_total", "integer", "Minutes of attended sessions", unit="min", of=_of("session")),
        _c("mean_session_rpe", "number", "Mean session rating; empty where scales mix", of=_of("session")),
        _c("rpe_scale", "text", "Scale of the ratings", of=_of("session")),
        _c("mean_relative_intensity", "ratio", "Repetition-weighted mean of load / tested 1RM", of=_SET_ROWS),
        _c("intensity_sets", "integer", "Sets that counted for it", of=_SET_ROWS),
        _c("frequency_adherence", "ratio", "FITT: sessions held", of=_of("session")),
        _c("intensity_adherence", "ratio", "FITT: mean load ratio", of=_SET_ROWS),
        _c("time_adherence", "ratio", "FITT: sets x repetitions", of=_COUNTS),
        _c("type_adherence", "ratio", "FITT: planned exercises done", of=_SET_ROWS),
    ],
}  # fmt: skip

_SUMMARY_HEAD = [
    _c("arm", "text", "Arm"), _c("visit", "text", "Visit"), _c("instrument", "text", "Instrument"),
    _c("n_allocated", "integer", "Randomised"), _c("n_expected", "integer", "Whose window had opened by the cut"),
    _c("n_done", "integer", "Forms complete"), _c("n_partial", "integer", "Forms with a scored item missing"),
    _c("n_scored", "integer", "Forms with a total"), _c("mean", "number", "Mean"), _c("sd", "number", "Standard deviation, n - 1"),
    _c("median", "number", "Median"), _c("p25", "number", "Lower quartile, type 7"), _c("p75", "number", "Upper quartile, type 7"),
    _c("min", "number", "Least"), _c("max", "number", "Greatest"), _c("n_change", "integer", "With a change from baseline"),
    _c("mean_change", "number", "Mean change"), _c("sd_change", "number", "Standard deviation of the change, n - 1"),
]  # fmt: skip
_SUMMARY_TAIL = [
    _c("response_n", "integer", "Responders"), _c("response_base", "integer", "Of so many with a known response"),
    _c("remission_n", "integer", "Remitted"), _c("remission_base", "integer", "Of so many with a known remission"),
    _c("improved_n", "integer", "Reliably improved"), _c("deteriorated_n", "integer", "Reliably deteriorated"),
]  # fmt: skip


def columns_of(file: str, *, bands: Iterable[str] = ()) -> tuple[Column, ...]:
    """The columns of a file in order; `bands` are the severity bands that visit_summary counts."""
    if file == "visit_summary":
        counted = [_c(f"n_{band}", "integer", f"Severity {band.replace('_', ' ')}") for band in dict.fromkeys(bands)]
        return tuple(_column(file, spec, of=("assessment",)) for spec in (*_SUMMARY_HEAD, *counted, *_SUMMARY_TAIL))
    return tuple(_column(file, spec) for spec in SPECS[file])


def blinded_columns(file: str, *, bands: Iterable[str] = ()) -> tuple[Column, ...]:
    """What a blind eye may have; nothing at all of a file that only exists in the closed view."""
    if file in CLOSED_ONLY:
        return ()
    seen = [column for column in columns_of(file, bands=bands) if not column.reveals_arm]
    if file == "participant":
        at = next(i for i, column in enumerate(seen) if column.name == "stratum") + 1
        seen.insert(at, Column(file=file, name="arm_dummy", kind="text", label="Sham group, unrelated to the one allocated"))
    return tuple(seen)


def _column(file: str, spec: Spec, of: tuple[str, ...] = ()) -> Column:
    name, kind, label, more = spec
    values = tuple(str(more.get("values", "")).split())
    return Column(file=file, name=name, kind=kind, label=label, **{"of": of, **more, "values": values})  # type: ignore[arg-type]
