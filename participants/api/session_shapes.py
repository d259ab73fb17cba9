"""What the REST writes about training sessions take: one shape an action, its keys the action's own words."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from participants.actions.sessions import LoggedSet
from participants.api.shapes import load, text
from participants.models import Room, Slot
from trials.api.doors import Shape
from trials.models import User


class Move(Shape):
    on = s.DateField()
    clock = s.TimeField()
    reason = text(required=False)


class WithReason(Shape):
    reason = text()
    note = text(2000, required=False)


class Start(Shape):
    started_at = s.DateTimeField(required=False)


class DoneSet(Shape):
    exercise_no = s.IntegerField(min_value=1, max_value=99)
    set_no = s.IntegerField(min_value=1, max_value=99)
    done_reps = s.IntegerField(min_value=0, max_value=999)
    done_load_kg = load(required=False, allow_null=True)
    rpe = s.DecimalField(max_digits=4, decimal_places=1, required=False, allow_null=True)
    rir = s.DecimalField(max_digits=4, decimal_places=1, required=False, allow_null=True)
    substitute = text(60, required=False)
    substitute_reason = text(200, required=False)
    set_kind = s.ChoiceField(["warmup", "working"], required=False)

    def to_internal_value(self, data: Any) -> LoggedSet:
        return LoggedSet(**super().to_internal_value(data))


class Log(Shape):
    client_uuid = s.UUIDField()
    sets = s.ListField(child=DoneSet(), min_length=1, max_length=200)
    confirmed = s.BooleanField(required=False)


class Finish(Shape):
    ended_at = s.DateTimeField(required=False)
    session_rpe = s.DecimalField(max_digits=4, decimal_places=1, required=False, allow_null=True)
    soreness = s.IntegerField(required=False, allow_null=True)
    paused_seconds = s.IntegerField(required=False, min_value=0)
    warmup_minutes = s.IntegerField(required=False, allow_null=True)
    working_minutes = s.IntegerField(required=False, allow_null=True)
    cooldown_minutes = s.IntegerField(required=False, allow_null=True)
    ended_early = s.BooleanField(required=False)
    ended_early_reason = text(required=False)
    missed_reason = text(required=False)
    note = text(2000, required=False)


class SeenSet(Shape):
    """What the phone knew of a set when the entry was made."""

    exercise_no = s.IntegerField(min_value=1, max_value=99)
    set_no = s.IntegerField(min_value=1, max_value=99)
    done_reps = s.IntegerField(min_value=0, max_value=999, required=False, allow_null=True)
    done_load_kg = load(required=False, allow_null=True)


class Seen(s.ListSerializer[Any]):
    """As a table from place to figures."""

    def to_internal_value(self, data: Any) -> Any:
        known = super().to_internal_value(data)
        return {(k["exercise_no"], k["set_no"]): (k.get("done_reps"), k.get("done_load_kg")) for k in known}


class Ending(Finish):
    """How a session ended, whose end is the entry's own time."""

    ended_at = None  # type: ignore[assignment]


class TakeIn(Shape):
    uuid = s.UUIDField()
    kind = s.ChoiceField(["start", "log", "finish"])
    made_at = s.DateTimeField()
    phone_at = s.DateTimeField()
    sets = s.ListField(child=DoneSet(), max_length=200, required=False)
    seen = Seen(child=SeenSet(), required=False, max_length=200)
    confirmed = s.BooleanField(required=False)
    instead = s.BooleanField(required=False)
    ending = Ending(required=False)


class RecordStrengthTest(Shape):
    exercise = text(60)
    tested_on = s.DateField()
    reps = s.IntegerField(min_value=1, max_value=100)
    load_kg = load()
    rir = s.DecimalField(max_digits=4, decimal_places=1, required=False, allow_null=True)
    formula = s.ChoiceField(["epley", "brzycki"], required=False)
    purpose = text(40, required=False)
    confirmed = s.BooleanField(required=False)


class OverrideLoad(Shape):
    exercise_no = s.IntegerField(min_value=1, max_value=99)
    load_kg = load()
    reason = text()
    reason_class = s.ChoiceField(["health", "non_health", "site"])
    confirmed = s.BooleanField(required=False)


class AssignTrainer(Shape):
    trainer = s.PrimaryKeyRelatedField(queryset=User.objects.filter(is_active=True))
    session_nos = s.ListField(child=s.IntegerField(min_value=1), required=False, allow_null=True)


class LayOutDeferred(Shape):
    starts_on = s.DateField(required=False, allow_null=True)
    trainer = s.PrimaryKeyRelatedField(queryset=User.objects.filter(is_active=True), required=False, allow_null=True)


class SessionFacts(Shape):
    """Named as in session.csv; only what is put right."""

    started_at = s.DateTimeField(required=False, allow_null=True)
    ended_at = s.DateTimeField(required=False, allow_null=True)
    paused_seconds = s.IntegerField(required=False, min_value=0)
    warmup_minutes = s.IntegerField(required=False, allow_null=True)
    working_minutes = s.IntegerField(required=False, allow_null=True)
    cooldown_minutes = s.IntegerField(required=False, allow_null=True)
    session_rpe = s.DecimalField(max_digits=4, decimal_places=1, required=False, allow_null=True)
    soreness = s.IntegerField(required=False, allow_null=True)
    ended_early = s.BooleanField(required=False)
    ended_early_reason = text(required=False, allow_blank=True)
    reason = text(required=False)
    delivery = text(20, required=False)
    supervision = text(20, required=False)
    group_size = s.IntegerField(required=False)
    setting = text(200, required=False, allow_blank=True)
    equipment = text(200, required=False, allow_blank=True)
    note = text(2000, required=False, allow_blank=True)


class CorrectSession(Shape):
    facts = SessionFacts()
    reason = text()


class SetFacts(Shape):
    """Named as in exercise_set.csv; only what is put right."""

    done_reps = s.IntegerField(required=False, min_value=0, max_value=999)
    done_load_kg = load(required=False, allow_null=True)
    rpe = s.DecimalField(max_digits=4, decimal_places=1, required=False, allow_null=True)
    rir = s.DecimalField(max_digits=4, decimal_places=1, required=False, allow_null=True)
    exercise = text(60, required=False)
    substitute_for = text(60, required=False, allow_blank=True)
    substitute_reason = text(200, required=False, allow_blank=True)


class CorrectSet(Shape):
    exercise_no = s.IntegerField(min_value=1, max_value=99)
    set_no = s.IntegerField(min_value=1, max_value=99)
    facts = SetFacts()
    reason = text()
    confirmed = s.BooleanField(required=False)


def trainer(**more: Any) -> Any:
    return s.PrimaryKeyRelatedField(queryset=User.objects.filter(is_active=True), **more)


class OpenSlot(Shape):
    trainer = trainer()
    room = s.PrimaryKeyRelatedField(queryset=Room.objects.all(), required=False, allow_null=True)
    starts_at = s.DateTimeField()
    minutes = s.IntegerField(min_value=1, max_value=720)
    capacity = s.IntegerField(min_value=1, max_value=99)


class ChangePlaces(Shape):
    capacity = s.IntegerField(min_value=1, max_value=99)


class FillSlot(Shape):
    seen = s.CharField(max_length=64, help_text="`seen` of the sessions that were looked at.")


class JoinSlot(Shape):
    slot = s.PrimaryKeyRelatedField(queryset=Slot.objects.all())
    reason = text(required=False)


class Because(Shape):
    reason = text(required=False)


class Why(Shape):
    reason = text()


class AddRoom(Shape):
    name = text(80)


class KeepHours(Shape):
    trainer = trainer()
    weekday = s.IntegerField(min_value=0, max_value=6)
    opens = s.TimeField()
    closes = s.TimeField()


class RecordAbsence(Shape):
    trainer = trainer(required=False, allow_null=True)
    starts_at = s.DateTimeField()
    ends_at = s.DateTimeField()
    reason = text(200)


class MoveOut(Shape):
    seen = s.CharField(max_length=64, help_text="`seen` of the proposal that was looked at.")
    reason = text(required=False)
