"""Two worlds that differ in one person's arm: whoever is blind gets the same bytes in both, whatever they ask.

A world is the same base lived on twice. In one the person trains (sessions held and missed, an event found at a session, loads,
a trainer, reminders of appointments), in the other they wait and train later. A blind role then tries every door with every
filter, reads its exports and its mail; any differing byte of status, headers or body is a leak. A planted leak must be found.
"""

from __future__ import annotations

import difflib
import io
import json
import logging
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.http import HttpResponse
from django.test import Client

from outcomes.models import Export
from participants.models import CapturedMail, Message, TrainingSession
from tests import plugin
from tests.cast import PASSWORD
from tests.house import doors
from tests.house.lived import END, MIDWAY, OTHER, OWN, Lived, live, prepare, randomise, standing_in
from tests.taken_back import taken_back
from trials import blinding
from trials.logs import Lines

BLIND = ("assessor", "blinded_statistician", "safety_clinician")
QUESTIONS = (
    "", "?sort=arm&ordering=arm&o=allocation__arm", "?q=RET&status=randomised&site=LIM", "?page=2&about=P-001&verb=session",
    "?trainer=2&on=2026-03-30&all=1&exercise=1",
)  # fmt: skip
# The one door that tells a blind clinician an arm: with a reason and the password again, on the own screen, and kept in the audit.
ASKED_FOR: dict[str, set[str]] = {
    "assessor": set(),
    "blinded_statistician": set(),
    "safety_clinician": {"POST api/v1/participants/<trial_id>/break-code/", "STEP code break on the screen"},
}
LISTS = (
    "/",
    "/participants/",
    "/safety/",
    "/safety/figures/",
    "/flow/",
    "/exports/",
    "/api/v1/participants/",
    "/api/v1/alerts/",
    "/api/v1/exports/",
)
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"')


@dataclass
class Twins:
    """Two databases and what both share: keys of people and staff are the same by construction."""

    names: tuple[str, str]
    lived: tuple[Lived, Lived]

    def each(self, ask: Callable[[Lived], object]) -> list[object]:
        answers = []
        for name, lived in zip(self.names, self.lived, strict=True):
            with standing_in(name):
                answers.append(ask(lived))
        return answers


def twins(until=END, flipped: str = OWN) -> Twins:
    """One base, cloned twice; the flipped person trains in the first world and waits in the second."""
    base = plugin.clone("base")
    with standing_in(base):
        lived = prepare()
    names, lives = [], []
    for arm in ("RET", "WL"):
        names.append(plugin.clone("twin", of=base))
        with standing_in(names[-1]):
            here = Lived(dict(lived.people), dict(lived.staff), {}, dict(lived.tokens), dict(lived.memberships), dict(lived.token_pks))
            randomise(here, {OWN: "RET", OTHER: "WL", "third": "WL"} | {flipped: arm})
            live(here, until=until)
            lives.append(here)
    plugin.drop(base)
    return Twins((names[0], names[1]), (lives[0], lives[1]))


@pytest.fixture(scope="module")
def worlds(django_db_blocker) -> Iterator[Twins]:
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        made = twins()
        patch.setattr("trials.clock.now", lambda: END)
        yield made
    for name in made.names:
        plugin.drop(name)


def bytes_of(answer: HttpResponse) -> tuple[object, ...]:
    """Everything that reaches the reader, the form tokens put out of sight."""
    headers = sorted((k, v) for k, v in answer.headers.items() if k != "Set-Cookie")
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, headers, TOKEN.sub(b"", content)


def asked(lived: Lived, role: str, *, everything: bool = False) -> dict[str, tuple[object, ...]]:
    """What a role gets at every door: reads with questions (each in turn, or all), parts of pages, and steps that are taken back."""
    client = Client(raise_request_exception=False)
    client.force_login(lived.user(role))
    found = {}
    for turn, address in enumerate(addresses(lived)):
        for question in QUESTIONS if everything or address in LISTS else ("", QUESTIONS[1 + turn % (len(QUESTIONS) - 1)]):
            found[f"GET {address}{question}"] = bytes_of(client.get(address + question))
        if address.endswith(("/visits/", "/course/")):
            found[f"PART {address}"] = bytes_of(client.get(address, headers={"HX-Request": "true"}))
    for route in doors.routes():
        if route.startswith(("logout", "login", "welcome", "theme")):
            continue
        sent = json.dumps(doors.body(route)) if route.startswith(doors.API) else ""
        kind = "application/json" if sent else "application/x-www-form-urlencoded"
        with taken_back():
            found[f"POST {route}"] = bytes_of(
                client.generic("POST", place_in_both(route, lived), sent, content_type=kind, headers=doors.HEADERS)
            )
    for name, (address, given) in steps(lived).items():
        with taken_back():
            found[f"STEP {name}"] = bytes_of(client.post(address, given))
            found[f"AFTER {name}"] = bytes_of(client.get(f"/participants/{lived.people[OWN]}/"))
    return found


def steps(lived: Lived) -> dict[str, tuple[str, dict[str, str]]]:
    """Whole forms, as they are filled in on pages."""
    home, day = f"/participants/{lived.people[OWN]}/", END.date().isoformat()
    code_break = {"reason_code": "urgent_treatment", "reason": "Urgent treatment", "password": PASSWORD}
    learned = {"learned_on": day, "how": "participant_told", "sure": "no", "note": "In the corridor"}
    outside = {"reader": "outside", "recipient_name": "Dr Ahern", "recipient_email": "ahern@hospital.example"}
    event = {
        "category": "pain", "term": "Knee", "started_on": day, "severity": "mild", "elicited": "spontaneous",
        "aware_at": f"{day} 09:00", "ongoing": "on",
    }  # fmt: skip
    return {
        "concern": (home + "concern/", {"text": "Quiet"}),
        "event": (home + "events/new/", event),
        "answers": (
            home + "visits/week12/gad7/enter/",
            {f"item_{n}": "1" for n in range(1, 8)} | {"mode": "paper", "completed_on": day, "uuid": doors.KEY},
        ),
        "code break on the screen": (home + "code-break/", code_break | {"reader": "screen"}),
        "code break for a colleague": (home + "code-break/", code_break | {"reader": f"user:{lived.staff['pi']}"}),
        "code break for somebody outside": (home + "code-break/", code_break | outside),
        "an arm learned": ("/unblindings/report/", learned | {"trial_id": lived.people[OWN]}),
        "export": ("/exports/", {"view": "blinded"}),
    }


def place_in_both(route: str, lived: Lived) -> str:
    """The same address in both worlds: the numbers are those of the world where there is more to find."""
    return doors.address(route, Lived(lived.people, lived.staff, NUMBERS, lived.tokens, lived.memberships, lived.token_pks))


NUMBERS: dict[str, dict[str, int]] = {}


def addresses(lived: Lived) -> list[str]:
    reads = [r for r in doors.routes() if not r.startswith(("static", "healthz", "api/v1/docs", "api/v1/schema", "styleguide"))]
    own = [place_in_both(route, lived) for route in reads]
    nearby = [f"/sessions/{n}/" for n in range(1, 6)] + [f"/participants/{lived.people[OWN]}/events/{n}/" for n in (1, 2, 3)]
    return sorted({*own, *nearby, f"/search/?q={lived.people[OWN]}", f"/safety/{lived.people[OWN]}/1/", f"/safety/{lived.people[OWN]}/2/"})


def differences(pair: list[dict[str, tuple[object, ...]]]) -> dict[str, str]:
    """Where two sets of answers part, with the first lines that differ."""
    first, second = pair
    return {key: _told(first[key], second[key]) for key in first if first[key] != second[key]}


def _told(one: tuple[object, ...], two: tuple[object, ...]) -> str:
    if one[:2] != two[:2]:
        return f"{one[:2]} / {two[:2]}"
    lines = [str(side[2].decode("utf-8", "replace")).splitlines() for side in (one, two)]  # type: ignore[attr-defined]
    return "\n".join(line for line in difflib.unified_diff(*lines, lineterm="", n=0) if line[:1] in "+-")[:600]


@pytest.fixture(scope="module", autouse=True)
def _numbers(worlds: Twins) -> None:
    NUMBERS.update(worlds.lived[0].numbers)


def test_the_two_worlds_do_differ(worlds: Twins) -> None:
    def seen(lived: Lived) -> tuple[str, list[str], int]:
        person = lived.person(OWN)
        phases = sorted(set(TrainingSession.objects.filter(enrolment=person.enrolment).values_list("phase", flat=True)))
        return str(blinding.arm_for(lived.user("pi"), person.enrolment.allocation)), phases, person.adverse_events.count()

    assert worlds.each(seen) == [("RET", ["familiarisation", "intervention"], 2), ("WL", ["deferred"], 1)]


@pytest.mark.parametrize("role", BLIND)
def test_a_blind_role_gets_the_same_bytes_in_both_worlds(worlds: Twins, role: str) -> None:
    found = differences(worlds.each(lambda lived: asked(lived, role)))
    assert {key: told for key, told in found.items() if key not in ASKED_FOR[role]} == {}
    assert set(found) == ASKED_FOR[role]


def looked(lived: Lived, role: str, seen: tuple[str, ...]) -> dict[str, tuple[object, ...]]:
    client = Client()
    client.force_login(lived.user(role))
    return {address: bytes_of(client.get(address)) for address in seen}


def test_an_eye_that_may_see_arms_does_see_a_difference(worlds: Twins) -> None:
    home = f"/participants/{worlds.lived[0].people[OWN]}/"
    seen = (home, home + "sessions/", home + "course/", "/week/?on=2026-03-30", f"/api/v1{home}sessions/")
    assert set(differences(worlds.each(lambda lived: looked(lived, "coordinator", seen)))) == set(seen)


PLANTED = {
    "a count of sessions": ("participants.queries.people.state_of", lambda was: lambda p: (was(p)[0], f"{was(p)[1]} {_sessions_of(p)}")),
    "an order by arm": ("participants.queries.people.listed", lambda was: lambda user, **how: was(user, **how).order_by("enrolment__allocation__arm", "-pk")),
    "a longer name": ("outcomes.queries.course._way_in", lambda was: lambda p: _longer(was(p), _sessions_of(p))),
}  # fmt: skip


def _sessions_of(person) -> int:
    return TrainingSession.objects.filter(enrolment__participant=person).count()


def _longer(lane, sessions: int):
    return type(lane)(name=lane.name + " " * sessions, bars=lane.bars, marks=lane.marks)


@pytest.mark.parametrize("leak", PLANTED)
def test_a_planted_leak_is_found(worlds: Twins, monkeypatch, leak: str) -> None:
    place, planted = PLANTED[leak]
    module, _, name = place.rpartition(".")
    was = getattr(__import__(module, fromlist=[name]), name)
    monkeypatch.setattr(place, planted(was))

    home = f"/participants/{worlds.lived[0].people[OWN]}/"
    assert differences(worlds.each(lambda lived: looked(lived, "assessor", ("/participants/", home, home + "course/")))) != {}


def test_the_blinded_dataset_has_the_same_bytes_in_both_worlds(worlds: Twins) -> None:
    def files(lived: Lived) -> dict[str, bytes]:
        client = Client()
        client.force_login(lived.user("blinded_statistician"))
        answer = client.post(f"/exports/{Export.objects.get(view='blinded').pk}/download/")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            return {answer.headers["Content-Disposition"]: b""} | {name: archive.read(name) for name in archive.namelist()}

    first, second = worlds.each(files)
    assert sorted(first) == sorted(second)
    assert [name for name in first if first[name] != second[name]] == []


def test_mail_to_blind_staff_is_the_same_in_both_worlds(worlds: Twins) -> None:
    def mail(lived: Lived) -> list[tuple[object, ...]]:
        told = {f"user:{lived.staff[role]}" for role in BLIND}
        rows = Message.objects.filter(to__in=told).order_by("due_at", "to", "kind", "event")
        addresses = {lived.user(role).email for role in BLIND}
        letters = CapturedMail.objects.filter(to__in=addresses).order_by("at", "to")
        return [(m.to, m.kind, m.event, m.due_at, m.status) for m in rows] + [(c.at, c.to, c.subject, c.body) for c in letters]

    first, second = worlds.each(mail)
    assert first == second
    assert [kind for _, kind, *_ in first[:2]] == ["alert", "alert"]


def test_a_participants_letters_about_questions_are_the_same_in_both_worlds(worlds: Twins) -> None:
    def letters(lived: Lived) -> list[tuple[object, ...]]:
        found = CapturedMail.objects.filter(to="nora@canary.example").exclude(subject="Your next appointment").order_by("at")
        return [(c.at, c.subject, c.body) for c in found]

    first, second = worlds.each(letters)
    assert first == second
    assert len(first) > 1


def test_the_log_of_a_blind_roles_day_is_the_same_in_both_worlds(worlds: Twins) -> None:
    def lines(lived: Lived) -> list[dict[str, object]]:
        held = io.StringIO()
        handler = logging.StreamHandler(held)
        handler.setFormatter(Lines())
        root = logging.getLogger()
        root.addHandler(handler)
        try:
            client = Client(raise_request_exception=False)
            client.force_login(lived.user("assessor"))
            for address in addresses(lived):
                client.get(address)
        finally:
            root.removeHandler(handler)
        kept = [json.loads(line) for line in held.getvalue().splitlines()]
        return [{k: v for k, v in line.items() if k not in ("at", "seconds")} for line in kept]

    first, second = worlds.each(lines)
    assert first == second


@pytest.mark.long
@pytest.mark.parametrize(
    ("flipped", "until"), [(OTHER, END), (OWN, MIDWAY), (OTHER, MIDWAY)], ids=["other site", "midway", "other site, midway"]
)
def test_more_worlds(django_db_blocker, monkeypatch, flipped: str, until) -> None:
    with django_db_blocker.unblock():
        made = twins(until, flipped)
        monkeypatch.setattr("trials.clock.now", lambda: until)
        for role in BLIND:
            assert set(differences(made.each(lambda lived, role=role: asked(lived, role, everything=True)))) <= ASKED_FOR[role]
        for name in made.names:
            plugin.drop(name)
