"""Feeders of what exists in one arm only, and of what tells arms: for the closed edition alone.

`training` is the body of training by arm (figures as text, shares 0-1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from outcomes.domain.compared import OBSERVED
from outcomes.domain.contamination import OTHER_ARM, OUTSIDE
from outcomes.domain.written.adjusting import reference_of
from outcomes.domain.written.facts import Facts, sets_of
from outcomes.domain.written.shape import Found, Lacking, Said
from outcomes.domain.written.words import counted, figure, listed, needed, percent, ratio, share

BY_ARM = "training by arm"
METRICS = {
    "missed": "missed a session", "missed_episodes": "missed one or two sessions in a row",
    "interruptions": "missed three or more in a row",
    "modified": "did less than planned in a session", "modified_before": "had a prescription reduced beforehand",
    "ended_early": "ended a session early", "discontinued": "stopped training for good",
}  # fmt: skip
EXPOSED = {OUTSIDE: "training outside the trial", OTHER_ARM: "another arm's training before the primary visit"}
SET_NAMES = {
    "itt": "intention to treat", "fas": "full analysis set", "per_protocol": "per protocol", "safety": "safety set",
    "completer": "completers",
}  # fmt: skip


def sequence(facts: Facts) -> Iterator[Found]:
    yield from _randomisation(facts, "17a")


def restriction(facts: Facts) -> Iterator[Found]:
    yield from _randomisation(facts, "17b")


def concealment(facts: Facts) -> Iterator[Found]:
    yield from _randomisation(facts, "18")


def access(facts: Facts) -> Iterator[Found]:
    yield from _randomisation(facts, "19")


def recruitment(facts: Facts) -> Iterator[Found]:
    """People randomised at each site against its target."""
    for site in facts.protocol.sites:
        n = (facts.recruited or {}).get(site.code, 0)
        if site.target is None:
            yield Said(f"{site.name}: {n} randomised, without a target.", "participant.csv, site")
        else:
            yield Said(f"{site.name}: {share(n, site.target)} of its target randomised.", "participant.csv, site")


def providers(facts: Facts) -> Iterator[Found]:
    for arm, rows in _by_arm(facts, "providers"):
        sessions = sum(row["sessions"] for row in rows)
        professions = listed(sorted({row["profession"] for row in rows if row["profession"]})) or "no profession recorded"
        text = f"{arm}: {counted(len(rows), 'trainer', 'trainers')} ({professions}) held {counted(sessions, 'session', 'sessions')}, "
        text += f"deferred training included; people a trainer: {listed(str(row['people']) for row in rows)}."
        yield Said(text, "provider.csv and session.csv")
        for row in rows:
            lacks = [name for name in ("profession", "qualification", "trained_on") if not row[name]]
            if lacks:
                named = listed(word.replace("trained_on", "date of training") for word in lacks)
                yield Lacking(f"{arm}: of trainer {row['trainer'] or 'without a code'} the {named} is not recorded.")
    if not _body(facts)["providers"]:
        yield Lacking("No session was held yet, so nobody delivered the intervention.")


def attendance(facts: Facts) -> Iterator[Found]:
    for arm, rows in _by_arm(facts, "groups"):
        for row in rows:
            if row["kind"] == "site":
                text = f"{arm}, {row['name']}: mean attendance {percent(row['attendance'])}, mean relative dose intensity "
                yield Said(f"{text}{percent(row['rdi'])} ({counted(row['people'], 'person', 'people')}).", f"{BY_ARM}, groups")
    for arm, rows in _by_arm(facts, "thresholds"):
        for row in rows:
            yield Said(f"{arm}: {row['threshold']} reached by {share(row['reached'], row['of'])}.", f"{BY_ARM}, thresholds")
    for arm, rows in _by_arm(facts, "minutes"):
        for row in rows:
            yield Said(
                f"{arm}: {row['minutes']} minutes in {counted(row['sessions'], 'session', 'sessions')} attended.", f"{BY_ARM}, minutes"
            )
    if not _body(facts)["people"]:
        yield Lacking("No training session is due yet.")


def dose(facts: Facts) -> Iterator[Found]:
    for arm, rows in _by_arm(facts, "doses"):
        for row in rows:
            if row["mean"] is not None:
                spread = "" if row["sd"] is None else f", SD {percent(row['sd'])}"
                yield Said(
                    f"{arm}: relative dose intensity (volume done of planned) mean {percent(row['mean'])}{spread}, median "
                    f"{percent(row['median'])}, n = {row['n']}.", f"{BY_ARM}, doses",
                )  # fmt: skip


def fitt(facts: Facts) -> Iterator[Found]:
    """The last week with figures: how far what was done followed the plan."""
    for arm, rows in _by_arm(facts, "fitt"):
        last = max(rows, key=lambda row: row["week"])
        told = listed(f"{part} {percent(last['fitt'][part])}" for part in ("frequency", "intensity", "time", "type"))
        yield Said(f"{arm}, week {last['week']}: {told} of what was planned.", f"{BY_ARM}, fitt")


def tolerability(facts: Facts) -> Iterator[Found]:
    for arm, rows in _by_arm(facts, "tolerability"):
        for row in rows:
            people, health = row["people"]["total"], row["people"]["health"]
            yield Said(f"{arm}: {share(people, row['of'])} {METRICS[row['metric']]}, {health} for health.", f"{BY_ARM}, tolerability")


def fidelity(facts: Facts) -> Iterator[Found]:
    for arm, rows in _by_arm(facts, "fidelity"):
        for row in rows:
            if row["kind"] == "arm":
                text = f"{arm}: {row['observed']} of {row['sessions']} sessions observed; {share(row['done'], row['judged'])} items done."
                yield Said(text, f"{BY_ARM}, fidelity")


def contamination(facts: Facts) -> Iterator[Found]:
    for arm, rows in _by_arm(facts, "contamination"):
        for row in rows:
            text = f"{arm}: {share(row['people'], row['of'])} had {EXPOSED[row['kind']]}."
            yield Said(text, f"{BY_ARM}, contamination")


def intercurrent(facts: Facts) -> Iterator[Found]:
    """People by kind of intercurrent event, with what each estimand makes of it."""
    for group in facts.groups:
        for kind in sorted({kind for p in group.people for kind in p.intercurrent}):
            ways = [f"{e.code}: {e.strategies[kind].replace('_', ' ')}" for e in facts.protocol.estimands if kind in e.strategies]
            n = sum(kind in p.intercurrent for p in group.people)
            yield Said(
                f"{group.name}: {kind.replace('_', ' ')} in {share(n, group.n)} ({listed(ways) or 'no estimand names it'}).",
                "deviation.csv",
            )


def set_sizes(facts: Facts) -> Iterator[Found]:
    for arm in facts.protocol.arms:
        sizes = facts.sets.get(arm.code, {})
        told = listed(f"{SET_NAMES[name]} {sizes.get(name, 0)}" for name in sets_of(facts.protocol))
        yield Said(f"{arm.label or arm.code}: {told}.", "participant.csv, itt to completer")


def effects(facts: Facts) -> Iterator[Found]:
    for effect in facts.effects:
        if effect.why:
            yield Lacking(f"{effect.name} against {effect.reference}: no adjusted difference, {effect.why}.")
            continue
        text = f"Primary outcome, {effect.name} minus {effect.reference}, adjusted for {listed(effect.covariates)}: "
        text += (
            f"{figure(effect.estimate, 2)} (95 % CI {figure(effect.low, 2)} to {figure(effect.high, 2)}, n = {effect.n} with both scores)."
        )
        yield Said(text, "ancova of assessment.csv")


def risks(facts: Facts) -> Iterator[Found]:
    """Response and remission of whoever is observed: the absolute and the relative difference, and the number needed to treat."""
    names = {arm.code: arm.label or arm.code for arm in facts.protocol.arms}
    for one in facts.compared:
        for rate in one.rates if one.cases == OBSERVED else ():
            low, high = rate.difference.newcombe
            estimate, ends = needed(rate.needed)
            text = f"{facts.titles.get(one.instrument, one.instrument)}, {facts.protocol.visit(one.visit).label}, {names[one.arm]} minus "
            text += f"{names[reference_of(facts.protocol).code]}: {rate.rate} {share(rate.events, rate.n)} against "
            text += (
                f"{share(rate.events_reference, rate.n_reference)}, difference of risks {figure(rate.difference.estimate, 3)} (Newcombe's "
            )
            text += (
                f"95 % CI {figure(low, 3)} to {figure(high, 3)}), ratio of risks {ratio(rate.ratio)}, number needed {estimate} ({ends})."
            )
            yield Said(text, "risks of assessment.csv")


def exploratory(facts: Facts) -> Iterator[Found]:
    for arm, rows in _by_arm(facts, "responses"):
        for row in rows:
            if row["r"] is not None:
                text = f"Exploratory, {arm}: dose and change in {facts.titles.get(row['instrument'], row['instrument'])}, r = "
                text += f"{figure(row['r'], 2)} (95 % CI {figure(row['low'], 2)} to {figure(row['high'], 2)}, n = {row['n']})."
                yield Said(text, f"{BY_ARM}, responses")


def session_harms(facts: Facts) -> Iterator[Found]:
    for group in facts.groups:
        found = [e for p in group.people for e in p.events if e["elicited"] == "session" or e.get("session_no")]
        yield Said(
            f"{group.name}: {counted(len(found), 'adverse event', 'adverse events')} at or linked to a session.", "adverse_event.csv"
        )


def _randomisation(facts: Facts, item: str) -> Iterator[Found]:
    text = (facts.randomisation or {}).get(item)
    if text:
        yield Said(text, f"the statement of randomisation, item {item}")
    else:
        yield Lacking(f"The records say nothing for item {item}: no scheme of randomisation has been opened.")


def _body(facts: Facts) -> Mapping[str, Any]:
    assert facts.training is not None  # the blinded edition asks none of these
    return facts.training


def _by_arm(facts: Facts, table: str) -> list[tuple[str, list[dict[str, Any]]]]:
    rows = _body(facts)[table]
    arms = [(arm.code, arm.label or arm.code) for arm in facts.protocol.arms]
    found = [(label, [row for row in rows if row["arm"] == code]) for code, label in arms]
    return [(label, those) for label, those in found if those]
