"""The figures of a design by REST, for whoever draws the scheme; nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from rest_framework import serializers

from trials import permissions, queries
from trials.actors import Actor
from trials.api.doors import Shape
from trials.domain.randomisation import METHODS
from trials.domain.randomisation.design import Comparison, compare
from trials.permissions import Refused


class DesignShape(Shape):
    method = serializers.ChoiceField(tuple(METHODS))
    parameters = serializers.DictField(required=False, help_text="The method's own, as under [allocation.parameters].")
    people = serializers.IntegerField(
        required=False, min_value=1, max_value=100_000, help_text="The protocol's sample size where left out."
    )
    factors = serializers.ListField(child=serializers.CharField(max_length=80), required=False, max_length=20)
    shares = serializers.DictField(
        child=serializers.ListField(child=serializers.IntegerField(min_value=0, max_value=1_000_000), max_length=50),
        required=False,
        help_text="Parts expected at the levels of a factor, in their order; alike where left out.",
    )
    open_label = serializers.BooleanField(required=False)


class SpreadAnswer(serializers.Serializer[Any]):
    median = serializers.FloatField()
    worst_tenth = serializers.FloatField()
    worst = serializers.FloatField()


class AccrualAnswer(serializers.Serializer[Any]):
    runs = serializers.IntegerField()
    correct_guesses = serializers.FloatField()
    overall = SpreadAnswer()
    site = SpreadAnswer()
    stratum = SpreadAnswer()


class StreamAnswer(serializers.Serializer[Any]):
    correct_guesses = serializers.FloatField()
    forced = serializers.FloatField()
    balanced = serializers.FloatField(allow_null=True)
    sd_imbalance = serializers.FloatField(allow_null=True)
    max_imbalance = serializers.FloatField(allow_null=True)


class FiguresAnswer(serializers.Serializer[Any]):
    guesses = serializers.FloatField(allow_null=True)
    simulated = serializers.BooleanField(help_text="Whether the guesses come from the simulation.")
    coin = serializers.FloatField()
    forced = serializers.FloatField(allow_null=True)
    drift = serializers.FloatField(allow_null=True, help_text="SD of the difference of two equal arms over all strata.")
    places = serializers.IntegerField(help_text="People of an average stratum, which `stream` is about.")
    stream = StreamAnswer(allow_null=True)
    accrual = AccrualAnswer(allow_null=True)
    why = serializers.ListField(child=serializers.CharField(), help_text="Why a figure is missing.")


class ColumnAnswer(serializers.Serializer[Any]):
    name = serializers.CharField()
    place = serializers.ChoiceField(("chosen", "protocol", "recommended"))
    figures = FiguresAnswer()


class WeaknessAnswer(serializers.Serializer[Any]):
    code = serializers.CharField()
    sentence = serializers.CharField()
    numbers = serializers.DictField(child=serializers.FloatField())


class DesignAnswer(serializers.Serializer[Any]):
    columns = ColumnAnswer(many=True)
    weaknesses = WeaknessAnswer(many=True)
    allocation = serializers.CharField(source="text", help_text="The [allocation] table for a protocol file.")
    faults = serializers.SerializerMethodField(help_text="What the loader would say of it there.")

    def get_faults(self, found: Comparison) -> list[str]:
        return [f"{fault.place} {fault.problem}; {fault.cure}" for fault in found.faults]


def simulate_design(
    *,
    method: str,
    parameters: Mapping[str, object] | None = None,
    people: int | None = None,
    factors: Sequence[str] | None = None,
    shares: Mapping[str, Sequence[int]] | None = None,
    open_label: bool = True,
    by: Actor,
    at: datetime,
) -> Comparison:
    """What a choice of randomisation would do in this trial, beside the protocol's own; only while no scheme is open."""
    permissions.check_may_design(by)
    protocol = queries.protocol_in_force()
    try:
        return compare(
            protocol,
            method=method,
            parameters=parameters or {},
            people=people or protocol.sample_size,
            factors=[factor.name for factor in protocol.allocation.factors] if factors is None else factors,
            shares={name: [Fraction(part) for part in parts] for name, parts in (shares or {}).items()},
            open_label=open_label,
        )
    except ValueError as faults:
        raise Refused(f"{str(faults)[:1].upper()}{str(faults)[1:]}.", code="bad_design", status=422) from None
