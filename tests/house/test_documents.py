"""The documents are true to the code: generated pages are fresh, links lead somewhere, commands and addresses exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands
from django.urls import resolve

from outcomes.documents import PAGES
from outcomes.documents.comments import behind, docstring
from outcomes.documents.dictionary import meanings
from outcomes.documents.meanings import BY_MODEL, COLUMNS, EVERYWHERE
from outcomes.documents.word_lists import word_lists
from participants.models import Message, StrengthTest
from trials.domain.roles import Role
from trials.launcher.arguments import VERBS
from trials.models import Unit

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
WRITTEN = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(p for p in DOCS.rglob("*.md") if p.relative_to(DOCS).as_posix() not in PAGES)]
ALL = [*WRITTEN, *(DOCS / name for name in PAGES)]
DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
OURS = [m for floor in ("trials", "participants", "outcomes") for m in apps.get_app_config(floor).get_models()]
OUR_FOLDERS = r"(?:trials|participants|outcomes|config|tests|docker|docs|requirements|benchmarks|\.ci)/"


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def codes_in(path: Path) -> list[str]:
    """What stands between backticks, blocks of code left out."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", path.read_text(), flags=re.S))


@pytest.mark.parametrize("name", PAGES)
def test_generated_page_is_fresh(name):
    kept = (DOCS / name).read_text(encoding="utf-8") if (DOCS / name).is_file() else ""
    assert kept == PAGES[name](), f"docs/{name} is stale: run python manage.py write_docs"


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_every_relative_link_leads_to_a_file(path):
    targets = re.findall(r"\]\(([^)\s]+)\)", path.read_text())
    inside = [t.split("#")[0] for t in targets if not t.startswith(("http://", "https://", "#", "mailto:"))]
    assert [t for t in inside if not (path.parent / t).exists()] == []


@pytest.mark.parametrize("path", WRITTEN, ids=name_of)
def test_every_file_named_exists(path):
    named = [code for code in codes_in(path) if re.fullmatch(OUR_FOLDERS + r"[\w./*-]*", code)]
    assert [code for code in named if not any(ROOT.glob(code.rstrip("/")))] == []


@pytest.mark.parametrize("path", WRITTEN, ids=name_of)
def test_every_command_exists(path):
    text = path.read_text()
    verbs = re.findall(r"\./uplift (?:--\w+ \S+ )*([a-z]\w*)", text)
    commands = re.findall(r"(?:\./uplift manage|manage\.py) ([a-z]\w*)", text)
    assert [verb for verb in verbs if verb not in VERBS] == []
    assert [command for command in commands if command not in {*get_commands(), "help"}] == []


def test_the_readme_shows_the_two_commands():
    assert {"./uplift demo", "./uplift test"} <= set(re.findall(r"^ *(\./uplift \w+)", (ROOT / "README.md").read_text(), re.M))


@pytest.mark.parametrize("path", sorted((DOCS / "using").glob("*.md")), ids=lambda p: p.stem)
def test_every_address_in_the_pages_for_users_exists(path):
    addresses = [code for code in codes_in(path) if re.fullmatch(r"/[\w/.-]*", code)]
    for address in addresses:
        resolve(address)


def test_every_role_has_its_page():
    pages = {path.stem for path in (DOCS / "using").glob("*.md")} - {"README", "participant"}
    told = {page: (DOCS / "using" / f"{page}.md").read_text() for page in pages}
    assert [role for role in Role if not any(f"`{role}`" in text for text in told.values())] == []


SPEAKS_OF_ITS_MAKING = re.compile(
    r"(?<![\w.`/])/(?:home|root|mnt|tmp|work|Users)/"
    r"|\b(?:pypi|npmjs|docker|ghcr|quay|pythonhosted)\.(?:org|com|io)\b"
    r"|\b(?:agents?|assistants?|helpers?|prompts?|tickets?|sprints?|TODO|FIXME)\b|\bthe brief\b|\bissue #?\d",
    re.I,
)


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_pages_speak_of_the_program_and_not_of_its_making(path):
    assert [found.group() for found in SPEAKS_OF_ITS_MAKING.finditer(path.read_text())] == []


@pytest.mark.parametrize("path", DECISIONS, ids=lambda p: p.stem)
def test_a_decision_has_its_three_parts(path):
    text = path.read_text()
    assert re.findall(r"^## (.+)$", text, re.M) == ["Context", "Decision", "Consequences"]
    assert re.match(rf"# {path.stem[:4]} \S", text)


def test_decisions_are_numbered_without_a_gap_and_listed():
    assert [path.stem[:4] for path in DECISIONS] == [f"{n:04}" for n in range(1, len(DECISIONS) + 1)]
    assert len(DECISIONS) >= 10
    listed = re.findall(r"\]\((\d[^)]+)\)", (DOCS / "decisions" / "README.md").read_text())
    assert listed == [path.name for path in DECISIONS]


def test_meanings_come_from_the_code():
    assert behind(Message.Status)["UNKNOWN"] == "perhaps sent: the sender died in between"
    assert behind(Message)["to"] == 'an actor: "participant:P-014", "user:12"'
    assert docstring(Unit) == "Whoever can be randomised: a trial id at a site."
    assert docstring(StrengthTest) == ""


@pytest.mark.parametrize("model", OURS, ids=lambda m: m.__name__)
def test_every_field_has_a_meaning(model):
    """Say it in a comment behind the field; a reference to another row is told by its type."""
    references = {field.name for field in model._meta.concrete_fields if field.is_relation}
    assert [name for name, words in meanings(model).items() if not words and name not in references] == []


def test_no_meaning_is_left_of_a_field_that_is_gone():
    fields = {f"{model.__name__}.{field.name}" for model in OURS for field in model._meta.concrete_fields}
    assert set(BY_MODEL) - fields == set()
    assert set(EVERYWHERE) - {name.split(".")[1] for name in fields} == set()
    assert set(COLUMNS) - {model.__name__ for model in OURS} == set()


def test_a_list_of_codes_written_down_twice_is_shown_once():
    named = [found.name for found in word_lists()]
    assert named.count("TrainingSession Status") == 1
    places = next(found.places for found in word_lists() if found.name == "TrainingSession Status")
    assert places == "`participants/models/sessions.py`, `outcomes/domain/records.py`"
