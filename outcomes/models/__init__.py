from outcomes.models.alert import HOLDING, Alert, AlertCall, AlertStep, Duty
from outcomes.models.assessment import Assessment, AssessmentVersion
from outcomes.models.circular import Circular, CircularStop
from outcomes.models.dataset import Provider, Stated
from outcomes.models.double_entry import Adjudication, SecondEntry
from outcomes.models.guess import Guess
from outcomes.models.letter import Letter, LetterStart
from outcomes.models.report import Cut, Export, Report
from outcomes.models.visit_contact import VisitContact

__all__ = [
    "HOLDING",
    "Adjudication",
    "Alert",
    "AlertCall",
    "AlertStep",
    "Assessment",
    "AssessmentVersion",
    "Circular",
    "CircularStop",
    "Cut",
    "Duty",
    "Export",
    "Guess",
    "Letter",
    "LetterStart",
    "Provider",
    "Report",
    "SecondEntry",
    "Stated",
    "VisitContact",
]
