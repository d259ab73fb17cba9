"""Two cuts are compared row by row, and the audit says who changed a row and why."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from outcomes.actions import comparisons, exports, imports
from outcomes.exports.closed import write_closed
from participants.actions.clinical import care
from participants.models import Deviation, Participant
from tests.cast import hire
from tests.outcomes import world
from trials import clock
from trials.actors import Machine
from trials.models import Event
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db

SHELL = Machine("shell")
NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
SECOND = NOW + timedelta(hours=3)


@pytest.fixture
def staff(settings, tmp_path: Path):  # type: ignore[no-untyped-def]
    """A trial with a cut, then a record added and another judged anew with a reason, then a second cut."""
    settings.UPLIFT_DATA = tmp_path / "data"
    folder = tmp_path / "bundle"
    folder.mkdir()
    write_closed(folder, world.everybody(), world.protocol(), world.AS_OF, providers=world.PROVIDERS, version="0.1.0")
    imports.import_dataset(imports.read_folder(folder), by=SHELL, at=NOW)
    staff = hire(at=world.AS_OF)
    exports.take_cut(NOW, by=SHELL, at=NOW)
    person = Participant.objects.get(unit__trial_id="P-001")
    care.record_concomitant(person, kind="psychotherapy", started_on="2026-06", by=staff.coordinator, at=NOW + timedelta(hours=1))
    judged = Deviation.objects.get(participant__unit__trial_id="P-002")
    care.judge_deviation(
        judged, important=True, reason="The letter was seen", by=staff.other_coordinator, at=NOW + timedelta(hours=2)
    )  # fmt: skip
    exports.take_cut(SECOND, by=SHELL, at=SECOND)
    return staff


def test_each_changed_row_is_told_with_who_and_why(staff) -> None:  # type: ignore[no-untyped-def]
    found = comparisons.compare_cuts(NOW, SECOND, by=staff.unblinded_statistician, at=SECOND)
    by_row = {(t.change.file, t.change.key, t.change.kind): t for t in found}
    added = by_row["concomitant", ("P-001", "1"), "added"]
    assert [(c.column, c.before, c.after) for c in added.change.cells] == [("kind", "", "psychotherapy"), ("started_on", "", "2026-06")]
    assert [(s.verb, s.actor, s.reason) for s in added.steps] == [("concomitant.recorded", staff.coordinator.actor, "")]
    judged = by_row["deviation", ("P-002", "1"), "changed"]
    assert [(c.column, c.before, c.after) for c in judged.change.cells] == [
        ("important", "0", "1"), ("judged_on", judged.change.cells[1].before, "2026-09-01"),
    ]  # fmt: skip
    assert [(s.verb, s.actor, s.reason) for s in judged.steps] == [
        ("deviation.judged", staff.other_coordinator.actor, "The letter was seen")
    ]  # fmt: skip
    assert {t.change.key[0] for t in found if t.change.file != "visit_summary"} == {"P-001", "P-002"}
    event = Event.objects.get(verb="cuts.compared")
    assert (event.about, event.detail) == ("cut:2026-09-01T09:00:00Z", {"with": "2026-09-01T12:00:00Z", "rows": len(found)})


def test_only_who_may_have_the_closed_dataset_compares_cuts(staff) -> None:  # type: ignore[no-untyped-def]
    for role in ("blinded_statistician", "assessor", "safety_clinician", "manager", "coordinator", "trainer"):
        with pytest.raises(NotAllowed):
            comparisons.compare_cuts(NOW, SECOND, by=getattr(staff, role), at=SECOND)
    assert not Event.objects.filter(verb="cuts.compared").exists()


def test_two_cuts_that_were_taken_in_their_order(staff, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Refused, match="Name the earlier cut first"):
        comparisons.compare_cuts(SECOND, NOW, by=SHELL, at=SECOND)
    with pytest.raises(Refused, match="No cut was taken at 2026-09-01T10:00:00Z"):
        comparisons.compare_cuts(NOW, NOW + timedelta(hours=1), by=SHELL, at=SECOND)
    (exports.folder_of(NOW) / "item.csv").write_text("changed")
    with pytest.raises(Refused, match="item.csv of the cut 2026-09-01T09:00:00Z is missing or changed"):
        comparisons.compare_cuts(NOW, SECOND, by=SHELL, at=SECOND)


def test_the_command_writes_a_line_a_cell(staff, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "changes.csv"
    call_command("compare_cuts", "2026-09-01T09:00:00Z", "2026-09-01T12:00:00Z", "--out", str(out))
    rows = list(csv.DictReader(io.StringIO(out.read_text(), newline="")))
    assert [
        (r["key"], r["change"], r["column"], r["before"], r["after"], r["step"], r["who"], r["at"], r["why"])
        for r in rows if r["file"] == "deviation.csv" and r["column"] == "important"
    ] == [
        ("P-002|1", "changed", "important", "0", "1", "deviation.judged", staff.other_coordinator.actor, "2026-09-01T11:00:00Z",
         "The letter was seen"),
    ]  # fmt: skip
    assert "rows differ; written to" in capsys.readouterr().out
    for words, sentence in ((("x", "2026-09-01T12:00:00Z"), "first: Write an instant"), (("", "y"), "first: Write an instant")):
        with pytest.raises(CommandError, match=sentence):
            call_command("compare_cuts", *words, "--out", str(out))
    with pytest.raises(CommandError, match="Name the earlier cut first"):
        call_command("compare_cuts", "2026-09-01T12:00:00Z", "2026-09-01T09:00:00Z", "--out", str(out))


def test_the_page_and_rest_tell_it_to_who_may_have_the_closed_dataset(staff, client, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(clock, "now", lambda: SECOND + timedelta(minutes=1))
    client.force_login(staff.unblinded_statistician)
    assert client.get("/exports/").content.count(b'name="first"') == 2
    wanted = {"first": "2026-09-01T09:00:00Z", "second": "2026-09-01T12:00:00Z"}
    page = client.post("/exports/compare/", wanted).content.decode()
    assert "deviation.csv" in page
    assert "<code>important</code>: 0 → 1" in page
    assert f"{staff.other_coordinator}, Tue 1 Sep, 12:00: " in page.replace('<time datetime="2026-09-01T11:00:00+00:00">', "").replace(
        "</time>", ""
    )
    assert "&quot;The letter was seen&quot;" in page or '"The letter was seen"' in page
    saved = client.post("/exports/compare/", wanted | {"csv": "1"})
    assert saved.headers["Content-Disposition"] == 'attachment; filename="changes-20260901T090000Z-20260901T120000Z.csv"'
    assert {r["file"] for r in csv.DictReader(io.StringIO(saved.content.decode()))} >= {"concomitant.csv", "deviation.csv"}
    told = client.post(
        "/api/v1/cuts/compare-cuts/", {"first_at": wanted["first"], "second_at": wanted["second"]}, content_type="application/json"
    )
    judged = next(row for row in told.json()["rows"] if (row["file"], row["key"]) == ("deviation", ["P-002", "1"]))
    assert (judged["kind"], [step["reason"] for step in judged["steps"]]) == ("changed", ["The letter was seen"])
    for form, status in (({}, 422), ({"first": "x", "second": "y"}, 422), (dict(zip(wanted, reversed(wanted.values()), strict=True)), 422)):
        assert client.post("/exports/compare/", form).status_code == status
    client.force_login(staff.blinded_statistician)
    assert client.post("/exports/compare/", wanted).status_code == 403
    assert b'name="first"' not in client.get("/exports/").content
