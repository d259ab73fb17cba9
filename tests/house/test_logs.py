"""Canaries: names, contacts, answers, arms, passwords and tokens go in by every door, and come out nowhere but on the page they are for.

Looked through afterwards: every log line, what the audit keeps in `detail`, what Celery is handed, the outbox's rows, error pages,
addresses that a browser is sent to, and the names of files.
"""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from participants.actions import identity, messages
from participants.models import Message, PersonalLink
from tests import plugin
from tests.house import doors
from tests.house.lived import END, OTHER, OWN, Lived, live, prepare, randomise, standing_in
from tests.participants.people import ELIGIBLE, NORA
from trials import clock
from trials.actions import staff
from trials.logs import Lines
from trials.models import Event

NAMES = {"given_name": "Zzcanaria", "family_name": "Qvogel", "email": "zz@kanarie.example", "phone": "+353 61 999 7171"}
SAID, PASSWORD = "zzsecret words said in confidence", "zzpassword of nobody"
TYPED = (*NAMES.values(), "Qvogel", SAID, PASSWORD)
ARM = re.compile(r"\b(RET|WL)\b")


@contextmanager
def listening() -> Iterator[io.StringIO]:
    """Everything that is logged, in the form in which it is written down; nothing is too quiet."""
    held = io.StringIO()
    handler = logging.StreamHandler(held)
    handler.setFormatter(Lines())
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield held
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


class Day:
    """What a day at the doors leaves behind."""

    def __init__(self, lived: Lived) -> None:
        self.lived, self.addresses, self.tasks, self.error_pages = lived, [], [], []
        self.secrets: list[str] = [*lived.tokens.values()]
        self.log = ""

    def client(self, role: str) -> Client:
        client = Client(raise_request_exception=False)
        client.force_login(self.lived.user(role))
        return client

    def send(self, client: Client, address: str, given: dict[str, object], *, as_json: bool = False) -> None:
        answer = client.post(address, json.dumps(given) if as_json else given, **({"content_type": "application/json"} if as_json else {}))
        self.addresses += [answer.headers.get("Location", ""), answer.headers.get("Content-Disposition", "")]
        if answer.status_code >= 500:
            self.error_pages.append(answer.content.decode())


@pytest.fixture(scope="module")
def day(django_db_blocker) -> Iterator[Day]:
    name = plugin.clone("canary")
    with django_db_blocker.unblock(), standing_in(name), pytest.MonkeyPatch.context() as patch:
        lived = prepare()
        randomise(lived, {OWN: "RET", OTHER: "RET", "third": "WL"})
        live(lived)
        patch.setattr("trials.clock.now", lambda: END)
        done = Day(lived)
        patch.setattr(
            "celery.app.task.Task.apply_async", lambda task, args=None, kwargs=None, **more: done.tasks.append((task.name, args, kwargs))
        )
        with listening() as held:
            _spend(done)
            _break(done)
            done.log = held.getvalue()
        yield done
    plugin.drop(name)


def _spend(day: Day) -> None:
    """Every canary by pages and by the API, accepted and refused."""
    coordinator, home = day.client("coordinator"), f"/participants/{day.lived.people[OWN]}/"
    person = NAMES | {"emergency_name": NAMES["given_name"], "emergency_phone": NAMES["phone"]}
    day.send(coordinator, home + "contact/edit/", person)
    day.send(coordinator, home + "contact/", {})
    day.send(coordinator, "/participants/screen/", person | {f"answer_{k}": v for k, v in ELIGIBLE.items()})
    day.send(coordinator, "/api/v1/participants/screen/", {"site": "LIM", "answers": ELIGIBLE, "person": NAMES, "sex": "F"}, as_json=True)
    day.send(coordinator, "/api/v1/participants/screen/", {"site": "LIM", "answers": {"age": SAID}, NAMES["email"]: SAID}, as_json=True)
    day.send(coordinator, home + "concern/", {"text": SAID})
    day.send(coordinator, home + "care/new/", {"kind": "other", "description": SAID, "started_on": SAID})
    day.send(coordinator, f"/api/v1{home}enter-paper/", doors.BODIES["enter-paper"] | {"answers": {"1": SAID}}, as_json=True)
    day.send(coordinator, f"/api/v1{home}withdraw/", {"scope": "contact", "reason": "burden", "note": SAID}, as_json=True)
    day.send(day.client("safety_clinician"), home + "arm/", {"reason": SAID})
    day.send(
        day.client("manager"),
        "/api/v1/staff/invite/",
        {"username": "newcomer", "name": NAMES["given_name"], "role": "assessor", "site": "LIM", "email": NAMES["email"]},
        as_json=True,
    )
    day.send(day.client("unblinded_statistician"), "/exports/", {"view": "closed"})
    day.send(day.client("manager"), "/reports/compute/", {})
    day.send(day.client("unblinded_statistician"), f"/exports/{day.lived.numbers[OWN]['export']}/download/", {})
    stranger = Client(raise_request_exception=False)
    cache.clear()
    day.send(stranger, "/login/?next=/participants/", {"username": NAMES["email"], "password": PASSWORD})
    day.send(stranger, "/welcome/", {"token": PASSWORD, "password": PASSWORD, "again": PASSWORD, "name": NAMES["given_name"]})
    day.send(stranger, "/me/", {"t": day.lived.tokens[OTHER]})
    day.send(stranger, "/me/", {"code": PASSWORD})
    day.send(stranger, "/me/question/1/", {"answer": "1"})
    stranger.get("/api/v1/me/", headers={"Authorization": f"Bearer {day.lived.tokens['coordinator']}"})
    stranger.get("/api/v1/me/", headers={"Authorization": f"Bearer {PASSWORD}"})
    for token in (day.lived.tokens["feed"], PASSWORD):
        stranger.get(f"/calendar/{token}.ics")
    for token in (day.lived.tokens["stop"], PASSWORD):
        stranger.get(f"/me/stop/{token}/")
        stranger.post(f"/me/stop/{token}/", {"List-Unsubscribe": "One-Click"})
    made = staff.make_token(day.lived.user("pi"), name="laptop", by=day.lived.user("pi"), at=clock.now())
    reset = staff.reset_password(day.lived.user("pi"), by=day.lived.user("manager"), at=clock.now())
    day.secrets += [made[1], reset.token]


def _break(day: Day) -> None:
    """Faults of ours, raised where the secrets are in the hand."""
    home = f"/participants/{day.lived.people[OTHER]}/"

    def fails(*args: object, **kwargs: object) -> None:
        raise RuntimeError(f"{NAMES['given_name']} {SAID} RET {kwargs}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "show_contact", fails)
        patch.setattr(messages, "send_due", fails)
        patch.setattr("outcomes.actions.alerts.audit.record", fails)
        for client in (day.client("other_coordinator"),):
            day.send(client, home + "contact/", {})
            day.send(client, home + "concern/", {"text": SAID})
            day.send(client, f"/api/v1{home}raise-concern/", {"text": SAID}, as_json=True)


def found_in(day: Day, text: str) -> list[str]:
    """The canaries that a text holds."""
    return [secret for secret in (*TYPED, *day.secrets, NORA["email"], NORA["phone"]) if secret.casefold() in text.casefold()]


def test_the_faults_were_really_raised_and_logged(day: Day) -> None:
    assert len(day.error_pages) == 3
    assert day.log.count('"RuntimeError"') >= 3


def test_no_log_line_holds_a_canary_or_an_arm(day: Day) -> None:
    assert len(day.log.splitlines()) > 8
    assert (found_in(day, day.log), ARM.findall(day.log)) == ([], [])
    kept = {key for line in day.log.splitlines() for key in json.loads(line)}
    assert kept <= {
        "at",
        "level",
        "logger",
        "place",
        "event",
        "error",
        "trace",
        "status",
        "method",
        "route",
        "task",
        "seconds",
        "count",
        "actor",
        "verb",
        "code",
    }


def test_a_log_line_that_did_hold_one_would_be_seen(day: Day) -> None:
    with listening() as held:
        logging.getLogger("uplift.somewhere").warning("called %s", NAMES["given_name"])
        assert found_in(day, held.getvalue()) == []
        logging.getLogger("uplift.somewhere").warning(NAMES["given_name"])
        assert found_in(day, held.getvalue()) == [NAMES["given_name"]]


def test_the_audits_detail_holds_none(day: Day) -> None:
    told = json.dumps(list(Event.objects.values_list("verb", "about", "actor", "detail")))
    kept = identity.show_contact(day.lived.person(OWN), by=day.lived.user("pi"), at=END)
    assert {name: kept[name] for name in NAMES} == NAMES
    assert (found_in(day, told), ARM.findall(told)) == ([], [])


def test_celery_is_handed_numbers_alone(day: Day) -> None:
    assert sorted(name for name, _, _ in day.tasks) == ["outcomes.tasks.compute_report", "outcomes.tasks.make_export"]
    assert all(isinstance(value, int) for _, args, kwargs in day.tasks for value in (*args, *(kwargs or {}).values()))


def test_the_outbox_and_the_links_hold_none(day: Day) -> None:
    rows = json.dumps([list(Message.objects.values()), list(PersonalLink.objects.values())], default=str)
    assert Message.objects.count() > 5
    assert (found_in(day, rows), ARM.findall(rows)) == ([], [])


def test_error_pages_and_addresses_hold_none(day: Day) -> None:
    shown = "\n".join([*day.error_pages, *day.addresses])
    assert len([a for a in day.addresses if a]) > 5
    assert (found_in(day, shown), ARM.findall(shown)) == ([], [])


def test_names_of_files_hold_none(day: Day) -> None:
    names = "\n".join(str(path) for path in Path(settings.UPLIFT_DATA).rglob("*"))
    assert "cuts" in names
    assert (found_in(day, names), ARM.findall(names)) == ([], [])
