"""Feeders that read the protocol: what the trial set out to do."""

from __future__ import annotations

from collections.abc import Iterator

from outcomes.domain.written.facts import Facts
from outcomes.domain.written.shape import Found, Lacking, Said
from outcomes.domain.written.words import counted, listed, span
from trials.domain.protocol.shape import EligibilityQuestion, SessionPlan

SUPERVISED = {"one_to_one": "one to one", "group": "in groups", "none": "without supervision"}
DELIVERED = {"in_person": "in person", "home": "at home", "remote": "remotely"}
PROGRESSIONS = {
    "double_progression": "once every planned set was done at the upper number of repetitions, the load rose by at most {most}",
    "two_for_two": "once {extra} repetitions more than planned were done in {row} sessions running, the load rose by at most {most}",
    "percent_ramp": "the load followed the share of the one-repetition maximum planned for each week",
    "rir": "the load moved by at most {most} towards the repetitions in reserve planned for each week",
    "hold": "the load was held",
}


def registration(facts: Facts) -> Iterator[Found]:
    protocol = facts.protocol
    if protocol.registration:
        yield Said(f"The trial is registered as {protocol.registration}.", "protocol, trial.registration", data=False)
        return
    yield Lacking("The protocol holds no registration number.")


def protocol_access(facts: Facts) -> Iterator[Found]:
    protocol = facts.protocol
    text = f"The trial followed version {protocol.version} of its protocol (SHA-256 {protocol.digest}), a file of its own."
    yield Said(text, "protocol, trial.version and digest", data=False)


def sponsor(facts: Facts) -> Iterator[Found]:
    if facts.protocol.sponsor:
        yield Said(f"The sponsor was {facts.protocol.sponsor}.", "protocol, trial.sponsor", data=False)
        return
    yield Lacking("The protocol names no sponsor.")


def objective(facts: Facts) -> Iterator[Found]:
    for estimand in facts.protocol.estimands:
        yield Said(f"Estimand {estimand.code}: {estimand.label}.", "protocol, estimands", data=False)
    if not facts.protocol.estimands:
        yield Lacking("The protocol states no estimand.")


def design(facts: Facts) -> Iterator[Found]:
    protocol = facts.protocol
    arms = [arm.label or arm.code for arm in protocol.arms]
    ratio = ":".join(str(arm.ratio) for arm in protocol.arms)
    text = (
        f"Randomised trial of {len(arms)} parallel arms, {listed(arms)}, in the ratio {ratio}; the unit of allocation was the "
        f"{protocol.allocation.unit}."
    )
    yield Said(text, "protocol, arms and allocation", data=False)


def settings(facts: Facts) -> Iterator[Found]:
    sites = listed(f"{site.name} ({site.country})" for site in facts.protocol.sites)
    text = f"{counted(len(facts.protocol.sites), 'site', 'sites')} took part: {sites}."
    yield Said(text, "protocol, sites", data=False)
    for plan in _plans(facts):
        if plan.setting:
            yield Said(f"{plan.label} took place in: {plan.setting}.", f"protocol, plans.{plan.code}.setting", data=False)
        else:
            yield Lacking(f"The plan {plan.label} does not say where it takes place.")


def eligibility(facts: Facts) -> Iterator[Found]:
    for question in facts.protocol.eligibility:
        asked = question.text if question.text.endswith(("?", ".")) else f"{question.text}."
        yield Said(f"{asked} Accepted: {_accepted(question)}.", f"protocol, eligibility.{question.code}", data=False)
    if not facts.protocol.eligibility:
        yield Lacking("The protocol lists no eligibility criteria.")


def intervention(facts: Facts) -> Iterator[Found]:
    for arm in facts.protocol.arms:
        name, where = arm.label or arm.code, f"protocol, arms.{arm.code}"
        plan, later = facts.protocol.plan_of(arm.code), facts.protocol.deferred_plan_of(arm.code)
        if plan is not None:
            yield Said(f"{name}: {_described(plan)}", f"protocol, plans.{plan.code}", data=False)
        else:
            yield Said(f"{name}: no sessions were planned before the primary visit.", where, data=False)
        if later is not None:
            yield Said(f"{name}: after the primary visit had closed, this was offered: {_described(later)}", where, data=False)


def names(facts: Facts) -> Iterator[Found]:
    for plan in _plans(facts):
        yield Said(f"The intervention is called {plan.label}.", f"protocol, plans.{plan.code}.label", data=False)


def equipment(facts: Facts) -> Iterator[Found]:
    for plan in _plans(facts):
        if plan.equipment:
            yield Said(f"{plan.label} used: {plan.equipment}.", f"protocol, plans.{plan.code}.equipment", data=False)
        else:
            yield Lacking(f"The plan {plan.label} names no equipment.")


def supervision(facts: Facts) -> Iterator[Found]:
    for plan in _plans(facts):
        people = f", up to {plan.group_size} people at a time" if plan.supervision == "group" else ""
        text = f"{plan.label} was given {DELIVERED[plan.delivery]}, {SUPERVISED[plan.supervision]}{people}."
        yield Said(text, f"protocol, plans.{plan.code}: delivery, supervision, group_size", data=False)


def home_programme(facts: Facts) -> Iterator[Found]:
    for plan in _plans(facts):
        told = "was planned for home" if plan.delivery == "home" else "had no sessions planned for home"
        yield Said(f"{plan.label} {told}.", f"protocol, plans.{plan.code}.delivery", data=False)


def exercises(facts: Facts) -> Iterator[Found]:
    for plan in _plans(facts):
        told = listed(f"{exercise.label}{' (each side)' if exercise.sides == 2 else ''}" for exercise in plan.exercises)
        text = f"{plan.label} had {counted(len(plan.exercises), 'exercise', 'exercises')}: {told}."
        yield Said(text, f"protocol, plans.{plan.code}.exercises", data=False)


def dosage(facts: Facts) -> Iterator[Found]:
    for plan in _plans(facts):
        yield Said(f"{plan.label}: {_frequency(plan)}", f"protocol, plans.{plan.code}", data=False)
        for dose in plan.doses:
            targets = [
                *([f"{(100 * dose.pct_1rm).normalize():f} % of the one-repetition maximum"] if dose.pct_1rm is not None else []),
                *([f"exertion {dose.rpe}"] if dose.rpe is not None else []),
                *([f"{dose.rir} repetitions in reserve"] if dose.rir is not None else []),
            ]
            intensity = listed(targets) or "a load set by progression"
            weeks = f"Week{'' if dose.from_week == dose.to_week else 's'} {span(dose.from_week, dose.to_week)}"
            sets = f"{counted(dose.sets, 'set', 'sets')} of {span(dose.reps_min, dose.reps_max)} repetitions"
            text = f"{weeks}: {sets} of each exercise at {intensity}."
            yield Said(text, f"protocol, plans.{plan.code}.doses", data=False)


def progression(facts: Facts) -> Iterator[Found]:
    for plan in _plans(facts):
        rule, most = plan.progression, f"{(100 * plan.progression.max_increase).normalize():f} %"
        told = PROGRESSIONS[rule.rule].format(extra=rule.extra_reps, row=rule.in_a_row, most=most)
        yield Said(f"{plan.label}: {told}.", f"protocol, plans.{plan.code}.progression", data=False)


def tailoring(facts: Facts) -> Iterator[Found]:
    for plan in _plans(facts):
        text = f"{plan.label}: exercises, sets and repetitions were the same for everybody; the load was each person's own."
        yield Said(text, f"protocol, plans.{plan.code}", data=False)


def adherence_rules(facts: Facts) -> Iterator[Found]:
    sets = facts.protocol.analysis
    cancelled = "included" if sets.site_cancelled_in_denominator else "left out"
    yield Said(
        "A session counted as attended where at least one working set was done, a made-up session too; attendance is attended sessions "
        f"of those due, sessions cancelled by the site {cancelled}. Planned and done sets, repetitions and loads were recorded set by set.",
        "protocol, analysis; session.csv and exercise_set.csv", data=False,
    )  # fmt: skip
    fidelity = facts.protocol.fidelity
    if fidelity is None:
        yield Lacking("The protocol has no sessions observed for fidelity.")
        return
    yield Said("Sessions drawn at random were observed with a checklist.", "protocol, fidelity", data=False)


def outcomes(facts: Facts) -> Iterator[Found]:
    protocol = facts.protocol
    if protocol.primary is None:
        yield Lacking("The protocol names no primary outcome.")
    else:
        primary = protocol.primary
        where, what = protocol.visit(primary.visit).label, facts.titles.get(primary.instrument, primary.instrument)
        text = f"The primary outcome was {what} at {where}, by the rule {primary.rule.replace('_', ' ')}."
        yield Said(text, "protocol, primary", data=False)
    for visit in protocol.visits:
        asked = listed(facts.titles.get(code, code) for code in visit.instruments)
        days = f"day {visit.target_day} (days {visit.opens_day} to {visit.closes_day})"
        when = "before randomisation" if visit.target_day is None else days
        if asked:
            yield Said(f"{visit.label}, {when}: {asked}.", f"protocol, visits.{visit.code}", data=False)


def harms_asked(facts: Facts) -> Iterator[Found]:
    protocol = facts.protocol
    asking = [visit.label for visit in protocol.visits if visit.asks_adverse_events]
    for question in protocol.adverse_event_questions:
        yield Said(f"Asked of everybody alike at {listed(asking)}: {question.text}", "protocol, adverse_events.questions", data=False)
    if not protocol.adverse_event_questions:
        yield Lacking("The protocol has no questions about harms that are asked of everybody.")
    if protocol.expected_events:
        text = f"Listed as expected: {listed(protocol.expected_events)}. All others were unexpected."
        yield Said(text, "protocol, adverse_events.expected", data=False)
    for rule in protocol.alerts:
        text = f"An answer of {rule.at_least} or more to item {rule.item} of {facts.titles.get(rule.instrument, rule.instrument)} raised a "
        text += f"safety alert, with contact due within {counted(rule.contact_hours, 'hour', 'hours')}."
        yield Said(text, "protocol, alerts", data=False)


def sample_size(facts: Facts) -> Iterator[Found]:
    yield Said(f"{facts.protocol.sample_size} people were to be randomised.", "protocol, trial.sample_size", data=False)


def blinding(facts: Facts) -> Iterator[Found]:
    roles = [role.replace("_", " ") for role in facts.protocol.blind_roles]
    if not roles:
        yield Said("Nobody was blind to arms.", "protocol, blinding.roles", data=False)
        return
    text = f"Blind to arms were the roles {listed(roles)}: the program gave them nothing that exists in one arm only."
    yield Said(text, "protocol, blinding.roles", data=False)
    yield Said("Participants and trainers knew the arm.", "the intervention itself", data=False)


def analysis_sets(facts: Facts) -> Iterator[Found]:
    protocol = facts.protocol
    per_protocol = f"{(100 * protocol.analysis.per_protocol_attendance).normalize():f} %"
    for text in (
        "Intention to treat: everybody randomised, as randomised.",
        "Full analysis set: those less people randomised although ineligible and people without any primary score after baseline.",
        f"Per protocol: the full set with the primary outcome in its window, no important deviation, and attendance of {per_protocol} or "
        "more (control: no training or structured exercise before the primary visit).",
        "Safety set: training arms with a session attended, control all randomised, by the arm received.",
        "Completers: everybody with the primary score.",
    ):
        yield Said(text, "protocol, analysis", data=False)


def missing_rules(facts: Facts) -> Iterator[Found]:
    for code, rule in sorted(facts.protocol.missing_rules.items()):
        text = f"Items missing from {facts.titles.get(code, code)} were handled by the rule {rule}."
        yield Said(text, "protocol, missing_rules", data=False)
    if not facts.protocol.missing_rules:
        yield Lacking("The protocol has no rule for missing items.")


def estimands(facts: Facts) -> Iterator[Found]:
    for estimand in facts.protocol.estimands:
        told = "; ".join(f"{event.replace('_', ' ')}: {way.replace('_', ' ')}" for event, way in estimand.strategies.items())
        yield Said(f"Intercurrent events under estimand {estimand.code}: {told}.", "protocol, estimands", data=False)


def _plans(facts: Facts) -> list[SessionPlan]:
    return [plan for arm in facts.protocol.arms if (plan := facts.protocol.plan_of(arm.code)) is not None]


def _accepted(question: EligibilityQuestion) -> str:
    if question.accepts:
        labels = {choice.code: choice.label for choice in question.choices}
        return listed(labels.get(code, code) for code in question.accepts)
    unit = f" {question.unit}" if question.unit else ""
    least = [] if question.minimum is None else [f"at least {question.minimum}{unit}"]
    return listed([*least, *([] if question.maximum is None else [f"at most {question.maximum}{unit}"])])


def _frequency(plan: SessionPlan) -> str:
    familiar = f" after {counted(plan.familiarisation_weeks, 'week', 'weeks')} of familiarisation" if plan.familiarisation_weeks else ""
    return (
        f"{plan.per_week} sessions a week for {counted(plan.weeks, 'week', 'weeks')}{familiar}, {plan.minutes} minutes each, with at least "
        f"{counted(plan.rest_days, 'day', 'days')} of rest between two."
    )


def _described(plan: SessionPlan) -> str:
    return f"{plan.label}, {DELIVERED[plan.delivery]} and {SUPERVISED[plan.supervision]}: {_frequency(plan)}"
