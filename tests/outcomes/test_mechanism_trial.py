"""A trial that rates, measures and adds up: named in the protocol, entered by staff, exported and taken in again, without code."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.core.cache import cache
from django.test import Client

from outcomes.actions import assessments, exports, imports
from outcomes.exports.closed import write_closed
from outcomes.models import Alert, Assessment
from outcomes.queries import due, readiness, sittings, wording
from participants.actions import links
from tests.cast import LIMERICK
from tests.outcomes import world
from trials import clock
from trials.actions.protocol import load_protocol
from trials.actors import Machine
from trials.domain.protocol import load
from trials.permissions import Refused
from trials.queries import protocol_in_force

pytestmark = pytest.mark.django_db

SHELL = Machine("shell")
NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
MORE = ["phq_ads", "outside_training", "body_mass", "blood_pressure", "hamd17", "pswq"]
TEXT = (
    LIMERICK.read_text()
    .replace('version = "1.0"', 'version = "1.1"', 1)
    .replace('instruments = ["phq9", "gad7"]', f"instruments = {str(['phq9', 'gad7', *MORE]).replace(chr(39), chr(34))}")
)


@pytest.fixture
def words(settings, tmp_path: Path) -> Path:
    settings.UPLIFT_WORDS = tmp_path
    return tmp_path


@pytest.fixture
def mechanism(person, at, words, monkeypatch):
    """A person of a trial whose protocol was amended to ask, rate and measure more."""
    load_protocol(TEXT, by=SHELL, at=at, reason="more to ask")
    monkeypatch.setattr(clock, "now", lambda: at)
    cache.clear()
    return person


def made_up_words(code: str, *, language: str = "en") -> str:
    """Words that belong to nobody, for every item and option of an instrument."""
    from outcomes.instruments import instruments

    bare = instruments[code]
    items = "\n".join(f'{item.number} = "Words {item.number}"' for item in bare.items)
    options = "\n".join(f'{value} = "Choice {value}"' for value in sorted({v for item in bare.items for v in item.values}))
    head = f'instrument = "{code}"\nversion = "{bare.version}"\nlanguage = "{language}"\nsource = "made up"\nstem = "Rate."'
    return f"{head}\n[items]\n{items}\n[options]\n{options}\n"


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response) -> str:
    return response.content.decode()


def enter(user, person, code: str, **given):
    body = {"mode": "interview", "completed_on": "2026-03-02", "uuid": str(UUID(int=9)), **given}
    return as_(user).post(f"/participants/{person}/visits/baseline/{code}/enter/", body)


def test_people_are_asked_what_is_theirs_and_in_words(mechanism, at):
    (sitting,) = sittings.open_sittings(mechanism, protocol_in_force(), at=at)
    assert sitting.instruments == ("phq9", "gad7", "outside_training")


def test_words_from_the_deployment_put_a_questionnaire_before_people(mechanism, words, at):
    (words / "pswq.en.toml").write_text(made_up_words("pswq"))
    (sitting,) = sittings.open_sittings(mechanism, protocol_in_force(), at=at)
    assert sitting.instruments == ("phq9", "gad7", "outside_training", "pswq")
    assert [i.items[0].text for i in wording.in_words(sitting.instruments, protocol_in_force())][-1] == "Words 1"


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (None, "The words of HAM-D 17 in language en are not supplied, so it isn&#x27;t offered."),
        ("nonsense", "The words of HAM-D 17 can&#x27;t be used, so it isn&#x27;t offered: the file hamd17.en.toml is no TOML"),
        (b"\xff", "the file hamd17.en.toml can&#x27;t be read as UTF-8."),
        (made_up_words("hamd17", language="de"), "the file hamd17.en.toml says that its language is de."),
        (made_up_words("hamd17").replace('17 = "Words 17"', ""), "item 17 has no words."),
    ],
    ids=["absent", "no TOML", "no UTF-8", "another language", "incomplete"],
)
def test_staff_are_told_why_a_form_is_not_offered(mechanism, words, assessor, written, sentence):
    if written is not None:
        (words / "hamd17.en.toml").write_bytes(written if isinstance(written, bytes) else written.encode())
    page = text(as_(assessor).get(f"/participants/{mechanism}/visits/"))
    assert sentence in page
    assert f"/participants/{mechanism}/visits/baseline/hamd17/enter/" not in page
    assert f"/participants/{mechanism}/visits/baseline/body_mass/enter/" in page
    assert "phq_ads" not in page
    refused = as_(assessor).get(f"/participants/{mechanism}/visits/baseline/hamd17/enter/")
    assert (refused.status_code, "offered" in text(refused)) == (404, True)


def test_a_form_without_words_is_refused_at_every_door(mechanism, assessor, at):
    with pytest.raises(Refused, match="not supplied"):
        assessments.enter_interview(
            mechanism, visit="baseline", instrument="hamd17", answers={"1": 1}, completed_on=at.date(), client_uuid=UUID(int=1), by=assessor,
            at=at,
        )  # fmt: skip
    with pytest.raises(Refused, match="PHQ-ADS is not asked: it follows from PHQ-9 and GAD-7"):
        assessments.enter_paper(
            mechanism,
            visit="baseline",
            instrument="phq_ads",
            answers={},
            completed_on=at.date(),
            client_uuid=UUID(int=1),
            by=assessor,
            at=at,
        )
    assert wording.why_not("nonsense", "en") == "There is no questionnaire nonsense in this program."
    assert wording.why_not("phq9", "en") == ""
    assert Assessment.objects.count() == 0


def test_a_rating_is_entered_with_its_rater_and_raises_its_alert(mechanism, words, assessor):
    (words / "hamd17.en.toml").write_text(made_up_words("hamd17"))
    page = text(as_(assessor).get(f"/participants/{mechanism}/visits/baseline/hamd17/enter/"))
    assert ("Words 3" in page, 'name="mode" value="interview"' in page, "Telephone" in page) == (True, True, False)
    answers = {f"item_{n}": "1" for n in range(1, 18)} | {"item_3": "2"}
    saved = enter(assessor, mechanism, "hamd17", **answers)
    assert (saved.status_code, "The safety desk has it" in text(saved)) == (200, True)
    kept = Assessment.objects.get()
    assert (kept.mode, kept.rater, kept.rater_blind, kept.total, kept.severity) == ("interview", assessor, True, 18, "moderate")
    assert [a.trigger for a in Alert.objects.all()] == ["hamd17.3>=2"]
    shown = text(as_(assessor).get(f"/participants/{mechanism}/visits/baseline/hamd17/"))
    assert ("18 of 52" in shown, "2, Choice 2" in shown) == (True, True)
    (words / "hamd17.en.toml").unlink()
    bare = text(as_(assessor).get(f"/participants/{mechanism}/visits/baseline/hamd17/"))
    assert ("Question 3" in bare, "Choice 2" in bare, "18 of 52" in bare) == (True, False, True)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "Enter the value, or say below why there is none."),
        ({"item_1": "120", "item_2": "20"}, "Diastolic: 20 is not between 30 and 180 mmHg."),
        ({"item_1": "120", "item_2": "high"}, "Diastolic: &#x27;high&#x27; is not a number."),
        ({"item_1": "120", "item_2": "80.5"}, "Diastolic: 80.5 is not a whole number."),
        ({"item_1": "120", "item_2": "80", "none_2": "refused"}, "Give the value or the reason why there is none, not both."),
        ({"item_1": "120", "none_2": "unknown"}, "Select a valid choice"),
        ({"item_1": "1" * 30, "item_2": "80"}, "at most 20"),
    ],
)
def test_a_measurement_is_refused_in_words_and_nothing_is_kept(mechanism, assessor, given, sentence):
    refused = enter(assessor, mechanism, "blood_pressure", **given)
    assert refused.status_code == 422
    assert sentence in text(refused) or "Choose" in text(refused)
    assert Assessment.objects.count() == 0


def test_a_measurement_is_kept_shown_and_corrected(mechanism, assessor, coordinator):
    page = text(as_(assessor).get(f"/participants/{mechanism}/visits/baseline/blood_pressure/enter/"))
    assert "60 to 280 mmHg. Seated, after five minutes of rest" in page
    assert enter(assessor, mechanism, "blood_pressure", item_1="120", none_2="refused").status_code == 302
    kept = Assessment.objects.get()
    assert (kept.answers, kept.missing, kept.total, kept.rater) == ({"1": "120"}, {"2": "refused"}, None, assessor)
    shown = text(as_(assessor).get(f"/participants/{mechanism}/visits/baseline/blood_pressure/"))
    assert ("120 mmHg" in shown, "Refused" in shown, "<dt>Total</dt>" in shown, "Mean arterial" in shown) == (True, True, False, False)
    path = f"/participants/{mechanism}/visits/baseline/blood_pressure/correct/"
    assert 'value="120"' in text(as_(coordinator).get(path))
    done = as_(coordinator).post(path, {"item_1": "122", "item_2": "80", "reason": "read again"})
    assert done.status_code == 302, text(done)
    kept.refresh_from_db()
    assert (kept.answers, kept.missing) == ({"1": "122", "2": "80"}, {})
    assert "94.0 mmHg" in text(as_(assessor).get(f"/participants/{mechanism}/visits/baseline/blood_pressure/"))


def test_a_single_value_is_its_own_total(mechanism, assessor):
    assert enter(assessor, mechanism, "body_mass", item_1="64.5").status_code == 302
    kept = Assessment.objects.get()
    assert (kept.answers, kept.total, str(kept.total_unrounded)) == ({"1": "64.5"}, 65, "64.5000")
    assert "64.5 kg" in text(as_(assessor).get(f"/participants/{mechanism}/visits/baseline/body_mass/"))


def test_questions_that_hang_on_an_answer_come_and_go_on_the_persons_page(mechanism, coordinator, at):
    phone, minted = Client(), links.mint(mechanism, visit="baseline", expires_at=None, by=coordinator, at=at)
    phone.post("/me/", {"t": minted.token})
    assert "Question 17 of 19" in text(phone.get("/me/question/17/"))
    phone.post("/me/question/17/", {"answer": "3"})
    assert "For how long on such a day?" in text(phone.get("/me/question/18/"))
    phone.post("/me/question/18/", {"answer": "50"})
    phone.post("/me/question/17/", {"answer": "0"})
    assert "Question 18 of 19" in text(phone.get("/me/question/18/"))
    for number in (18, 19):
        phone.post(f"/me/question/{number}/", {"answer": "0"})
    phone.post("/me/send/", {"uuid": str(UUID(int=3))})
    kept = Assessment.objects.get(instrument="outside_training")
    assert (kept.answers, kept.missing) == ({"1": 0, "3": 0, "5": 0}, {"2": "not_asked", "4": "not_asked", "6": "not_asked"})


def test_a_sitting_is_done_without_what_staff_do_and_readiness_wants_all_of_it(mechanism, assessor, at):
    for code in ("phq9", "gad7", "outside_training"):
        assessments.submit(
            mechanism, visit="baseline", instrument=code, answers={}, client_uuid=UUID(int=ord(code[0])), by=mechanism, at=at
        )
    assert sittings.open_sittings(mechanism, protocol_in_force(), at=at) == ()
    lacking = readiness._unsent(mechanism, protocol_in_force())
    assert lacking == [f"{title} at Baseline" for title in ("Body mass", "Blood pressure", "HAM-D 17", "PSWQ")]
    visit = next(v for v in protocol_in_force().visits if v.kind == "baseline")
    asked = replace(visit, instruments=wording.asked_of_people(visit, protocol_in_force()))
    sent = due._sent([(mechanism.pk, mechanism.trial_id, visit, due.Sitting(visit.code, at.date(), at.date()))])[mechanism.pk, visit.code]
    assert [sent >= set(each.instruments) for each in (visit, asked)] == [False, True]


# the dataset


def forms(day, **answers):
    return tuple(
        world.form("baseline", code, day, given, missing={}, mode="interview" if code in ("body_mass", "blood_pressure") else "web")
        for code, given in answers.items()
    )


def people():
    whole = world.whole_course()
    on = world.START - timedelta(days=1)
    given = forms(
        on,
        phq9=dict.fromkeys([str(n) for n in range(1, 11)], 1),
        gad7=dict.fromkeys([str(n) for n in range(1, 9)], 1),
        body_mass={"1": "64.5"},
        blood_pressure={"1": "120", "2": "80"},
        outside_training={"1": 2, "2": 50, "3": 0, "5": 0},
    )
    kept = tuple(f for f in whole.forms if f.visit != "baseline")
    return [replace(whole, forms=given + kept)]


@pytest.fixture
def bundle(settings, tmp_path: Path) -> dict[str, bytes]:
    settings.UPLIFT_DATA = tmp_path / "data"
    folder = settings.UPLIFT_DATA / "bundle"
    folder.mkdir(parents=True)
    write_closed(folder, people(), load(TEXT), world.AS_OF, providers=world.PROVIDERS, version="0.1.0")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def rows(body: bytes, **wanted: str) -> list[dict[str, str]]:
    return [row for row in csv.DictReader(io.StringIO(body.decode())) if wanted.items() <= row.items()]


def test_values_figures_and_what_follows_are_exported(bundle):
    items = {code: [(r["item"], r["value"], r["missing_code"]) for r in rows(bundle["item.csv"], visit="baseline", instrument=code)]
             for code in ("body_mass", "blood_pressure", "outside_training", "phq_ads")}  # fmt: skip
    assert items == {
        "body_mass": [("1", "64.5", "")],
        "blood_pressure": [("1", "120", ""), ("2", "80", ""), ("mean_arterial", "93.3", "")],
        "outside_training": [
            ("1", "2", ""), ("2", "50", ""), ("3", "0", ""), ("4", "", "not_asked"), ("5", "0", ""), ("6", "", "not_asked"),
            ("minutes", "100", ""),
        ],
        "phq_ads": [("gad7", "7", ""), ("phq9", "9", "")],
    }  # fmt: skip
    (mass,) = rows(bundle["assessment.csv"], visit="baseline", instrument="body_mass")
    assert (mass["status"], mass["total"], mass["total_unrounded"], mass["severity"], mass["mode"]) == (
        "done",
        "65",
        "64.5",
        "",
        "interview",
    )
    (both,) = rows(bundle["assessment.csv"], visit="baseline", instrument="phq_ads")
    assert (both["status"], both["total"], both["n_answered"], both["severity"], both["mode"]) == ("done", "16", "16", "mild", "web")
    later = rows(bundle["assessment.csv"], visit="week8", instrument="phq_ads")
    assert [r["change_from_baseline"] != "" for r in later] == [True]
    assert [r["response"] for r in later] == [""]


def test_what_was_measured_comes_back_byte_for_byte(bundle):
    imports.import_dataset(bundle, by=SHELL, at=NOW)
    assert Assessment.objects.get(visit="baseline", instrument="body_mass").answers == {"1": "64.5"}
    assert not Assessment.objects.filter(instrument="phq_ads").exists()
    assert exports.export_dataset(world.AS_OF, view="closed", by=SHELL, at=NOW) == bundle


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (("body_mass,1,64.5", "body_mass,1,6450"), "6450 is not between 25 and 350 kg."),
        (("blood_pressure,1,120", "blood_pressure,1,120.5"), "120.5 is not a whole number."),
        (("outside_training,1,2", "outside_training,1,8"), "8 is not one of 0, 1, 2, 3, 4, 5, 6, 7."),
        (("outside_training,1,2", "outside_training,1,2.5"), "'2.5' is not a whole number."),
        (("outside_training,minutes,100", "outside_training,minutes,90"), "100"),
        (("phq_ads,gad7,7", "phq_ads,gad7,8"), "7"),
        (("body_mass,1,64.5", "body_mass,2,64.5"), "Body mass has no item '2'."),
    ],
)
def test_a_value_that_can_not_be_is_told_with_its_place(bundle, wrong, sentence):
    assert wrong[0].encode() in bundle["item.csv"]
    with pytest.raises(Exception) as refusal:
        imports.import_dataset(bundle | {"item.csv": bundle["item.csv"].replace(*(w.encode() for w in wrong), 1)}, by=SHELL, at=NOW)
    assert "item.csv" in str(refusal.value)
    assert sentence in str(refusal.value)
    assert Assessment.objects.count() == 0
