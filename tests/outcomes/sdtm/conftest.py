"""The small trial as SDTM datasets, closed and blinded, made once and without a database."""

from __future__ import annotations

import pytest

from outcomes.exports.bundle import columns_in
from outcomes.exports.closed import bands_of, write_closed
from outcomes.exports.sdtm.build import datasets
from outcomes.exports.sdtm.records import Dataset
from outcomes.exports.sdtm.subjects import Source, source_of
from outcomes.exports.typed import tables_of
from outcomes.exports.views import blinded_files, closed_files
from tests.outcomes import world

Found = dict[str, Dataset]


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Source]:
    folder, protocol = tmp_path_factory.mktemp("cut"), world.protocol()
    write_closed(folder, world.everybody(), protocol, world.AS_OF, providers=world.PROVIDERS, version="0.1.0")
    dummies = {p.trial_id: p.arm_dummy for p in world.everybody() if p.arm}
    files = {"closed": closed_files(folder), "blinded": blinded_files(folder, protocol, dummies=dummies, as_of=world.AS_OF)}
    return {view: source_in(view, bundle) for view, bundle in files.items()}


def source_in(view: str, files: dict[str, bytes]) -> Source:
    tables = tables_of(files, lambda file: columns_in(view, file, bands_of(world.protocol())))
    return source_of(tables, world.protocol(), blinded=view == "blinded", as_of=world.AS_OF.date())


@pytest.fixture(scope="session")
def sdtm(sources: dict[str, Source]) -> dict[str, Found]:
    return {view: {each.name: each for each in datasets(source)} for view, source in sources.items()}
