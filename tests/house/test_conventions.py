"""Conventions that frays would begin at: each is checked here, over the code itself."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("trials", "participants", "outcomes")


def action_modules():
    for floor in FLOORS:
        package = importlib.import_module(f"{floor}.actions")
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            yield importlib.import_module(found.name)


ACTIONS = sorted(
    {
        (value.__module__, name): value
        for module in action_modules()
        for name, value in vars(module).items()
        if getattr(value, "is_action", False)
    }.items()
)


def test_there_are_actions():
    assert len(ACTIONS) > 20


@pytest.mark.parametrize(("place", "step"), ACTIONS, ids=[".".join(place) for place, _ in ACTIONS])
def test_every_action_is_told_who_and_when_and_leaves_an_event(place, step):
    parameters = inspect.signature(step).parameters
    for name in ("by", "at"):
        assert parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
        assert parameters[name].default is inspect.Parameter.empty
    assert leaves_an_event(inspect.unwrap(step), depth=3), f"{'.'.join(place)} leaves no audit event"


STEPS = {name for (_, name), _ in ACTIONS}


def leaves_an_event(function, depth: int) -> bool:
    """It records itself, or hands over to a helper of its module, of one it names, or to another action that does.

    A statement that writes an event along with its rows is told it by `audit.said`, and its module has the INSERT.
    """
    source = inspect.getsource(function)
    if re.search(r"audit\.record(_each)?\(", source):
        return True
    if "audit.said(" in source and "INSERT INTO trials_event" in inspect.getsource(inspect.getmodule(function)):
        return True
    names = set(re.findall(r"([\w.]+)\(", source)) - {function.__name__}
    called = {name.rsplit(".", 1)[-1] for name in names}
    if called & STEPS:
        return True
    module = inspect.getmodule(function)
    helpers = [h for name in called if inspect.isfunction(h := getattr(module, name, None))]
    named = [getattr(getattr(module, place, None), name, None) for place, _, name in (n.rpartition(".") for n in names) if place]
    helpers += [h for h in named if inspect.isfunction(h)]
    return depth > 0 and any(leaves_an_event(inspect.unwrap(h), depth - 1) for h in helpers)


@pytest.mark.parametrize("model", [m for f in FLOORS for m in apps.get_app_config(f).get_models()], ids=lambda m: m.__name__)
def test_every_model_says_which_fields_are_personal(model):
    declared = model.__dict__.get("PERSONAL")
    assert declared is not None, "declare PERSONAL on the model itself"
    assert set(declared) <= {f.name for f in model._meta.get_fields()}


def python_files(*patterns: str) -> list[Path]:
    return sorted(p for pattern in patterns for p in ROOT.glob(pattern) if "migrations" not in p.parts)


@pytest.mark.parametrize(
    "path", python_files("trials/**/*.py", "participants/**/*.py", "outcomes/**/*.py"), ids=lambda p: str(p.relative_to(ROOT))
)
def test_only_doors_read_the_clock(path):
    """`clock.now()` belongs to doors, tasks and the permission table; a rule takes `at`."""
    relative = path.relative_to(ROOT)
    text = path.read_text()
    assert not re.search(r"datetime\.now\(|timezone\.now\(|date\.today\(|time\.time\(", text) or str(relative) in {
        "trials/clock.py", "trials/management/commands/set_clock.py", "outcomes/management/commands/build_demo.py",
    } or relative.parts[1] in {"launcher"}  # fmt: skip
    if {"actions", "domain", "models", "exports", "instruments"} & set(relative.parts):
        assert "clock.now()" not in text


@pytest.mark.parametrize("path", python_files("*/pages/*.py", "*/api/*.py"), ids=lambda p: str(p.relative_to(ROOT)))
def test_pages_meet_people_only_through_visible_to(path):
    """Rows of people are read in functions that start from `visible_to`, or from people who were found that way."""
    text = path.read_text()
    guarded = {"Participant", "TrainingSession", "Assessment", "AdverseEvent", "Medication", "Allocation", "Enrolment", "Identity", "Alert"}
    for function in [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]:
        reads = {
            node.value.id
            for node in ast.walk(function)
            if isinstance(node, ast.Attribute) and node.attr == "objects" and isinstance(node.value, ast.Name)
        }
        if reads & guarded:
            source = ast.get_source_segment(text, function) or ""
            assert re.search(r"visible_to\(|participant__in=|participant=person", source), f"{path.relative_to(ROOT)}: {function.name}"


def test_nobody_uses_signals():
    for path in python_files("trials/**/*.py", "participants/**/*.py", "outcomes/**/*.py", "config/**/*.py"):
        assert not re.search(r"post_save|pre_save|@receiver|m2m_changed", path.read_text()), path


FORBIDDEN = re.compile(r"\bstyle=|<style|\bonclick=|\bonchange=|hx-on|hx-confirm|hx-boost|javascript:|\bjs:")


@pytest.mark.parametrize("path", sorted(ROOT.glob("*/templates/**/*.html")), ids=lambda p: p.name)
def test_templates_obey_the_content_security_policy(path):
    text = path.read_text()
    assert not FORBIDDEN.search(text), FORBIDDEN.search(text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "an inline script"


def test_no_room_is_overfull():
    crowded = {
        str(p.relative_to(ROOT)): n
        for p in python_files("trials/**/*.py", "participants/**/*.py", "outcomes/**/*.py")
        if (n := len(p.read_text().splitlines())) > 330
    }
    assert crowded == {}


@pytest.mark.parametrize("path", sorted(ROOT.glob("*/templates/**/*.html")), ids=lambda p: p.name)
def test_templates_show_instants_in_site_time(path):
    """Django's own `date` filter would show the clock of UTC; `{% when %}` and `{% clock_time %}` take the site."""
    assert not re.search(r"\|date:[\"'][^\"']*[GHhgi]", path.read_text())
