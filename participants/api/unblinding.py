"""What the REST doors about broken codes take and answer. An arm stands in two answers alone: a break on the screen, and one reading."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from participants.actions.unblinding import Broken
from participants.api.shapes import text
from participants.domain.unblinding import HOW_CHOICES
from participants.models import SelfReport
from trials import clock, queries
from trials.api.doors import Shape
from trials.domain.unblinding import MODE_CHOICES, REASONS
from trials.models import Unblinding, User


def _password() -> s.CharField:
    return s.CharField(max_length=256, trim_whitespace=False, help_text="Your own, typed again for this step; kept nowhere.")


class BreakCode(Shape):
    reason_code = s.ChoiceField(list(REASONS))
    reason = text()
    password = _password()
    mode = s.ChoiceField(MODE_CHOICES, required=False, help_text="third_person unless said otherwise.")
    recipient = s.PrimaryKeyRelatedField(queryset=User.objects.filter(is_active=True), required=False, allow_null=True)
    recipient_name = text(200, required=False)
    recipient_email = text(200, required=False)


class ReadArm(Shape):
    password = _password()


class ReportUnblinding(Shape):
    learned_on = s.DateField()
    how = s.ChoiceField(HOW_CHOICES)
    sure = s.BooleanField()
    note = text(1000, required=False, help_text="Never which arm.")


class SelfReportAnswer(s.ModelSerializer[SelfReport]):
    trial_id = s.CharField(source="participant.trial_id")
    reporter = s.CharField(source="user.name")
    voided = s.SerializerMethodField()

    class Meta:
        model = SelfReport
        fields = ["code", "trial_id", "reporter", "learned_on", "how", "sure", "assessor", "at", "voided"]

    def get_voided(self, row: SelfReport) -> bool:
        return row.deviation.voided_at is not None


class UnblindingAnswer(s.ModelSerializer[Unblinding]):
    trial_id = s.CharField(source="allocation.unit.trial_id")
    requester = s.CharField(source="requester.name")
    reader = s.CharField()
    state = s.SerializerMethodField(help_text="waiting, told, locked or over.")
    told_at = s.DateTimeField(allow_null=True)

    class Meta:
        model = Unblinding
        fields = ["code", "trial_id", "at", "reason_code", "reason", "requester", "mode", "reader", "state", "told_at"]

    def get_state(self, row: Unblinding) -> str:
        return row.standing(clock.now()).value


class BrokenAnswer(s.Serializer[Broken]):
    code = s.CharField(source="unblinding.code")
    mode = s.CharField(source="unblinding.mode")
    arm = s.CharField(help_text="On the screen alone; empty where a third person reads it.")
    key = s.CharField(help_text="To tell an outside reader by telephone; told once.")
    broken_before = s.SerializerMethodField(help_text="Earlier breaks of this person's code, newest first.")

    def get_broken_before(self, broken: Broken) -> list[dict[str, Any]]:
        earlier = queries.unblindings().filter(allocation=broken.unblinding.allocation_id).exclude(pk=broken.unblinding.pk)
        return [{"at": row.at, "requester": row.requester.name, "reader": row.reader, "mode": row.mode} for row in earlier]


class ArmAnswer(s.Serializer[str]):
    arm = s.SerializerMethodField(help_text="Told once.")

    def get_arm(self, arm: str) -> str:
        return arm
