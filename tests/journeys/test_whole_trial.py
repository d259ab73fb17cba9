"""The whole trial from an empty installation, by browser alone: protocol, staff, enrolment, randomisation, training, answers, dataset."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.journeys.conftest import WAYS

pytestmark = [pytest.mark.browser]

SMALL = Path(__file__).with_name("small.toml")
MONDAY = datetime(2026, 5, 11, 8, 0, tzinfo=UTC)
PASSWORD = "long enough for anybody"
LINK = re.compile(r"http\S+#t=\S+")


def given_an_installation_with_its_first_manager(stack, walk):
    stack.travel(MONDAY)
    said = stack.manage("first_manager_link")
    manager = walk("manager").goes_to(LINK.search(said).group())
    manager.fills("Your name", "Eva Lindqvist").fills("Password", PASSWORD).fills("The same password again", PASSWORD).clicks(
        "Save password"
    )
    return manager.sees("Welcome to Uplift")


def when_the_protocol_is_loaded(manager):
    manager.clicks("Load a protocol").uploads("Protocol file", SMALL).clicks("Load protocol").sees("Two ways to train")


def when_one_draws_a_scheme_and_the_other_approves_it(statistician, manager):
    statistician.goes_to("/randomisation/").clicks("Draw scheme").sees("You drew this scheme, so the trial manager")
    manager.goes_to("/randomisation/").sees("Waits for approval").clicks("Approve scheme").sees("Open")


def when_staff_are_invited(manager, walk, username, role, email):
    manager.goes_to("/staff/invite/").fills("Name", username.title()).fills("User name", username).fills("E-mail", email)
    manager.chooses(role, group="Role").clicks("Make invitation")
    link = LINK.search(manager.text()).group()
    person = walk(username).goes_to(link)
    person.fills("Password", PASSWORD).fills("The same password again", PASSWORD).clicks("Save password")
    return person.sees("Today")


def when_the_clinician_is_on_duty(safety):
    safety.goes_to("/safety/roster/").chooses("Safety", group="Who").chooses("All sites", group="Site")
    safety.fills("From day", "2026-05-11").fills("From time", "00:00").fills("To day", "2026-07-01").fills("To time", "00:00")
    safety.clicks("Save turn").sees("Turns from now on")


def when_somebody_is_screened(coordinator):
    coordinator.goes_to("/participants/").clicks("Screen a person").chooses("Limerick", group="Site")
    coordinator.fills("Age in years", "24").chooses("Yes", group="Can you train twice a week?").chooses("Female", group="Sex")
    coordinator.fills("Given name", "Aoife").fills("Family name", "Kelly").fills("E-mail", "aoife@example.org")
    coordinator.clicks("Save screening").sees("P-001")


def when_consent_and_baseline_are_recorded(coordinator):
    coordinator.goes_to("/participants/P-001/consent/").clicks("Record consent")
    coordinator.goes_to("/participants/P-001/baseline/").fills("Body mass", "64,5").clicks("Save baseline")
    coordinator.goes_to("/participants/P-001/availability/").chooses("Tuesday", group="Day, choice 1").fills("Time, choice 1", "18:00")
    coordinator.chooses("Friday", group="Day, choice 2").fills("Time, choice 2", "18:00").chooses("E-mail").clicks("Save times")


def then_randomisation_says_what_is_missing(coordinator):
    coordinator.goes_to("/participants/P-001/randomise/").sees(re.compile("PHQ-9"))


def when_the_questions_are_answered(stack, person, answers, *, tells=False):
    """By the link in the mail; `answers` are option labels in order."""
    person.goes_to(LINK.search(stack.mail_to("aoife@example.org", containing="/me/#t=")).group()).clicks("Start the questions")
    for number, answer in enumerate(answers, start=1):
        person.sees(re.compile(f"^Question {number} of")).chooses(answer).clicks("Continue")
        if tells and number == 9:
            person.sees("Thank you for telling us").sees("116 123").sees("Safety will call you by").clicks("Continue")
    person.clicks("Send answers").sees("Your answers are sent")


def then_the_clinician_is_told(stack, clinician):
    mail = stack.mail_to("safety@example.org")
    assert "P-001" in mail
    assert not re.search(r"Aoife|Kelly|Several|PHQ|HEAVY|LIGHT|score", mail)
    clinician.goes_to("/safety/").sees("P-001").clicks(re.compile("Open alert")).does_not_see("Kelly")
    for arm in ("Heavy training", "Light training", "HEAVY", "LIGHT"):
        clinician.does_not_see(arm)


def when_the_person_is_randomised(coordinator):
    coordinator.goes_to("/participants/P-001/randomise/").fills("Type the trial id", "P-001").clicks("Randomise P-001")
    coordinator.sees(re.compile("You train with (heavier|lighter) weights"))
    coordinator.goes_to("/participants/P-001/sessions/").chooses("Trainer", group="Trainer").clicks("Assign trainer")


def when_a_session_is_held(stack, trainer):
    trainer.goes_to("/gym/").clicks(re.compile("P-001"))
    trainer.clicks("Record a starting load or strength test").chooses("Squat", group="Exercise")
    trainer.fills("Load", "40").fills("Repetitions", "8").clicks("Save load").sees("40 kg")
    trainer.goes_to("/gym/").clicks(re.compile("P-001")).clicks(re.compile("Start session"))
    for _ in (1, 2):
        trainer.fills("Load", "40").fills("Repetitions", "12").clicks(re.compile("^Save"))
    trainer.sees("Finish session 1").fills("How hard was the session?", "6").fills("Soreness now, 0 to 10", "2").clicks("Save session")


def then_the_dataset_tells_the_story(stack, statistician):
    statistician.goes_to("/exports/").chooses("Closed: everything", group="View").clicks("Export dataset")
    for _ in range(60):
        if "Ready" in statistician.text():
            break
        statistician.page.wait_for_timeout(500)
        statistician.goes_to("/exports/")
    with statistician.page.expect_download() as download:
        statistician._press(statistician._control(statistician.page, re.compile("Download"), None))
    bundle = zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes()))
    return {name: bundle.read(name).decode() for name in bundle.namelist() if name.endswith((".csv", ".json"))}


def table(files, name):
    return list(csv.DictReader(io.StringIO(files[name])))


NOT, SOME = "Not at all", "Several days"
BASELINE = [SOME] * 8 + [NOT] + [SOME] * 7 + ["Somewhat difficult"]  # nine, seven, and how difficult it is
WEEK1 = [NOT] * 6 + [SOME, NOT, SOME] + ["Somewhat difficult"]


@pytest.mark.parametrize("walk", WAYS, ids=["with a mouse at 1280 px", "by keyboard at 375 px"], indirect=True)
def test_the_whole_story(stack, walk):
    manager = given_an_installation_with_its_first_manager(stack, walk)
    when_the_protocol_is_loaded(manager)
    coordinator = when_staff_are_invited(manager, walk, "coord", "Coordinator", "coord@example.org")
    trainer = when_staff_are_invited(manager, walk, "trainer", "Trainer", "trainer@example.org")
    safety = when_staff_are_invited(manager, walk, "safety", "Safety clinician", "safety@example.org")
    statistician = when_staff_are_invited(manager, walk, "stat", "Unblinded statistician", "stat@example.org")
    when_one_draws_a_scheme_and_the_other_approves_it(statistician, manager)
    when_the_clinician_is_on_duty(safety)

    when_somebody_is_screened(coordinator)
    when_consent_and_baseline_are_recorded(coordinator)
    then_randomisation_says_what_is_missing(coordinator)
    person = walk("participant")
    when_the_questions_are_answered(stack, person, BASELINE)
    when_the_person_is_randomised(coordinator)

    stack.travel(MONDAY + timedelta(days=1, hours=9))  # Tuesday 18:00 in Limerick
    when_a_session_is_held(stack, trainer)

    stack.travel(MONDAY + timedelta(days=7, hours=2))
    when_the_questions_are_answered(stack, person, WEEK1, tells=True)
    then_the_clinician_is_told(stack, safety)

    files = then_the_dataset_tells_the_story(stack, statistician)
    (participant,) = table(files, "participant.csv")
    assert (participant["trial_id"], participant["screening_outcome"], participant["received_allocated"]) == ("P-001", "eligible", "yes")
    assert participant["randomised_on"] == "2026-05-11"
    totals = {(row["visit"], row["instrument"]): row["total"] for row in table(files, "assessment.csv")}
    assert totals == {("baseline", "phq9"): "8", ("baseline", "gad7"): "7", ("week1", "phq9"): "2"}
    sessions = table(files, "session.csv")
    assert [s["status"] for s in sessions] == ["attended", "scheduled", "scheduled", "scheduled"]
    (adherence,) = table(files, "adherence.csv")  # the unrecorded session of the closed week counts as missed
    assert [adherence[f"sessions_{what}"] for what in ("planned", "due", "attended", "missed")] == ["4", "2", "1", "1"]
    assert (adherence["attendance"], adherence["rdi"]) == ("0.5", "0.75")
    assert sessions[0]["done_volume_kg"] == "960"
    assert [(a["trigger"], a["closed_at"]) for a in table(files, "safety_alert.csv")] == [("phq9.9>=1", "")]
    flow = json.loads(files["flow.json"])
    assert (flow["assessed"], flow["randomised"]) == (1, 1)
    assert "Kelly" not in str(files)
