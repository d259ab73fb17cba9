"""Training by arm as figures, from the kept body of the report: the same on its page, in its CSV and in its PDF."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outcomes.domain.contamination import OTHER_ARM, OUTSIDE
from outcomes.domain.fidelity import ARM, TRAINER
from outcomes.domain.guided import PARTS
from outcomes.exports.figures import Figure
from outcomes.exports.person_figures import ASKED
from outcomes.instruments import instruments
from trials.ui import plots

METRICS = {
    "missed": "Missed sessions", "missed_episodes": "Runs of one or two missed", "interruptions": "Interruptions: three or more missed",
    "modified": "Dose modified in the session", "modified_before": "Prescription reduced before the session", "ended_early": "Ended early",
    "discontinued": "Discontinued for good",
}  # fmt: skip
CLASSES = ("total", "health", "non_health", "site", "unknown")
SPREAD = ("arm", "n", "mean", "sd", "least", "p25", "median", "p75", "greatest")

KEPT = ("arm", "measure", "n", "mean", "sd", "p25", "median", "p75")
MEASURES = {
    "attendance": "Attendance of due sessions", "attendance_excl_site": "Attendance, those cancelled by the site left out",
    "attendance_on_treatment": "Attendance while in training", "sets_compliance": "Compliance: sets",
    "reps_compliance": "Compliance: repetitions", "load_compliance": "Compliance: load", "sets_delivered": "Delivered: sets",
    "reps_delivered": "Delivered: repetitions",
}  # fmt: skip
PROVIDER = ("arm", "trainer", "profession", "qualification", "trained_on", "people", "sessions", "swapped", "before_trained", "arms")
FIDELITY = ("arm", "kind", "name", "sessions", "drawn", "observed", "judged", "done", "share")
GUIDED = ("arm", "week", "people", *PARTS, "conforming", "share")
WATCHED = {ARM: "Whole arm", TRAINER: "Trainer"}
EXPOSURE = ("arm", "trial_id", "kind", "since", "until", "minutes_per_week", "new", "source")
EXPOSED = {OUTSIDE: "Training outside the trial", OTHER_ARM: "Another arm's training"}
SAID = {True: "yes", False: "no", None: ""}


def figures(body: Mapping[str, Any], words: Mapping[str, str]) -> list[Figure]:
    """Every table of `body_of` as a figure, in the order of the page; `words` are labels of arms and reasons."""
    return [
        _tolerability(body, words), _table(body, "thresholds", "Thresholds reached", ("arm", "threshold", "reached", "of", "share"), words,
               "Everybody of the arm with a due session is counted; who stopped stays in."),
        *_kept(body, words), *_doses(body, words), _fitt(body, words),
        _table(body, "groups", "Sites and trainers", ("arm", "kind", "name", "people", "attendance", "rdi"), words,
               "Means over people. A person belongs to the trainer who held most of their sessions; not adjusted for anything."),
        _table(body, "minutes", "Contact minutes", ("arm", "people", "sessions", "minutes", "mean"), words,
               "Minutes of attended intervention sessions; the mean goes over everybody of the arm with a due session."),
        *_guideline(body, words), *_delivery(body, words), *_responses(body, words),
    ]  # fmt: skip


def _kept(body: Mapping[str, Any], words: Mapping[str, str]) -> list[Figure]:
    """Figures kept before it was counted have none."""
    if "kept" not in body:
        return []
    told = {"kept": [r | {"measure": MEASURES[r["measure"]]} for r in body["kept"]]}
    rule = (
        "Shares 0 to 1; means go over people, n: everybody of the arm with a due session for whom the share is defined. Compliance is of "
        "attended sessions; delivered is of all due sessions, with nothing done in those not held."
    )
    return [_table(told, "kept", "Attendance and compliance", KEPT, words, rule)]


def _guideline(body: Mapping[str, Any], words: Mapping[str, str]) -> list[Figure]:
    """By week of each arm; figures kept before it was counted have none."""
    if "guideline" not in body:
        return []
    rule = (
        f"How many met each part. {ASKED} People: everybody with a session planned in the week; who did none of it, drop-outs included, "
        "met nothing. Share = conforming / people."
    )
    return [_table(body, "guideline", "Guideline by week", GUIDED, words, rule)]


def _delivery(body: Mapping[str, Any], words: Mapping[str, str]) -> list[Figure]:
    """Who delivered, and what else reached people; figures kept before these were counted have none."""
    if "providers" not in body:
        return []
    told = {
        **body,
        "fidelity": [
            r | {"kind": WATCHED[r["kind"]], "name": words.get(r["name"], r["name"]) if r["kind"] == ARM else r["name"]}
            for r in body.get("fidelity", [])
        ],
        "contamination": [r | {"kind": EXPOSED[r["kind"]]} for r in body["contamination"]],
        "exposures": [r | {"kind": EXPOSED[r["kind"]], "new": SAID[r["new"]]} for r in body["exposures"]],
    }
    return [
        _table(told, "providers", "Who delivered", PROVIDER, words,
               "Sessions held, deferred training too. Swapped: held by somebody else than planned. Before trained: no date of the "
               "trainer's own training on or before the session. Arms: in how many arms this trainer held sessions."),
        _table(told, "fidelity", "Fidelity", FIDELITY, words,
               "Supervised sessions held, of every phase; those drawn at random for observation, and those observed. Share = items of the "
               "checklist done / judged; items that did not apply are left out of both."),
        _table(told, "contamination", "Contamination", ("arm", "kind", "entries", "people", "of", "share"), words,
               "Everybody randomised. Training outside the trial that was not over before randomisation, and another arm's training "
               "received before the primary visit. Share = people / of."),
        _table(told, "exposures", "Contamination, each entry", EXPOSURE, words,
               "New: began after randomisation; empty where a date known in part cannot say. Minutes a week where both figures are known."),
    ]  # fmt: skip


def _tolerability(body: Mapping[str, Any], words: Mapping[str, str]) -> Figure:
    head = ("arm", "what", *(f"times_{c}" for c in CLASSES), *(f"people_{c}" for c in CLASSES), "of", "share")
    rows = [
        (
            words.get(r["arm"], r["arm"]), METRICS.get(r["metric"], r["metric"]), *(r["times"][c] for c in CLASSES),
            *(r["people"][c] for c in CLASSES), r["of"], r["share"],
        )
        for r in body["tolerability"]
    ]  # fmt: skip
    rule = (
        "As exercise oncology reports it: how often, and to how many people, each by class of reason. Of: everybody of the arm with a due "
        "session. Share = people / of."
    )
    return Figure("tolerability", "Tolerability", rule, head, rows)


def _table(body: Mapping[str, Any], name: str, title: str, head: tuple[str, ...], words: Mapping[str, str], rule: str) -> Figure:
    rows = [tuple(words.get(r[c], r[c]) if c == "arm" else r[c] for c in head) for r in body[name]]
    return Figure(name, title, rule, head, rows)


def _doses(body: Mapping[str, Any], words: Mapping[str, str]) -> list[Figure]:
    """One distribution an arm: a dot a person, ordered by dose."""
    figures, undelivered = [], body.get("rules", {}).get("adherence.rdi", "undelivered sessions count as 0")
    for number, row in enumerate(body["doses"], start=1):
        rdis = [float(rdi) for rdi in row["rdis"]]
        arm = words.get(row["arm"], row["arm"])
        title = f"Dose, {arm}"
        svg = plots.dots(
            list(enumerate(rdis, start=1)), x_ends=(0, len(rdis) + 1), y_ends=(0, max(1.0, *rdis) if rdis else 1.0), title=title,
            unit="RDI", described=f"Relative dose intensity of {len(rdis)} people, in order.", x_name="people, by dose",
        )  # fmt: skip
        rule = f"RDI = volume done / planned over the due sessions, {undelivered}, uncapped; a dot a person. n = {row['n']}."
        rows = [tuple(arm if name == "arm" else row[name] for name in SPREAD)]
        figures.append(Figure(f"dose-{number}", title, rule, SPREAD, rows, svg))
    return figures


def _fitt(body: Mapping[str, Any], words: Mapping[str, str]) -> Figure:
    head = ("arm", "week", "people", "sessions", "frequency", "intensity", "time", "type")
    rows = [
        (words.get(r["arm"], r["arm"]), r["week"], r["people"], r["sessions"], *(r["fitt"][part] for part in head[4:]))
        for r in body["fitt"]
    ]
    rule = "Shares 0 to 1, at most 1 a session, mean over due sessions; one not held counts 0, drop-outs included."
    return Figure("fitt", "FITT by week", rule, head, rows)


def _responses(body: Mapping[str, Any], words: Mapping[str, str]) -> list[Figure]:
    """A scatter an arm and questionnaire; fewer than four people have no interval."""
    figures = []
    for number, (row, given) in enumerate(zip(body["responses"], body["pairs"], strict=True), start=1):
        points = [(float(x), float(y)) for x, y in given["pairs"]]
        arm, name = words.get(row["arm"], row["arm"]), instruments[row["instrument"]].title
        title = f"Exploratory: dose and change in {name}, {arm}"
        interval = "" if row["r"] is None else f" r = {row['r']:.2f} (95 % CI {row['low']:.2f} to {row['high']:.2f})."
        most = max((abs(y) for _, y in points), default=1.0) or 1.0
        line = None if row["slope"] is None else (float(row["intercept"]), float(row["slope"]))
        svg = plots.dots(
            points, x_ends=(0, max([1.0, *(x for x, _ in points)])), y_ends=(-most, most), title=title, unit="change",
            described=f"{row['n']} people.{interval}", line=line, x_name="RDI",
        )  # fmt: skip
        rule = f"Exploratory: the dose was not randomised. Change from baseline to the primary visit. n = {row['n']}.{interval}"
        rows = [tuple(pair) for pair in given["pairs"]]
        figures.append(Figure(f"response-{number}", title, rule, ("rdi", "change"), rows, svg))
    return figures
