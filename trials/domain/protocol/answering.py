"""How people answer their questionnaires by their own link."""

from __future__ import annotations

from dataclasses import dataclass

ONE_BY_ONE, TOGETHER = "one_by_one", "together"


@dataclass(frozen=True, kw_only=True)
class Answering:
    """Alike at every visit, so that how something was asked is no difference between visits."""

    screens: str = ONE_BY_ONE  # one question a screen, or all questions of a visit on one
    change_until_close: bool = False  # whether a person may change answers that they sent, until the window closes
