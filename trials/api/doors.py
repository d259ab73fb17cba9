"""How a REST write is made: a strict shape, one action, one answer."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, cast

from rest_framework import serializers
from rest_framework.request import Request

from trials.models import User


class Shape(serializers.Serializer[Any]):
    """A body whose every key is known; an unknown one is refused with the nearest that is."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError({"non_field_errors": ["Send a JSON object."]})
        unknown = sorted(set(data) - set(self.fields))
        if unknown:
            near = {key: get_close_matches(str(key), list(self.fields), 1) for key in unknown}
            raise serializers.ValidationError(
                {str(key): [f"Unknown key. Did you mean {near[key][0]}?" if near[key] else "Unknown key."] for key in unknown}
            )
        return super().to_internal_value(data)


def read(shape: type[Shape], request: Request) -> dict[str, Any]:
    """The body as the shape says, or 400 with a sentence a key."""
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def user_of(request: Request) -> User:
    return cast(User, request.user)
