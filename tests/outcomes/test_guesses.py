"""Guesses of the arm: once, blind, at the end, corrected by whoever gave them; the indices for by-arm eyes; the dataset's column."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from outcomes.actions import exports, guesses, imports
from outcomes.domain.blinding_index import Guesses
from outcomes.models import Guess
from outcomes.queries.guesses import indices
from participants.actions.clinical import BadRecord
from tests import cast as casting
from tests.outcomes.conftest import randomise_somebody
from trials import blinding, clock
from trials.actors import Machine
from trials.models import Event, RowVersion, Site
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db

SHELL = Machine("shell")
ASKS = casting.LIMERICK.read_text().replace("[blinding]\n", "[blinding]\nasks_participants = true\n")


@pytest.fixture
def staff(db, settings, tmp_path: Path, at, monkeypatch):  # type: ignore[no-untyped-def]
    """Somebody of Limerick on the first day of the last visit's window."""
    return lived(settings, tmp_path, at, monkeypatch, casting.LIMERICK.read_text())


@pytest.fixture
def asking(db, settings, tmp_path: Path, at, monkeypatch):  # type: ignore[no-untyped-def]
    """The same in a trial that asks participants too."""
    return lived(settings, tmp_path, at, monkeypatch, ASKS)


def lived(settings, tmp_path, at, monkeypatch, text: str):  # type: ignore[no-untyped-def]
    settings.UPLIFT_DATA = tmp_path / "data"
    casting.load_trial(at=at, text=text)
    people = casting.hire(at=at)
    people.person = randomise_somebody(Site.objects.get(code="LIM"), by=people.coordinator, at=at)
    people.now = at + timedelta(days=21 + 80)
    monkeypatch.setattr(clock, "now", lambda: people.now)
    return people


def record(staff, **more) -> Guess:  # type: ignore[no-untyped-def]
    told = {"whose": "assessor", "arm": "RET", "certainty": "somewhat", "by": staff.assessor, "at": staff.now}
    return guesses.record_guess(staff.person, **(told | more))


def correct(staff, **more) -> Guess:  # type: ignore[no-untyped-def]
    told = {"whose": "assessor", "arm": "", "reason": "Misclicked", "by": staff.assessor, "at": staff.now + timedelta(hours=1)}
    return guesses.correct_guess(staff.person, **(told | more))


def as_(user) -> Client:  # type: ignore[no-untyped-def]
    client = Client()
    client.force_login(user)
    return client


def page_of(staff) -> str:  # type: ignore[no-untyped-def]
    return f"/participants/{staff.person}/guess/"


def test_a_guess_is_kept_with_who_when_and_how_sure(staff) -> None:
    guess = record(staff)
    kept = Guess.objects.values_list("participant", "whose", "arm", "certainty", "user", "visit", "at").get()
    assert kept == (staff.person.pk, "assessor", "RET", "somewhat", staff.assessor.pk, "week12", staff.now)
    event = Event.objects.get(verb="guess.recorded")
    assert (event.about, event.actor, event.detail) == (staff.person.trial_id, staff.assessor.actor, {"whose": "assessor"})
    assert guess.protocol_digest


def test_it_is_asked_once_and_corrected_by_whoever_gave_it(staff) -> None:
    record(staff)
    with pytest.raises(Refused, match="recorded already"):
        record(staff, arm="WL", certainty="strongly")
    assert (correct(staff).arm, Guess.objects.get().certainty) == ("", "")
    event = Event.objects.get(verb="guess.corrected")
    assert (event.reason, event.detail) == ("Misclicked", {"whose": "assessor"})
    before = RowVersion.objects.filter(table_name="outcomes_guess", operation="UPDATE").get()
    assert (before.old["arm"], before.new["arm"], before.reason) == ("RET", "", "Misclicked")


def test_nobody_corrects_the_guess_of_another(staff, at) -> None:
    from trials.domain.roles import Role

    record(staff)
    second = casting.engage("second", Role.ASSESSOR, staff.first, at=at)
    with pytest.raises(Refused, match=f"You have recorded no guess about {staff.person}"):
        correct(staff, by=second)
    with pytest.raises(Refused, match="recorded already"):
        record(staff, by=second)
    page = as_(second).get(page_of(staff)).content.decode()
    assert "You answered on" not in page
    assert "checked" not in page


def test_a_correction_says_why(staff) -> None:
    record(staff)
    with pytest.raises(BadRecord, match="Say why"):
        correct(staff, reason=" ")
    assert Guess.objects.get().arm == "RET"


@pytest.mark.parametrize("days", [100, 0])
def test_it_is_not_asked_before_the_last_visit_opens(staff, at, days) -> None:
    with pytest.raises(Refused) as early:
        record(staff, at=at + timedelta(days=days))
    assert early.value.sentence == "The guess is asked at the visit Follow-up, from 2026-06-11 on."
    assert not Guess.objects.exists()


def test_there_is_no_arm_to_guess_before_randomisation(staff) -> None:
    from tests.participants import people

    somebody = people.eligible(staff.first, by=staff.coordinator, at=staff.now)
    with pytest.raises(Refused, match="not randomised"):
        guesses.record_guess(somebody, whose="assessor", arm="", by=staff.assessor, at=staff.now)
    assert "Record guess" not in as_(staff.assessor).get(f"/participants/{somebody}/visits/").content.decode()


@pytest.mark.parametrize(
    "role", ["trainer", "pi", "monitor", "manager", "safety_clinician", "blinded_statistician", "unblinded_statistician"]
)
def test_others_record_no_guess(staff, role) -> None:
    with pytest.raises(NotAllowed):
        record(staff, by=getattr(staff, role))
    assert as_(getattr(staff, role)).get(page_of(staff)).status_code in (403, 404)


def test_a_protocol_without_visits_asks_nothing(staff, monkeypatch) -> None:
    for room in ("outcomes.actions.guesses", "outcomes.queries.guesses"):
        monkeypatch.setattr(f"{room}.asked_at", lambda protocol: None)
    with pytest.raises(Refused, match="no visit after randomisation"):
        record(staff)
    assert "Record guess" not in as_(staff.assessor).get(f"/participants/{staff.person}/visits/").content.decode()


def test_a_machine_guesses_nothing(staff) -> None:
    with pytest.raises(NotAllowed):
        record(staff, by=SHELL)


def test_whoever_may_know_arms_is_no_assessor(asking) -> None:
    with pytest.raises(Refused, match="says nothing about blinding"):
        record(asking, by=asking.coordinator)
    with pytest.raises(Refused, match="taken down by somebody who may know arms"):
        record(asking, whose="participant")
    with pytest.raises(BadRecord, match="assessor, participant"):
        record(asking, whose="trainer")


def test_participants_are_asked_only_where_the_protocol_says_so(staff) -> None:
    with pytest.raises(Refused, match="doesn't ask participants"):
        record(staff, whose="participant", by=staff.coordinator)
    assert "Record guess" not in as_(staff.coordinator).get(f"/participants/{staff.person}/visits/").content.decode()


def test_both_may_be_recorded_of_one_person(asking) -> None:
    record(asking)
    record(asking, whose="participant", by=asking.coordinator, arm="WL", certainty="strongly")
    assert set(Guess.objects.values_list("whose", "arm")) == {("assessor", "RET"), ("participant", "WL")}
    assert "Record guess" in as_(asking.coordinator).get(f"/participants/{asking.person}/visits/").content.decode()


@pytest.mark.parametrize(
    ("arm", "certainty"),
    [("RET", ""), ("", "somewhat"), ("RET", "very")],
    ids=["an arm, unsure how", "don't know, somewhat", "unknown word"],
)
def test_the_database_keeps_no_half_answer(staff, arm, certainty) -> None:
    guess = record(staff)
    with pytest.raises(BadRecord):
        correct(staff, arm=arm, certainty=certainty)
    with pytest.raises(IntegrityError), transaction.atomic():
        Guess.objects.filter(pk=guess.pk).update(arm=arm, certainty=certainty)


def test_the_database_keeps_one_guess_of_each(staff) -> None:
    guess = record(staff)
    with pytest.raises(IntegrityError), transaction.atomic():
        Guess.objects.create(
            participant=staff.person,
            whose="assessor",
            user=staff.assessor,
            visit="week12",
            protocol_digest=guess.protocol_digest,
            at=staff.now,
        )


def test_the_page_asks_and_then_shows_the_own_answer(staff) -> None:
    client = as_(staff.assessor)
    visits = client.get(f"/participants/{staff.person}/visits/").content.decode()
    assert f'href="{page_of(staff)}"' in visits
    blank = client.get(page_of(staff)).content.decode()
    assert f"In which group do you think {staff.person} is?" in blank
    assert "Resistance exercise training" in blank
    assert "Wait-list" in blank
    assert "Don&#x27;t know" in blank
    assert "checked" not in blank
    assert client.post(page_of(staff), {"arm": "WL", "certainty": "strongly"}).status_code == 302
    own = client.get(page_of(staff)).content.decode()
    assert "You answered on 11 June 2026" in own
    assert own.count("checked") == 2
    corrected = {"arm": "dont_know", "certainty": "strongly", "reason": "Misclicked"}
    assert client.post(page_of(staff), corrected).status_code == 302
    assert (Guess.objects.get().arm, Guess.objects.get().certainty) == ("", "")


def test_the_page_comes_back_with_what_is_missing(staff) -> None:
    answer = as_(staff.assessor).post(page_of(staff), {"arm": "WL"})
    assert answer.status_code == 422
    assert "Say how sure" in answer.content.decode()
    assert as_(staff.assessor).post(page_of(staff), {}).status_code == 422
    assert not Guess.objects.exists()


def test_before_the_last_visit_nothing_leads_there(staff) -> None:
    staff.now -= timedelta(days=1)
    client = as_(staff.assessor)
    assert "Record guess" not in client.get(f"/participants/{staff.person}/visits/").content.decode()
    assert client.post(page_of(staff), {"arm": "WL", "certainty": "strongly"}).status_code == 409


def test_by_rest(staff) -> None:
    client = as_(staff.assessor)
    door = f"/api/v1/participants/{staff.person}/"
    body = {"whose": "assessor", "arm": "RET", "certainty": "strongly"}
    told = client.post(f"{door}record-guess/", body, content_type="application/json")
    assert (told.status_code, told.json()["arm"], told.json()["visit"]) == (200, "RET", "week12")
    again = client.post(f"{door}record-guess/", body, content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (409, "recorded_already")
    fixed = client.post(f"{door}correct-guess/", {"whose": "assessor", "arm": "", "reason": "Misread"}, content_type="application/json")
    assert (fixed.status_code, fixed.json()["arm"]) == (200, "")


def test_the_indices_set_guesses_against_arms_for_by_arm_eyes(asking, at) -> None:
    others = [randomise_somebody(asking.first, by=asking.coordinator, at=at + timedelta(hours=n)) for n in range(1, 4)]
    everybody = [asking.person, *others]
    given = {person.trial_id: blinding.arm_for(SHELL, person.enrolment.allocation) for person in everybody}
    told = ["RET", "WL", "", "RET"]
    for person, arm in zip(everybody, told, strict=True):
        guesses.record_guess(person, whose="assessor", arm=arm, certainty="somewhat" if arm else "", by=asking.assessor, at=asking.now)
    guesses.record_guess(
        others[0], whose="participant", arm=given[others[0].trial_id], certainty="strongly", by=asking.coordinator, at=asking.now
    )
    assessors, participants = indices(asking.unblinded_statistician)
    table = [[0, 0], [0, 0]]
    unknown = [0, 0]
    for person, arm in zip(everybody, told, strict=True):
        row = ["RET", "WL"].index(given[person.trial_id])
        if arm:
            table[row][["RET", "WL"].index(arm)] += 1
        else:
            unknown[row] += 1
    assert assessors.guesses == Guesses(("RET", "WL"), tuple(map(tuple, table)), tuple(unknown))
    assert (assessors.whose, participants.whose, participants.guesses.n) == ("assessor", "participant", 1)
    page = as_(asking.unblinded_statistician).get("/reports/").content.decode()
    assert "Guesses by arm: assessors" in page
    assert f"{float(assessors.james.estimate):.3f} (95 % CI" in page
    assert "can&#x27;t be computed" in page or "can't be computed" in page


@pytest.mark.parametrize(
    "role", ["assessor", "blinded_statistician", "coordinator", "pi", "manager", "monitor", "safety_clinician", "trainer"]
)
def test_the_indices_are_for_nobody_else(staff, role) -> None:
    record(staff)
    with pytest.raises(NotAllowed):
        indices(getattr(staff, role))
    assert "Bang" not in as_(getattr(staff, role)).get("/reports/").content.decode()


def test_the_dataset_tells_the_guess_and_takes_it_back_in(staff, settings, tmp_path) -> None:
    record(staff, arm="", certainty="")
    files = exports.export_dataset(staff.now, view="closed", by=SHELL, at=staff.now)
    assert column(files, staff.person) == "dont_know"
    correct(staff, arm="WL", certainty="strongly", at=staff.now)
    later = staff.now + timedelta(hours=2)
    closed = exports.export_dataset(later, view="closed", by=SHELL, at=later)
    blinded = exports.export_dataset(later, view="blinded", by=SHELL, at=later)
    assert column(closed, staff.person) == column(blinded, staff.person) == "WL"


def column(files: dict[str, bytes], person: object) -> str:
    rows = csv.DictReader(io.StringIO(files["participant.csv"].decode(), newline=""))
    return next(row["assessor_guess"] for row in rows if row["trial_id"] == str(person))


def test_a_guess_that_moves_in_stands(db, settings, tmp_path) -> None:
    from tests.outcomes import world

    settings.UPLIFT_DATA = tmp_path / "data"
    from outcomes.exports.closed import write_closed

    (tmp_path / "bundle").mkdir()
    people = [world.randomised("P-001", "RET", world.START, assessor_guess="WL"), world.waiting()]
    write_closed(tmp_path / "bundle", people, world.protocol(), world.AS_OF, providers=world.PROVIDERS, version="0.1.0")
    imports.import_dataset(imports.read_folder(tmp_path / "bundle"), by=SHELL, at=world.AS_OF)
    again = exports.export_dataset(world.AS_OF, view="closed", by=SHELL, at=world.AS_OF)
    assert again["participant.csv"] == (tmp_path / "bundle/participant.csv").read_bytes()
    assert (column(again, "P-001"), column(again, "P-002")) == ("WL", "")
