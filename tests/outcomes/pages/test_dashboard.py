"""The dashboard of the trial and of a site, and the closed report: who sees which part, from how many statements, and never an arm."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from outcomes.actions import closed_reports, imports, reports
from outcomes.exports.closed import write_closed
from outcomes.models import Report
from outcomes.tasks import work_off_requests
from participants.actions.withdrawal import record_loss
from participants.models import Message, Participant
from tests.cast import hire
from tests.outcomes import crowd, world
from tests.outcomes.pages.test_papers import words
from trials import clock
from trials.actors import Machine
from trials.models import Event

pytestmark = pytest.mark.django_db

SHELL = Machine("shell")
NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
ARM = re.compile(r"\b(RET|WL)\b|Resistance exercise training</|Wait-list")
BLIND = ("assessor", "blinded_statistician", "safety_clinician")
READERS = ("coordinator", "manager", "monitor", "pi", "trainer", "unblinded_statistician", *BLIND)


def take_in(folder: Path, people) -> None:  # type: ignore[no-untyped-def]
    folder.mkdir()
    write_closed(folder, people, world.protocol(), world.AS_OF, providers=world.PROVIDERS, version="0.1.0")
    imports.import_dataset(imports.read_folder(folder), by=SHELL, at=NOW)


@pytest.fixture
def here(settings, tmp_path: Path, monkeypatch):  # type: ignore[no-untyped-def]
    settings.UPLIFT_DATA = tmp_path / "data"
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr("outcomes.tasks.compute_report.apply_async", lambda *a, **k: None)
    return tmp_path


@pytest.fixture
def staff(here: Path):  # type: ignore[no-untyped-def]
    take_in(here / "bundle", world.everybody())
    return hire(at=world.AS_OF)


def as_(user) -> Client:  # type: ignore[no-untyped-def]
    client = Client()
    client.force_login(user)
    return client


def page(user, address: str = "/dashboard/") -> str:  # type: ignore[no-untyped-def]
    answer = as_(user).get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def table(user, name: str, address: str = "/dashboard/") -> list[list[str]]:  # type: ignore[no-untyped-def]
    answer = as_(user).get(address, {"csv": name})
    return [] if answer.status_code == 404 else list(csv.reader(io.StringIO(answer.content.decode())))[1:]


def test_the_trial_is_counted_once_and_every_figure_says_as_of_when(staff) -> None:  # type: ignore[no-untyped-def]
    assert "Sites counted: LIM." in page(staff.coordinator)
    assert table(staff.manager, "retention") == [
        ["In the trial", "4", "7"],
        ["Withdrawn", "1", "7"],
        ["Lost", "1", "7"],
        ["Died", "1", "7"],
    ]
    assert table(staff.manager, "sites") == [["Dublin", "3", "0", "1", "22"], ["University of Limerick", "8", "2", "6", "22"]]
    assert table(staff.manager, "recruitment")[0] == ["2026-03", "6", "6", "44"]
    assert [row[1] for row in table(staff.manager, "recruitment")] == ["6", "0", "0", "0", "1", "0", "0"]
    whole = page(staff.manager)
    assert whole.count("As of Tue 1 Sep 2026, 10:00 (Dublin time).") == whole.count("<figcaption")
    assert "style=" not in whole


def test_each_form_that_is_expected_is_sent_open_or_missing(staff) -> None:  # type: ignore[no-untyped-def]
    """Six began in March, whose windows are over, and one in July; three sent week 8, of whom one late."""
    rows = table(staff.manager, "completeness")
    assert [row[2:] for row in rows if row[0] == "Week 8"] == [["6", "3", "0", "3"]] * 2
    assert [row[2:] for row in rows if row[0] == "Baseline"] == [["7", "4", "0", "3"]] * 2


@pytest.mark.parametrize("role", READERS)
def test_each_role_sees_its_parts_and_nobody_an_arm(staff, role: str) -> None:  # type: ignore[no-untyped-def]
    reports.compute_due(by=SHELL, at=NOW)
    user = getattr(staff, role)
    shown = page(user)
    assert not ARM.search(shown)
    parts = {name for name in ("alerts", "reminders", "training", "sites") if f"?csv={name}" in shown}
    wanted = {
        "coordinator": {"reminders", "training"}, "trainer": {"training"}, "pi": {"alerts", "reminders", "training", "sites"},
        "monitor": {"alerts", "reminders", "training", "sites"}, "manager": {"reminders", "training", "sites"},
        "unblinded_statistician": {"training", "sites"}, "safety_clinician": {"alerts"}, "assessor": set(), "blinded_statistician": set(),
    }  # fmt: skip
    assert parts == wanted[role]
    assert ("Volume done of planned" in shown) == (role == "unblinded_statistician")
    assert ("See the closed report" in shown) == (role == "unblinded_statistician")


def test_a_site_has_a_page_of_its_own_for_whoever_counts_it(staff) -> None:  # type: ignore[no-untyped-def]
    assert table(staff.coordinator, "retention", "/dashboard/LIM/")[0] == ["In the trial", "3", "6"]
    assert "<h1>University of Limerick</h1>" in page(staff.coordinator, "/dashboard/LIM/")
    for user, site in ((staff.coordinator, "DUB"), (staff.manager, "CORK")):
        assert as_(user).get(f"/dashboard/{site}/").status_code == 404
        assert as_(user).get(f"/api/v1/dashboard/{site}/").status_code == 404
    assert page(staff.blinded_statistician, "/dashboard/DUB/")


def test_what_happens_moves_the_figures(staff) -> None:  # type: ignore[no-untyped-def]
    person = Participant.objects.get(unit__trial_id="P-001")
    record_loss(person, reason="moved", by=staff.coordinator, at=NOW)
    for n, status in enumerate(("sent", "pending", "dead")):
        Message.objects.create(
            to="participant:P-001", kind="nudge", event=f"visit:week{n}", due_at=NOW, next_try_at=NOW, status=status, created_at=NOW,
            sent_at=NOW if status == "sent" else None,
        )  # fmt: skip
    Message.objects.create(to="participant:P-002", kind="nudge", event="visit:week1", due_at=NOW, next_try_at=NOW, created_at=NOW)
    assert table(staff.coordinator, "retention")[2] == ["Lost", "2", "6"]
    assert table(staff.coordinator, "reminders") == [["Sent", "1"], ["Waiting", "1"], ["Failed or not known", "1"], ["No longer due", "0"]]
    told = as_(staff.coordinator).get("/api/v1/dashboard/").json()
    assert (told["reminders"], told["retention"]["lost"], told["alerts"]) == ({"sent": 1, "waiting": 1, "failed": 1, "dropped": 0}, 2, None)


def test_rest_tells_what_the_page_tells_and_no_more(staff) -> None:  # type: ignore[no-untyped-def]
    told = as_(staff.blinded_statistician).get("/api/v1/dashboard/").json()
    assert (told["sites"], told["whole"], told["recruitment"]["sites"], told["recruitment"]["randomised"]) == (["DUB", "LIM"], True, [], 7)
    assert [told[name] for name in ("alerts", "reminders", "training", "dose")] == [None] * 4
    theirs = as_(staff.manager).get("/api/v1/dashboard/").json()
    assert [site["randomised"] for site in theirs["recruitment"]["sites"]] == [1, 6]
    assert set(theirs["training"]) == {"attended", "missed", "cancelled_by_site", "not_delivered", "unrecorded"}


def statements(user, address: str) -> int:  # type: ignore[no-untyped-def]
    client = as_(user)
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    return len(captured)


STATEMENTS = {"manager": 15, "blinded_statistician": 14, "unblinded_statistician": 15, "pi": 16}


@pytest.mark.parametrize("size", [0, 12], ids=["eleven people", "twenty-three people"])
def test_the_statements_are_as_many_whatever_the_size(here: Path, size: int) -> None:
    take_in(here / "bundle", [*world.everybody(), *crowd.crowd(size)])
    staff = hire(at=world.AS_OF)
    reports.compute_due(by=SHELL, at=NOW)
    assert Participant.objects.count() == 11 + size
    assert {role: statements(getattr(staff, role), "/dashboard/") for role in STATEMENTS} == STATEMENTS


def unbroken(text: str) -> str:
    """Without the hyphens within words, some of which a narrow column put there."""
    return re.sub(r"(?<=[a-z])- ?(?=[a-z])", "", text)


def test_the_closed_report_is_for_one_role_and_worked_out_when_asked_for(staff) -> None:  # type: ignore[no-untyped-def]
    for role in READERS:
        if role != "unblinded_statistician":
            client = as_(getattr(staff, role))
            answers = (client.get("/reports/closed/"), client.post("/reports/closed/compute/"), client.get("/api/v1/closed-report/"))
            assert [answer.status_code for answer in answers] == [403, 403, 403], role
    statistician = as_(staff.unblinded_statistician)
    assert statistician.get("/api/v1/closed-report/").status_code == 404
    assert "No figures yet" in page(staff.unblinded_statistician, "/reports/closed/")
    for _ in range(2):
        assert statistician.post("/reports/closed/compute/").status_code == 302
    assert Report.objects.filter(kind=closed_reports.KIND).count() == 1
    asked = Report.objects.get(kind=closed_reports.KIND)
    assert f"/reports/{asked.pk}/cancel/" in page(staff.unblinded_statistician, "/reports/closed/")
    for _ in range(asked.steps):
        work_off_requests()
    shown = page(staff.unblinded_statistician, "/reports/closed/")
    assert "Resistance exercise training" in shown
    assert shown.count("As of Tue 1 Sep 2026, 10:00 (Dublin time)") >= shown.count("<figcaption") > 4
    assert table(staff.unblinded_statistician, "course-by-arm", "/reports/closed/") == []
    course = {row[0]: row[1:] for row in table(staff.unblinded_statistician, "course", "/reports/closed/")}
    assert course == {"Resistance exercise training": ["5", "4", "1", "1", "0", "1", "3"], "Wait-list": ["2", "2", "0", "0", "1", "0", "0"]}
    harms = {row[0]: row[1:] for row in table(staff.unblinded_statistician, "harms", "/reports/closed/")}
    assert harms["Resistance exercise training"][:3] == ["4", "1", "2"]
    told = statistician.get("/api/v1/closed-report/").json()
    assert {line[0] for line in told["body"]["lines"]} == {"baseline", "visits", "unadjusted", "risk"}
    needed = {
        line[5]: line[6] for line in told["body"]["lines"] if line[2:5] == ["week8", "gad7", "response"] and line[5].startswith("nnt")
    }
    assert needed == {"nnt": "infinite", "nnt_low": "infinite", "nnt_high": "infinite"}, "both arms' everybody responded"
    risks = table(staff.unblinded_statistician, "ratios-and-number-needed-to-treat", "/reports/closed/")
    assert next(row[-3:] for row in risks if row[1:3] == ["Week 8, GAD-7", "response"]) == ["infinite"] * 3
    assert Event.objects.filter(verb="closed_report.computed").count() == asked.steps == 2
    answer = statistician.get("/reports/closed/?file=pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="closed-report-20260901T090000Z.pdf"'
    read = unbroken(words(answer.content))
    for figure in closed_reports.figures_of(Report.objects.get(pk=asked.pk)):
        assert unbroken(figure.title) in read
        for row in figure.texts:
            assert unbroken(" ".join(" ".join(row).split())) in read, (figure.title, row)
    assert statistician.get(f"/api/v1/reports/{asked.pk}/pdf/").content == answer.content


def test_a_closed_report_under_way_is_cancelled_by_who_may_have_it(staff) -> None:  # type: ignore[no-untyped-def]
    asked = closed_reports.request_closed_report(by=staff.unblinded_statistician, at=NOW)
    place = f"/reports/{asked.pk}/cancel/"
    assert as_(staff.pi).post(place).status_code == 404
    assert as_(staff.unblinded_statistician).post(place)["Location"] == "/reports/closed/"
    assert as_(staff.pi).get("/reports/closed/?file=pdf").status_code == 403
    assert as_(staff.unblinded_statistician).get("/reports/closed/?file=pdf").status_code == 404
