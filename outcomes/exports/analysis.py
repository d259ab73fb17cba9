"""`analysis.R` and `analysis.py`: programs that go out with the closed dataset and make the report's tables from its CSV files alone.

Their text is that of `scripts/`, with the settings between the two marks taken from the protocol.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from outcomes.domain.results import Plan, plan_of
from trials.domain.protocol.shape import Protocol

SCRIPTS = Path(__file__).with_name("scripts")
Setting = str | Sequence[str]

_SETTINGS = re.compile(r"(?<=^# settings: begin\n).*?(?=^# settings: end$)", re.MULTILINE | re.DOTALL)


def scripts(protocol: Protocol) -> dict[str, bytes]:
    """The programs by name; the same bytes for the same protocol."""
    settings = _settings(plan_of(protocol))
    return {name: _filled(name, settings, write) for name, write in WRITTEN.items()}


def _settings(plan: Plan) -> dict[str, Setting]:
    return {
        "ARMS": plan.arms,
        "REFERENCE": plan.reference,
        "PRIMARY": plan.primary or (),
        "FACTORS": plan.factors,
        "BASELINE_VISIT": plan.baseline_visit,
        "FORM_VISITS": [visit for visit, _ in plan.forms],
        "FORM_INSTRUMENTS": [instrument for _, instrument in plan.forms],
        "NUMBERS": plan.numbers,
        "CHOICES": plan.choices,
    }


def _filled(name: str, settings: dict[str, Setting], write: Callable[[str, Setting], str]) -> bytes:
    told = "".join(f"{write(key, value)}\n" for key, value in settings.items())
    text, found = _SETTINGS.subn(lambda _: told, (SCRIPTS / name).read_text(encoding="utf-8"))
    if found != 1:
        raise ValueError(f"{name} must hold its settings once, between the two marks")
    return text.encode()


def _in_r(name: str, value: Setting) -> str:
    """JSON's texts are R's, too."""
    return f"{name} <- {json.dumps(value)}" if isinstance(value, str) else f"{name} <- c({', '.join(map(json.dumps, value))})"


def _in_python(name: str, value: Setting) -> str:
    return f"{name} = {json.dumps(value if isinstance(value, str) else list(value))}"


WRITTEN: dict[str, Callable[[str, Setting], str]] = {"analysis.R": _in_r, "analysis.py": _in_python}
