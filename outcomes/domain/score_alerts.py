"""Totals that a clinician must hear of: high in themselves, or risen above the person's own at baseline."""

from __future__ import annotations

from collections.abc import Iterable

from outcomes.domain.parts import Alert
from trials.domain.protocol.alerting import ScoreAlertRule


def raised(rules: Iterable[ScoreAlertRule], instrument: str, *, total: int | None, baseline: int | None) -> tuple[Alert, ...]:
    """The alerts that a rounded total raises under the protocol's rules; without a total there is none, and without a baseline no rise.

    Points are the questionnaire's own. A rise is a reliable deterioration where the rule's threshold is the reliable change of the
    questionnaire (PHQ-9: 6, GAD-7: 4; NHS Talking Therapies manual).
    """
    values = {"total": total, "rise": None if total is None or baseline is None else total - baseline}
    found = []
    for rule in rules:
        value = values[rule.measure] if rule.instrument == instrument else None
        if value is not None and value >= rule.at_least:
            found.append(
                Alert(item=rule.measure, value=value, at_least=rule.at_least, urgent=rule.urgent, contact_hours=rule.contact_hours)
            )
    return tuple(found)
