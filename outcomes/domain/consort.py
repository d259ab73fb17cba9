"""The CONSORT 2025 flow, counted from participant rows; every sum is checked and the person who breaks one is named.

Lost and discontinued may overlap, and neither is subtracted from the other: stopping the training and losing the outcome are two facts.
Beside the flow, and subtracted from nothing, stand the people of an arm with planned sessions who attended at least one session of the
intervention (`attended_one`) and who met the protocol's threshold of dose (`met_dose`); None in an arm without planned sessions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from outcomes.domain.text import Value

CATEGORIES = ("not_meeting_criteria", "declined", "other")
UNRECORDED = "unrecorded"
BESIDE = ("attended_one", "met_dose")
YES, NO = (True, "yes"), (False, "no")
Person = Mapping[str, Value]
Flow = dict[str, Any]


class BrokenSum(ValueError):
    """A person who can't be counted once and once only."""


def flow(
    people: Iterable[Person], *, arms: Sequence[str], providers: Mapping[str, Mapping[str, int]] | None = None, plans: Collection[str] = ()
) -> Flow:
    """flow.json of these participant rows; `providers`: arm -> trainer -> people trained; `plans`: arms with planned sessions.

    Raises `BrokenSum`.
    """
    everybody = list(people)
    where = [(_place(p, arms), p) for p in everybody]
    excluded = [p for place, p in where if place == "excluded"]
    randomised = [p for place, p in where if place == "randomised"]
    days = sorted(str(p["randomised_on"]) for p in randomised if p.get("randomised_on"))
    return {
        "assessed": len(everybody),
        "pending": sum(place == "pending" for place, _ in where),
        "excluded": {
            "total": len(excluded),
            **{c: sum(p["exclusion_category"] == c for p in excluded) for c in CATEGORIES},
            "reasons": _reasons(p.get("exclusion_reason") or p["exclusion_category"] for p in excluded),
        },
        "randomised": len(randomised),
        "first_randomised_on": days[0] if days else None,
        "last_randomised_on": days[-1] if days else None,
        "arms": {
            arm: _arm([p for p in randomised if p["arm"] == arm], (providers or {}).get(arm, {}), planned=arm in plans) for arm in arms
        },
    }


def pooled(closed: Flow) -> Flow:
    """The same flow with one column for everybody, for eyes that must not see arms."""
    arms = closed["arms"].values()
    everyone = {
        "randomised": closed["randomised"],
        "lost": _pooled_reasons(arm["lost"] for arm in arms),
        "analysed": sum(arm["analysed"] for arm in arms),
        "analysis_pending": sum(arm["analysis_pending"] for arm in arms),
        "not_analysed": _pooled_reasons(arm["not_analysed"] for arm in arms),
    }
    return {**{key: value for key, value in closed.items() if key != "arms"}, "all": everyone}


def unsound(flow: Flow) -> list[str]:
    """The sums that do not close, each as an equation; none in a flow that `flow` made."""
    sums = [("assessed", flow["assessed"], flow["pending"] + flow["excluded"]["total"] + flow["randomised"])]
    sums += [("excluded", flow["excluded"]["total"], sum(flow["excluded"][c] for c in CATEGORIES))]
    sums += [("reasons of exclusion", flow["excluded"]["total"], sum(flow["excluded"]["reasons"].values()))]
    columns = flow.get("arms") or {"all": flow["all"]}
    sums += [("randomised", flow["randomised"], sum(c.get("allocated", c.get("randomised")) for c in columns.values()))]
    for name, column in columns.items():
        base = column.get("allocated", column.get("randomised"))
        sums += [(f"{name} analysis", base, column["analysed"] + column["analysis_pending"] + column["not_analysed"]["total"])]
        if "received" in column:
            sums += [(f"{name} allocation", base, column["received"] + column["received_unknown"] + column["not_received"]["total"])]
    return [f"{name}: {whole} is not {parts}" for name, whole, parts in sums if whole != parts]


def _place(person: Person, arms: Sequence[str]) -> str:
    """Pending, excluded or randomised: each person in one place only."""
    who, outcome, arm = person["trial_id"], person["screening_outcome"], person.get("arm")
    excluded = outcome == "excluded"
    if outcome not in ("eligible", "excluded", "pending"):
        raise BrokenSum(f"{who}: the screening outcome is {outcome!r}, not eligible, excluded or pending.")
    if excluded != (person.get("exclusion_category") in CATEGORIES):
        raise BrokenSum(f"{who}: an excluded person, and nobody else, has one of the categories {', '.join(CATEGORIES)}.")
    if bool(arm) != bool(person.get("randomised_at")):
        raise BrokenSum(f"{who}: an arm and a time of randomisation belong together; one of them is missing.")
    if not arm:
        return "excluded" if excluded else "pending"
    if outcome != "eligible":
        raise BrokenSum(f"{who}: randomised, but the screening outcome is {outcome}; nobody is counted twice.")
    if arm not in arms:
        raise BrokenSum(f"{who}: the arm {arm} is not in the protocol.")
    for column in ("received_allocated", "analysed_primary"):
        if person.get(column) not in (*YES, *NO, None, ""):
            raise BrokenSum(f"{who}: {column} is {person[column]!r}, not yes, no or empty.")
    return "randomised"


def _arm(people: list[Person], trainers: Mapping[str, int], *, planned: bool) -> Flow:
    sites = Counter(str(p["site"]) for p in people)
    planned = planned or any(p.get("attended_one") is not None for p in people)  # an import may know sessions that no plan names
    return {
        "allocated": len(people),
        "received": _count(people, "received_allocated", YES),
        "received_unknown": _count(people, "received_allocated", (None, "")),
        "not_received": _with_reasons(people, "received_allocated", "not_received_reason"),
        "lost": _listed(p.get("lost_for") for p in people if p.get("lost")),
        "discontinued": _listed(p.get("intervention_stopped_reason") for p in people if p.get("discontinued")),
        **{beside: sum(bool(p.get(beside)) for p in people) if planned else None for beside in BESIDE},
        "analysed": _count(people, "analysed_primary", YES),
        "analysis_pending": _count(people, "analysed_primary", (None, "")),
        "not_analysed": _with_reasons(people, "analysed_primary", "not_analysed_reason"),
        "sites": len(sites),
        "providers": len(trainers),
        "participants_per_site": [sites[site] for site in sorted(sites)],
        "participants_per_provider": [trainers[trainer] for trainer in sorted(trainers)],
    }


def _count(people: list[Person], column: str, values: tuple[Value, ...]) -> int:
    return sum(any(p.get(column) is v or p.get(column) == v for v in values) for p in people)


def _with_reasons(people: list[Person], column: str, reason: str) -> Flow:
    return _listed(p.get(reason) for p in people if p.get(column) in NO)


def _listed(reasons: Iterable[Value]) -> Flow:
    counted = _reasons(reasons)
    return {"total": sum(counted.values()), "reasons": counted}


def _reasons(reasons: Iterable[Value]) -> dict[str, int]:
    counted = Counter(str(reason or UNRECORDED) for reason in reasons)
    return {reason: counted[reason] for reason in sorted(counted)}


def _pooled_reasons(parts: Iterable[Flow]) -> Flow:
    counted: Counter[str] = Counter()
    for part in parts:
        counted.update(part["reasons"])
    return {"total": sum(counted.values()), "reasons": {reason: counted[reason] for reason in sorted(counted)}}
