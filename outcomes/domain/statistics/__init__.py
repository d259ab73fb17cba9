"""The trial's statistics, from the standard library alone: effect sizes, differences of risks, analysis of covariance.

    from outcomes.domain.statistics import ancova, hedges_g, nnt, risk_difference

Every result is a frozen dataclass of unrounded floats that names the rule or formula it was made by. Intervals are two-sided 95 %.
"""

from outcomes.domain.statistics.ancova import Ancova, Contrast, ancova
from outcomes.domain.statistics.effect_size import HedgesG, hedges_g
from outcomes.domain.statistics.risks import NumberNeeded, Ratio, RiskDifference, nnt, odds_ratio, risk_difference, risk_ratio

__all__ = [
    "Ancova",
    "Contrast",
    "HedgesG",
    "NumberNeeded",
    "Ratio",
    "RiskDifference",
    "ancova",
    "hedges_g",
    "nnt",
    "odds_ratio",
    "risk_difference",
    "risk_ratio",
]
