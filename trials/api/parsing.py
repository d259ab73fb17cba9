"""JSON as it may come in: bounded, finite, without bytes that PostgreSQL cannot keep."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

DEPTH = 32


def _no_number(text: str) -> Any:
    raise ParseError(f"{text} is not a number that JSON knows.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ParseError("The JSON holds a key twice.")
    return found


def check(value: Any, depth: int = 0) -> None:
    if depth > DEPTH:
        raise ParseError(f"The JSON is nested more than {DEPTH} deep.")
    if isinstance(value, str):
        if "\x00" in value:
            raise ParseError("A text holds a NUL character.")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ParseError("A text holds half a character (a lone surrogate).") from None
    elif isinstance(value, dict):
        for key, inner in value.items():
            check(key, depth + 1)
            check(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            check(inner, depth + 1)


class PlainJSON(BaseParser):
    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        raw = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(raw) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise ParseError("The request is too large.")
        try:
            value = json.loads(raw.decode("utf-8"), parse_constant=_no_number, object_pairs_hook=_once)
        except RecursionError:
            raise ParseError(f"The JSON is nested more than {DEPTH} deep.") from None
        except UnicodeDecodeError:
            raise ParseError("The request is not UTF-8.") from None
        except ValueError:
            raise ParseError("The request is not JSON.") from None
        check(value)
        return value
