"""Define-XML 2.1 of the datasets, written by odmlib, and as HTML by the stylesheet that defineutils carries.

The libraries come with the extra `export` and are imported where they are used.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from outcomes.exports.sdtm.define_codelists import code_list
from outcomes.exports.sdtm.describe import codelist_of, data_type, digits_of, item_oid, keys_of, length_of, origin_of
from outcomes.exports.sdtm.meanings import COMMENTS, METHODS, method_of
from outcomes.exports.sdtm.records import Dataset
from outcomes.exports.sdtm.standard import IG, TERMINOLOGY, Variable

LANGUAGE = "en"
IG_OID, CT_OID = "STD.IG", "STD.CT"
TIMED = ("date", "partialDate", "datetime", "incompleteDatetime", "durationDatetime")
NAMESPACES = (
    ("odm", "http://www.cdisc.org/ns/odm/v1.3", True),
    ("def", "http://www.cdisc.org/ns/def/v2.1", False),
    ("xlink", "http://www.w3.org/1999/xlink", False),
)


def define_xml(found: Sequence[Dataset], *, study: str, title: str, stamp: datetime) -> bytes:
    """The whole document; the same bytes for the same datasets and the same stamp."""
    from odmlib import ns_registry
    from odmlib.define_2_1 import model

    registry: Any = ns_registry.NamespaceRegistry
    for prefix, uri, first in NAMESPACES:
        registry(prefix=prefix, uri=uri, is_default=first)
    version: Any = model.MetaDataVersion(OID=f"MDV.{study}", Name=f"{study}, SDTMIG {IG}", Description=title, DefineVersion="2.1.7")
    version.Standards = model.Standards(Standard=[
        model.Standard(OID=IG_OID, Name="SDTMIG", Type="IG", Version=IG, Status="Final"),
        model.Standard(OID=CT_OID, Name="CDISC/NCI", Type="CT", PublishingSet="SDTM", Version=TERMINOLOGY, Status="Final"),
    ])  # fmt: skip
    for each in found:
        version.ItemGroupDef.append(_group(model, each))
        version.ItemDef += [_item(model, each, variable) for variable in each.variables]
        version.CodeList += [cl for variable in each.variables for cl in _code_list(model, each, variable)]
    version.MethodDef = list(_methods(model, found))
    version.CommentDef = [model.CommentDef(OID=f"COM.{name}", Description=_said(model, text)) for name, text in _comments(found)]
    names = model.GlobalVariables(
        StudyName=model.StudyName(_content=study), StudyDescription=model.StudyDescription(_content=title),
        ProtocolName=model.ProtocolName(_content=study),
    )  # fmt: skip
    document: Any = model.ODM(
        FileOID=f"DEFINE.{study}", FileType="Snapshot", ODMVersion="1.3.2", Originator="Uplift", SourceSystem="Uplift", Context="Other",
        CreationDateTime=stamp.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        Study=model.Study(OID=f"ODM.{study}", GlobalVariables=names, MetaDataVersion=version),
    )  # fmt: skip
    return str(document.to_xml_string(xml_declaration=True)).encode() + b"\n"


def define_html(document: bytes) -> bytes:
    """The document as a page, by CDISC's stylesheet. Raises ValueError where the stylesheet gives nothing."""
    from defineutils.definehtml import DefineHtml

    with tempfile.TemporaryDirectory(prefix="uplift-define-") as folder:
        path = Path(folder) / "define.xml"
        path.write_bytes(document)
        page = DefineHtml(path).transform_to_html_string()
    if not page:
        raise ValueError("define.xml could not be drawn as a page")
    return bytes(page)


def _said(model: Any, text: str) -> Any:
    return model.Description(TranslatedText=[model.TranslatedText(lang=LANGUAGE, _content=text)])


def _group(model: Any, each: Dataset) -> Any:
    """A dataset: its variables in order with keys, roles and methods, and where its file lies."""
    design = each.domain.observation_class == "Trial Design"
    keys, file = keys_of(each), f"{each.name.lower()}.xpt"
    refs = [_ref(model, each, variable, order, keys) for order, variable in enumerate(each.variables, 1)]
    domain = each.name[4:] if each.name.startswith("SUPP") else each.name
    group: Any = model.ItemGroupDef(
        OID=f"IG.{each.name}", Name=each.name, Repeating="No" if each.name == "DM" else "Yes", IsReferenceData="Yes" if design else "No",
        SASDatasetName=each.name, Domain=domain, Purpose="Tabulation", Structure=each.domain.structure, StandardOID=IG_OID,
        ArchiveLocationID=f"LF.{each.name}", Description=_said(model, each.label), ItemRef=refs,
        leaf=model.leaf(ID=f"LF.{each.name}", href=file, title=model.title(_content=file)),
    )  # fmt: skip
    group.Class = model.Class(Name=each.domain.observation_class.upper().replace("-", " "))
    if each.name in COMMENTS:
        group.CommentOID = f"COM.{each.name}"
    return group


def _ref(model: Any, each: Dataset, variable: Variable, order: int, keys: tuple[str, ...]) -> Any:
    mandatory = "Yes" if variable.core == "Req" else "No"
    ref: Any = model.ItemRef(ItemOID=item_oid(each, variable), OrderNumber=order, Mandatory=mandatory, Role=variable.role)
    if variable.name in keys:
        ref.KeySequence = keys.index(variable.name) + 1
    if origin_of(each, variable)[0] == "Derived":
        ref.MethodOID = f"MT.{method_of(each.name, variable.name)}"
    if all(cell in (None, "") for cell in each.column(variable.name)):
        ref.HasNoData = "Yes"
    return ref


def _item(model: Any, each: Dataset, variable: Variable) -> Any:
    kind = data_type(each, variable.name)
    item: Any = model.ItemDef(
        OID=item_oid(each, variable),
        Name=variable.name,
        DataType=kind,
        SASFieldName=variable.name,
        Description=_said(model, variable.label),
    )
    if kind not in TIMED:
        item.Length = length_of(each, variable)
    if kind == "float":
        item.SignificantDigits = digits_of(each, variable)
    if codelist_of(each, variable) or variable.name.endswith("TESTCD"):
        item.CodeListRef = model.CodeListRef(CodeListOID=f"CL.{each.name}.{variable.name}")
    if f"{each.name}.{variable.name}" in COMMENTS:
        item.CommentOID = f"COM.{each.name}.{variable.name}"
    origin, source = origin_of(each, variable)
    item.Origin = [model.Origin(Type=origin, Source=source)]
    return item


def _code_list(model: Any, each: Dataset, variable: Variable) -> Iterable[Any]:
    known = codelist_of(each, variable)
    if known is not None or variable.name.endswith("TESTCD"):
        yield code_list(model, each, variable, known, standard=CT_OID)


def _methods(model: Any, found: Sequence[Dataset]) -> Iterable[Any]:
    """The methods that some variable names, each once."""
    derived = [(each.name, v.name) for each in found for v in each.variables if origin_of(each, v)[0] == "Derived"]
    for name in sorted({method_of(*where) for where in derived}):
        yield model.MethodDef(OID=f"MT.{name}", Name=METHODS[name][0], Type="Computation", Description=_said(model, METHODS[name][1]))


def _comments(found: Sequence[Dataset]) -> Iterable[tuple[str, str]]:
    there = {each.name for each in found} | {f"{each.name}.{variable.name}" for each in found for variable in each.variables}
    return [(name, text) for name, text in COMMENTS.items() if name in there]
