"""The protocol as a file: `load` makes a `Protocol` of it, or raises `BadProtocol` with every fault."""

from __future__ import annotations

from trials.domain.protocol.alerting import AlertRule, Escalation, ScoreAlertRule
from trials.domain.protocol.analysis import AdverseEventQuestion, AnalysisSets, Estimand
from trials.domain.protocol.answering import Answering
from trials.domain.protocol.faults import BadProtocol, Fault
from trials.domain.protocol.loader import load
from trials.domain.protocol.shape import (
    AllocationPlan,
    Arm,
    BaselineVariable,
    Choice,
    Closure,
    EligibilityQuestion,
    Exercise,
    Factor,
    HelpLine,
    OpeningHours,
    Primary,
    Progression,
    Protocol,
    Reminders,
    SessionPlan,
    Site,
    Visit,
    WeekDose,
)

__all__ = [
    "AdverseEventQuestion",
    "AlertRule",
    "AllocationPlan",
    "AnalysisSets",
    "Answering",
    "Arm",
    "BadProtocol",
    "BaselineVariable",
    "Choice",
    "Closure",
    "EligibilityQuestion",
    "Escalation",
    "Estimand",
    "Exercise",
    "Factor",
    "Fault",
    "HelpLine",
    "OpeningHours",
    "Primary",
    "Progression",
    "Protocol",
    "Reminders",
    "ScoreAlertRule",
    "SessionPlan",
    "Site",
    "Visit",
    "WeekDose",
    "load",
]
