"""What still stands between a person and randomisation, and which stratum they would be in."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import prefetch_related_objects

from outcomes.instruments import instruments
from outcomes.models import Assessment
from outcomes.queries import wording
from participants.domain import baseline
from participants.domain.journey import Status
from participants.models import Participant
from participants.permissions import BaselineFacts, endings_of, has_consented
from trials import queries
from trials.domain.protocol import Protocol
from trials.domain.protocol.shape import Factor
from trials.domain.randomisation.strata import Levels, NoLevel, levels


@dataclass(frozen=True)
class Check:
    """One condition of the gate, with the step that would meet it."""

    label: str
    passed: bool
    sentence: str
    way_out: tuple[str, str] | None = None


@dataclass(frozen=True)
class Level:
    factor: str
    level: str
    source: str  # in words


@dataclass(frozen=True)
class Readiness:
    checks: tuple[Check, ...]
    strata: Levels
    levels: tuple[Level, ...]
    facts: BaselineFacts

    @property
    def ready(self) -> bool:
        return all(c.passed for c in self.checks)


def of(participant: Participant) -> Readiness:
    """Consent, eligibility, baseline form, baseline questionnaires and strata, as they stand."""
    prefetch_related_objects([participant], "endings", "consents")  # for whoever checks them again
    protocol = queries.protocol_in_force()
    values = dict(participant.baseline.values_list("variable", "value"))
    lacking = list(baseline.lacking(protocol.baseline, values))
    unsent = _unsent(participant, protocol)
    try:
        found, faults = levels(protocol.allocation.factors, _facts(participant, values)), ()
    except NoLevel as none:
        found, faults = (), none.faults
    facts = BaselineFacts(missing=(*lacking, *unsent, *(f for f in faults if not lacking)))
    return Readiness(
        checks=_checks(participant, lacking, unsent, faults),
        strata=found,
        levels=tuple(Level(name, level, _source(f, protocol)) for (name, level), f in zip(found, protocol.allocation.factors, strict=True))
        if found
        else (),
        facts=facts,
    )


def _checks(participant: Participant, lacking: list[str], unsent: list[str], faults: tuple[str, ...]) -> tuple[Check, ...]:
    home = f"/participants/{participant}/"
    eligible = participant.status in (Status.ELIGIBLE, Status.CONSENTED, Status.RANDOMISED)
    consented = has_consented(participant)
    takes_part = not endings_of(participant).participation_ended
    checks = [
        Check("Takes part", takes_part, "Participation goes on." if takes_part else "Participation has ended."),
        Check(
            "Eligibility",
            eligible,
            "All criteria are met." if eligible else "Not eligible.",
            None if eligible else ("See the screening", home + "screening/"),
        ),
        Check(
            "Consent",
            consented,
            "Signed." if consented else "No signed consent.",
            None if consented else ("Record consent", home + "consent/"),
        ),
        Check(
            "Baseline form",
            not lacking,
            "Complete." if not lacking else f"Lacks {_some(lacking)}.",
            ("Complete the baseline", home + "baseline/") if lacking else None,
        ),
        Check("Baseline questionnaires", not unsent, "Complete." if not unsent else f"Not sent yet: {', '.join(unsent)}."),
    ]
    if faults and not lacking:
        checks.append(Check("Stratum", False, f"{'; '.join(faults)}.".capitalize()))
    return tuple(checks)


def _some(names: list[str]) -> str:
    """The first three, and how many more."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _unsent(participant: Participant, protocol: Protocol) -> list[str]:
    wanted = [(v.code, i, v.label) for v in protocol.visits if v.kind == "baseline" for i in wording.to_fill_in(v)]
    sent = set(Assessment.objects.filter(participant=participant).exclude(sent_at=None).values_list("visit", "instrument"))
    return [f"{instruments[i].title if i in instruments else i} at {label}" for code, i, label in wanted if (code, i) not in sent]


def _facts(participant: Participant, values: dict[str, str]) -> dict[str, object]:
    return {
        "site": participant.site.code,
        "sex": participant.sex,
        "age": participant.age,
        **{f"baseline:{code}": value for code, value in values.items()},
    }


def _source(factor: Factor, protocol: Protocol) -> str:
    kind, _, code = factor.source.partition(":")
    if kind != "baseline":
        return {"site": "the site", "sex": "the screening"}.get(kind, kind)
    return next((f"baseline form: {v.label}" for v in protocol.baseline if v.code == code), "baseline form")
