"""The code lists of define.xml: published terms with their NCI codes, ours marked as extensions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from outcomes.exports.sdtm.records import Dataset
from outcomes.exports.sdtm.standard import Codelist, Variable, codelists
from outcomes.instruments import instruments

NCI = "nci:ExtCodeID"
WHOLE = 12  # a closed list of no more terms is listed whole, of others only what is used


def code_list(model: Any, each: Dataset, variable: Variable, known: Codelist | None, *, standard: str) -> Any:
    """A test's codes with their names, or the terms of a published list; what CDISC does not have is an extended value."""
    oid = f"CL.{each.name}.{variable.name}"
    if variable.name.endswith("TESTCD"):
        pairs = dict(zip(map(str, each.column(variable.name)), map(str, each.column(variable.name[:-2])), strict=True))
        items = [_decoded(model, code, name, test_codes().get(code, "")) for code, name in sorted(pairs.items())]
        return model.CodeList(OID=oid, Name=f"{variable.label} ({each.name})", DataType="text", IsNonStandard="Yes", CodeListItem=items)
    assert known is not None
    used = {str(cell) for cell in each.column(variable.name) if cell not in (None, "")}
    shown = used | (set(known.terms) if not known.extensible and len(known.terms) <= WHOLE else set())
    terms = [_enumerated(model, term, known.terms.get(term, "")) for term in sorted(shown)]
    return model.CodeList(
        OID=oid, Name=f"{known.name} ({each.name}.{variable.name})", DataType="text", StandardOID=standard, EnumeratedItem=terms,
        Alias=[model.Alias(Context=NCI, Name=known.code)],
    )  # fmt: skip


def test_codes() -> dict[str, str]:
    """Test code -> NCI code, of the questionnaires and of the tests that we take from CDISC's lists."""
    found: dict[str, str] = {}
    for code in ("C74559", "C66741", "C101832"):
        found |= codelists[code].terms
    for test in _tests():
        found[test.testcd] = test.nci
    return found


def _tests() -> Iterable[Any]:
    for instrument in instruments.values():
        yield from (item.cdisc for item in instrument.items if item.cdisc is not None)
        if instrument.cdisc_total is not None:
            yield instrument.cdisc_total


def _decoded(model: Any, code: str, name: str, nci: str) -> Any:
    item: Any = model.CodeListItem(CodedValue=code, Decode=model.Decode(TranslatedText=[model.TranslatedText(lang="en", _content=name)]))
    if nci:
        item.Alias = [model.Alias(Context=NCI, Name=nci)]
    return item


def _enumerated(model: Any, term: str, nci: str) -> Any:
    item: Any = model.EnumeratedItem(CodedValue=term)
    if nci:
        item.Alias = [model.Alias(Context=NCI, Name=nci)]
    else:
        item.ExtendedValue = "Yes"
    return item
