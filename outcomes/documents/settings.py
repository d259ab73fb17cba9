"""docs/settings.md: every setting that a deployment chooses."""

from __future__ import annotations

from django.conf import settings

from outcomes.documents.markdown import WRITTEN_BY, table
from trials.launcher.environment import SETTINGS as LAUNCHER

INTRODUCTION = """\
# Settings

Everything a deployment chooses is an environment variable of this table; there is no settings file to edit. `./uplift` sets
those of its own services by itself. [Deploying](deploying.md) says which ones a real installation needs.

"""

OF_THE_LAUNCHER = """
Read by `./uplift` itself, before the program starts:

"""


def page() -> str:
    rows = [(f"`{s.name}`", _default(s.default), s.meaning) for s in settings.TABLE]
    launcher = table(("name", "meaning"), [(f"`{name}`", meaning) for name, meaning in LAUNCHER])
    return INTRODUCTION + WRITTEN_BY + "\n" + table(("name", "default", "meaning"), rows) + OF_THE_LAUNCHER + launcher


def _default(value: str | None) -> str:
    return "required" if value is None else f"`{value}`" if value else "empty"
