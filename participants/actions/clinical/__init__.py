"""Clinical records: adverse events and their clocks, medication, other care, deviations. Numbered a person, never deleted."""

from participants.actions.clinical.care import judge_deviation, record_concomitant, record_deviation
from participants.actions.clinical.checks import BadRecord
from participants.actions.clinical.events import add_follow_up, assess, report_event, report_to_ethics, report_to_sponsor
from participants.actions.clinical.harms import ask_harms
from participants.actions.clinical.medication import change_dose, record_medication, stop_medication

__all__ = [
    "BadRecord",
    "add_follow_up",
    "ask_harms",
    "assess",
    "change_dose",
    "judge_deviation",
    "record_concomitant",
    "record_deviation",
    "record_medication",
    "report_event",
    "report_to_ethics",
    "report_to_sponsor",
    "stop_medication",
]
