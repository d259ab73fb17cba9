"""Addresses of the reading room's REST doors."""

from __future__ import annotations

from django.urls import path

from outcomes.actions import (
    alerts,
    assessments,
    batches,
    checklists,
    duty,
    exports,
    guesses,
    providers,
    randomisation,
    randomisation_tests,
    reminders,
    reports,
)
from outcomes.api import circulars, dashboard, double_entry, find, groups, letters, locks, papers, shapes, visit_contacts
from outcomes.api.download import DownloadDoor
from trials.api.doors import read, step

P = "participants/<str:trial_id>/"
A = "alerts/<str:trial_id>/<int:alert_no>/"

urlpatterns = [
    step(P, randomisation.randomise, find=find.participant, answer=shapes.RandomisedAnswer, keyed=True),
    step(P, randomisation.enter_envelope, find=find.participant, shape=shapes.EnterEnvelope, answer=shapes.RandomisedAnswer, keyed=True),
    step("batches/", batches.randomise_batch, find=find.nobody, shape=shapes.RandomiseBatch, answer=shapes.BatchAnswer, keyed=True),
    *groups.urlpatterns,
    *double_entry.urlpatterns,
    *letters.urlpatterns,
    *circulars.urlpatterns,
    *locks.urlpatterns,
    *papers.urlpatterns,
    *visit_contacts.urlpatterns,
    path(P + "assessments/", read(find.assessments, answer=shapes.AssessmentAnswer, name="assessments", many=True)),
    step(P, assessments.enter_paper, find=find.participant, shape=shapes.EnterPaper, answer=shapes.ReceiptAnswer),
    step(P, assessments.enter_telephone, find=find.participant, shape=shapes.Enter, answer=shapes.ReceiptAnswer),
    step(P, assessments.enter_interview, find=find.participant, shape=shapes.EnterPaper, answer=shapes.ReceiptAnswer),
    step(P, assessments.note_not_done, find=find.participant, shape=shapes.NoteNotDone, answer=shapes.AssessmentAnswer),
    step(P, reminders.tablet_code, find=find.participant, shape=shapes.ResendLink, answer=shapes.CodeAnswer),
    step("duties/<int:pk>/", duty.take_off_duty, find=find.duty, shape=shapes.TakeOffDuty, answer=shapes.DutyAnswer),
    step(P, reminders.resend_link, find=find.participant, shape=shapes.ResendLink, answer=shapes.Done),
    step(P, guesses.record_guess, find=find.participant, shape=shapes.RecordGuess, answer=shapes.GuessAnswer),
    step(P, guesses.correct_guess, find=find.participant, shape=shapes.CorrectGuess, answer=shapes.GuessAnswer),
    step(P, alerts.raise_concern, find=find.participant, shape=shapes.RaiseConcern, answer=shapes.Done),
    step(
        P + "assessments/<str:visit>/<str:instrument>/",
        assessments.correct,
        name="correct_assessment",
        find=find.assessment,
        shape=shapes.CorrectAssessment,
        answer=shapes.ReceiptAnswer,
    ),
    path("alerts/", read(find.alerts, answer=shapes.AlertAnswer, name="alerts", many=True)),
    path(A, read(find.alert, answer=shapes.AlertAnswer, name="alert")),
    step(A, alerts.open_alert, find=find.alert, answer=shapes.StepAnswer),
    step(A, alerts.record_contact, find=find.alert, shape=shapes.RecordContact, answer=shapes.StepAnswer),
    step(A, alerts.assess_risk, find=find.alert, shape=shapes.AssessRisk, answer=shapes.StepAnswer),
    step(A, alerts.record_action, find=find.alert, shape=shapes.WithText, answer=shapes.StepAnswer),
    step(A, alerts.release_messages, find=find.alert, answer=shapes.AlertAnswer),
    step(A, alerts.close, find=find.alert, shape=shapes.CloseAlert, answer=shapes.AlertAnswer),
    step("staff/<int:pk>/", duty.put_on_duty, find=find.person_for_duty, shape=shapes.PutOnDuty, answer=shapes.DutyAnswer),
    path("providers/", read(find.providers, answer=shapes.ProviderAnswer, name="providers", many=True)),
    step(
        "providers/<int:pk>/", providers.describe_provider, find=find.provider, shape=shapes.DescribeProvider, answer=shapes.ProviderAnswer
    ),
    path("instruments/", read(find.instruments, answer=shapes.InstrumentAnswer, name="instruments", many=True)),
    path("flow/", read(find.flow, answer=shapes.FlowAnswer, name="flow")),
    *dashboard.urlpatterns,
    step("reports/", reports.request_report, find=find.nobody, answer=shapes.ReportAnswer),
    path(
        "randomisation-tests/", read(find.randomisation_tests, answer=shapes.RandomisationTestAnswer, name="randomisation_tests", many=True)
    ),
    step(
        "randomisation-tests/",
        randomisation_tests.request_randomisation_test,
        find=find.nobody,
        shape=shapes.RequestRandomisationTest,
        answer=shapes.RandomisationTestAnswer,
    ),
    path("checklists/", read(find.checklists, answer=shapes.ChecklistsAnswer, name="checklists")),
    path("checklists/by-arm/", read(find.checklists_by_arm, answer=shapes.ChecklistsAnswer, name="checklists_by_arm")),
    step("checklists/", checklists.request_checklists, find=find.nobody, answer=shapes.ReportAnswer),
    step("checklists/", checklists.request_checklists_by_arm, find=find.nobody, answer=shapes.ReportAnswer),
    path("exports/<int:pk>/download/", DownloadDoor.as_view()),
    path("exports/", read(find.exports, answer=shapes.ExportAnswer, name="exports", many=True)),
    step("exports/", exports.request_export, find=find.nobody, shape=shapes.RequestExport, answer=shapes.ExportAnswer),
]
