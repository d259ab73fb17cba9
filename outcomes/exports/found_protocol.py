"""A protocol made of what a bundle holds: arms at equal ratio, sites in UTC, visits and questionnaires as they stand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date

from outcomes.exports.reading import Bundle, Texts

FEWEST_ARMS = 2
BASELINE_WORDS = ("baseline", "screening", "screen", "pre")


def found_protocol(bundle: Bundle, *, with_days: bool = True) -> str:
    """TOML of the trial that the tables speak of; whatever a protocol needs and nobody found is a plain placeholder.

    Without days no visit has a window of its own: for windows that no protocol could state.
    """
    people = bundle.table("participant").rows
    forms = bundle.table("assessment").rows
    parts = [_trial(bundle, people), *_arms(people), _ALLOCATION]
    parts += [_site(code) for code in _found(people, "site")]
    parts += [_visit(code, [f for f in forms if f["visit"] == code], people if with_days else []) for code in _visits_in_order(forms)]
    parts += _reasons(bundle, people)
    return "\n".join(part for part in parts if part)


def screening_protocol(*, site: str, visit: str, instrument: str, trial: str) -> str:
    """A protocol for people who were only screened: one site, one visit, one questionnaire."""
    head = f'[trial]\ncode = {quoted(trial)}\ntitle = "Imported assessments"\nversion = "1"\nsample_size = 2\nday0_lag_days = 0\n'
    visit_table = f'[[visits]]\ncode = {quoted(visit)}\nlabel = {quoted(visit)}\nkind = "baseline"\ninstruments = [{quoted(instrument)}]\n'
    return "\n".join([head, *_arms([]), _ALLOCATION, _site(site), visit_table])


def quoted(text: str) -> str:
    """A TOML basic string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


_ALLOCATION = '[allocation]\nmethod = "permuted_blocks"\n\n[allocation.parameters]\nmultipliers = [2, 3]\n'


def _trial(bundle: Bundle, people: list[Texts]) -> str:
    code = bundle.trial if re.fullmatch(r"[A-Z][A-Z0-9_-]{0,19}", bundle.trial) else "IMPORTED"
    size = max(2, sum(bool(p.get("arm")) for p in people))
    version = quoted(bundle.version or "1")
    return f'[trial]\ncode = {quoted(code)}\ntitle = "Imported trial"\nversion = {version}\nsample_size = {size}\nday0_lag_days = 0\n'


def _arms(people: list[Texts]) -> list[str]:
    found = _found(people, "arm")
    spare = (name for n in range(1, 100) if (name := f"ARM{n}") not in found)
    while len(found) < FEWEST_ARMS:
        found.append(next(spare))
    return [f"[arms.{quoted(code)}]\nlabel = {quoted(code)}\n" for code in found]


def _site(code: str) -> str:
    return f'[[sites]]\ncode = {quoted(code)}\nname = {quoted(code)}\ncountry = "IE"\ntimezone = "UTC"\n'


def _visits_in_order(forms: list[Texts]) -> list[str]:
    """Baseline first, then by their earliest target day, then by name."""
    codes = _found(forms, "visit")
    first_day = {code: min((f.get("target_on") or "9999" for f in forms if f["visit"] == code), default="9999") for code in codes}
    return sorted(codes, key=lambda code: (not _is_baseline(code), first_day[code], code))


def _is_baseline(code: str) -> bool:
    return code.lower() in BASELINE_WORDS


def _visit(code: str, forms: list[Texts], people: list[Texts]) -> str:
    used = ", ".join(quoted(i) for i in _found(forms, "instrument"))
    head = f"[[visits]]\ncode = {quoted(code)}\nlabel = {quoted(code)}\ninstruments = [{used}]\n"
    days = None if _is_baseline(code) else _days(forms, people)
    if days is None:
        return head + 'kind = "baseline"\n'
    target, opens, closes = days
    return head + f'kind = "follow_up"\ntarget_day = {target}\nopens_day = {opens}\ncloses_day = {closes}\n'


def _days(forms: list[Texts], people: list[Texts]) -> tuple[int, int, int] | None:
    """The window in days from randomisation, where every row agrees on it."""
    randomised = {p["trial_id"]: p.get("randomised_on") or p.get("randomised_at", "")[:10] for p in people}
    found = set()
    for form in forms:
        start = randomised.get(form["trial_id"])
        dates = [form.get(name) for name in ("target_on", "opens_on", "closes_on")]
        if start and all(dates):
            found.add(tuple((date.fromisoformat(str(on)) - date.fromisoformat(start)).days for on in dates))
    if len(found) != 1:
        return None
    target, opens, closes = found.pop()
    return target, opens, closes


def _reasons(bundle: Bundle, people: list[Texts]) -> list[str]:
    """Reason codes as they stand, where they are codes at all."""
    ends = _codes({p.get(name, "") for p in people for name in ("withdrawn_reason", "lost_reason")})
    missed = {s.get("reason", ""): s.get("reason_class") or "non_health" for s in bundle.table("session").rows}
    parts = []
    if ends:
        parts.append("[withdrawal_reasons]\n" + "".join(f"{code} = {quoted(code)}\n" for code in ends))
    if _codes(missed):
        lines = [f"{code} = {{ label = {quoted(code)}, class = {quoted(missed[code])} }}\n" for code in _codes(missed)]
        parts.append("[missed_reasons]\n" + "".join(lines))
    return parts


def _codes(words: Iterable[str]) -> list[str]:
    return sorted(word for word in set(words) if re.fullmatch(r"[a-z][a-z0-9_]*", word))


def _found(rows: list[Texts], column: str) -> list[str]:
    return sorted({row.get(column, "") for row in rows} - {""})
