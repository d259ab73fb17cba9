"""A form kept with its score: the alert that an answer or a total calls for is raised in the same breath, and every version stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from outcomes.actions import alerts, answering
from outcomes.domain import score_alerts
from outcomes.domain.instrument import Alert as Raised
from outcomes.domain.instrument import Score
from outcomes.models import Alert, Assessment, AssessmentVersion
from outcomes.queries import sittings
from trials.actors import Actor


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What was kept. `raised` are the alerts this saving opened; `support`: an answer stands that calls for showing help at once.

    `elsewhere`: the question was answered on a page made later, and that answer stands.
    """

    assessment: Assessment
    raised: tuple[Alert, ...] = ()
    support: bool = False
    elsewhere: bool = False


def keep(
    assessment: Assessment, form: answering.Form, *, before: Mapping[str, int | str], sent: bool, reason: str = "", by: Actor, at: datetime
) -> tuple[Alert, ...]:
    """Answers, score and alert in one breath. Every sent version is kept, and every draft that raises or changes an alerting answer."""
    score = form.instrument.score(assessment.answers, form.rule)
    assessment.total, assessment.total_unrounded = score.total, score.total_unrounded
    assessment.n_answered, assessment.rule, assessment.severity = score.n_answered, score.rule, score.severity or ""
    assessment.protocol_digest = form.protocol.digest
    assessment.save()
    raised = form.instrument.alerts_for(assessment.answers, form.protocol.alerts)
    unchecked = form.instrument.unchecked_items(assessment.answers, form.protocol.alerts) if sent else ()
    watched = form.instrument.watched(form.protocol.alerts)
    changed = any(before.get(number) != assessment.answers.get(number) for number in watched)
    if sent or (changed and (raised or form.instrument.alerts_for(before, form.protocol.alerts))):
        version(assessment, by=by, at=at, reason=reason if sent else "Saved before sending")
    raised += _by_score(assessment, form, score, sent=sent)
    if not raised and not unchecked:
        return ()
    return alerts.raise_for(assessment, raised=raised, unchecked=unchecked, by=by, at=at)


def _by_score(assessment: Assessment, form: answering.Form, score: Score, *, sent: bool) -> tuple[Raised, ...]:
    """What the total calls for: at sending by the missing rule, before it only once every scored item has its answer."""
    if not form.protocol.score_alerts or not (sent or score.n_answered == len(form.instrument.scored_items)):
        return ()
    baseline = None if form.visit.kind == "baseline" else sittings.baseline_total(assessment, form.protocol)
    return score_alerts.raised(form.protocol.score_alerts, form.instrument.code, total=score.total, baseline=baseline)


def version(assessment: Assessment, *, by: Actor, at: datetime, reason: str) -> None:
    """The form as it stands, verbatim and for ever."""
    AssessmentVersion.objects.create(
        assessment=assessment, answers=assessment.answers, missing=assessment.missing, actor=by.actor, reason=reason, at=at
    )


def receipt(assessment: Assessment, form: answering.Form, raised: tuple[Alert, ...]) -> Receipt:
    """What whoever saved is told."""
    return Receipt(assessment=assessment, raised=raised, support=bool(form.instrument.alerts_for(assessment.answers, form.protocol.alerts)))
