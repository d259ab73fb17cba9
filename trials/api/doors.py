"""How a REST door is made: a strict shape, one action or query, one answer. Every write is named after its action."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from trials import clock
from trials.actions.attempts import Claim
from trials.models import User
from trials.permissions import Refused

Finder = Callable[..., Any]
View = Callable[..., HttpResponse]
KEY = OpenApiParameter(
    "Idempotency-Key", UUID, OpenApiParameter.HEADER, required=True, description="A UUID of the sender's own; the same one on a second try."
)


class Shape(serializers.Serializer[Any]):
    """A body whose every key is known; an unknown one is refused with the nearest that is."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError({"non_field_errors": ["Send a JSON object."]})
        unknown = sorted(str(key) for key in set(data) - set(self.fields))
        if unknown:
            near = {key: get_close_matches(key, list(self.fields), 1) for key in unknown}
            raise serializers.ValidationError(
                {key: [f"Unknown key. Did you mean {near[key][0]}?" if near[key] else "Unknown key."] for key in unknown}
            )
        return super().to_internal_value(data)


class Nothing(Shape):
    """A body without keys: the address says it all."""


class Refusal(serializers.Serializer[Any]):
    detail = serializers.CharField(help_text="What was refused and why, in one sentence.")
    code = serializers.CharField(help_text="The same, for programs.")


REFUSALS = {
    400: OpenApiResponse(description="The body has another shape: a sentence a key."),
    401: OpenApiResponse(description="No session and no token in force."),
    403: OpenApiResponse(Refusal, description="The role does not reach this."),
    404: OpenApiResponse(description="Nothing here that this role can see."),
    409: OpenApiResponse(Refusal, description="A rule of the trial refuses the step."),
    410: OpenApiResponse(Refusal, description="It is over."),
    413: OpenApiResponse(description="The request is too large."),
    422: OpenApiResponse(Refusal, description="A value that cannot be kept."),
    423: OpenApiResponse(Refusal, description="The trial's data are locked."),
    503: OpenApiResponse(Refusal, description="Busy: safe to send again."),
}


def user_of(request: Request | HttpRequest) -> User:
    return cast(User, request.user)


def received(request: Request, shape: type[Shape]) -> dict[str, Any]:
    """The body in its shape; a sentence a key where it has another."""
    if not isinstance(request.data, Mapping):
        raise ParseError("Send a JSON object.")
    body = shape(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


def claimed(request: Request) -> Claim:
    """The request's Idempotency-Key, and the digest of address and body."""
    sent = request.headers.get("Idempotency-Key", "").strip()
    if not sent:
        raise Refused("Send a header Idempotency-Key with a UUID of your own, the same one when you try again.", code="no_key", status=400)
    try:
        key = UUID(sent)
    except ValueError:
        sentence = "The Idempotency-Key is not a UUID, such as 7f1d1c0e-5a0f-4c43-9d5e-0d3a4c0f2b11."
        raise Refused(sentence, code="bad_key", status=400) from None
    told = json.dumps([request.path, request.data], sort_keys=True, separators=(",", ":"))
    return Claim(key, hashlib.sha256(told.encode()).hexdigest())


def write(
    step: Callable[..., Any],
    *,
    find: Finder,
    answer: type[serializers.BaseSerializer[Any]],
    shape: type[Shape] = Nothing,
    name: str = "",
    keyed: bool = False,
) -> View:
    """A POST that finds what it is about (`find(user, **address)`), checks the shape and calls one action.

    A `keyed` one needs an Idempotency-Key: the same key with the same body gets the same answer, with another body 409.
    """
    called = name or step.__name__

    class Door(APIView):
        __doc__ = (step.__doc__ or "").split("\n\n")[0]

        @extend_schema(operation_id=called, request=shape, parameters=[KEY] if keyed else [], responses={200: answer, **REFUSALS})
        def post(self, request: Request, **address: Any) -> Response:
            about = find(user_of(request), **address)
            given = received(request, shape) | ({"claim": claimed(request)} if keyed else {})
            done = step(*(() if about is None else (about,)), **given, by=user_of(request), at=clock.now())
            return Response(answer(done, context={"user": user_of(request)}).data)

    Door.__name__ = "".join(word.title() for word in called.split("_")) + "Door"
    return cast(View, Door.as_view())


def read(query: Callable[..., Any], *, answer: type[serializers.BaseSerializer[Any]], name: str, many: bool = False) -> View:
    """A GET that calls one query with the reader and the address."""

    class Door(APIView):
        __doc__ = (query.__doc__ or "").split("\n\n")[0]

        @extend_schema(operation_id=name, responses={200: answer(many=many), **{c: REFUSALS[c] for c in (401, 403, 404)}})
        def get(self, request: Request, **address: Any) -> Response:
            return Response(answer(query(user_of(request), **address), many=many).data)

    Door.__name__ = "".join(word.title() for word in name.split("_")) + "Door"
    return cast(View, Door.as_view())


def step(
    prefix: str,
    action: Callable[..., Any],
    *,
    find: Finder,
    answer: type[serializers.BaseSerializer[Any]],
    shape: type[Shape] = Nothing,
    name: str = "",
    keyed: bool = False,
) -> URLPattern:
    """The address of a write: where it stands, and the name of its action."""
    called = name or action.__name__
    return path(f"{prefix}{called.replace('_', '-')}/", write(action, find=find, answer=answer, shape=shape, name=called, keyed=keyed))
