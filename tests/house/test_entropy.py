"""What a viewer can meet is drawn by `trials/entropy.py` alone: every other source of chance stands in the reviewed table below."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("config", "trials", "participants", "outcomes")
MODULES = frozenset({"random", "secrets"})
NAMES = frozenset({"uuid1", "uuid4", "uuid7", "urandom", "getrandom", "SystemRandom", "get_random_string", "get_random_secret_key"})
SQL = re.compile(r"\b(gen_random_uuid|gen_random_bytes|uuidv4|uuidv7|random|random_normal)\s*\(\)", re.IGNORECASE)
SOURCES = {
    "config/settings.py": "the key of an installation that was given none, which nobody is shown",
    "trials/entropy.py": "the one source",
    "trials/sealing.py": "nonces of sealed bytes, which no page shows and no row is found by",
    "trials/launcher/folder.py": "keys and passwords of a new data folder",
    "trials/management/commands/make_keys.py": "keys of an installation without a data folder",
    "participants/actions/messages/claiming.py": "the fencing token of a lease on a message, gone with the lease",
    "outcomes/demonstration/": "a seeded generator tells the story; what it makes goes through the actions",
}


def files() -> list[Path]:
    return sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))


def chances(source: str) -> Iterator[tuple[int, str]]:
    """(line, what is drawn from): a module of chance, a function of another, or one of the database."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names if each.name.partition(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, each.name) for each in node.names if node.module in MODULES or each.name in NAMES)
        elif isinstance(node, ast.Attribute) and node.attr in NAMES:
            yield node.lineno, node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from ((node.lineno, found[1]) for found in SQL.finditer(node.value))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Random", "RandomUUID"):
            yield node.lineno, node.func.id


def reviewed(path: Path) -> bool:
    place = str(path.relative_to(ROOT))
    return place in SOURCES or any(folder.endswith("/") and place.startswith(folder) for folder in SOURCES)


def test_chance_comes_from_one_place() -> None:
    found = {str(path.relative_to(ROOT)): list(chances(path.read_text())) for path in files() if not reviewed(path)}
    assert {place: drawn for place, drawn in found.items() if drawn} == {}


def test_the_table_names_nothing_that_is_gone() -> None:
    for place in SOURCES:
        there = [path for path in files() if str(path.relative_to(ROOT)).startswith(place)]
        assert any(list(chances(path.read_text())) for path in there), place


@pytest.mark.parametrize(
    "planted",
    [
        "import secrets",
        "import random as dice",
        "from secrets import token_hex",
        "from uuid import uuid4",
        "import uuid\nkey = uuid.uuid4",
        "import os\nkey = os.urandom(16)",
        "from django.utils.crypto import get_random_string",
        "rows.order_by(Random())",
        "cursor.execute('INSERT INTO t VALUES (gen_random_uuid())')",
        "cursor.execute('SELECT random()')",
    ],
)
def test_another_source_is_seen(planted: str) -> None:
    assert list(chances(planted))


def test_what_is_no_source_is_let_by() -> None:
    assert list(chances("from uuid import UUID, uuid5\nfrom trials import entropy\nentropy.code('link', 'P-001')")) == []
