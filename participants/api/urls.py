"""Addresses of the clinic's REST doors."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import path

from participants.actions import (
    annotations,
    baseline,
    clinical,
    consent,
    feeds,
    hours,
    identity,
    links,
    messages,
    observations,
    records,
    screening,
    self_reports,
    sessions,
    unblinding,
    withdrawal,
)
from participants.api import annotations as n
from participants.api import answers as a
from participants.api import feeds as f
from participants.api import find, session_shapes, shapes
from participants.api import observations as o
from participants.api import timetable as t
from participants.api import unblinding as u
from participants.models import Enrolment, TrainingSession
from trials import blinding
from trials.api.doors import read, step
from trials.permissions import Refused


def nobody(_user: object) -> None:
    return None


P = "participants/<str:trial_id>/"
S = P + "sessions/<int:session_no>/"
E = P + "events/<int:ae_no>/"


def lay_out_deferred(enrolment: Enrolment, **given: Any) -> QuerySet[TrainingSession]:
    """Deferred training of a control person is laid out, once the window of the primary visit has closed."""
    plan = blinding.deferred_plan_for(enrolment.allocation)
    if plan is None:
        raise Refused(f"The protocol plans no deferred training for {enrolment}.", code="no_deferred_plan")
    return sessions.lay_out_deferred(enrolment, plan=plan, **given)


urlpatterns = [
    path("participants/", read(find.participants, answer=a.ParticipantAnswer, name="participants", many=True)),
    step("participants/", screening.screen, find=nobody, shape=shapes.Screen, answer=a.ParticipantAnswer),
    path(P, read(find.participant, answer=a.ParticipantAnswer, name="participant")),
    step(P, screening.answer, find=find.participant, shape=shapes.Answer, answer=a.ScreeningAnswer),
    step(P, screening.exclude, find=find.participant, shape=shapes.Exclude, answer=a.ScreeningAnswer),
    step(P, consent.record_consent, find=find.participant, shape=shapes.RecordConsent, answer=a.ConsentAnswer),
    step(P, baseline.record_baseline, find=find.participant, shape=shapes.RecordBaseline, answer=a.BaselineAnswer),
    step(P, baseline.set_availability, find=find.participant, shape=shapes.SetAvailability, answer=a.AvailabilityAnswer),
    step(P, withdrawal.withdraw, find=find.participant, shape=shapes.Withdraw, answer=a.EndingAnswer),
    step(P, withdrawal.record_death, find=find.participant, shape=shapes.RecordDeath, answer=a.EndingAnswer),
    step(P, withdrawal.record_loss, find=find.participant, shape=shapes.RecordLoss, answer=a.EndingAnswer),
    step(P, withdrawal.stop_training, find=find.participant, shape=shapes.StopTraining, answer=a.EndingAnswer),
    path(P + "sessions/", read(find.sessions, answer=a.SessionAnswer, name="sessions", many=True)),
    path(S, read(find.session, answer=a.HeldSessionAnswer, name="session")),
    step(S, sessions.move, find=find.session, shape=session_shapes.Move, answer=a.SessionAnswer),
    step(S, sessions.mark_missed, find=find.session, shape=session_shapes.WithReason, answer=a.SessionAnswer),
    step(S, sessions.cancel_by_site, find=find.session, shape=session_shapes.WithReason, answer=a.SessionAnswer),
    step(S, sessions.start, find=find.session, shape=session_shapes.Start, answer=a.HeldSessionAnswer),
    step(S, sessions.log, find=find.session, shape=session_shapes.Log, answer=a.HeldSessionAnswer),
    step(S, sessions.override_load, find=find.session, shape=session_shapes.OverrideLoad, answer=a.ProposalAnswer),
    path(P + "proposals/", read(find.proposals, answer=a.ProposalAnswer, name="proposals", many=True)),
    step(S, sessions.take_in, find=find.session, shape=session_shapes.TakeIn, answer=a.KeptEntryAnswer),
    step(S, sessions.finish, find=find.session, shape=session_shapes.Finish, answer=a.HeldSessionAnswer),
    step(P, sessions.record_strength_test, find=find.participant, shape=session_shapes.RecordStrengthTest, answer=a.StrengthTestAnswer),
    step(P, sessions.assign_trainer, find=find.enrolment, shape=session_shapes.AssignTrainer, answer=a.CountAnswer),
    step(P, lay_out_deferred, find=find.enrolment, shape=session_shapes.LayOutDeferred, answer=a.SessionsAnswer),
    step(S, sessions.reopen, name="reopen_session", find=find.session, shape=shapes.Reopen, answer=a.SessionAnswer),
    step(S, sessions.correct, name="correct_session", find=find.session, shape=session_shapes.CorrectSession, answer=a.HeldSessionAnswer),
    step(S, sessions.correct_set, find=find.session, shape=session_shapes.CorrectSet, answer=a.SetAnswer),
    step(S, sessions.join_slot, find=find.session, shape=session_shapes.JoinSlot, answer=a.SessionAnswer),
    step(S, sessions.hold_at_home, find=find.session, shape=session_shapes.Why, answer=a.SessionAnswer),
    step(S, sessions.hold_at_site, find=find.session, shape=session_shapes.Why, answer=a.SessionAnswer),
    step(S, sessions.leave_slot, find=find.session, shape=session_shapes.Because, answer=a.SessionAnswer),
    path(P + "feeds/", read(f.kept, answer=f.FeedAnswer, name="feeds", many=True)),
    step(P, feeds.issue_feed, find=f.of, answer=f.IssuedFeedAnswer),
    step(P, feeds.revoke_feed, find=f.of, answer=f.EndedFeedsAnswer),
    path("feeds/", read(f.kept_own, answer=f.FeedAnswer, name="own_feeds", many=True)),
    step("feeds/", feeds.issue_feed, name="issue_own_feed", find=f.own, answer=f.IssuedFeedAnswer),
    step("feeds/", feeds.revoke_feed, name="revoke_own_feed", find=f.own, answer=f.EndedFeedsAnswer),
    path("observations/", read(o.drawn, answer=o.DrawnAnswer, name="drawn_sessions", many=True)),
    step("observations/", observations.open_draw, find=nobody, answer=o.DrawAnswer),
    step(S, observations.observe, find=find.session, shape=o.Observe, answer=o.ObservationAnswer),
    path("slots/<int:pk>/", read(t.slot, answer=t.SlotAnswer, name="slot")),
    step("slots/<int:pk>/", sessions.change_places, find=t.slot, shape=session_shapes.ChangePlaces, answer=t.SlotAnswer),
    path("slots/<int:pk>/filling/", read(t.filling, answer=t.FillingAnswer, name="slot_filling")),
    step("slots/<int:pk>/", sessions.fill_slot, find=t.slot, shape=session_shapes.FillSlot, answer=t.FillingAnswer),
    step("slots/<int:pk>/", sessions.cancel_slot, find=t.slot, shape=session_shapes.Because, answer=t.SlotAnswer),
    step("sites/<str:site>/", sessions.open_slot, find=t.planned, shape=session_shapes.OpenSlot, answer=t.SlotAnswer),
    step("sites/<str:site>/", hours.add_room, find=t.kept, shape=session_shapes.AddRoom, answer=t.RoomAnswer),
    step("sites/<str:site>/", hours.keep_hours, find=t.kept, shape=session_shapes.KeepHours, answer=t.HoursAnswer),
    step("sites/<str:site>/", hours.record_absence, find=t.kept, shape=session_shapes.RecordAbsence, answer=t.AbsenceAnswer),
    step("roster-hours/<int:pk>/", hours.take_off_hours, find=t.hours, answer=t.HoursAnswer),
    path("absences/<int:pk>/proposal/", read(t.proposal, answer=t.PlacesAnswer, name="absence_places")),
    step("absences/<int:pk>/", sessions.move_out, find=t.seen_absence, shape=session_shapes.MoveOut, answer=t.MovedOutAnswer),
    step("absences/<int:pk>/", hours.lift_absence, find=t.absence, answer=t.AbsenceAnswer),
    step(P, identity.record_contact, name="edit_contact", find=find.participant, shape=shapes.EditContact, answer=a.RecordedAnswer),
    step(P, identity.show_contact, find=find.participant, answer=a.ContactAnswer),
    step(P, links.revoke, name="revoke_links", find=find.participant, shape=shapes.RevokeLinks, answer=a.CountAnswer),
    step(P, clinical.ask_harms, find=find.participant, shape=shapes.AskHarms, answer=a.HarmsAnswer),
    step(P, clinical.report_event, find=find.participant, shape=shapes.ReportEvent, answer=a.EventAnswer),
    step(E, clinical.add_follow_up, find=find.event, shape=shapes.AddFollowUp, answer=a.FollowUpAnswer),
    step(E, clinical.assess, find=find.event, shape=shapes.Assess, answer=a.AssessedEventAnswer),
    step(E, clinical.report_to_sponsor, find=find.event, shape=shapes.ReportToSponsor, answer=a.AssessedEventAnswer),
    step(E, clinical.report_to_ethics, find=find.event, shape=shapes.ReportToEthics, answer=a.AssessedEventAnswer),
    step(P, clinical.record_medication, find=find.participant, shape=shapes.RecordMedication, answer=a.MedicationAnswer),
    step(P, clinical.record_concomitant, find=find.participant, shape=shapes.RecordConcomitant, answer=a.ConcomitantAnswer),
    step(P, clinical.record_deviation, find=find.participant, shape=shapes.RecordDeviation, answer=a.DeviationAnswer),
    step(P, annotations.annotate, find=find.participant, shape=n.Annotate, answer=n.AnnotationAnswer),
    step(P, unblinding.break_code, find=find.participant, shape=u.BreakCode, answer=u.BrokenAnswer),
    step(P, self_reports.report_unblinding, find=find.reportable, shape=u.ReportUnblinding, answer=u.SelfReportAnswer),
    path("self-reports/", read(find.self_reports, answer=u.SelfReportAnswer, name="self_reports", many=True)),
    path("unblindings/", read(find.unblindings, answer=u.UnblindingAnswer, name="unblindings", many=True)),
    step("unblindings/<str:code>/", unblinding.read_arm, find=find.unblinding, shape=u.ReadArm, answer=u.ArmAnswer),
    step(P, screening.reopen, find=find.participant, shape=shapes.Reopen, answer=a.ScreeningAnswer),
    step(P, screening.correct_person, find=find.participant, shape=shapes.CorrectPerson, answer=a.ParticipantAnswer),
    step(P + "medication/<int:med_no>/", clinical.change_dose, find=find.medication, shape=shapes.ChangeDose, answer=a.MedicationAnswer),
    step(
        P + "medication/<int:med_no>/",
        clinical.stop_medication,
        find=find.medication,
        shape=shapes.StopMedication,
        answer=a.MedicationAnswer,
    ),
    step(
        P + "deviations/<int:dev_no>/", clinical.judge_deviation, find=find.deviation, shape=shapes.JudgeDeviation, answer=a.DeviationAnswer
    ),
    step(
        P + "records/<str:kind>/<str:key>/",
        records.correct,
        name="correct_record",
        find=find.record,
        shape=shapes.Correct,
        answer=a.RowAnswer,
    ),
    step(P + "records/<str:kind>/<str:key>/", records.void, name="void_record", find=find.record, shape=shapes.Void, answer=a.RowAnswer),
    step(P + "messages/<str:kind>/<str:event>/<int:occurrence>/", messages.send_again, find=find.message, answer=a.MessageAnswer),
]
