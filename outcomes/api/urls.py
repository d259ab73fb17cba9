"""Addresses of the reading room's REST doors."""

from __future__ import annotations

from django.urls import path

from outcomes.actions import alerts, assessments, exports, randomisation, reminders, reports
from outcomes.api import find, shapes
from trials.api.doors import read, write

P = "participants/<str:trial_id>/"
A = "alerts/<str:trial_id>/<int:alert_no>/"

urlpatterns = [
    path(P + "randomise/", write(randomisation.randomise, find=find.participant, answer=shapes.RandomisedAnswer)),
    path(P + "assessments/", read(find.assessments, answer=shapes.AssessmentAnswer, name="assessments", many=True)),
    path(P + "enter-paper/", write(assessments.enter_paper, find=find.participant, shape=shapes.EnterPaper, answer=shapes.ReceiptAnswer)),
    path(
        P + "enter-telephone/", write(assessments.enter_telephone, find=find.participant, shape=shapes.Enter, answer=shapes.ReceiptAnswer)
    ),
    path(P + "resend-link/", write(reminders.resend_link, find=find.participant, shape=shapes.ResendLink, answer=shapes.Done)),
    path(P + "raise-concern/", write(alerts.raise_concern, find=find.participant, shape=shapes.RaiseConcern, answer=shapes.Done)),
    path(
        "assessments/<int:pk>/correct-assessment/",
        write(
            assessments.correct,
            name="correct_assessment",
            find=find.assessment,
            shape=shapes.CorrectAssessment,
            answer=shapes.ReceiptAnswer,
        ),
    ),
    path("alerts/", read(find.alerts, answer=shapes.AlertAnswer, name="alerts", many=True)),
    path(A, read(find.alert, answer=shapes.AlertAnswer, name="alert")),
    path(A + "open-alert/", write(alerts.open_alert, find=find.alert, answer=shapes.StepAnswer)),
    path(A + "record-contact/", write(alerts.record_contact, find=find.alert, shape=shapes.RecordContact, answer=shapes.StepAnswer)),
    path(A + "assess-risk/", write(alerts.assess_risk, find=find.alert, shape=shapes.AssessRisk, answer=shapes.StepAnswer)),
    path(A + "record-action/", write(alerts.record_action, find=find.alert, shape=shapes.WithText, answer=shapes.StepAnswer)),
    path(A + "close/", write(alerts.close, find=find.alert, shape=shapes.WithText, answer=shapes.AlertAnswer)),
    path(
        "staff/<int:pk>/put-on-duty/",
        write(alerts.put_on_duty, find=find.person_for_duty, shape=shapes.PutOnDuty, answer=shapes.DutyAnswer),
    ),
    path("flow/", read(find.flow, answer=shapes.FlowAnswer, name="flow")),
    path("reports/request-report/", write(reports.request_report, find=find.nobody, answer=shapes.ReportAnswer)),
    path("exports/", read(find.exports, answer=shapes.ExportAnswer, name="exports", many=True)),
    path(
        "exports/request-export/", write(exports.request_export, find=find.nobody, shape=shapes.RequestExport, answer=shapes.ExportAnswer)
    ),
]
