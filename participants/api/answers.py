"""What the clinic's REST doors answer. Nothing here names an arm; sessions are answered only to who may see them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from participants.actions.sessions.common import cut_short
from participants.models import (
    AdverseEvent,
    Availability,
    Concomitant,
    Consent,
    Deviation,
    Ending,
    EventFollowUp,
    ExerciseSet,
    HarmsAsked,
    KeptEntry,
    LoadProposal,
    Medication,
    Participant,
    Screening,
    StrengthTest,
    TrainingSession,
)
from trials.permissions import Permission, allowed


class ParticipantAnswer(s.ModelSerializer[Participant]):
    trial_id = s.CharField()
    site = s.CharField(source="unit.site.code")

    class Meta:
        model = Participant
        fields = ["trial_id", "site", "status", "screened_on", "age", "sex", "language"]


class ScreeningAnswer(s.ModelSerializer[Screening]):
    class Meta:
        model = Screening
        fields = ["outcome", "exclusion_category", "exclusion_reason", "exclusion_reasons", "excluded_on"]


class ConsentAnswer(s.ModelSerializer[Consent]):
    class Meta:
        model = Consent
        fields = ["version", "signed_on", "voided_at"]


class BaselineAnswer(s.Serializer[dict[str, str]]):
    values = s.SerializerMethodField(help_text="What is kept, by variable.")

    def get_values(self, kept: dict[str, str]) -> dict[str, str]:
        return kept


class AvailabilityAnswer(s.ModelSerializer[Availability]):
    class Meta:
        model = Availability
        fields = ["preferred", "channel"]


class EndingAnswer(s.ModelSerializer[Ending]):
    class Meta:
        model = Ending
        fields = ["kind", "scope", "happened_on", "reason", "voided_at"]


class SetAnswer(s.ModelSerializer[ExerciseSet]):
    class Meta:
        model = ExerciseSet
        fields = [
            "exercise_no", "exercise", "set_no", "set_kind", "planned_reps", "planned_reps_max", "planned_load_kg", "planned_pct_1rm",
            "planned_rpe", "planned_rir",
            "done_reps", "done_load_kg", "sides", "bodyweight_kg", "rpe", "rir", "load_model", "substitute_for", "load_rule", "load_why",
        ]  # fmt: skip


class SessionAnswer(s.ModelSerializer[TrainingSession]):
    trial_id = s.CharField(source="enrolment.participant.trial_id")
    at = s.DateTimeField()

    class Meta:
        model = TrainingSession
        fields = [
            "trial_id", "session_no", "week", "phase", "planned_on", "planned_at", "rescheduled_at", "at", "status", "reason",
            "reason_class", "held_on", "started_at", "ended_at", "paused_seconds", "session_rpe", "rpe_scale", "soreness", "ended_early",
            "slot", "supervision", "delivery", "setting",
        ]  # fmt: skip


class HeldSessionAnswer(SessionAnswer):
    sets = SetAnswer(many=True)

    class Meta(SessionAnswer.Meta):
        fields = [*SessionAnswer.Meta.fields, "sets"]


class KeptEntryAnswer(s.ModelSerializer[KeptEntry]):
    class Meta:
        model = KeptEntry
        fields = ["uuid", "kind", "made_at", "skew_seconds", "at"]


class ProposalAnswer(s.ModelSerializer[LoadProposal]):
    session_no = s.IntegerField(source="session.session_no")
    set_by = s.CharField(source="set_by.actor", default=None)

    class Meta:
        model = LoadProposal
        fields = [
            "session_no", "exercise_no", "exercise", "rule", "why", "load_kg", "reps_max", "at",
            "set_load_kg", "set_reason", "set_reason_class", "set_by", "set_at",
        ]  # fmt: skip


class StrengthTestAnswer(s.ModelSerializer[StrengthTest]):
    class Meta:
        model = StrengthTest
        fields = ["exercise", "tested_on", "reps", "load_kg", "rir", "e1rm_kg", "formula", "purpose"]


class EventAnswer(s.ModelSerializer[AdverseEvent]):
    """Without its number for eyes that may not read clinical records: gaps between numbers would tell of events at sessions."""

    ae_no = s.IntegerField(read_only=True, required=False)

    def to_representation(self, instance: AdverseEvent) -> dict[str, Any]:
        told: dict[str, Any] = super().to_representation(instance)
        if not allowed(self.context["user"], Permission.SEE_CLINICAL, at_site=instance.participant.site):
            del told["ae_no"]
        return told

    class Meta:
        model = AdverseEvent
        fields = ["ae_no", "category", "term", "started_on", "ended_on", "ongoing", "severity", "serious", "seriousness_criteria"]


class AssessedEventAnswer(EventAnswer):
    class Meta(EventAnswer.Meta):
        fields = [*EventAnswer.Meta.fields, "related", "expected", "assessed_at", "reported_sponsor_at", "reported_ethics_on"]


class FollowUpAnswer(s.ModelSerializer[EventFollowUp]):
    class Meta:
        model = EventFollowUp
        fields = ["text", "at"]


class MedicationAnswer(s.ModelSerializer[Medication]):
    class Meta:
        model = Medication
        fields = ["med_no", "drug", "atc", "dose", "unit", "frequency", "started_on", "stopped_on", "ongoing"]


class ConcomitantAnswer(s.ModelSerializer[Concomitant]):
    class Meta:
        model = Concomitant
        fields = ["con_no", "kind", "description", "started_on", "stopped_on"]


class DeviationAnswer(s.ModelSerializer[Deviation]):
    class Meta:
        model = Deviation
        fields = ["dev_no", "kind", "category", "occurred_on", "found_on"]


class RowAnswer(s.Serializer[object]):
    voided = s.SerializerMethodField()

    def get_voided(self, row: object) -> bool:
        return getattr(row, "voided_at", None) is not None


class MessageAnswer(s.Serializer[object]):
    kind = s.CharField()
    event = s.CharField()
    occurrence = s.IntegerField()
    status = s.CharField()


class CountAnswer(s.Serializer[int]):
    count = s.SerializerMethodField(help_text="How many it took hold of.")

    def get_count(self, count: int) -> int:
        return count


class ContactAnswer(s.Serializer[dict[str, str]]):
    facts = s.SerializerMethodField(help_text="Name and contacts in clear. That they were read is kept.")

    def get_facts(self, facts: dict[str, str]) -> dict[str, str]:
        return facts


class RecordedAnswer(s.Serializer[object]):
    recorded = s.SerializerMethodField()

    def get_recorded(self, _row: object) -> bool:
        return True


class SessionsAnswer(s.Serializer[object]):
    session_nos = s.SerializerMethodField(help_text="Numbers of the sessions laid out.")

    rests_cut_short = s.SerializerMethodField(help_text="Numbers of those that begin less than 48 h after the one before.")

    def get_session_nos(self, rows: list[TrainingSession]) -> list[int]:
        return [row.session_no for row in rows]

    def get_rests_cut_short(self, rows: list[TrainingSession]) -> list[int]:
        return sorted(cut_short(list(rows), rows[0].enrolment.participant.site.timezone)) if rows else []


class HarmsAnswer(s.ModelSerializer[HarmsAsked]):
    class Meta:
        model = HarmsAsked
        fields = ["visit", "answers", "asked_on"]
