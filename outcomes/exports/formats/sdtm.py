"""CDISC SDTM (SDTMIG 3.4) as `outcomes/exports/sdtm/` maps it: SAS transport 5, Dataset-JSON 1.1, Define-XML 2.1 and its page.

`sdtm/define.xml` lies beside the transport files that it describes; `dataset_json/` has the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence

from outcomes.exports.formats import Files, Format
from outcomes.exports.sdtm.build import datasets
from outcomes.exports.sdtm.dataset_json import dataset_json
from outcomes.exports.sdtm.define import define_html, define_xml
from outcomes.exports.sdtm.gates import checked
from outcomes.exports.sdtm.records import Dataset
from outcomes.exports.sdtm.subjects import source_of
from outcomes.exports.typed import About, Table
from outcomes.exports.xpt import transport


def write(tables: Sequence[Table], about: About) -> Files:
    as_of = None if about.profile == "public" else about.stamp.date()
    found = checked(datasets(source_of(tables, about.protocol, blinded=about.view == "blinded", as_of=as_of)))
    study = about.protocol.code
    document = define_xml(found, study=study, title=about.protocol.title, stamp=about.stamp)
    files: Files = {f"sdtm/{each.name.lower()}.xpt": member(each, about) for each in found}
    for each in found:
        body = dataset_json(each, study=study, title=about.title, stamp=about.stamp)
        files[f"dataset_json/{each.name.lower()}.json"] = body
    return files | {"sdtm/define.xml": document, "sdtm/define.html": define_html(document)}


def member(each: Dataset, about: About) -> bytes:
    """One dataset as a SAS transport file, with the guide's names and labels."""
    import polars

    series = [
        polars.Series(
            variable.name,
            [None if cell is None else float(cell) if variable.numeric else str(cell) for cell in each.column(variable.name)],
            dtype=polars.Float64 if variable.numeric else polars.String,
        )
        for variable in each.variables
    ]
    labels = [variable.label for variable in each.variables]
    return transport(polars.DataFrame(series), name=each.name, labels=labels, title=each.label, stamp=about.stamp, version=5)


FORMAT = Format(code="sdtm", title="CDISC SDTM", packages=("pyreadstat", "polars", "odmlib", "defineutils"), write=write)
