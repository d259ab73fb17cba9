"""Templates obey the content security policy, and the error pages stand without a database."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(p for floor in ("trials", "participants", "outcomes") for p in ROOT.glob(f"{floor}/templates/**/*.html"))
BANNED = re.compile(
    r"""\sstyle\s*=|<style|\son(?:click|change|submit|input|load|key\w+)\s*=|hx-on|hx-confirm|hx-boost|js:|javascript:|\|safe\b"""
)
SPRITE = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "trials/static/ui/icons.svg").read_text()))
FRAMEWORK = re.compile(r"\.as_(?:p|table|ul|div)\b|-{9}")
TAG = re.compile(r"\{%-?(.*?)-?%\}|\{\{(.*?)\}\}", re.S)
NAMED = re.compile(r"\bas\s+(\w+)\s*$")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_are_templates():
    assert len(TEMPLATES) > 30


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_no_template_needs_what_the_policy_blocks(path):
    assert BANNED.findall(path.read_text()) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_script_has_a_source(path):
    assert [tag for tag in re.findall(r"<script[^>]*>", path.read_text()) if "src=" not in tag] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_no_form_is_drawn_by_the_framework(path):
    assert FRAMEWORK.findall(path.read_text()) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_icon_is_in_the_sprite(path):
    assert set(re.findall(r"""\{% icon ["']([\w-]+)["']""", path.read_text())) - SPRITE == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_template_can_be_read(path):
    get_template(str(path).split("/templates/", 1)[1])


def blocks_of(text: str) -> list[tuple[set[str], set[str]]]:
    """For each outermost block: the names given in it by `as NAME`, and the words its tags use."""
    found: list[tuple[set[str], set[str]]] = []
    depth = 0
    for tag in TAG.finditer(text):
        inside = re.sub(r"\"[^\"]*\"|'[^']*'", "", tag.group(1) or tag.group(2)).strip()
        word = inside.split(" ", 1)[0]
        if word == "block":
            depth += 1
            if depth == 1:
                found.append((set(), set()))
        elif word == "endblock":
            depth -= 1
        elif depth:
            given, used = found[-1]
            given.update(NAMED.findall(inside))
            used.update(re.findall(r"(?<![.\w])[a-z_]\w*", NAMED.sub("", inside)))
    return found


def lost(text: str) -> set[str]:
    """Names that a block uses and only another block gives: a name is gone at the end of its block."""
    blocks = blocks_of(text)
    return {
        name for n, (_, used) in enumerate(blocks) for m, (given, _) in enumerate(blocks) if m != n for name in used & given - blocks[n][0]
    }


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_no_link_needs_an_address_that_another_block_made(path):
    assert lost(path.read_text()) == set()


def test_an_address_of_another_block_is_found():
    crumbs = '{% block crumbs %}{% url "visits" id as visits_url %}{% crumbs "Visits" visits_url %}{% endblock %}'
    assert lost(crumbs + '{% block main %}{% button_link "Cancel" visits_url %}{% endblock %}') == {"visits_url"}
    assert lost(crumbs + '{% block main %}{% url "visits" id as visits_url %}{% button_link "Cancel" visits_url %}{% endblock %}') == set()


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_an_error_page_needs_no_context_and_shows_whom_to_call(status):
    page = get_template(f"{status}.html").render({})
    assert re.findall(r'href="tel:(\d+)"', page) == ["112", "116123"]
    assert page.count("<h1>") == 1
    assert 'href="#help-title">Help now</a>' in page


def test_a_lost_participant_is_told_about_links_and_staff_about_today(rf):
    lost = get_template("404.html").render({}, rf.get("/me/nothing/"))
    staff = get_template("404.html").render({}, rf.get("/nothing/"))
    assert ("trial team" in lost, "Open Today" in lost) == (True, False)
    assert ("trial team" in staff, "Open Today" in staff) == (False, True)


def test_a_refusal_to_a_participant_keeps_help_now(rf):
    words = {"sentence": "This questionnaire is closed."}
    page = get_template("ui/refused.html").render(words, rf.get("/me/q/"))
    assert ("Help now" in page, "116 123" in page, "This questionnaire is closed." in page) == (True, True, True)
