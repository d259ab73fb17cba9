"""Nothing outside the trial office reads an arm: where the code names one, it stands in the reviewed table below."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("trials", "participants", "outcomes")
# What an allocation holds that gives the arm away: attributes, and the same as paths of a query.
FIELDS = frozenset({"arm", "dummy_arm", "factors", "probabilities", "word", "sealed_state", "sealed_dummy_state", "sealed_seed"})
PATHS = frozenset({"arm", "dummy_arm", "factors", "probabilities"})
# The rows themselves: whoever reads them reads arms.
ROWS = frozenset({"Allocation", "Stratum"})

# The dataset speaks of arms as text of rows that nobody blind gets; each place says why it may.
TEXT_OF_ROWS = "rows of the closed view, which is written for eyes that see arms and stripped for the others"
READERS = {
    "outcomes/domain/case.py": TEXT_OF_ROWS,
    "outcomes/domain/derive.py": TEXT_OF_ROWS,
    "outcomes/domain/facts.py": TEXT_OF_ROWS,
    "outcomes/actions/moved_in.py": "an import brings arms from a bundle to the office",
    "outcomes/actions/reports.py": "a report of dose, for eyes that see arms",
    "outcomes/actions/arm_reports.py": "training by arm, for who may see figures by arm",
    "outcomes/domain/arms.py": "figures by arm of that report",
    "outcomes/actions/closed_reports.py": "the closed report by arm, for who may see figures by arm",
    "outcomes/domain/closed_report.py": "the arm of a comparison, for who may see figures by arm",
    "outcomes/domain/results.py": "the protocol's arms and factors, not an allocation's",
    "outcomes/exports/analysis.py": "the protocol's factors, for the programs of the closed view",
    "outcomes/exports/dataset.py": "the dataset's one way in: `blinding.arms_seen_by` a machine",
    "outcomes/exports/sdtm/design.py": "the protocol's factors, not an allocation's",
    "outcomes/exports/seen_blind.py": "the sham arm in the arm's place, for a pooled flow",
    "outcomes/domain/written/facts.py": "the groups of the checklists by arm, for who may have the closed dataset",
    "outcomes/domain/written/adjusting.py": "the protocol's factors, not an allocation's",
    "outcomes/domain/written/from_training.py": "the arm of a comparison, in feeders that the pooled edition must not ask",
    "outcomes/exports/mixed_model.py": "the protocol's factors, not an allocation's",
    "outcomes/exports/trial_report/effects.py": "the arm of a comparison, in the section of the edition by arm alone",
    "outcomes/actions/exports.py": "the sham arms of the blinded view",
    "outcomes/domain/contamination.py": "the ledger by arm of that report",
    "outcomes/domain/fitt.py": "figures by arm of a report, for eyes that see arms",
    "outcomes/domain/randomisation_report.py": "the randomisation test's words, for eyes that see arms",
    "outcomes/queries/accrual.py": "the randomisation test: `blinding.arms_seen_by` its viewer",
    "participants/pages/unblinding.py": "the one arm of a code break, to whoever broke it for the own screen",
    "outcomes/actions/guesses.py": "what somebody believes, not what was given",
    "outcomes/pages/guesses.py": "what somebody believes; counts by arm for who may see figures by arm",
    "outcomes/queries/guesses.py": "guesses against arms: `blinding.arms_seen_by` the viewer, who may see figures by arm",
    "outcomes/queries/readiness.py": "the protocol's factors, not an allocation's",
}


def files() -> list[Path]:
    return sorted(
        path for floor in FLOORS for path in (ROOT / floor).rglob("*.py")
        if path.relative_to(ROOT).parts[0] != "trials" and "migrations" not in path.parts
    )  # fmt: skip


def readings(source: str) -> Iterator[tuple[int, str]]:
    """(line, what is read): an attribute, a path of a query, a key of F(), values(), order_by(), or a row of the office."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in FIELDS and not _says_what_the_protocol_says(node):
            yield node.lineno, f".{node.attr}"
        elif isinstance(node, ast.Attribute) and node.attr == "objects" and isinstance(node.value, ast.Name) and node.value.id in ROWS:
            yield node.lineno, f"{node.value.id}.objects"
        elif isinstance(node, ast.Call):
            yield from ((node.lineno, f"{word.arg}=") for word in node.keywords if word.arg and _path(word.arg))
            if _name(node.func) in ("F", "values", "values_list", "order_by", "only", "filter", "annotate", "getattr", "select_related"):
                texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                yield from ((node.lineno, text) for text in texts if _path(text) or text in PATHS)


def _says_what_the_protocol_says(node: ast.Attribute) -> bool:
    """`protocol.arm("RET")` asks the protocol what an arm is, not anybody's."""
    return node.attr == "arm" and "protocol" in ast.unparse(node.value).lower()


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _path(text: str) -> bool:
    parts = text.lstrip("-").split("__")
    return len(parts) > 1 and parts[0] in ("allocation", "enrolment", "participant", "unit", "session") and bool(set(parts[1:]) & PATHS)


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_outside_the_office_reads_an_arm(path: Path) -> None:
    if str(path.relative_to(ROOT)) not in READERS:
        assert list(readings(path.read_text())) == []


def test_every_place_that_may_read_one_still_does() -> None:
    assert [place for place in READERS if not list(readings((ROOT / place).read_text()))] == []


@pytest.mark.parametrize(
    "planted",
    [
        "arm = enrolment.allocation.arm",
        "found.order_by('enrolment__allocation__arm')",
        "found.filter(enrolment__allocation__arm='RET')",
        "F('dummy_arm')",
        "Allocation.objects.get(unit=unit)",
        "allocation.factors['sex']",
        "getattr(allocation, 'arm')",
        "people.values_list('trial_id', 'arm')",
    ],
)
def test_a_planted_reader_is_found(planted: str) -> None:
    assert list(readings(planted)) != []


def test_the_protocols_own_words_are_nobodys_arm() -> None:
    assert list(readings("queries.protocol_in_force().arm(code).label")) == []
