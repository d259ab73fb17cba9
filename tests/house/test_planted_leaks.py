"""Planted leaks, one of each kind: whoever looks in both worlds must find every one of them.

Kinds as in the list of what gives an arm away: a plain word, an order, a gap in numbers, a total, a file name, a status, a length, a
header, a message of a form, a filter, a cookie, a name, a template, an enum of the schema, a mail, a line of the log, a row read.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from outcomes.domain.digest import Waiting
from outcomes.queries import digests
from participants.actions import messages
from participants.actions.clinical.checks import BadRecord
from participants.models import AdverseEvent, CapturedMail, TrainingSession
from tests.house.test_blind import pair
from tests.house.twins import worlds
from tests.house.twins.telling import mail_of_the_day
from trials.actors import Machine
from trials.permissions import NotAllowed

pytestmark = pytest.mark.unmeasured

__all__ = ["pair"]
Plant = Callable[[Any], Any]  # what stood there -> what is put in its place


def sessions_of(person: Any) -> int:
    return TrainingSession.objects.filter(enrolment__participant=person).exclude(phase="deferred").count()


def with_more(was: Any, more: Callable[..., Any]) -> Any:
    """The function as it was, and then something done to its answer."""

    def planted(*args: Any, **kwargs: Any) -> Any:
        return more(was(*args, **kwargs), *args, **kwargs)

    return planted


def headed(answer: Any, *_: Any, **__: Any) -> Any:
    answer.headers["ETag"] = f'"{TrainingSession.objects.count()}"'
    return answer


def logged(answer: Any, *_: Any, **__: Any) -> Any:
    logging.getLogger("uplift.people").warning("seen", extra={"count": TrainingSession.objects.count()})
    return answer


def refused_where_trained(was: Any) -> Any:
    def planted(user: Any, trial_id: str) -> Any:
        if TrainingSession.objects.filter(enrolment__participant__unit__trial_id=trial_id).exclude(phase="deferred").exists():
            raise NotAllowed("Your role may not see training sessions.")
        return was(user, trial_id)

    return planted


def numbered(told: dict[str, Any], _self: Any, event: AdverseEvent) -> dict[str, Any]:
    return told | {"ae_no": event.ae_no}


def row_numbered(told: dict[str, Any], _self: Any, event: AdverseEvent) -> dict[str, Any]:
    return told | {"id": event.pk}


def filtered(was: Any) -> Any:
    def planted(user: Any, *, status: str = "", site: str = "", text: str = "") -> Any:
        found = was(user, status=status, site=site, text="" if text == "RET" else text)
        return found.filter(enrolment__allocation__arm=text) if text == "RET" else found

    return planted


def complained(was: Any) -> Any:
    def planted(by: Any, participant: Any, elicited: str, session: Any) -> None:
        if sessions_of(participant):
            raise BadRecord({"elicited": "Choose a session, if it was found at one."})
        was(by, participant, elicited, session)

    return planted


def longer(lane: Any, person: Any) -> Any:
    return type(lane)(name=lane.name + "\u200b" * sessions_of(person), bars=lane.bars, marks=lane.marks)


def templated(was: Any) -> Any:
    def planted(request: Any, template: str, context: Any = None, **more: Any) -> Any:
        trained = isinstance(context, dict) and "participant" in context and sessions_of(context["participant"])
        return was(request, "participants/form.html" if trained else template, context, **more)

    return planted


def enumerated(schema: Any, *_: Any, **__: Any) -> Any:
    phases = TrainingSession.objects.filter(enrolment__participant__unit__trial_id="P-001").values_list("phase", flat=True)
    return schema | {"x-phases": sorted(set(phases))}


def read_with(people: Any, *_: Any, **__: Any) -> Any:
    return people.prefetch_related("enrolment__sessions")


LIST, RECORD = r"^/participants/(\?|$)", r"^/participants/P-\d+/(\?|$)"
# kind -> (role that looks, pattern of the addresses it looks at, place, what is put there)
PLANTED: dict[str, tuple[str, str, str, Plant]] = {
    "a plain word": (
        "assessor", LIST, "participants.queries.people.state_of",
        lambda was: with_more(was, lambda told, p: (told[0], f"{told[1]} {getattr(getattr(p, 'enrolment', None), 'allocation', '') and p.enrolment.allocation.arm}")),
    ),
    "an order by arm": (
        "assessor", LIST, "participants.queries.people.listed",
        lambda was: with_more(was, lambda found, *_, **__: found.order_by("enrolment__allocation__arm", "-pk")),
    ),
    "a gap in a person's numbers": (
        "assessor", "report-event", "participants.api.answers.EventAnswer.to_representation", lambda was: with_more(was, numbered),
    ),
    "the number of a row": (
        "assessor", "report-event", "participants.api.answers.EventAnswer.to_representation", lambda was: with_more(was, row_numbered),
    ),
    "a total": (
        "assessor", LIST, "participants.queries.people.state_of",
        lambda was: with_more(was, lambda told, p: (told[0], f"{told[1]} {sessions_of(p)}")),
    ),
    "a file name": (
        "blinded_statistician", "/download/", "outcomes.actions.exports.name_of",
        lambda was: with_more(was, lambda name, _: name.replace(".zip", f"-{TrainingSession.objects.count()}.zip")),
    ),
    "403 in one arm, 404 in the other": ("assessor", r"/sessions/\d+/$", "participants.api.find.sessions", refused_where_trained),
    "a length": ("assessor", "/course/", "outcomes.queries.course._way_in", lambda was: with_more(was, longer)),
    "a header": ("assessor", RECORD, "participants.pages.people.render", lambda was: with_more(was, headed)),
    "a message of a form": ("assessor", "/events/new/", "participants.actions.clinical.events._check_session", complained),
    "a filter on what is hidden": ("assessor", LIST, "participants.queries.people.listed", filtered),
    "a cookie": (
        "assessor", "/events/new/", "participants.pages.common.toasts.success",
        lambda was: lambda request, said: was(request, f"{said} {TrainingSession.objects.count()}"),
    ),
    "the name of somebody who is not blind": (
        "safety_clinician", "^/safety/P-", "outcomes.pages.alert_words.concern",
        lambda was: with_more(was, lambda told, alert: told and f"{told} {alert.participant.concerns.first().raised_by}"),
    ),
    "a template": ("assessor", RECORD, "participants.pages.people.render", templated),
    "an enum of the schema": (
        "assessor", "/schema/$", "drf_spectacular.generators.SchemaGenerator.get_schema", lambda was: with_more(was, enumerated),
    ),
    "a line of the log": ("assessor", RECORD, "participants.pages.people.render", lambda was: with_more(was, logged)),
    "a row read": ("assessor", LIST, "participants.queries.people.listed", lambda was: with_more(was, read_with)),
}  # fmt: skip


def place_of(dotted: str) -> tuple[Any, str]:
    """The module or class that holds it, and its name there."""
    parts = dotted.split(".")
    for n in range(len(parts) - 1, 0, -1):
        try:
            holder = __import__(".".join(parts[:n]), fromlist=["x"])
        except ImportError:
            continue
        for part in parts[n:-1]:
            holder = getattr(holder, part)
        return holder, parts[-1]
    raise LookupError(dotted)


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_leak_is_found(pair, monkeypatch, kind: str) -> None:
    role, where, place, plant = PLANTED[kind]
    holder, name = place_of(place)
    asked, _ = worlds.asks(pair, role, share=1.0, seed=1, within=where)
    clean = worlds.leaks(pair, role, asked)
    monkeypatch.setattr(holder, name, plant(getattr(holder, name)))
    assert (clean, bool(worlds.leaks(pair, role, asked))) == ({}, True)


def test_a_planted_word_in_a_mail_is_found(pair) -> None:
    found = []
    for planted in (lambda m, at: messages.Text("Questions", "Hello"), lambda m, at: _with_sessions(messages.Text("Questions", "Hello"))):
        mails = []
        for world in pair.all():
            with world.entered() as lived:
                to = lived.person("own").actor
                messages.queue_next(to=to, kind="nudge", event="sitting:week12:invitation", by=Machine("beat"), at=world.at)
                messages.send_due(kinds={"nudge": (lambda m, at: True, planted)}, at=world.at)
            mails.append(worlds.mail(world))
        found.append(mails[0] == mails[1])
    assert found == [True, False]


def _with_sessions(text: messages.Text) -> messages.Text:
    return messages.Text(f"{text.subject} {TrainingSession.objects.count()}", text.body)


def test_a_planted_gap_in_the_dataset_is_found(pair, monkeypatch) -> None:
    assert [worlds.datasets(world) for world in pair.all()][0] == worlds.datasets(pair.others[0])
    monkeypatch.setattr("outcomes.exports.blinded._renumbered", lambda file, rows: rows)
    first, second = (worlds.datasets(world) for world in pair.all())
    assert [name for name in first if first[name] != second.get(name)] != []


def test_a_planted_count_in_a_daily_mail_is_found(pair, monkeypatch) -> None:
    """Of the mornings after the story: first as it is, then with a count of what exists in one arm. The trainer's mail does differ."""
    clean = _daily_mail(pair, days_later=1)
    monkeypatch.setattr(digests, "waiting", with_more(digests.waiting, counted))
    leaking = _daily_mail(pair, days_later=2)
    assert {to for _, to in clean[0]} >= {"assessor_and_coordinator@example.org", "safety_clinician@example.org"}
    seen = []
    for world in pair.all():
        with world.entered() as lived:
            seen.append(list(CapturedMail.objects.filter(to=lived.user("trainer").email).order_by("at", "pk").values_list("at", "body")))
    assert (clean[0] == clean[1], seen[0] == seen[1], leaking[0] == leaking[1]) == (True, False, False)


def counted(told: list[Waiting], _user: Any, _at: Any) -> list[Waiting]:
    held = TrainingSession.objects.exclude(phase="deferred").filter(status="attended").count()
    return [*told, Waiting("thing was done", "things were done", held, "/")]


def _daily_mail(pair: worlds.Worlds, *, days_later: int) -> list[list[tuple[str, str]]]:
    """(body, receiver) in each world of that morning's mail to whoever is blind."""
    found = []
    for world in pair.all():
        morning = (world.at + timedelta(days=days_later)).replace(hour=8, minute=0)
        with world.entered() as lived:
            mail_of_the_day(morning)
            letters = CapturedMail.objects.filter(at=morning).exclude(to=lived.user("trainer").email)
            found.append(list(letters.order_by("to").values_list("body", "to")))
    return found
