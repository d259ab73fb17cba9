"""docs/settings.md: every setting that a deployment chooses."""

from __future__ import annotations

from django.conf import settings

from outcomes.documents.markdown import WRITTEN_BY, table

INTRODUCTION = """\
# Settings

Everything a deployment chooses is an environment variable of this table; there is no settings file to edit. `./uplift` sets
those of its own services by itself. [Deploying](deploying.md) says which ones a real installation needs.

"""


def page() -> str:
    rows = [(f"`{s.name}`", _default(s.default), s.meaning) for s in settings.TABLE]
    return INTRODUCTION + WRITTEN_BY + "\n" + table(("name", "default", "meaning"), rows)


def _default(value: str | None) -> str:
    return "required" if value is None else f"`{value}`" if value else "empty"
