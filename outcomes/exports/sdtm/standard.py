"""What CDISC publishes: the domains with their variables, and the terms of the code lists that we use. Read once from the tables beside.

Sources: SDTMIG 3.4 (variables.csv, datasets.csv), CDISC Controlled Terminology 2022-09-30 (terms.csv), ISO 3166-1 (countries.csv).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

IG, MODEL, TERMINOLOGY = "3.4", "2.0", "2022-09-30"
HERE = Path(__file__).parent
RELATIONS = ("SUPPQUAL", "RELREC")


@dataclass(frozen=True)
class Variable:
    """`core` is Req (present and filled), Exp (present) or Perm; `codelists` are NCI codes, the first the usual one."""

    name: str
    label: str
    numeric: bool
    codelists: tuple[str, ...]
    role: str
    core: str


@dataclass(frozen=True)
class Domain:
    name: str
    label: str
    observation_class: str
    structure: str
    variables: tuple[Variable, ...]

    def variable(self, name: str) -> Variable:
        """Raises KeyError for a variable that the guide does not have in this domain."""
        return {variable.name: variable for variable in self.variables}[name]


@dataclass(frozen=True)
class Codelist:
    """`terms` is submission value -> NCI code, `names` submission value -> preferred term."""

    code: str
    name: str
    extensible: bool
    terms: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


def _rows(file: str) -> list[dict[str, str]]:
    with (HERE / file).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _domains() -> dict[str, Domain]:
    variables: dict[str, list[Variable]] = {}
    for row in _rows("variables.csv"):
        lists = tuple(code for code in row["codelists"].split("|") if code)
        variable = Variable(row["name"], row["label"], row["type"] == "Num", lists, row["role"], row["core"])
        variables.setdefault(row["domain"], []).append(variable)
    _link_findings(variables)
    return {
        row["name"]: Domain(row["name"], row["label"], row["class"], row["structure"], tuple(variables[row["name"]]))
        for row in _rows("datasets.csv")
    }


def _link_findings(variables: dict[str, list[Variable]]) -> None:
    """FALNKID, which SDTM 2.0 allows in every domain and the guide lists in EC but not in FA: after FASPID."""
    link = next(variable for variable in variables["EC"] if variable.name == "ECLNKID")
    at = [variable.name for variable in variables["FA"]].index("FASPID") + 1
    variables["FA"].insert(at, replace(link, name="FALNKID"))


def _codelists() -> dict[str, Codelist]:
    found: dict[str, Codelist] = {}
    for row in _rows("terms.csv"):
        known = found.setdefault(row["codelist"], Codelist(row["codelist"], row["name"], row["extensible"] == "1"))
        known.terms[row["term"]] = row["code"]
        known.names[row["term"]] = row["meaning"]
    return found


domains: Mapping[str, Domain] = MappingProxyType(_domains())
codelists: Mapping[str, Codelist] = MappingProxyType(_codelists())
countries: Mapping[str, tuple[str, str]] = MappingProxyType({r["alpha2"]: (r["alpha3"], r["code"]) for r in _rows("countries.csv")})
KNOWN_UNITS = frozenset(term.lower() for term in codelists["C71620"].terms)


def published(codelist: str, text: str) -> str:
    """The term that a text is, whatever its letters' case; the text in capitals where the list has no such term."""
    terms = codelists[codelist].terms
    return text if text in terms else next((term for term in terms if term.upper() == text.upper()), text.upper())


def paired(codelist: str, other: str, term: str) -> str:
    """The term of another list that has the same concept: the name for a test code."""
    code = codelists[codelist].terms[term]
    return next(name for name, concept in codelists[other].terms.items() if concept == code)
