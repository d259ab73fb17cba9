"""Every language has every sentence of participants' pages and messages, with every value in it."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from datetime import date, datetime
from pathlib import Path

import pytest
from django.template import Context, Template

from trials.languages import ENGLISH, Language, is_code, language_of, languages
from trials.ui.help_lines import ALWAYS, Line, in_order

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("trials", "participants", "outcomes")
OTHERS = [language for language in languages.values() if language is not ENGLISH]
SAID = re.compile(r'\{% say "([^"]+)"')
ALIKE = {"Error", "System"}  # words that another language may write as English does
FAMILIAR = {
    "de": re.compile(r"\b(du|dich|dir|dein\w*|euch|euer|eure\w*)\b", re.IGNORECASE),
    "es": re.compile(r"\b(tú|tu|tus|ti|contigo|te|vosotros|vuestr\w*)\b", re.IGNORECASE),
}
TELLING = {  # what no page and no message may speak of
    "de": re.compile(r"Training|Übung|Kraft|Depress|Angst|Stimmung|Punktzahl|Gruppe|Warteliste|Kontroll|Risiko", re.IGNORECASE),
    "es": re.compile(
        r"entrenamiento|ejercicio|fuerza|depresi|ansiedad|ánimo|puntuaci|grupo|lista de espera|control\b|riesgo", re.IGNORECASE
    ),
}


def templates() -> str:
    return "\n".join(p.read_text("utf-8") for floor in FLOORS for p in sorted((ROOT / floor / "templates").rglob("*.html")))


def code() -> list[ast.AST]:
    """Every file that says a sentence or holds the beginning of one."""
    texts = [p.read_text("utf-8") for floor in FLOORS for p in (ROOT / floor).rglob("*.py") if "languages" not in p.parts]
    begun = re.compile("|".join({re.escape(sentence[:20]) for sentence in OTHERS[0].words}))
    return [node for text in texts if ".say(" in text or begun.search(text) for node in ast.walk(ast.parse(text))]


def protocols() -> set[str]:
    """What the shipped protocols write of their help lines."""
    read = [tomllib.loads(p.read_text("utf-8")) for p in (ROOT / "trials/protocols").glob("*.toml")]
    return {line.get(key, "") for protocol in read for line in protocol["help"] for key in ("name", "text", "hours")}


@pytest.fixture(scope="module")
def sources() -> tuple[set[str], set[str]]:
    """(sentences that are certainly said, every text that stands in code or after `say`)."""
    nodes, said = code(), set(SAID.findall(templates()))
    called = {
        node.args[0].value
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "say"
        if node.args and isinstance(node.args[0], ast.Constant)
    }
    constants = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    written = {text[:1].upper() + text[1:] for line in ALWAYS for text in (line.name, line.text, line.hours) if text}
    return said | called, said | constants | written | protocols()


def names(sentence: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None)


def test_english_german_and_spanish_are_found() -> None:
    assert list(languages) == ["de", "en", "es"]
    assert [language.name for language in languages.values()] == ["Deutsch", "English", "Español"]


@pytest.mark.parametrize("language", OTHERS, ids=lambda each: each.code)
def test_every_sentence_that_is_said_has_words(language: Language, sources) -> None:
    assert sorted(sources[0] - set(language.words)) == []


@pytest.mark.parametrize("language", OTHERS, ids=lambda each: each.code)
def test_every_word_is_for_a_sentence_that_is_there(language: Language, sources) -> None:
    known = sources[1]
    assert sorted(set(language.words) - known) == []


def test_all_languages_have_the_same_sentences() -> None:
    first, *rest = [set(language.words) for language in OTHERS]
    assert [sorted(first ^ other) for other in rest] == [[] for _ in rest]


@pytest.mark.parametrize("language", OTHERS, ids=lambda each: each.code)
def test_every_value_of_a_sentence_stands_in_it(language: Language) -> None:
    assert [s for s, said in language.words.items() if names(s) != names(said)] == []


@pytest.mark.parametrize("language", OTHERS, ids=lambda each: each.code)
def test_no_sentence_is_left_english_or_breaks_a_page(language: Language) -> None:
    assert [s for s, said in language.words.items() if said == s and s not in ALIKE] == []
    assert [said for said in language.words.values() if not said or said != said.strip() or set(said) & set('<>&"')] == []


@pytest.mark.parametrize("language", OTHERS, ids=lambda each: each.code)
def test_people_are_addressed_formally_and_nothing_tells_what_the_trial_is_about(language: Language) -> None:
    assert [said for said in language.words.values() if FAMILIAR[language.code].search(said)] == []
    assert [said for said in language.words.values() if TELLING[language.code].search(said)] == []


@pytest.mark.parametrize(
    ("code", "page", "with_year", "message"),
    [
        ("en", "Tue 12 May, 18:05", "Tue 12 May 2026", "Tuesday 12 May at 18:05"),
        ("de", "Di, 12. Mai, 18:05 Uhr", "Di, 12. Mai 2026", "Dienstag, 12. Mai, 18:05 Uhr"),
        ("es", "mar. 12 de mayo, 18:05 h", "mar. 12 de mayo de 2026", "martes 12 de mayo, 18:05 h"),
    ],
)
def test_a_moment_is_written_as_the_language_writes_it(code: str, page: str, with_year: str, message: str) -> None:
    language, then = languages[code], datetime(2026, 5, 12, 18, 5)  # noqa: DTZ001
    assert (language.moment(then), language.day(then.date(), year=True), language.full_moment(then)) == (page, with_year, message)


@pytest.mark.parametrize("language", languages.values(), ids=lambda each: each.code)
def test_every_day_and_month_has_its_own_name(language: Language) -> None:
    days = [date(2026, 6, n) for n in range(1, 8)]
    months = [date(2026, n, 1) for n in range(1, 13)]
    for write in (language.day, language.full_day):
        assert len({write(day) for day in days}) == 7
        assert len({write(month) for month in months}) == 12


def test_numbers_have_the_marks_of_the_language() -> None:
    assert [languages[code].number("12\u202f345.5") for code in ("en", "de", "es")] == ["12\u202f345.5", "12.345,5", "12\u202f345,5"]


@pytest.mark.parametrize(("code", "spoken"), [("de", "de"), ("de-AT", "de"), ("es", "es"), ("da", "en"), ("", "en"), ("x", "en")])
def test_a_language_nobody_wrote_words_for_is_english(code: str, spoken: str) -> None:
    assert language_of(code).code == spoken


@pytest.mark.parametrize(("text", "good"), [("de", True), ("de-AT", True), ("DE", False), ("deutsch", False), ("", False), ("de\n", False)])
def test_how_a_language_is_named(text: str, good: bool) -> None:
    assert is_code(text) is good


def test_help_in_the_readers_language_comes_first_and_the_rest_stays_in_order() -> None:
    lines = [Line(country="IE", name=n, number="1", language=spoken, checked_on=date(2026, 1, 1))
             for n, spoken in (("a", "en"), ("b", "es"), ("c", "de"), ("d", "es-MX"))]  # fmt: skip
    assert [[line.name for line in in_order(lines, languages[code])] for code in ("en", "de", "es")] == [
        ["a", "b", "c", "d"], ["c", "a", "b", "d"], ["b", "d", "a", "c"],
    ]  # fmt: skip


def drawn(text: str, **context: object) -> str:
    return Template("{% load ui %}" + text).render(Context(context))


def test_values_are_escaped_and_texts_of_a_protocol_say_their_language() -> None:
    german = {"language": languages["de"]}
    assert (
        drawn('{% say "{name} will call you by {when}." name=who when="x" %}', who="<b>", **german)
        == "&lt;b&gt; ruft Sie an, spätestens x."
    )
    assert drawn('{% as_written "Any hour" "en" %}', **german) == "Rund um die Uhr"
    assert drawn("{% as_written told 'en' %}", told="Text <HELLO>", **german) == '<span lang="en">Text &lt;HELLO&gt;</span>'
    assert drawn("{% as_written told 'en' %}", told="Text <HELLO>") == "Text &lt;HELLO&gt;"


def test_a_language_written_from_the_right_turns_the_page() -> None:
    other = Language(**{**vars(ENGLISH), "code": "xx", "right_to_left": True})
    page = '{% extends "ui/participant.html" %}'
    assert '<html lang="xx" dir="rtl"' in Template(page).render(Context({"language": other}))
    assert '<html lang="en">' in Template(page).render(Context())


def test_a_line_says_which_language_is_spoken_where_it_is_another() -> None:
    lines = [Line(country="IE", name="n", number="1", language=code, checked_on=date(2026, 1, 1)) for code in ("en", "de-AT", "da")]
    page = drawn("{% help_block lines %}", lines=lines, language=languages["de"])
    assert re.findall(r"Sprache: <span lang=\"(\w+)\">(\w+)</span>\.", page) == [("en", "English")]
    assert page.index('<span lang="de-AT">n</span>') < page.index('<span lang="en">n</span>')
