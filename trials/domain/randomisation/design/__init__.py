"""Designing: what a method would do in a planned trial, before anything is drawn. Nothing here draws an arm of a trial."""

from __future__ import annotations

from trials.domain.randomisation.design.accrual import Accrual, Spread
from trials.domain.randomisation.design.comparison import Column, Comparison, candidates, check_choice, compare
from trials.domain.randomisation.design.figures import Figures, figures
from trials.domain.randomisation.design.setting import Setting, planned
from trials.domain.randomisation.design.weaknesses import Weakness, weaknesses

__all__ = [
    "Accrual",
    "Column",
    "Comparison",
    "Figures",
    "Setting",
    "Spread",
    "Weakness",
    "candidates",
    "check_choice",
    "compare",
    "figures",
    "planned",
    "weaknesses",
]
