from outcomes.models.alert import Alert, AlertStep, Duty
from outcomes.models.assessment import Assessment, AssessmentVersion
from outcomes.models.dataset import Provider, Stated
from outcomes.models.report import Cut, Export, Report

__all__ = ["Alert", "AlertStep", "Assessment", "AssessmentVersion", "Cut", "Duty", "Export", "Provider", "Report", "Stated"]
