"""The whole package of a trial: a cut taken, every format with SDTM made of it, and all of it in one archive; as a person waits for it.

Half train, sixteen sessions each, half wait; five visits of two questionnaires, seven in eight of them sent. The promise is three minutes
for 2,000 people on two cores, whatever COPY of the same tables takes.
"""

from __future__ import annotations

import io
import resource
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import psycopg

from benchmarks import ground, pairs
from benchmarks.dashboard import FORMS
from benchmarks.export import COPIES, FIRST_CUT, copied
from benchmarks.result import Growth, Result
from outcomes.actions import exports
from outcomes.exports import views
from outcomes.exports.formats import formats
from participants.models import Participant
from trials.models import Site
from trials.queries import protocol_in_force

SIZES = {"small": (1, 1, (20, 80)), "full": (1, 1, (500, 2000))}  # blocks, packages each, people
PROMISED_S = 180


def run(size: str) -> list[Result]:
    blocks, each, sizes = SIZES[size]
    site, trained = ground.load_trial(), ground.training_arm()
    waiting = next(arm.code for arm in protocol_in_force().arms if arm.code != trained)
    instants = (FIRST_CUT + timedelta(minutes=n) for n in count())
    people, measured, before, packed = 0, [], _peak_mb(), b""
    with ground.raw() as raw, tempfile.TemporaryDirectory(prefix="uplift-copies-") as place:
        for wanted in sizes:
            with ground.filling() as owner:
                _fill(owner, site, wanted - people, first=people + 1, trained=trained, waiting=waiting)
            people = wanted
            assert Participant.objects.count() == people
            packed = _package(instants)
            _check(packed, people)
            limit, subject = lambda: copied(raw, Path(place)), lambda: _package(instants)
            measured.append(pairs.measure(limit, subject, blocks=blocks, each=each, warm=0))
    growth = Growth("people", sizes, tuple(m.subject_ms for m in measured), tuple(m.limit_ms for m in measured), "1")
    seconds = round(measured[-1].subject_ms / 1000)
    notes = {
        "promised_s": PROMISED_S, "seconds": seconds, "kept": int(seconds < PROMISED_S), "archive_mb": len(packed) >> 20,
        "peak_memory_grew_mb": round(_peak_mb() - before),
    }  # fmt: skip
    limit_is = f"COPY of {', '.join(COPIES)} to files, with their SHA-256, and no format"
    return [Result("package", "package", limit_is, size, people, measured[-1], None, growth, notes)]


def _fill(owner: psycopg.Connection, site: Site, count: int, *, first: int, trained: str, waiting: str) -> None:
    half = count // 2
    told = {"at": ground.AT}
    ground.fill_trained(owner, site, half, first=first, on=ground.AT.date(), arm=trained)
    owner.execute(FORMS, told)
    ground.fill_people(owner, site, count - half, first=first + half, at=ground.AT, arm=waiting)
    owner.execute(FORMS, told)


def _package(instants: Iterator[datetime]) -> bytes:
    moment = next(instants)
    files = exports.export_dataset(moment, view="closed", formats=tuple(formats), by=ground.SHELL, at=moment)
    return views.zipped(files)


def _check(packed: bytes, people: int) -> None:
    """Every format is in the archive, and its participant table has everybody."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = archive.namelist()
        assert archive.read("participant.csv").count(b"\n") == people + 1
    for place in ("parquet/", "sas_v5/", "sas_v8/", "spss/", "stata/", "sdtm/", "dataset_json/"):
        assert any(name.startswith(place) for name in names), f"{place} is not in the package"


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
