"""The long form: CDISC's own rules and terminology, and the schemas, over the demonstration and the small trial.

A validator that is missing fails with its reason; what CORE reports beyond `docs/sdtm-waivers.toml` fails, and so does a waiver that
nothing needs.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from outcomes.actions import exports
from outcomes.demonstration import story
from outcomes.exports.formats import sdtm as writer
from outcomes.exports.sdtm.define import define_xml
from outcomes.exports.sdtm.records import Cell, Dataset
from outcomes.exports.typed import About
from tests.cast import LIMERICK
from tests.outcomes import world
from tests.outcomes.test_demonstration import ENDS
from trials.actors import Machine

WAIVERS = Path(__file__).resolve().parents[3] / "docs/sdtm-waivers.toml"
MISTAKEN = ("ERROR SU DOMAIN Req variable absent", "ERROR SU SUSEQ Req variable absent", "ERROR SU SUTRT Req variable absent")
Found = dict[str, Dataset]
Row = dict[str, Cell]


@dataclass(frozen=True, order=True)
class Finding:
    rule: str
    dataset: str


def waivers() -> dict[Finding, str]:
    listed = tomllib.loads(WAIVERS.read_text())["waiver"]
    return {Finding(one["rule"], dataset): one["reason"] for one in listed for dataset in one["datasets"]}


def laid_out(files: Mapping[str, bytes], folder: Path) -> Path:
    for name, body in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return folder / "sdtm"


def small(found: Iterable[Dataset]) -> dict[str, bytes]:
    """The transport files and define.xml of some datasets, whatever is wrong with them."""
    kept = tuple(found)
    about = About(title="Limerick", stamp=world.AS_OF, codebook=b"", protocol=world.protocol())
    files = {f"sdtm/{each.name.lower()}.xpt": writer.member(each, about) for each in kept}
    return files | {"sdtm/define.xml": define_xml(kept, study="LIMERICK", title="Limerick", stamp=world.AS_OF)}


def checked(reference: Path, folder: Path) -> set[Finding]:
    """What CORE reports; an execution error or an error of terminology fails here, with what was said.

    The terminology check takes a dataset's domain from the first two letters of its name, so that SUPP-- passes for the domain SU and
    lacks what SU requires: those lines, and no others, are set aside where there is no SU dataset.
    """
    environment(reference)
    report = folder.parent / "report.json"
    command = [str(reference / "validators/check_sdtm"), str(folder), str(folder / "define.xml"), str(report)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1500, check=False)
    assert report.is_file(), done.stdout[-4000:] + done.stderr[-2000:]
    told = json.loads(report.read_text())
    assert told["rules"] == 430
    assert {issue.get("status") for issue in told["issues"]} <= {"issue reported"}, done.stdout[-4000:]
    errors = [line for line in done.stdout.splitlines() if line.startswith("ERROR ")]
    supplements = len(list(folder.glob("supp*.xpt")))
    assert not (folder / "su.xpt").exists()
    mistaken = [line for line in errors if line in MISTAKEN]
    assert sorted(mistaken) == sorted(MISTAKEN * supplements)
    assert [line for line in errors if line not in MISTAKEN] == []
    assert done.stdout.splitlines()[-1] == f"errors {len(mistaken)}", done.stdout[-2000:] + done.stderr[-2000:]
    return {Finding(issue["rule"], str(issue["dataset"])) for issue in told["issues"]}


def test_every_waiver_has_its_reason() -> None:
    assert waivers()
    assert [finding for finding, reason in waivers().items() if len(reason) < 30] == []


@pytest.mark.long(minutes=12)
@pytest.mark.django_db
def test_the_demonstration_conforms_in_both_views(reference: Path, tmp_path: Path, sdtm: Mapping[str, Found]) -> None:
    story.Story(seed=1, ends=ENDS, text=LIMERICK.read_text()).run()
    found: set[Finding] = set()
    for view in ("closed", "blinded"):
        files = exports.export_dataset(ENDS, view=view, by=Machine("shell"), at=ENDS, formats=["sdtm"])
        told = checked(reference, laid_out(files, tmp_path / view))
        told |= checked(reference, laid_out(small(sdtm[view].values()), tmp_path / f"small {view}"))
        assert sorted(told - set(waivers())) == [], view
        found |= told
    assert sorted(set(waivers()) - found) == [], "waivers that nothing needs"


@pytest.mark.long(minutes=1)
@pytest.mark.parametrize("view", ["closed", "blinded"])
def test_define_xml_is_valid_and_every_reference_leads_somewhere(sdtm: Mapping[str, Found], tmp_path: Path, view: str) -> None:
    from defineutils.validate import DefineSchemaValidator
    from odmlib.define_loader import XMLDefineLoader
    from odmlib.loader import ODMLoader
    from odmlib.oid_generator import create_oid_checker

    path = laid_out(small(sdtm[view].values()), tmp_path) / "define.xml"
    assert DefineSchemaValidator(path).validate_define_file() == f"{path} is valid"
    loader = ODMLoader(XMLDefineLoader(model_package="define_2_1", ns_uri="http://www.cdisc.org/ns/def/v2.1"))
    loader.open_odm_document(str(path))
    document = loader.load_odm()
    checker = create_oid_checker("define_2_1")
    assert document.verify_oids(checker)
    assert document.unreferenced_oids(checker) == {}
    assert document.verify_order()
    broken = path.read_text().replace('CodeListOID="CL.DM.SEX"', 'CodeListOID="CL.DM.NONE"', 1)
    path.write_text(broken)
    loader.open_odm_document(str(path))
    with pytest.raises(Exception, match=r"CL\.DM\.NONE"):
        loader.load_odm().verify_oids(create_oid_checker("define_2_1"))


@pytest.mark.long(minutes=1)
@pytest.mark.parametrize("view", ["closed", "blinded"])
def test_dataset_json_keeps_its_schema(sdtm: Mapping[str, Found], view: str, reference: Path, tmp_path: Path) -> None:
    import jsonschema

    from outcomes.exports.sdtm.dataset_json import dataset_json

    schema = json.loads(schema_of(reference).read_text())
    for each in sdtm[view].values():
        told = json.loads(dataset_json(each, study="LIMERICK", title="Limerick", stamp=world.AS_OF))
        jsonschema.validate(told, schema)
    del told["columns"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(told, schema)


def first(rows: list[Row], **changes: Cell) -> None:
    rows[0].update(changes)


def unknown_person(rows: list[Row]) -> None:
    rows[-1]["USUBJID"] = "LIMERICK-NOBODY"


def two_names_of_a_test(rows: list[Row]) -> None:
    next(row for row in rows if row["QSTESTCD"] == "PHQ0102")["QSTEST"] = "PHQ01-Feeling Down"


def number_and_text_apart(rows: list[Row]) -> None:
    next(row for row in rows if row["QSTESTCD"] == "PHQ0103")["QSSTRESN"] = 3


def number_twice(rows: list[Row]) -> None:
    rows[1]["QSSEQ"] = rows[0]["QSSEQ"]


def no_reason_for_no_arm(rows: list[Row]) -> None:
    next(row for row in rows if not row["ARMCD"])["ARMNRS"] = ""


# What CORE catches: its rule -> the dataset, and the mistake.
OF_CORE: dict[str, tuple[str, Callable[[list[Row]], object]]] = {
    "CORE-000718": ("AE", lambda rows: first(rows, AEENDTC="2026-01-01")),
    "CORE-000201": ("CM", unknown_person),
    "CORE-000303": ("QS", two_names_of_a_test),
    "CORE-000542": ("QS", number_and_text_apart),
    "CORE-000544": ("QS", number_twice),
    "CORE-000552": ("AE", lambda rows: first(rows, AESTDY=0)),
    "CORE-000308": ("EX", lambda rows: first(rows, EXDOSE=-1)),
    "CORE-000045": ("DM", no_reason_for_no_arm),
    "CORE-000270": ("SV", lambda rows: first(rows, VISITNUM=99)),
    "CORE-000266": ("AE", lambda rows: first(rows, AESER="")),
}
# What the terminology check catches, by the line it prints.
OF_TERMINOLOGY: dict[str, tuple[str, Callable[[list[Row]], object]]] = {
    "ERROR DM SEX 'FEMALE' not in closed C66731 Sex": ("DM", lambda rows: first(rows, SEX="FEMALE")),
    "ERROR DM RFICDTC not ISO 8601: '20/01/2025'": ("DM", lambda rows: first(rows, RFICDTC="20/01/2025")),
    "ERROR QS QSTEST PHQ0102: 'PHQ01-Feeling Down', CT says": ("QS", two_names_of_a_test),
}


@pytest.mark.long(minutes=3)
def test_mistakes_that_are_planted_are_caught_by_the_engines(sdtm: Mapping[str, Found], reference: Path, tmp_path: Path) -> None:
    clean = laid_out(small(sdtm["closed"].values()), tmp_path / "clean")
    assert reported(reference, clean) & set(OF_CORE) == set()
    wrong = dict(sdtm["closed"])
    for name, change in (*OF_CORE.values(), *OF_TERMINOLOGY.values()):
        records = wrong[name].records()
        change(records)
        names = [variable.name for variable in wrong[name].variables]
        wrong[name] = replace(wrong[name], rows=tuple(tuple(row[each] for each in names) for row in records))
    folder = laid_out(small(wrong.values()), tmp_path / "wrong")
    assert sorted(set(OF_CORE) - reported(reference, folder)) == []
    validators = reference / "validators"
    check = [str(environment(reference) / "venv/bin/python"), str(validators / "ct_check.py"), str(environment(reference) / "rules"),
             "sdtmct-2022-09-30", str(validators / "sdtmig_3_4_variables.csv"), str(folder)]  # fmt: skip
    done = subprocess.run(check, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1, done.stderr
    assert [line for line in OF_TERMINOLOGY if line not in done.stdout] == []


def reported(reference: Path, folder: Path) -> set[str]:
    """The rules of `OF_CORE` that the engine reports."""
    report = folder.parent / "report.json"
    home = environment(reference)
    command = [str(home / "venv/bin/python"), str(reference / "validators/core_run.py"), str(home / "rules"), str(folder), "sdtmct-2022-09-30",
               "--define", str(folder / "define.xml"), "--rules", ",".join(OF_CORE), "--out", str(report)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return {issue["rule"] for issue in json.loads(report.read_text())["issues"]}


def environment(reference: Path) -> Path:
    """The folder of the conformance engine's environment, which check_sdtm makes when it runs for the first time: for one at a time."""
    home = Path(os.environ.get("CORE_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rct-core")
    home.parent.mkdir(parents=True, exist_ok=True)
    engine, rules = home / "venv/bin/python", home / "rules/rules.pkl"
    with (home.parent / "rct-core.lock").open("w") as lock, TemporaryDirectory() as nothing:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not rules.is_file():
            done = subprocess.run(
                [str(reference / "validators/check_sdtm"), nothing], capture_output=True, text=True, timeout=1500, check=False
            )
            assert rules.is_file(), f"check_sdtm made no environment: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    assert engine.is_file(), f"no conformance engine under {home}: {reference / 'validators/check_sdtm'} makes it, and needs Python 3.12"
    return home


def schema_of(reference: Path) -> Path:
    """The schema that the conformance engine carries."""
    found = sorted(environment(reference).glob("venv/lib/python3.12/site-packages/resources/schema/**/dataset.schema.json"))
    assert found, "the conformance engine carries no schema of Dataset-JSON"
    return found[0]
