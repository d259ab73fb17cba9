"""A protocol against the questionnaires that there are: their names, items, rules and totals."""

from __future__ import annotations

from collections.abc import Iterator

from trials.domain.protocol.checks.visits import CODES, asked
from trials.domain.protocol.faults import Finding, choose_from, finding
from trials.domain.protocol.questionnaires import Known, told
from trials.domain.protocol.shape import Protocol


def known(protocol: Protocol, instruments: Known) -> Iterator[Finding]:
    for row, visit in enumerate(protocol.visits, start=1):
        for nth, name in enumerate(visit.instruments, start=1):
            if name not in instruments:
                place, cure = f"visits[{row}].instruments[{nth}]", choose_from(name, sorted(instruments))
                yield finding(place, f"there is no questionnaire {name}", cure)


def fitting(protocol: Protocol, instruments: Known) -> Iterator[Finding]:
    """Rules and alerts that a questionnaire has, a primary outcome that comes to a total, and forms for what follows from others."""
    facts = told(instruments)
    for name, rule in protocol.missing_rules.items():
        if name in facts and rule not in facts[name].rules:
            yield finding(f"missing_rules.{name}", f"{name} has no rule {rule}", choose_from(rule, facts[name].rules))
    for row, alert in enumerate(protocol.alerts, start=1):
        if alert.instrument in facts and alert.item not in facts[alert.instrument].items:
            problem, cure = f"{alert.instrument} has no item {alert.item}", choose_from(alert.item, facts[alert.instrument].items)
            yield finding(f"alerts[{row}].item", problem, cure, rests_on=(f"alerts[{row}].instrument",))
    for row, scored in enumerate(protocol.score_alerts, start=1):
        if scored.instrument in facts and not facts[scored.instrument].has_total:
            cure = choose_from(scored.instrument, [name for name in asked(protocol) if name in facts and facts[name].has_total])
            yield finding(f"score_alerts[{row}].instrument", f"{scored.instrument} comes to no total", cure)
    primary = protocol.primary
    if primary is not None and primary.instrument in facts and not facts[primary.instrument].has_total:
        cure = choose_from(primary.instrument, [name for name in asked(protocol) if name in facts and facts[name].has_total])
        yield finding("primary.instrument", f"{primary.instrument} comes to no total", cure)
    for row, visit in enumerate(protocol.visits, start=1):
        for nth, name in enumerate(visit.instruments, start=1):
            for source in facts[name].follows if name in facts else ():
                if source not in visit.instruments:
                    problem = f"{name} follows from {source}, which is not asked at {visit.code}"
                    yield finding(f"visits[{row}].instruments[{nth}]", problem, f"add {source} to the visit", rests_on=CODES)
