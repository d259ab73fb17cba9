"""A closed, full bundle into an empty trial: all or nothing, every fault at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import DataError, IntegrityError

from outcomes.actions import moved_in
from outcomes.exports.column_map import mapped
from outcomes.exports.found_protocol import found_protocol
from outcomes.exports.moving_in import MovedIn, move_in
from outcomes.exports.reading import BadBundle, Bundle, Fault, Files, read_bundle
from outcomes.instruments import instruments
from trials import audit, queries
from trials.actions import protocol as protocols
from trials.actors import Actor
from trials.audit import action
from trials.domain.protocol import BadProtocol, Protocol, load
from trials.domain.protocol import loader as files_of_protocol
from trials.models import ProtocolVersion, Unit
from trials.permissions import Permission, Refused, check

LARGEST = 2_000_000_000  # bytes of one file


@action
def import_dataset(files: Files, *, by: Actor, at: datetime, protocol_text: str | None = None) -> int:
    """Take a bundle in; how many people came. Rows are recorded at the bundle's cut, without a manifest at `at`.

    Raises `BadBundle` with every fault: file, row, column, cure; nothing is written then. Refused where people are here already.
    """
    check_empty(by)
    bundle = read_bundle(files)
    if bundle.faults:
        raise BadBundle(bundle.faults)
    recorded = bundle.cut or at
    if recorded > at:
        raise BadBundle([Fault("manifest.json", 0, "cut", "lies in the future.")])
    text, made = _protocol_text(bundle, protocol_text)
    protocol = _read_protocol(text, made)
    moved = move_in(bundle, protocol, recorded, instruments=instruments, made=made)
    if bundle.faults:
        raise BadBundle(bundle.faults)
    take_in(moved, text=text, made=made, by=by, at=recorded)
    audit.record("dataset.imported", about="trial", by=by, at=at, detail={"people": len(moved.people), "version": settings.UPLIFT_VERSION})
    return len(moved.people)


@action
def take_in(moved: MovedIn, *, text: str, made: bool, by: Actor, at: datetime) -> None:
    """Writes the protocol and everybody, at the instant that the records speak of."""
    _keep_protocol(text, made, by, at)
    try:
        moved_in.write(moved, queries.protocol_in_force(), by=by, at=at)
    except (DataError, IntegrityError) as refused:
        raise BadBundle([Fault("", 0, "", f"The database can't hold a value: {str(refused).splitlines()[0]}.")]) from refused
    audit.record("people.moved_in", about="trial", by=by, at=at, detail={"people": len(moved.people)})


def check_empty(by: Actor) -> None:
    check(by, Permission.LOAD_PROTOCOL)
    if Unit.objects.exists():
        raise Refused("There are people here already; a bundle is taken into an empty trial only.", code="not_empty")


def read_folder(folder: Path) -> dict[str, bytes]:
    """The files of a bundle's folder. Refused where there is no such folder."""
    if not folder.is_dir():
        raise Refused(f"{folder} is not a folder.", code="no_folder", status=422)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file() and path.stat().st_size < LARGEST}


def read_by_columns(files: Files, path: Path) -> dict[str, bytes]:
    """The files of a bundle, made of other CSV files by the column map at `path`. Raises `BadBundle` with every fault."""
    try:
        return mapped(path.read_text(encoding="utf-8"), files)
    except (OSError, UnicodeDecodeError):
        raise Refused(f"{path} can't be read as text in UTF-8.", code="no_map", status=422) from None


def read_protocol(path: Path) -> str:
    """The text of a protocol file. Refused where it can't be read."""
    try:
        return files_of_protocol.read_text(path)
    except BadProtocol as bad:
        raise BadBundle(_protocol_faults(bad)) from None


def _protocol_text(bundle: Bundle, given: str | None) -> tuple[str, bool]:
    """The text that rules, and whether it is made of what was found."""
    if given is not None:
        return given, False
    in_force = ProtocolVersion.objects.first()
    if bundle.protocol_text:
        return bundle.protocol_text, _made_before(bundle.protocol_text)
    if in_force is not None:
        return in_force.text, in_force.made_by_import
    text = found_protocol(bundle)
    return text if _loads_as_made(text) else found_protocol(bundle, with_days=False), True


def _made_before(text: str) -> bool:
    """A protocol that an earlier import made can't pass for a full one, and is held to no more than it was then."""
    try:
        load(text)
    except BadProtocol:
        return _loads_as_made(text)
    return False


def _loads_as_made(text: str) -> bool:
    try:
        load(text, made_by_import=True)
    except BadProtocol:
        return False
    return True


def _read_protocol(text: str, made: bool) -> Protocol:
    try:
        return load(text, instruments=protocols.known_instruments(), made_by_import=made)
    except BadProtocol as bad:
        raise BadBundle(_protocol_faults(bad)) from None


def _protocol_faults(bad: BadProtocol) -> Iterable[Fault]:
    return [Fault("protocol.toml", 0, "", str(fault)) for fault in bad.faults]


def _keep_protocol(text: str, made: bool, by: Actor, at: datetime) -> None:
    if not ProtocolVersion.objects.filter(text=text).exists():
        protocols.load_protocol(text, by=by, at=at, made_by_import=made)
