"""The digest of the code that draws: it changes with every source file, and stands in the scheme, its line and each allocation."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.trials.allocating import allocated, opened
from tests.trials.test_proof import verified
from trials import replay, streams
from trials.domain import randomisation
from trials.domain.randomisation.commitment import read_line
from trials.models import Allocation, Scheme

SOURCES = sorted(path.name for path in Path(randomisation.__file__).parent.glob("*.py"))


@pytest.fixture
def copied(tmp_path, monkeypatch) -> Path:
    """A copy of the sources, which the digest is taken of."""
    for name in SOURCES:
        shutil.copy(Path(randomisation.__file__).with_name(name), tmp_path / name)
    monkeypatch.setattr(streams, "randomisation", SimpleNamespace(__file__=str(tmp_path / "__init__.py")))
    return tmp_path


def digest() -> str:
    """Taken anew: a running program takes it once."""
    return streams.code_digest.__wrapped__()


def test_the_digest_is_that_of_the_names_and_contents_wherever_they_stand(copied):
    told = b"".join(name.encode() + b"\x00" + (copied / name).read_bytes() + b"\x00" for name in SOURCES)
    assert digest() == hashlib.sha256(told).hexdigest() == streams.code_digest()
    assert {"__init__.py", "blocks.py", "drbg.py", "minimisation.py", "scheme.py", "stream.py"} <= set(SOURCES)


@pytest.mark.parametrize("name", SOURCES)
def test_another_byte_in_any_source_file_is_another_digest(copied, name):
    before = digest()
    path = copied / name
    path.write_bytes(path.read_bytes() + b"#")
    assert digest() != before


def test_a_file_more_one_less_and_another_name_are_other_digests(copied):
    found = [digest()]
    (copied / "more.py").write_text("")
    found.append(digest())
    (copied / "more.py").rename(copied / "other.py")
    found.append(digest())
    (copied / "blocks.py").unlink()
    found.append(digest())
    assert len(set(found)) == 4


def test_the_scheme_keeps_the_code_that_drew_it_and_each_allocation_its_own(db, at, monkeypatch):
    drew, gave = "a" * 64, "b" * 64
    monkeypatch.setattr(streams, "code_digest", lambda: drew)
    scheme = opened(at)
    first = allocated("P-001", at)
    monkeypatch.setattr(streams, "code_digest", lambda: gave)
    second = allocated("P-002", at)
    assert Scheme.objects.get().code_digest == read_line(streams.line_of(scheme))["code"] == drew
    assert list(Allocation.objects.order_by("pk").values_list("code_digest", flat=True)) == [drew, gave]
    assert [streams.facts_of(allocation)["drew"] for allocation in (first, second)] == [drew, gave]
    assert replay.faults() == []
    assert verified() == (
        0,
        f"Drawn by other code (digest {drew}): scheme 1, 1 allocations; replayed by this code (digest {gave}).\n"
        "1 schemes, 2 allocations: every arm is the one that the sealed seeds stand for.\n",
    )
