"""What is asked of harms at every visit, and what the analysis goes by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Estimand:
    code: str
    label: str
    strategies: Mapping[str, str] = field(default_factory=dict)  # intercurrent event category -> strategy


@dataclass(frozen=True, kw_only=True)
class AdverseEventQuestion:
    code: str
    text: str


@dataclass(frozen=True, kw_only=True)
class AnalysisSets:
    per_protocol_attendance: Decimal = Decimal("0.8")
    early_warning_rdi: Decimal = Decimal("0.5")  # of the last four sessions: below it somebody is called
    site_cancelled_in_denominator: bool = True
    rdi_includes_undelivered: bool = True
    caseness: Mapping[str, int] = field(default_factory=dict)  # instrument -> cut (>=)
    recovery: Mapping[str, int] = field(default_factory=dict)
    psychotropic_atc: tuple[str, ...] = ("N05", "N06")  # ATC prefixes
