"""What the clinic's REST writes take: one shape an action, its keys the action's own words."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from participants.post import channels
from trials.api.doors import Shape
from trials.models import Site


def text(length: int = 500, **more: Any) -> s.CharField:
    return s.CharField(max_length=length, **more)


def load(**more: Any) -> s.DecimalField:
    return s.DecimalField(max_digits=6, decimal_places=2, **more)


class Screen(Shape):
    site = s.SlugRelatedField(slug_field="code", queryset=Site.objects.all())
    answers = s.DictField(child=text())
    person = s.DictField(child=text(200), required=False)
    age = s.IntegerField(required=False, min_value=0, max_value=120)
    sex = s.ChoiceField(["F", "M", "X"], required=False)
    language = text(10, required=False)
    screened_on = s.DateField(required=False)


class Answer(Shape):
    answers = s.DictField(child=text())
    reason = text(required=False)


class Exclude(Shape):
    category = s.ChoiceField(["declined", "other"])
    reason = text()


class RecordConsent(Shape):
    version = text(40)
    signed_on = s.DateField()


class RecordBaseline(Shape):
    values = s.DictField(child=text(2000))
    measured_on = s.DateField(required=False)


class Slot(s.ListField):
    """[weekday 0-6 from Monday, "18:00"]"""

    def to_internal_value(self, data: Any) -> tuple[int, str]:
        if not (isinstance(data, list) and len(data) == 2 and type(data[0]) is int and isinstance(data[1], str)):
            raise s.ValidationError('Give a pair like [1, "18:00"]: weekday from Monday 0, and time.')
        return data[0], data[1]


class SetAvailability(Shape):
    preferred = s.ListField(child=Slot(), max_length=14)
    channel = s.ChoiceField([*channels, "none"])
    language = text(10, required=False)


class Withdraw(Shape):
    scope = s.ChoiceField(["contact", "data", "all"])
    reason = text(allow_blank=True)
    happened_on = s.DateField(required=False)
    note = text(2000, required=False)


class RecordDeath(Shape):
    died_on = s.DateField()
    note = text(2000, required=False)


class RecordLoss(Shape):
    reason = text(allow_blank=True)
    lost_on = s.DateField(required=False)
    note = text(2000, required=False)


class StopTraining(Shape):
    reason = text(allow_blank=True)
    decided_on = s.DateField(required=False)
    note = text(2000, required=False)


class ReportEvent(Shape):
    category = text(60)
    term = text(200)
    started_on = s.DateField()
    severity = s.ChoiceField(["mild", "moderate", "severe"])
    elicited = s.ChoiceField(["visit", "session", "spontaneous"])
    aware_at = s.DateTimeField()
    description = text(4000, required=False)
    ended_on = s.DateField(required=False, allow_null=True)
    ongoing = s.BooleanField(required=False)
    ctcae_grade = s.IntegerField(required=False, allow_null=True, min_value=1, max_value=5)
    criteria = s.ListField(child=text(40), required=False)
    action = text(60, required=False)
    outcome = text(60, required=False)
    visit = text(40, required=False)


class AddFollowUp(Shape):
    text = s.CharField(max_length=4000)


class Assess(Shape):
    related = s.ChoiceField(["unrelated", "unlikely", "possible", "probable", "definite"])
    expected = s.BooleanField()
    reason = text(required=False)


class ReportToSponsor(Shape):
    reported_at = s.DateTimeField()


class ReportToEthics(Shape):
    reported_on = s.DateField()


class RecordMedication(Shape):
    drug = text(200)
    atc = text(7, required=False)
    indication = text(200, required=False)
    dose = s.DecimalField(max_digits=10, decimal_places=3, required=False, allow_null=True)
    unit = text(40, required=False)
    frequency = text(40, required=False)
    route = text(40, required=False)
    started_on = text(10, required=False)
    stopped_on = text(10, required=False)
    ongoing = s.BooleanField(required=False)


class RecordConcomitant(Shape):
    kind = s.ChoiceField(["psychotherapy", "exercise", "other"])
    description = text(2000, required=False)
    started_on = text(10, required=False)
    stopped_on = text(10, required=False)
    sessions_per_week = s.DecimalField(max_digits=5, decimal_places=2, required=False, allow_null=True)
    minutes_per_session = s.IntegerField(required=False, allow_null=True)
    source_visit = text(40, required=False)


class RecordDeviation(Shape):
    kind = s.ChoiceField(["deviation", "intercurrent_event"])
    category = text(60)
    occurred_on = s.DateField()
    found_on = s.DateField(required=False)
    visit = text(40, required=False)
    given_arm = text(40, required=False)
    description = text(4000, required=False)


class Reopen(Shape):
    reason = text()


class CorrectPerson(Shape):
    reason = text()
    sex = s.ChoiceField(["F", "M", "X"], required=False, allow_null=True)
    age = s.IntegerField(required=False, allow_null=True, min_value=0, max_value=120)


class ChangeDose(Shape):
    dose = s.DecimalField(max_digits=10, decimal_places=3)
    changed_on = text(10)
    reason = text()
    unit = text(40, required=False)
    frequency = text(40, required=False)


class StopMedication(Shape):
    stopped_on = text(10)
    reason = text(required=False)


class JudgeDeviation(Shape):
    important = s.BooleanField()
    reason = text(required=False)


class Correct(Shape):
    changes = s.DictField(child=s.CharField(allow_blank=True, max_length=4000))
    reason = text()


class Void(Shape):
    reason = text()


class AskHarms(Shape):
    visit = text(40)
    answers = s.DictField(child=s.ChoiceField(["yes", "no"]))
    reason = text(required=False)


class EditContact(Shape):
    facts = s.DictField(child=text(200, allow_blank=True), help_text="given_name, family_name, born_on, email, phone, emergency_*.")


class RevokeLinks(Shape):
    visit = text(40)
