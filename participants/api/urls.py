"""Addresses of the clinic's REST doors."""

from __future__ import annotations

from django.urls import path

from participants.actions import baseline, clinical, consent, messages, records, screening, sessions, withdrawal
from participants.api import answers as a
from participants.api import find, shapes
from trials.actions import unblinding
from trials.api.doors import read, write


def nobody(_user: object) -> None:
    return None


P = "participants/<str:trial_id>/"
S = P + "sessions/<int:session_no>/"
E = "events/<int:pk>/"

urlpatterns = [
    path("participants/", read(find.participants, answer=a.ParticipantAnswer, name="participants", many=True)),
    path("participants/screen/", write(screening.screen, find=nobody, shape=shapes.Screen, answer=a.ParticipantAnswer)),
    path(P, read(find.participant, answer=a.ParticipantAnswer, name="participant")),
    path(P + "answer/", write(screening.answer, find=find.participant, shape=shapes.Answer, answer=a.ScreeningAnswer)),
    path(P + "exclude/", write(screening.exclude, find=find.participant, shape=shapes.Exclude, answer=a.ScreeningAnswer)),
    path(P + "record-consent/", write(consent.record_consent, find=find.participant, shape=shapes.RecordConsent, answer=a.ConsentAnswer)),
    path(
        P + "record-baseline/", write(baseline.record_baseline, find=find.participant, shape=shapes.RecordBaseline, answer=a.BaselineAnswer)
    ),
    path(
        P + "set-availability/",
        write(baseline.set_availability, find=find.participant, shape=shapes.SetAvailability, answer=a.AvailabilityAnswer),
    ),
    path(P + "withdraw/", write(withdrawal.withdraw, find=find.participant, shape=shapes.Withdraw, answer=a.EndingAnswer)),
    path(P + "record-death/", write(withdrawal.record_death, find=find.participant, shape=shapes.RecordDeath, answer=a.EndingAnswer)),
    path(P + "record-loss/", write(withdrawal.record_loss, find=find.participant, shape=shapes.RecordLoss, answer=a.EndingAnswer)),
    path(P + "stop-training/", write(withdrawal.stop_training, find=find.participant, shape=shapes.StopTraining, answer=a.EndingAnswer)),
    path(P + "sessions/", read(find.sessions, answer=a.SessionAnswer, name="sessions", many=True)),
    path(S, read(find.session, answer=a.HeldSessionAnswer, name="session")),
    path(S + "move/", write(sessions.move, find=find.session, shape=shapes.Move, answer=a.SessionAnswer)),
    path(S + "mark-missed/", write(sessions.mark_missed, find=find.session, shape=shapes.WithReason, answer=a.SessionAnswer)),
    path(S + "cancel-by-site/", write(sessions.cancel_by_site, find=find.session, shape=shapes.WithReason, answer=a.SessionAnswer)),
    path(S + "start/", write(sessions.start, find=find.session, shape=shapes.Start, answer=a.HeldSessionAnswer)),
    path(S + "log/", write(sessions.log, find=find.session, shape=shapes.Log, answer=a.HeldSessionAnswer)),
    path(S + "finish/", write(sessions.finish, find=find.session, shape=shapes.Finish, answer=a.HeldSessionAnswer)),
    path(
        P + "record-strength-test/",
        write(sessions.record_strength_test, find=find.participant, shape=shapes.RecordStrengthTest, answer=a.StrengthTestAnswer),
    ),
    path(P + "ask-harms/", write(clinical.ask_harms, find=find.participant, shape=shapes.AskHarms, answer=a.HarmsAnswer)),
    path(P + "report-event/", write(clinical.report_event, find=find.participant, shape=shapes.ReportEvent, answer=a.EventAnswer)),
    path(E + "add-follow-up/", write(clinical.add_follow_up, find=find.event, shape=shapes.AddFollowUp, answer=a.FollowUpAnswer)),
    path(E + "assess/", write(clinical.assess, find=find.event, shape=shapes.Assess, answer=a.AssessedEventAnswer)),
    path(
        E + "report-to-sponsor/",
        write(clinical.report_to_sponsor, find=find.event, shape=shapes.ReportToSponsor, answer=a.AssessedEventAnswer),
    ),
    path(
        E + "report-to-ethics/",
        write(clinical.report_to_ethics, find=find.event, shape=shapes.ReportToEthics, answer=a.AssessedEventAnswer),
    ),
    path(
        P + "record-medication/",
        write(clinical.record_medication, find=find.participant, shape=shapes.RecordMedication, answer=a.MedicationAnswer),
    ),
    path(
        P + "record-concomitant/",
        write(clinical.record_concomitant, find=find.participant, shape=shapes.RecordConcomitant, answer=a.ConcomitantAnswer),
    ),
    path(
        P + "record-deviation/",
        write(clinical.record_deviation, find=find.participant, shape=shapes.RecordDeviation, answer=a.DeviationAnswer),
    ),
    path(P + "request-arm/", write(unblinding.request_arm, find=find.unit, shape=shapes.RequestArm, answer=a.ArmAnswer)),
    path(P + "reopen/", write(screening.reopen, find=find.participant, shape=shapes.Reopen, answer=a.ScreeningAnswer)),
    path(
        P + "correct-person/",
        write(screening.correct_person, find=find.participant, shape=shapes.CorrectPerson, answer=a.ParticipantAnswer),
    ),
    path(
        P + "medication/<int:med_no>/change-dose/",
        write(clinical.change_dose, find=find.medication, shape=shapes.ChangeDose, answer=a.MedicationAnswer),
    ),
    path(
        P + "medication/<int:med_no>/stop-medication/",
        write(clinical.stop_medication, find=find.medication, shape=shapes.StopMedication, answer=a.MedicationAnswer),
    ),
    path(
        P + "deviations/<int:dev_no>/judge-deviation/",
        write(clinical.judge_deviation, find=find.deviation, shape=shapes.JudgeDeviation, answer=a.DeviationAnswer),
    ),
    path(
        P + "records/<str:kind>/<str:key>/correct-record/",
        write(records.correct, name="correct_record", find=find.record, shape=shapes.Correct, answer=a.RowAnswer),
    ),
    path(
        P + "records/<str:kind>/<str:key>/void-record/",
        write(records.void, name="void_record", find=find.record, shape=shapes.Void, answer=a.RowAnswer),
    ),
    path("messages/<int:pk>/send-again/", write(messages.send_again, find=find.message, answer=a.MessageAnswer)),
]
