"""Take a cut once, and make every export of it from the frozen files: same cut, same bytes, whoever exports and whenever."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from outcomes.actions.providers import give_codes
from outcomes.domain.consort import BrokenSum
from outcomes.domain.text import instant
from outcomes.exports import closed, dataset, trained, views
from outcomes.exports.bundle import view_columns
from outcomes.exports.copied import Copied
from outcomes.exports.digested import sha256_of
from outcomes.exports.formats import formats as known_formats
from outcomes.exports.formats import lacking
from outcomes.exports.kept_apart import secret_of
from outcomes.exports.packing import with_formats
from outcomes.exports.profiled import columns_in_profile, in_profile, stamp_in
from outcomes.exports.profiles import PROFILES, SMALL
from outcomes.exports.sdtm.gates import NotSound
from outcomes.models import Cut, Export
from outcomes.queries import changes
from trials import audit, blinding, queries
from trials.actors import Actor, Machine
from trials.audit import action
from trials.domain.protocol import Protocol
from trials.models import User
from trials.permissions import Locked, NotAllowed, Permission, Refused, check

VIEWS = ("closed", "blinded")
TRIES = 3
ONE_AT_A_TIME = 0x43555453  # key of the advisory lock: two people asking for the same new cut get the same one


@action
def take_cut(cut_at: datetime, *, by: Actor, at: datetime) -> Cut:
    """The closed tables as of an instant (whole seconds), computed once and frozen in the data folder.

    Refused: an instant in the future, one before the last change of a dataset row, and a trial whose flow does not add up; the
    sentence names the person who breaks the sum.
    """
    cut_at = cut_at.replace(microsecond=0)
    _wait_for_others()
    taken = Cut.objects.filter(at=cut_at).first()
    if taken is not None:
        return taken
    _check_instant(cut_at, at)
    version = queries.protocol_version_in_force()
    protocol = queries.read(version)
    give_codes()
    folder = folder_of(cut_at)
    _write_undisturbed(folder, protocol, cut_at)
    cut = Cut.objects.create(
        at=cut_at, digest=_digest(folder), protocol_digest=version.digest, code_version=settings.UPLIFT_VERSION, taken_at=at
    )
    audit.record("cut.taken", about=f"cut:{instant(cut_at)}", by=by, at=at, detail={"digest": cut.digest})
    return cut


@action
def export_dataset(
    cut_at: datetime, *, view: str, by: Actor, at: datetime, profile: str = "full", formats: Iterable[str] = ()
) -> views.Files:
    """The files of a cut in a view, a profile and formats beside CSV, by name; the cut is taken if nobody has taken it. Audited."""
    check_may_export(by, view)
    check_profile(profile)
    formats = checked_formats(formats)
    cut = take_cut(cut_at, by=by, at=at)
    folder = frozen_files(cut)
    protocol = queries.protocol_of(cut.protocol_digest)
    files = views.closed_files(folder) if view == "closed" else views.blinded_files(folder, protocol, dummies=_dummies(), as_of=cut.at)
    columns = view_columns(view, closed.bands_of(protocol))
    if profile != "full":
        _check_enough_people(files, profile)
        files = in_profile(files, profile, columns, protocol, secret=secret_of(folder), cut_at=cut.at)
        columns = columns_in_profile(columns, profile)
    title, stamp = f"{protocol.code}: {view} view, {profile} profile", stamp_in(profile, cut.at)
    try:
        files = with_formats(files, formats, columns, title=title, stamp=stamp, protocol=protocol)
    except NotSound as unsound:
        raise Refused(f"The dataset does not go out as SDTM. {unsound}.", code="sdtm_not_sound") from None
    digest = hashlib.sha256(files["manifest.json"]).hexdigest()
    detail = {"view": view, "profile": profile, "formats": formats, "digest": digest}
    audit.record("dataset.exported", about=f"cut:{instant(cut.at)}", by=by, at=at, detail=detail)
    return files


@action
def request_export(
    *, cut_at: datetime | None, view: str, by: User, at: datetime, profile: str = "full", formats: Iterable[str] = ()
) -> Export:
    """Ask for an export; a worker makes it and the page shows how far it is. Without an instant: the hard-locked cut, or one as of now."""
    check_may_export(by, view)
    check_profile(profile)
    formats = checked_formats(formats)
    wanted = (cut_at or as_of_now(at)).replace(microsecond=0)
    if not Cut.objects.filter(at=wanted).exists():
        _check_instant(wanted, at, blind=not blinding.sees_arms(by))
    export = Export.objects.create(requested_by=by, requested_at=at, cut_at=wanted, view=view, profile=profile, formats=formats, steps=2)
    detail = {"view": view, "profile": profile, "formats": formats}
    audit.record("export.requested", about=f"export:{export.pk}", by=by, at=at, detail=detail)
    return export


@action
def make_export(export: Export, *, by: Actor, at: datetime) -> Export:
    """The worker's part: the zip of a requested export, or one sentence why there is none."""
    export = Export.objects.select_for_update().get(pk=export.pk)
    if export.status == Export.Status.DONE:
        return export
    if _asked_as_of_now(export):
        export.cut_at = as_of_now(at)
    try:
        with transaction.atomic():
            files = export_dataset(export.cut_at, view=export.view, profile=export.profile, formats=export.formats, by=by, at=at)
    except Refused as refused:
        export.status, export.failure, export.finished_at = Export.Status.FAILED, refused.sentence, at
    else:
        _keep(path_of(export), views.zipped(files))
        export.digest = hashlib.sha256(files["manifest.json"]).hexdigest()
        export.status, export.failure, export.step, export.finished_at = Export.Status.DONE, "", export.steps, at
    export.save()
    audit.record("export.made", about=f"export:{export.pk}", by=by, at=at, detail={"status": export.status})
    return export


@action
def download(export: Export, *, by: Actor, at: datetime) -> bytes:
    """The zip of a finished export; each reading is an event."""
    check_may_export(by, export.view)
    path = path_of(export)
    if export.status != Export.Status.DONE or not path.is_file():
        raise Refused("This export is not ready.", code="not_ready", way_out=("See exports", "/exports/"))
    audit.record("export.downloaded", about=f"export:{export.pk}", by=by, at=at, detail={"view": export.view, "digest": export.digest})
    return path.read_bytes()


def check_may_export(by: Actor, view: str) -> None:
    if view not in VIEWS:
        raise Refused("Choose the view: closed or blinded.", code="bad_view", status=422)
    if view == "blinded":
        check(by, Permission.EXPORT_BLINDED)
        return
    check(by, Permission.EXPORT_CLOSED)
    if not blinding.sees_arms(by):
        raise NotAllowed("Your roles include a blind one: the closed dataset is not for you.")


def check_profile(profile: str) -> None:
    if profile not in PROFILES:
        raise Refused("Choose the profile: full, limited or public.", code="bad_profile", status=422)


def checked_formats(wanted: Iterable[str]) -> list[str]:
    """The codes once each, in order; refused where one is unknown or lacks its packages, which the sentence names."""
    codes = sorted(set(wanted))
    unknown = [code for code in codes if code not in known_formats]
    if unknown:
        raise Refused(f"There is no format {unknown[0]}. Choose from: {', '.join(known_formats)}.", code="no_such_format", status=422)
    for title, packages in lacking(codes).items():
        raise Refused(
            f"{title} needs {' and '.join(packages)}, not installed here: UPLIFT_EXTRA=export ./uplift run adds what it needs.",
            code="format_not_installed",
        )
    return codes


def folder_of(cut_at: datetime) -> Path:
    return Path(settings.UPLIFT_DATA) / "cuts" / cut_at.strftime("%Y%m%dT%H%M%SZ")


def frozen_files(cut: Cut) -> Path:
    """The folder of a cut's frozen files; refused where one of them is missing or differs from its digest."""
    folder = folder_of(cut.at)
    _check_untouched(cut, folder)
    return folder


def path_of(export: Export) -> Path:
    """Where the zip lies; the name says nothing of view or arm."""
    return Path(settings.UPLIFT_DATA) / "exports" / f"export-{export.pk}.zip"


def name_of(export: Export) -> str:
    """What the archive is called where it is saved: the cut and the view, never who or when; a public one says no date at all."""
    if export.profile == "public":
        return f"dataset-public-{export.view}.zip"
    more = "" if export.profile == "full" else f"-{export.profile}"
    return f"dataset-{export.cut_at:%Y%m%dT%H%M%SZ}-{export.view}{more}.zip"


def write_out(files: Mapping[str, bytes], out: Path) -> None:
    """The files in a folder, or in one archive where the name ends in .zip. Refuses a folder that holds something else."""
    if out.suffix == ".zip":
        _keep(out, views.zipped(files))
        return
    tops = {name.split("/", 1)[0] for name in files}
    if out.is_dir() and any(path.name not in tops for path in out.iterdir()):
        raise Refused(f"{out} holds other files; give an empty folder.", code="not_empty")
    out.mkdir(parents=True, exist_ok=True)
    for name, body in files.items():
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_bytes(body)


def as_of_now(at: datetime) -> datetime:
    """The cut that is meant where none is named: the hard-locked one, else one at this instant."""
    hard = queries.locked_cut()
    return hard.cut_at if hard is not None and hard.cut_at is not None else at.replace(microsecond=0)


def _asked_as_of_now(export: Export) -> bool:
    """Asked for without an instant: the cut is taken when the worker comes to it, so that no change in between stands in its way."""
    return export.cut_at == export.requested_at.replace(microsecond=0) and not Cut.objects.filter(at=export.cut_at).exists()


def _wait_for_others() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])


def _check_instant(cut_at: datetime, at: datetime, *, blind: bool = False) -> None:
    """A blind eye asks for now alone: whether an earlier instant can still be had tells when a session was last recorded."""
    hard = queries.locked_cut()
    if hard is not None and hard.cut_at is not None:
        raise Locked(f"The data are hard-locked as the cut {instant(hard.cut_at)}: no other cut is taken. Export that one.")
    if cut_at > at:
        raise Refused(f"The cut {instant(cut_at)} lies in the future.", code="cut_in_future", status=422)
    if blind and cut_at != at.replace(microsecond=0):
        raise Refused(
            f"No cut was taken at {instant(cut_at)}. Ask for one that was taken already, or for the dataset as of now.",
            code="no_such_cut", status=422,
        )  # fmt: skip
    last = changes.last_change()
    if last is not None and cut_at < last.replace(microsecond=0):
        raise Refused(
            f"Records changed after {instant(cut_at)}: take a later cut, or one as of now.",
            code="cut_too_early", status=422,
        )  # fmt: skip


def _write_undisturbed(folder: Path, protocol: Protocol, cut_at: datetime) -> None:
    """Written again where somebody changed a record meanwhile, so that the tables agree with each other."""
    for _ in range(TRIES):
        before = changes.last_version()
        _write(folder, protocol, cut_at)
        if changes.last_version() == before:
            return
    raise Refused("Records kept changing while the cut was taken. Try again in a moment.", code="busy", status=503)


def _write(folder: Path, protocol: Protocol, cut_at: datetime) -> None:
    """Written beside its place and moved there whole; what an interrupted cut left behind is replaced."""
    beside = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        with Copied() as copied:
            closed.write_summed(
                beside, trained.whole(), protocol, cut_at,
                providers=dataset.providers(), version=settings.UPLIFT_VERSION, elsewhere=copied,
            )  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)
        beside.rename(folder)
    except BrokenSum as broken:
        raise Refused(str(broken), code="broken_sum") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _digest(folder: Path) -> str:
    return sha256_of(folder / "manifest.json")


def _check_untouched(cut: Cut, folder: Path) -> None:
    """A frozen cut whose files are gone or differ from its digest is never silently made again."""
    manifest = folder / "manifest.json"
    if not manifest.is_file() or _digest(folder) != cut.digest:
        raise Refused(
            f"The frozen files of the cut {instant(cut.at)} are missing or changed: restore them from a backup.", code="cut_damaged"
        )
    for entry in views.listed(manifest.read_bytes()):
        path = folder / entry["name"]
        if not path.is_file() or sha256_of(path) != entry["sha256"]:
            raise Refused(
                f"{entry['name']} of the cut {instant(cut.at)} is missing or changed: restore it from a backup.", code="cut_damaged"
            )


def _check_enough_people(files: views.Files, profile: str) -> None:
    if profile == "public" and files["participant.csv"].count(b"\n") <= SMALL:
        raise Refused(f"Fewer than {SMALL} people were assessed: nobody can be hidden among them.", code="too_few_people")


def _dummies() -> dict[str, str]:
    return dict(blinding.arms_seen_by(Machine("dataset")).values_list("unit__trial_id", "dummy_arm"))


def _keep(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(body)
    beside.rename(path)
