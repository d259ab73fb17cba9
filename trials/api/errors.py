"""How the API says no: `{"detail": a sentence, "code": a word}`."""

from __future__ import annotations

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler

from trials.permissions import Refused


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(error, Refused):
        return Response({"detail": error.sentence, "code": error.code}, status=error.status)
    return exception_handler(error, context)
