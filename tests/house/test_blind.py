"""Worlds that differ in one person's arm: whoever is blind gets the same bytes in all of them, whatever they ask.

A world is a story told on a clone of one base (`tests/house/twins/`). In each the same things happen to the same people; one person's
arm is another, given at the allocator's test seam, with all that an arm brings: sessions held and missed, loads, trainers, events
found at sessions, reminders of appointments, deferred training. A blind role then asks for everything: each route of the resolver by
each method, each filter that the program reads, each form, each view and profile of the dataset. Any differing byte of status,
headers, cookies, body or log is a leak; so is another statement to the database, or another number of rows that it gave.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta

import pytest
from drf_spectacular.generators import SchemaGenerator

from participants.models import TrainingSession
from tests.house import doors
from tests.house.twins import everything, story, worlds
from tests.house.twins.asking import Ask
from trials import blinding

pytestmark = pytest.mark.unmeasured

# Two arms at two sites twice, three arms once; two worlds beside the first in each: six. In the first every filter and every ordering
# is asked, in the others a share of them.
SHORT = ((20, 1), (18, 0.05), (19, 0.05))
LONG = 17  # stories of three worlds beside the first: 51


def told_apart(told: story.Story, *, share: float, again_all: bool = False) -> dict[str, object]:
    """Everything in which the worlds of a story differ for those who must not tell them apart; empty where they can't."""
    made = worlds.make(told)
    try:
        found: dict[str, object] = {}
        for role in worlds.VIEWERS:
            asked, known = worlds.asks(made, role, share=share, seed=told.seed)
            assert len(asked) > 100
            found |= {f"{role}: {name}": what for name, what in worlds.leaks(made, role, asked, known, again_all=again_all).items()}
        for name, read in (("diary", lambda w: w.diary), ("mail", worlds.mail), ("dataset", worlds.datasets)):
            first, *others = [read(world) for world in made.all()]
            assert first or name == "mail", f"no {name}"
            found |= {f"{name} {n}": _difference(first, other) for n, other in enumerate(others) if other != first}
        return found
    finally:
        made.drop()


def _difference(one: object, two: object) -> object:
    if isinstance(one, dict) and isinstance(two, dict):
        return sorted(k for k in one.keys() | two.keys() if one.get(k) != two.get(k))
    return [pair for pair in zip(one, two, strict=False) if pair[0] != pair[1]][:5]  # type: ignore[call-overload]


@pytest.mark.parametrize(("seed", "share"), SHORT)
def test_whoever_is_blind_gets_the_same_bytes_in_every_world(django_db_blocker, seed: int, share: float) -> None:
    told = story.make(seed, worlds=2)
    with django_db_blocker.unblock():
        assert told_apart(told, share=share) == {}, f"{told}"


@pytest.mark.long(minutes=1)
@pytest.mark.parametrize("turn", range(LONG))
def test_whoever_is_blind_gets_the_same_bytes_in_fifty_worlds(django_db_blocker, turn: int) -> None:
    told = story.make(secrets.randbelow(10**6) * 3 + turn % 3, worlds=3)
    print(told)
    with django_db_blocker.unblock():
        assert told_apart(told, share=0.06 if turn else 1) == {}, f"{told}"


@pytest.mark.long(minutes=1)
def test_what_is_not_asked_again_could_not_have_differed(django_db_blocker) -> None:
    with django_db_blocker.unblock():
        assert told_apart(story.make(14, worlds=1), share=0.3, again_all=True) == {}


def test_every_route_has_a_sample_address_and_every_write_of_the_api_its_body(db) -> None:
    """A door that was added without them fails here, or in `doors.address`, which knows no default."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    lacking = []
    for path, methods in schema["paths"].items():
        content = methods.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        shape = schema["components"]["schemas"].get(content.get("$ref", "").rpartition("/")[2], {})
        if shape.get("required") and path.rstrip("/").rpartition("/")[2] not in doors.BODIES:
            lacking.append(path)
    assert lacking == []
    assert len(schema["paths"]) > 60
    assert len(everything.routes()) > 150


def test_stories_are_really_different() -> None:
    stories = [story.make(seed, worlds=3) for seed in range(51)]
    assert {s.trial for s in stories} == {"limerick", "lisa"}
    assert len({(s.trial, tuple(s.arms.items()), s.flips, s.until, s.steps) for s in stories}) == 51
    kinds = {step.kind for s in stories for step in s.steps}
    assert kinds >= {
        "withdraw",
        "loss",
        "death",
        "drug",
        "dose",
        "event",
        "judge",
        "concern",
        "defer",
        "code_break",
        "paper",
        "none",
        "web",
    }
    assert story.make(5, worlds=3) == story.make(5, worlds=3)


@pytest.fixture(scope="module")
def pair(django_db_blocker):
    """One person who trains in the first world and waits in the other, far enough on for everything to have happened."""
    with django_db_blocker.unblock():
        made = worlds.make(rich())
        yield made
        made.drop()


def rich() -> story.Story:
    """A story without an end for anybody, in which the person who trains is hurt at a session and falls ill later, and somebody worries."""
    told = next(s for n in range(1000) if _trains_on(s := story.make(n, worlds=1)))
    day = story.START + timedelta(days=40)
    more = [
        story.Step(day, "concern", "own"),
        story.Step(day + timedelta(days=20), "event", "own", {"term": "Flu", "serious": True, "n": 0}),
    ]
    steps = [step for step in told.steps if step.kind not in ("withdraw", "loss", "death", "code_break")]
    arms, until = {"own": "RET", "third": "WL", "other": "WL"}, story.START + timedelta(days=95, hours=6)
    return replace(told, arms=arms, flips=(("own", "WL"),), steps=tuple(sorted([*steps, *more])), until=until)


def _trains_on(told: story.Story) -> bool:
    stops = told.dice("own", "stop").random() < 0.4
    return told.trial == "limerick" and not stops and any(told.fate("own", n)[1] for n in range(1, 10))


def test_the_two_worlds_do_differ(pair) -> None:
    seen = []
    for world in pair.all():
        with world.entered() as lived:
            person = lived.person("own")
            held = TrainingSession.objects.filter(enrolment=person.enrolment).exclude(phase="deferred")
            seen.append((str(blinding.arm_for(lived.user("pi"), person.enrolment.allocation)), held.exists()))
    assert seen == [("RET", True), ("WL", False)]


def test_an_eye_that_may_see_arms_does_see_a_difference(pair) -> None:
    home = f"/participants/{pair.first.lived.people['own']}/"
    seen = (home, home + "sessions/", home + "course/", "/week/?on=2026-03-30", f"/api/v1{home}sessions/")
    found = worlds.leaks(pair, "coordinator", [Ask(address, "GET", address) for address in seen])
    assert {name.partition(" ")[0] for name in found} - {"READ"} == set(seen)
