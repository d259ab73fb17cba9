"""A lived trial of eight people, tested: the result is that of going through all sequences by hand; kept, repeated, refused."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from fractions import Fraction as F
from itertools import combinations
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from outcomes.actions import assessments, exports, imports
from outcomes.actions import randomisation_tests as steps
from outcomes.models import Report
from outcomes.queries import accrual
from outcomes.tasks import compute_report, work_off_requests
from tests import cast as casting
from tests.outcomes import world
from tests.outcomes.conftest import randomise_somebody
from trials import clock
from trials.actors import Machine
from trials.models import Allocation, Event, Site, User
from trials.permissions import NotAllowed, Refused
from trials.queries import protocol_of

pytestmark = pytest.mark.django_db

SHELL, WORKER = Machine("shell"), Machine("worker")
TOTALS = (4, 12, 3, 14, 15, 5, 2, 17)
SEED = "ab" * 32


@pytest.fixture
def staff(db, settings, tmp_path: Path, at, monkeypatch):  # type: ignore[no-untyped-def]
    """Two blocks of four women at Limerick, each with a PHQ-9 at week 8."""
    settings.UPLIFT_DATA = tmp_path / "data"
    casting.load_trial(at=at, text=casting.LIMERICK.read_text().replace("multipliers = [2, 3]", "multipliers = [2]"))
    people = casting.hire(at=at)
    site = Site.objects.get(code="LIM")
    people.randomised = [randomise_somebody(site, by=people.coordinator, at=at + timedelta(hours=n)) for n in range(8)]
    visited = at + timedelta(days=79)
    for person, total in zip(people.randomised, TOTALS, strict=True):
        answers = {str(n): min(3, max(0, total - 3 * (n - 1))) for n in range(1, 9)} | {"9": 0}
        key = uuid5(NAMESPACE_OID, f"{person} week 8")
        assessments.submit(person, visit="week8", instrument="phq9", answers=answers, client_uuid=key, by=person, at=visited)
    people.now = visited + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: people.now)
    monkeypatch.setattr("outcomes.tasks.compute_report.apply_async", lambda *a, **k: None)
    return people


def ask(staff, **more) -> Report:  # type: ignore[no-untyped-def]
    told = {"visit": "week8", "instrument": "phq9", "draws": 99, "seed": SEED, "by": staff.unblinded_statistician, "at": staff.now}
    return steps.request_randomisation_test(**(told | more))


def finish(report: Report, staff) -> Report:  # type: ignore[no-untyped-def]
    while report.status in steps.UNDER_WAY:
        report = steps.compute(report, by=WORKER, at=staff.now)
    return report


def arms() -> list[str]:
    return list(Allocation.objects.order_by("seq").values_list("arm", flat=True))


def difference(trained: set[int]) -> F:
    a = [F(TOTALS[i]) for i in range(8) if i in trained]
    b = [F(TOTALS[i]) for i in range(8) if i not in trained]
    return sum(a) / len(a) - sum(b) / len(b)


def test_the_exact_p_is_that_of_going_through_all_pairs_of_blocks(staff) -> None:
    found = difference({i for i, arm in enumerate(arms()) if arm == "RET"})
    pairs = [{*one, *(4 + i for i in other)} for one in combinations(range(4), 2) for other in combinations(range(4), 2)]
    result = finish(ask(staff), staff).body["result"]
    expected = F(sum(abs(difference(pair)) >= abs(found) for pair in pairs), 36)
    assert (result["statistic_exact"], result["exact"]) == (str(found), {"p": str(expected), "undefined": "0", "sequences": 36})
    assert (result["draws"], result["undefined"], result["randomised"], result["measured"], result["fixed"]) == (99, 0, 8, 8, 0)
    assert F(result["p_exact_fraction"]) == F(1 + result["extreme"], 100)
    assert abs(F(result["p_exact_fraction"]) - expected) < 4 * float(result["se"]) + 0.01


def test_a_test_says_what_it_was_made_with_and_repeats_itself(staff) -> None:
    first = finish(ask(staff), staff)
    cut = exports.take_cut(first.as_of, by=SHELL, at=staff.now)
    again = finish(ask(staff, cut_at=first.as_of), staff)
    assert first.body["result"] == again.body["result"]
    made = first.body["result"]
    assert made["schemes"] == [{"version": 1, "method": "permuted_blocks"}]
    assert (made["seed"], made["cut"], made["cut_digest"]) == (SEED, "2026-05-21T09:00:00Z", cut.digest)
    assert len(made["code_digest"]) == 64
    fresh = finish(ask(staff, seed=""), staff)
    assert len(fresh.body["seed"]) == 64
    assert fresh.body["seed"] != SEED


def test_slices_make_the_same_result_as_one_go(staff, monkeypatch) -> None:
    whole = finish(ask(staff), staff)
    assert (whole.step, whole.steps) == (1, 1)
    monkeypatch.setattr(steps, "SLICE", 8 * 40)
    sliced = ask(staff)
    seen = []
    while sliced.status in steps.UNDER_WAY:
        sliced = steps.compute(sliced, by=WORKER, at=staff.now)
        seen.append((sliced.step, sliced.steps, sliced.status, sliced.body["drawn"][0]))
    assert seen == [(1, 3, "running", 40), (2, 3, "running", 80), (3, 3, "done", 99)]
    assert sliced.body["result"] == whole.body["result"]
    assert steps.compute(sliced, by=WORKER, at=staff.now).body == sliced.body


def test_where_sequences_are_many_the_draws_stand_alone(staff, monkeypatch) -> None:
    monkeypatch.setattr(steps, "EXACT_UP_TO", 35)
    assert finish(ask(staff), staff).body["result"]["exact"] is None


def test_records_that_change_between_two_slices_change_nothing(staff, monkeypatch) -> None:
    whole = finish(ask(staff), staff)
    monkeypatch.setattr(steps, "SLICE", 8 * 50)
    sliced = steps.compute(ask(staff), by=WORKER, at=staff.now)
    assessment = staff.randomised[0].assessments.get(visit="week8", instrument="phq9")
    assessments.correct(assessment, answers={"1": 0}, reason="Misread", by=staff.coordinator, at=staff.now + timedelta(hours=1))
    assert finish(sliced, staff).body["result"] == whole.body["result"]


def test_the_factors_are_those_recorded_at_allocation(staff) -> None:
    cut = exports.take_cut(staff.now, by=SHELL, at=staff.now)
    protocol = protocol_of(cut.protocol_digest)
    found = accrual.frozen(
        exports.frozen_files(cut), protocol, cut_at=cut.at, visit="week8", instrument="phq9", adjusted=False, side="two_sided", viewer=SHELL
    )
    (stream,) = found.test.streams
    assert stream.stratum == "site=LIM|sex=F"
    given = [(dict(person.factors), person.arm, person.outcome) for person in stream.people]
    assert given == [({"site": "LIM", "sex": "F"}, arm, F(total)) for arm, total in zip(arms(), TOTALS, strict=True)]


def test_adjusted_outcomes_are_compared_where_asked(staff) -> None:
    """Everybody has the same baseline here, so that adjusting takes the mean away and leaves the difference as it is."""
    raw, adjusted = finish(ask(staff), staff), finish(ask(staff, adjusted=True), staff)
    assert raw.body["result"]["statistic"] == adjusted.body["result"]["statistic"]
    mean = F(sum(TOTALS), 8)
    moved = [F(arm["mean"]) - mean for arm in raw.body["result"]["arms"]]
    assert [F(arm["mean"]) for arm in adjusted.body["result"]["arms"]] == moved


def test_a_person_who_withdrew_everything_moves_the_sequence_on_and_is_in_no_mean(staff) -> None:
    from participants.actions import withdrawal

    withdrawal.withdraw(staff.randomised[3], scope="all", reason="burden", by=staff.coordinator, at=staff.now)
    result = finish(ask(staff), staff).body["result"]
    assert (result["randomised"], result["measured"], result["exact"]["sequences"]) == (8, 7, 36)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ({"visit": "baseline"}, "Choose a visit after randomisation: week1, week4, week8, week12."),
        ({"visit": "never"}, "Choose a visit after randomisation: week1, week4, week8, week12."),
        ({"instrument": "bdi"}, "Choose an instrument of week8: phq9, gad7."),
        ({"side": "up"}, "Choose the side: two_sided, or with two arms greater or less."),
        ({"draws": 98}, "Ask for 99 to 999,999 draws."),
        ({"draws": 1_000_000}, "Ask for 99 to 999,999 draws."),
        ({"seed": "abc"}, "A seed has 64 hexadecimal digits or more, two a byte."),
        ({"seed": "xy" * 32}, "A seed has 64 hexadecimal digits or more, two a byte."),
        ({"seed": "ab " * 32}, "A seed has 64 hexadecimal digits or more, two a byte."),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(staff, question, sentence) -> None:
    with pytest.raises(Refused) as refused:
        ask(staff, **question)
    assert refused.value.sentence == sentence
    assert not Report.objects.filter(kind=steps.KIND).exists()


def test_one_test_at_a_time(staff) -> None:
    ask(staff)
    with pytest.raises(Refused, match="under way"):
        ask(staff)


def test_nobody_measured_in_an_arm_is_a_failure_in_a_sentence(staff) -> None:
    failed = finish(ask(staff, visit="week4"), staff)
    assert (failed.status, failed.failure) == ("failed", "There is no test yet: nobody in RET and WL has an outcome.")
    assert "result" not in failed.body


def test_a_cut_in_the_future_fails_in_a_sentence(staff) -> None:
    failed = finish(ask(staff, cut_at=staff.now + timedelta(days=1)), staff)
    assert failed.failure == "The cut 2026-05-22T09:00:00Z lies in the future."


def test_arms_that_differ_between_cut_and_allocation_are_never_tested(staff, monkeypatch) -> None:
    read = accrual.read_rows
    swap = {"RET": "WL", "WL": "RET", "": ""}
    monkeypatch.setattr(accrual, "read_rows", lambda path: [row | {"arm": swap[row["arm"]]} if "arm" in row else row for row in read(path)])
    failed = finish(ask(staff), staff)
    assert failed.failure == f"{staff.randomised[0]}: the cut and the allocation do not name the same arm. Nothing is tested."


def test_an_imported_trial_has_nothing_to_draw_again(db, settings, tmp_path, at) -> None:
    from outcomes.exports.closed import write_closed

    settings.UPLIFT_DATA = tmp_path / "data"
    (tmp_path / "bundle").mkdir()
    write_closed(tmp_path / "bundle", world.everybody(), world.protocol(), world.AS_OF, providers=world.PROVIDERS, version="0.1.0")
    imports.import_dataset(imports.read_folder(tmp_path / "bundle"), by=SHELL, at=world.AS_OF)
    asked = steps.request_randomisation_test(visit="week8", instrument="phq9", by=SHELL, at=world.AS_OF + timedelta(hours=1))
    failed = steps.compute(asked, by=WORKER, at=world.AS_OF + timedelta(hours=1))
    assert failed.failure == "Nobody was randomised here up to this cut: there is nothing to draw again."


@pytest.mark.parametrize(
    "role", ["coordinator", "trainer", "assessor", "blinded_statistician", "pi", "safety_clinician", "monitor", "manager"]
)
def test_it_is_for_who_may_see_figures_by_arm(staff, role) -> None:
    with pytest.raises(NotAllowed):
        ask(staff, by=getattr(staff, role))
    client = Client()
    client.force_login(getattr(staff, role))
    assert client.get("/randomisation-test/").status_code == 403
    assert client.post("/randomisation-test/", {}).status_code == 403
    assert client.get("/api/v1/randomisation-tests/").status_code == 403
    body = {"visit": "week8", "instrument": "phq9"}
    door = "/api/v1/randomisation-tests/request-randomisation-test/"
    assert client.post(door, body, content_type="application/json").status_code == 403


def test_a_blind_role_beside_it_shuts_it(staff, at) -> None:
    from trials.actions import staff as office
    from trials.domain.roles import Role

    office.give_role(staff.unblinded_statistician, role=Role.ASSESSOR, site=staff.first, by=SHELL, at=at)
    staff.unblinded_statistician = User.objects.get(pk=staff.unblinded_statistician.pk)
    with pytest.raises(NotAllowed, match="blind one"):
        ask(staff)


def test_both_steps_are_events_without_an_arm(staff) -> None:
    report = finish(ask(staff), staff)
    told = list(Event.objects.filter(about=f"report:{report.pk}").order_by("pk").values_list("verb", "actor", "detail"))
    question = {"visit": "week8", "instrument": "phq9", "adjusted": False, "side": "two_sided", "draws": 99}
    assert told == [
        ("randomisation_test.requested", staff.unblinded_statistician.actor, question),
        ("randomisation_test.computed", "machine:worker", {"status": "done"}),
    ]


def test_the_worker_takes_it_up_and_the_page_shows_it(staff) -> None:
    client = Client()
    client.force_login(staff.unblinded_statistician)
    assert "No test yet" in client.get("/randomisation-test/").content.decode()
    form = {"visit": "week8", "instrument": "phq9", "side": "two_sided", "draws": "999"}
    assert client.post("/randomisation-test/", form).status_code == 302
    assert "Draws: 0 of 1" in client.get("/randomisation-test/").content.decode()
    assert client.post("/randomisation-test/", form).status_code == 409
    work_off_requests()
    for address in ("/randomisation-test/", "/reports/"):
        page = client.get(address).content.decode()
        assert "phq9 at week8: mean of RET" in page
        assert "never as extreme" in page
    refused = client.post("/randomisation-test/", form | {"draws": "7"})
    assert refused.status_code == 422


def test_the_reports_page_shows_it_to_nobody_else(staff) -> None:
    finish(ask(staff), staff)
    client = Client()
    client.force_login(staff.pi)
    assert "Randomisation test" not in client.get("/reports/").content.decode()


def test_the_task_goes_on_by_itself_and_leaves_the_rest_to_the_sweep(staff, monkeypatch) -> None:
    monkeypatch.setattr(steps, "SLICE", 8 * 9)
    report = ask(staff)
    compute_report(report.pk)
    report.refresh_from_db()
    assert (report.status, report.step, report.steps) == ("running", 10, 11)
    work_off_requests()
    report.refresh_from_db()
    assert (report.status, report.step) == ("done", 11)


def test_by_rest(staff) -> None:
    client = Client()
    client.force_login(staff.unblinded_statistician)
    body = {"visit": "week8", "instrument": "phq9", "draws": 99, "seed": SEED}
    asked = client.post("/api/v1/randomisation-tests/request-randomisation-test/", body, content_type="application/json")
    assert (asked.status_code, asked.json()["status"], asked.json()["result"]) == (200, "waiting", {})
    work_off_requests()
    (found,) = client.get("/api/v1/randomisation-tests/").json()
    assert (found["status"], found["question"]["visit"], found["result"]["draws"]) == ("done", "week8", 99)


def test_the_command_prints_one_paragraph_or_the_whole_for_programs(staff) -> None:
    told = {"visit": "week8", "instrument": "phq9", "draws": 99, "seed": SEED}
    out = io.StringIO()
    call_command("randomisation_test", **told, stdout=out)
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().startswith("phq9 at week8: mean of RET ")
    whole = io.StringIO()
    call_command("randomisation_test", **told, json=True, cut="2026-05-21T09:00:00Z", stdout=whole)
    result = json.loads(whole.getvalue())
    assert f"p = {result['p']} (standard error {result['se']})" in out.getvalue()
    assert f"seed {SEED}; code {result['code_digest']}." in out.getvalue()
    assert Report.objects.filter(kind=steps.KIND).first().requested_by is None


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"visit": "week9"}, "Choose a visit after randomisation: week1, week4, week8, week12."),
        ({"visit": "week4"}, "There is no test yet: nobody in RET and WL has an outcome."),
        ({"visit": "week8", "cut": "yesterday"}, "--cut: Write an instant like 2026-03-02T17:00:00Z."),
    ],
)
def test_the_command_says_what_is_wrong(staff, options, sentence) -> None:
    with pytest.raises(CommandError) as wrong:
        call_command("randomisation_test", instrument="phq9", draws=99, **options)
    assert str(wrong.value) == sentence
