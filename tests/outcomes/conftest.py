"""People of the outcomes tests, made by the trial's own steps."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

import pytest

from outcomes.actions import alarm_path, assessments, imports, randomisation
from outcomes.exports.closed import write_closed
from outcomes.exports.views import blinded_files, closed_files
from participants.actions import baseline, consent
from participants.models import Message, Participant
from tests.cast import hire, open_randomisation
from tests.outcomes import bundled, world
from tests.participants import people
from trials.actors import Machine
from trials.models import Scheme, Site
from trials.queries import protocol_in_force

ELIGIBLE = people.ELIGIBLE


@pytest.fixture
def person(trial, coordinator, at):
    """Screened at Limerick half an hour ago, eligible, with the baseline open."""
    return people.eligible(trial.sites.get(code="LIM"), by=coordinator, at=at - timedelta(minutes=30))


@pytest.fixture
def other_person(trial, other_coordinator, at):
    return people.eligible(trial.sites.exclude(code="LIM").get(), by=other_coordinator, at=at - timedelta(minutes=30), sex="M")


def randomise_somebody(site: Site, *, by, at, sex: str = "F") -> Participant:
    """The whole way to an arm: screening, consent, baseline form, both questionnaires, randomisation."""
    if not Scheme.objects.exists():
        open_randomisation(at=at)
    person = people.eligible(site, by=by, at=at - timedelta(hours=1), sex=sex)
    consent.record_consent(
        person, version=protocol_in_force().consent_version, signed_on=at.astimezone(site.zone).date(), by=by, at=at - timedelta(minutes=50)
    )
    baseline.set_availability(person, preferred=[(0, "18:00"), (3, "07:30")], channel="email", by=by, at=at - timedelta(minutes=45))
    baseline.record_baseline(person, values=people.BASELINE, by=by, at=at - timedelta(minutes=40))
    for code, items in (("phq9", 9), ("gad7", 7)):
        assessments.submit(
            person,
            visit="baseline",
            instrument=code,
            answers={str(n): 0 if n == 9 else 2 for n in range(1, items + 1)},
            client_uuid=uuid5(NAMESPACE_OID, f"{person}{code}"),
            by=person,
            at=at - timedelta(minutes=30),
        )
    randomisation.randomise(person, by=by, at=at)
    return person


@pytest.fixture
def randomised(trial, coordinator, at):
    return randomise_somebody(trial.sites.get(code="LIM"), by=coordinator, at=at)


def canary_came_through(at) -> None:
    """The path of alerts was tested at this moment, and is well."""
    alarm_path.queue_canary(by=Machine("beat"), at=at)
    Message.objects.filter(kind="canary").update(status="sent", sent_at=at)


@pytest.fixture
def data(settings, tmp_path: Path) -> Path:  # type: ignore[no-untyped-def]
    settings.UPLIFT_DATA = tmp_path / "data"
    return tmp_path


@pytest.fixture
def moved_in(data: Path) -> Path:
    folder = data / "bundle"
    folder.mkdir()
    write_closed(folder, world.everybody(), world.protocol(), world.AS_OF, providers=world.PROVIDERS, version="0.1.0")
    imports.import_dataset(imports.read_folder(folder), by=bundled.SHELL, at=bundled.NOW)
    return data


@pytest.fixture
def staff(moved_in: Path):  # type: ignore[no-untyped-def]
    return hire(at=world.AS_OF)


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """The bundle in both views, CSV alone."""
    folder = tmp_path_factory.mktemp("cut")
    people = world.everybody()
    write_closed(folder, people, world.protocol(), world.AS_OF, providers=world.PROVIDERS, version="0.1.0")
    dummies = {p.trial_id: p.arm_dummy for p in people if p.arm}
    blinded = blinded_files(folder, world.protocol(), dummies=dummies, as_of=world.AS_OF)
    return {"closed": closed_files(folder), "blinded": blinded}


@pytest.fixture(scope="session")
def packed(bundles: dict[str, dict[str, bytes]]) -> dict[str, dict[str, bytes]]:
    """The same with every format beside it."""
    from tests.outcomes.reading import pack  # what reads the formats back is slow to import, and few tests need it

    return {view: pack(files, view) for view, files in bundles.items()}
