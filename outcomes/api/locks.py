"""The REST doors of the lock of the data."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework import serializers as s

from outcomes.actions import locks
from outcomes.api.find import nobody
from outcomes.queries.locks import LockBoard, lock_board
from trials.api.doors import Shape, read, step
from trials.domain.locking import State
from trials.models import LockSignature, LockStep


class LockReason(Shape):
    reason = s.CharField(max_length=500)


class SignHardLock(Shape):
    cut_at = s.DateTimeField(help_text="The instant of the cut that is signed.")
    password = s.CharField(max_length=256, trim_whitespace=False)


class UnderPassword(LockReason):
    password = s.CharField(max_length=256, trim_whitespace=False)


class SignatureAnswer(s.ModelSerializer[LockSignature]):
    class Meta:
        model = LockSignature
        fields = ["move", "name", "role", "meaning", "reason", "cut_at", "at"]


class LockStepAnswer(s.ModelSerializer[LockStep]):
    name = s.CharField(source="user")

    class Meta:
        model = LockStep
        fields = ["number", "move", "name", "reason", "cut_at", "at"]


class LockAnswer(s.Serializer[Any]):
    state = s.ChoiceField([state.value for state in State], source="standing.state")
    unblinded = s.BooleanField(source="standing.unblinded")
    late = s.IntegerField(help_text="Forms that participants sent after the lock: kept, and left out of the data.")
    cut_to_sign = s.DateTimeField(source="to_sign.at", default=None, help_text="The cut that waits for signatures.")
    digest = s.SerializerMethodField(help_text="Of the hard-locked cut, for those who may know arms; else empty.")
    signatures = SignatureAnswer(many=True)
    steps = LockStepAnswer(many=True)

    def get_digest(self, board: LockBoard) -> str:
        locked = [step.cut_digest for step in board.steps if step.cut_digest]
        return locked[-1] if locked and board.digests and board.standing.state is State.HARD else ""


urlpatterns = [
    path("lock/", read(lock_board, answer=LockAnswer, name="lock")),
    step("lock/", locks.soft_lock, find=nobody, shape=LockReason, answer=LockStepAnswer),
    step("lock/", locks.lift_lock, find=nobody, shape=LockReason, answer=LockStepAnswer),
    step("lock/", locks.sign_hard_lock, find=nobody, shape=SignHardLock, answer=SignatureAnswer),
    step("lock/", locks.sign_unlock, find=nobody, shape=UnderPassword, answer=SignatureAnswer),
    step("lock/", locks.unblind_trial, find=nobody, shape=UnderPassword, answer=LockStepAnswer),
]
