"""Who came and who they were: the flow, recruitment against its target, the baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import accumulate
from typing import Any

from outcomes.domain.facts import Row
from outcomes.domain.spread import mean, quantile, sd
from outcomes.domain.text import Value, instant
from outcomes.domain.written import from_data, from_protocol
from outcomes.domain.written.facts import EVERYBODY, Facts, Group
from outcomes.domain.written.words import figure as number
from outcomes.domain.written.words import percent, share
from outcomes.exports.figures import Figure
from outcomes.exports.flow_svg import LINES, balance, count, flow_svg
from outcomes.exports.trial_report.common import DATASET, at, by_group, group_of, names, paragraphs, sizes, title_of, visits
from trials.ui import plots

BASELINE_RULE = (
    "Mean (SD) and median (quartiles, type 7) of numbers; counts of choices with their percentage of everybody in the column, whose answer "
    "is missing included; no tests and no standard errors."
)
NO_TARGET = "none set"


def flow_words(facts: Facts) -> Iterator[str]:
    yield balance(facts.flow)
    yield from paragraphs(from_data.losses(facts))


def flow(facts: Facts) -> Iterator[Figure]:
    """The drawing of CONSORT 2025 with its counts, then what each visit's primary questionnaire has, and what stands beside the flow."""
    protocol, labels = facts.protocol, _labels(facts)
    columns = facts.flow["arms"] if facts.by_arm else {"all": facts.flow["all"]}
    heads = [labels.get(code, EVERYBODY) for code in columns]
    drawn = flow_svg(facts.flow, title=f"{protocol.code}: flow of participants", as_of=instant(facts.as_of), labels=labels)
    first = next(iter(columns.values()))
    rows = [
        (label, *(count(column[key]) for column in columns.values()))
        for key, label in (("randomised", "Randomised"), *LINES)
        if key in first
    ]
    rule = "CONSORT 2025. Lost and discontinued may overlap, and neither is subtracted from the other. "
    if facts.by_arm:
        rule += "Beside, subtracted from nothing: people with a session of the intervention held, and with at least "
        rule += f"{percent(protocol.analysis.per_protocol_attendance)} of their sessions due so far attended. "
    rule += f"n assessed = {facts.flow['assessed']}, randomised = {facts.flow['randomised']}."
    yield Figure("flow", "Flow", rule, ("stage", *heads), rows, drawn.decode(), at(facts, "/flow/"))
    primary = protocol.primary
    if primary is not None:
        known = [row for row in visits(facts) if row["instrument"] == primary.instrument]
        scored = [(protocol.visit(str(r["visit"])).label, group_of(facts, r), r["n_expected"], r["n_scored"]) for r in known]
        rule = f"People with a score of {title_of(facts, primary.instrument)} of those whose window has opened. {sizes(facts)}"
        yield Figure("scored", "Primary questionnaire at each visit", rule, ("visit", "group", "expected", "scored"), scored,
                     rows_at=at(facts, DATASET))  # fmt: skip
    if facts.training is not None:
        beside = [(labels.get(r["arm"], r["arm"]), r["threshold"], r["reached"], r["of"]) for r in facts.training["thresholds"]]
        rule = "Beside the flow, not subtracted from it: people of the training arms with a due session who reached each dose."
        yield Figure("dose-met", "Doses met", rule, ("arm", "threshold", "reached", "of"), beside, rows_at="/reports/training/")


def recruitment_words(facts: Facts) -> Iterator[str]:
    yield from paragraphs(from_protocol.sample_size(facts))
    yield from paragraphs(from_data.dates(facts))


def recruitment(facts: Facts) -> Iterator[Figure]:
    """People randomised so far by week, and, by arm only, each site against its target: with few people a site it helps to guess arms."""
    target = facts.protocol.sample_size
    if facts.days:
        weeks = Counter((day - facts.days[0]).days // 7 + 1 for day in facts.days)
        last = max(*weeks, (facts.as_of.date() - facts.days[0]).days // 7 + 1)
        grown = list(accumulate(weeks[week] for week in range(1, last + 1)))
        described = f"{grown[-1]} people randomised in {last} weeks, of {target} to be randomised."
        points = [(str(week), n) for week, n in enumerate(grown, start=1)]
        svg = plots.steps_to_target(points, target, title="Randomised", unit="people, by week", described=described)
        rule = "Everybody randomised, whoever withdrew included, by week since the first; the table has the weeks in which somebody was. "
        rule += f"Target {target}. n = {grown[-1]}."
        rows = [(week, grown[week - 1]) for week in sorted(weeks)]
        yield Figure("randomised", "Randomised by week", rule, ("week", "randomised_so_far"), rows, svg, at(facts, DATASET))
    if facts.recruited is not None:
        yield _sites(facts, facts.recruited)


def _sites(facts: Facts, recruited: Mapping[str, int]) -> Figure:
    """Each site against its target, where it has one."""
    known = [(site.name, recruited.get(site.code, 0), site.target) for site in facts.protocol.sites]
    aims = [(name, n, target) for name, n, target in known if target]
    svg = plots.shares(aims, title="Randomised by site", described=f"People randomised of each site's target, {len(aims)} sites.")
    told = [(name, n, target or NO_TARGET, share(n, target) if target else NO_TARGET) for name, n, target in known]
    rule = f"People randomised at each site, whoever withdrew included. n = {sum(recruited.values())}."
    head = ("site", "randomised", "target", "of_target")
    return Figure("sites", "Randomised by site", rule, head, told, svg if aims else "", at(facts, DATASET))


def baseline_words(facts: Facts) -> Iterator[str]:
    yield sizes(facts)


def baseline(facts: Facts) -> Iterator[Figure]:
    rows: list[tuple[Any, ...]] = by_group(facts, [
        ("Age (years), mean (SD)", lambda g: _mean(g.ages)), ("Age (years), median (quartiles)", lambda g: _median(g.ages)),
        ("Age, missing", lambda g: g.n - len(g.ages)),
    ])  # fmt: skip
    sexes = sorted({p.sex for group in facts.groups for p in group.people if p.sex})
    rows += by_group(facts, [(f"Sex: {sex}", lambda g, sex=sex: share(sum(p.sex == sex for p in g.people), g.n)) for sex in sexes])
    rows += by_group(facts, [("Sex, missing", lambda g: sum(not p.sex for p in g.people))])
    for variable in facts.protocol.baseline:
        if variable.type == "text":
            continue
        label, code = variable.label.rstrip("?."), variable.code
        if variable.type == "number":
            unit = f" ({variable.unit})" if variable.unit else ""
            rows += by_group(facts, [
                (f"{label}{unit}, mean (SD)", lambda g, code=code: _mean(g.numbers(code))),
                (f"{label}{unit}, median (quartiles)", lambda g, code=code: _median(g.numbers(code))),
            ])  # fmt: skip
        else:
            labels = {choice.code: choice.label for choice in variable.choices}
            found = sorted({value for group in facts.groups for value in group.counted(code)})
            rows += by_group(facts, [
                (f"{label}: {labels.get(value, value)}", lambda g, code=code, value=value: share(g.counted(code)[value], g.n))
                for value in found
            ])  # fmt: skip
        known_of = Group.numbers if variable.type == "number" else _answers
        rows += by_group(facts, [(f"{label}, missing", lambda g, code=code, known=known_of: g.n - len(known(g, code)))])
    rows += _baseline_scores(facts)
    yield Figure("baseline", "Characteristics at baseline", f"{BASELINE_RULE} {sizes(facts)}", ("characteristic", *names(facts)), rows,
                 rows_at=at(facts, DATASET))  # fmt: skip


def _baseline_scores(facts: Facts) -> Iterator[tuple[Any, ...]]:
    """Every questionnaire asked at baseline: how it was spread, and of how many there is no score."""
    asked = {visit.code for visit in facts.protocol.visits if visit.kind == "baseline"}
    found = [row for row in facts.visits if row["visit"] in asked]
    for code in dict.fromkeys(str(row["instrument"]) for row in found):
        mine = {group_of(facts, row): row for row in found if row["instrument"] == code}
        title = title_of(facts, code)
        told: tuple[tuple[str, Callable[[Row], str]], ...] = (("mean (SD)", _row_mean), ("median (quartiles)", _row_median))
        for words, of in told:
            yield f"{title}, {words}", *(of(mine[group.name]) for group in facts.groups)
        yield f"{title}, missing", *(group.n - int(str(mine[group.name]["n_scored"])) for group in facts.groups)


def _labels(facts: Facts) -> dict[str, str]:
    protocol = facts.protocol
    listed = (*protocol.missed_reasons, *protocol.exclusion_reasons, *protocol.withdrawal_reasons)
    found = {choice.code: choice.label for choice in listed} | {q.code: q.text for q in protocol.eligibility}
    return found | ({arm.code: arm.label or arm.code for arm in protocol.arms} if facts.by_arm else {})


def _answers(group: Group, code: str) -> list[str]:
    return list(group.counted(code).elements())


def _mean(values: list[Decimal]) -> str:
    return _centre(mean(values), sd(values))


def _row_mean(row: Row) -> str:
    return _centre(row["mean"], row["sd"])


def _centre(centre: Value, spread: Value) -> str:
    if not isinstance(centre, Decimal):
        return ""
    return f"{number(centre)} ({number(spread) if isinstance(spread, Decimal) else 'not defined'})"


def _median(values: list[Decimal]) -> str:
    return _quartiles(*(quantile(values, Decimal(part)) for part in ("0.25", "0.5", "0.75")))


def _row_median(row: Row) -> str:
    return _quartiles(row["p25"], row["median"], row["p75"])


def _quartiles(*found: Value) -> str:
    known = [number(value) for value in found if isinstance(value, Decimal)]
    return f"{known[1]} ({known[0]} to {known[2]})" if known else ""
