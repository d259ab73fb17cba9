"""The couple or cluster of a person in the dataset: for the analysis in every view, and telling nobody an arm."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import pytest

from outcomes.actions import exports, imports
from outcomes.actions.groups import join_group, randomise_group
from outcomes.exports.closed import write_closed
from tests.cast import SHELL
from tests.outcomes import world
from tests.outcomes.gathering import CLUSTERS, by_group, ids, ready
from tests.taken_back import taken_back
from trials import forcing
from trials.actions.groups import gather_group, remove_member

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data(settings, tmp_path):
    settings.UPLIFT_DATA = tmp_path / "data"
    return tmp_path


def bundle(view: str, at: datetime) -> dict[str, bytes]:
    return dict(exports.export_dataset(at, view=view, by=SHELL, at=at))


def groups_in(files: dict[str, bytes]) -> dict[str, str]:
    return {row["trial_id"]: row["group_code"] for row in csv.DictReader(io.StringIO(files["participant.csv"].decode(), newline=""))}


def test_whoever_was_drawn_for_together_has_the_groups_code_and_nobody_else(at):
    cast = by_group(CLUSTERS, at)
    people = ready(cast, at, 7)
    first, second, third = (gather_group(ids(some), by=cast.coordinator, at=at) for some in (people[:2], people[2:5], people[5:]))
    remove_member(second, trial_id="P-005", reason="Moved away", by=cast.coordinator, at=at)
    for cluster in (first, second):
        randomise_group(cluster, by=cast.coordinator, at=at)
    join_group(first, trial_id="P-005", reason="Moved in", by=cast.coordinator, at=at)
    assert third.code not in groups_in(bundle("closed", at + timedelta(days=1))).values()
    for view in ("closed", "blinded"):
        assert groups_in(bundle(view, at + timedelta(days=1))) == {
            "P-001": first.code, "P-002": first.code, "P-003": second.code, "P-004": second.code, "P-005": first.code, "P-006": "", "P-007": "",
        }  # fmt: skip


def test_the_blinded_bundle_is_the_same_bytes_whatever_arm_a_group_has(at, data, settings):
    cast = by_group(CLUSTERS, at)
    people = ready(cast, at, 6)
    clusters = [gather_group(ids(some), by=cast.coordinator, at=at) for some in (people[:2], people[2:5])]
    seen = {}
    for arm in ("RET", "WL"):
        settings.UPLIFT_DATA = data / arm
        with taken_back():
            with forcing.arms(dict.fromkeys(ids(people), arm)):
                for cluster in clusters:
                    randomise_group(cluster, by=cast.coordinator, at=at)
                join_group(clusters[0], trial_id="P-006", reason="Moved in", by=cast.coordinator, at=at)
            seen[arm] = {view: bundle(view, at + timedelta(days=1)) for view in ("blinded", "closed")}
    assert seen["RET"]["blinded"] == seen["WL"]["blinded"]
    assert set(groups_in(seen["RET"]["blinded"]).values()) == {cluster.code for cluster in clusters}
    assert seen["RET"]["closed"]["participant.csv"] != seen["WL"]["closed"]["participant.csv"]


def test_a_group_that_moves_in_stands(data):
    (data / "bundle").mkdir()
    people = [world.randomised(name, "RET", world.START, group_code="KQXJMFHGHT") for name in ("P-001", "P-003")]
    write_closed(
        data / "bundle", [people[0], world.waiting(), people[1]], world.protocol(), world.AS_OF, providers=world.PROVIDERS, version="0.1.0"
    )
    imports.import_dataset(imports.read_folder(data / "bundle"), by=SHELL, at=world.AS_OF)
    again = bundle("closed", world.AS_OF)
    assert again["participant.csv"] == (data / "bundle/participant.csv").read_bytes()
    assert [code for code in groups_in(again).values() if code] == ["KQXJMFHGHT"] * 2
