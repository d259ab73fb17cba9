"""The shell's doors to protocols: check, begin, load, and write the page that explains them."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.cast import LIMERICK
from trials.domain.protocol import load
from trials.models import ProtocolVersion


def said(*words: object, **options: object) -> str:
    out = StringIO()
    call_command(*(str(word) for word in words), stdout=out, **options)
    return out.getvalue()


def test_check_prints_a_summary():
    assert said("check_protocol", LIMERICK).splitlines() == [
        "LIMERICK version 1.0: Resistance exercise training for symptoms of anxiety and low mood in young adults",
        "arms          RET, WL (1:1), 44 to be randomised",
        "allocation    permuted_blocks, stratified by site, sex",
        "sites         LIM (Europe/Dublin), DUB (Europe/Dublin)",
        "plan          ret: 8 weeks, 2 a week",
        "plan          ret_deferred: 8 weeks, 2 a week",
        "visits        baseline, week1, week4, week8, week12",
        "primary       gad7 at week8, observed_at_visit",
        "blind         assessor, blinded_statistician, safety_clinician",
        f"digest        {load(LIMERICK).digest}",
    ]


@pytest.mark.parametrize(
    ("spoil", "places", "tail"),
    [
        ([("[primary]", "[primery]")], ["primery", "primary"], "2 faults"),
        ([('"gad7"]', '"gad8"]')], ["primary.instrument", "visits[1].instruments[2]"], "2 faults"),
        ([("sponsor =", "sponsors =")], ["trial.sponsors"], "1 fault"),
    ],
    ids=["two faults", "a questionnaire that the house does not have", "one fault"],
)
def test_check_prints_every_fault_and_fails(tmp_path, spoil, places, tail):
    text = LIMERICK.read_text(encoding="utf-8")
    for old, new in spoil:
        text = text.replace(old, new, 1)
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    out, errors = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("check_protocol", str(path), stdout=out, stderr=errors)
    assert ended.value.code == 1
    assert [line.split(": ")[0] for line in out.getvalue().splitlines()] == places
    assert errors.getvalue() == f"bad.toml: {tail}. Rows are counted from 1.\n"


def test_new_prints_a_protocol_that_check_accepts(tmp_path):
    path = tmp_path / "new.toml"
    path.write_text(said("new_protocol", "--arms", "A, B,C", "--sites", "S1,S2"), encoding="utf-8")
    assert "arms          A, B, C (1:1:1), 40 to be randomised" in said("check_protocol", path)


def test_new_refuses_codes_that_cannot_stand():
    with pytest.raises(CommandError, match="arms: needs 2 to 20 arms, not 1"):
        said("new_protocol", "--arms", "A", "--sites", "S1")


@pytest.mark.django_db
def test_load_puts_a_protocol_in_force_once():
    assert said("load_protocol", LIMERICK) == "LIMERICK version 1.0 is in force.\n"
    with pytest.raises(CommandError, match="This very text was loaded before"):
        said("load_protocol", LIMERICK)
    assert ProtocolVersion.objects.count() == 1


@pytest.mark.django_db
def test_load_prints_every_fault(tmp_path):
    with pytest.raises(CommandError, match="none.toml: cannot be read"):
        said("load_protocol", tmp_path / "none.toml")
    assert ProtocolVersion.objects.count() == 0


def test_the_page_is_written_once_and_then_fresh(tmp_path):
    with pytest.raises(CommandError, match="protocol.md"):
        said("write_docs", "--check", "--to", tmp_path)
    said("write_docs", "--to", tmp_path)
    assert said("write_docs", "--to", tmp_path) == ""
    assert said("write_docs", "--check", "--to", tmp_path) == ""
