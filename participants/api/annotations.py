"""What the REST door about an error of randomisation takes and answers."""

from __future__ import annotations

from rest_framework import serializers as s

from participants.api.shapes import text
from trials.api.doors import Shape
from trials.domain.annotations import KIND_CHOICES
from trials.models import AllocationAnnotation


class Annotate(Shape):
    kind = s.ChoiceField(KIND_CHOICES)
    reason = text(2000)
    occurred_on = s.DateField(required=False, help_text="The day of the fact; empty: the day of randomisation.")
    given_arm = text(40, required=False, help_text="wrong_arm_given: the arm that was given.")
    true_factors = s.DictField(child=text(40), required=False, help_text="wrong_stratum: the person's own level of each factor.")


class AnnotationAnswer(s.ModelSerializer[AllocationAnnotation]):
    class Meta:
        model = AllocationAnnotation
        fields = ["code", "kind", "true_factors", "reason", "at"]
