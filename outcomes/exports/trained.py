"""Those who train, with the sums kept of their sessions in place of their sets: what the everyday report is read from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db.models import F

from outcomes.domain.case import Case
from outcomes.domain.facts import Person
from outcomes.domain.forms import Training
from outcomes.domain.records import SessionRecord, SetRecord
from outcomes.domain.training import Kept, Sums, sets_of, sums_from_kept
from outcomes.exports.dataset import SESSION, STREAMS, StaffCodes, Stream, bare, person_of
from outcomes.models import Provider
from participants.actions.sessions.rollup import SUMS
from participants.domain.sums import Prescribed, SessionSums
from participants.models import SessionRollup

READ = ("participant", "allocation", "ending", "baseline", "session", "strength_test")
LISTS = ("exercises_planned", "exercises_done", "loads", "body_mass_shares", "complete")


def people() -> Iterator[tuple[Person, dict[int, Kept] | None]]:
    """Everybody with their sessions but without forms and sets, and what is kept of each session; None where something is not kept.

    A fixed number of queries, whatever the trial's size.
    """
    codes = StaffCodes(Provider.objects.values_list("user_id", "code"))
    streams = {name: STREAMS[name]() for name in READ}
    rollups = Stream(
        SessionRollup.objects.order_by("session__session_no"), f"session__{SESSION}", number=F("session__session_no"),
        **{f"f_{name}": F(name) for name in (*SUMS, *LISTS)},
    )  # fmt: skip
    for row in streams["participant"].of_all():
        rows = {name: streams[name].of(row["who"]) if name in READ else [] for name in STREAMS if name != "participant"}
        person = person_of(row, rows, codes)
        yield person, _kept(person, rollups.of(row["who"]))


def sums_of_person(case: Case, sessions: list[SessionRecord], kept: dict[int, Kept] | None) -> Sums:
    """Per-session sums, from what is kept; from the sets themselves where that cannot say."""
    sums = None if kept is None else sums_from_kept(case, sessions, kept)
    if sums is not None:
        return sums
    whole = Case(replace(case.person, sets=_sets(case.person.trial_id)), case.protocol, case.as_of)
    return Training(sessions, sets_of(whole, sessions)).sums


def _kept(person: Person, rows: list[dict[str, Any]]) -> dict[int, Kept] | None:
    found = {row["number"]: _one(bare(row)) for row in rows}
    begun = (s.session_no for s in person.sessions if s.held or s.started_at is not None)
    return None if any(number not in found for number in begun) else found


def _one(facts: dict[str, Any]) -> Kept:
    planned, done = set(facts.pop("exercises_planned")), set(facts.pop("exercises_done"))
    onwards = Prescribed(
        loads={code: Decimal(load) for code, load in facts.pop("loads").items()},
        body_mass_shares={code: Decimal(share) for code, share in facts.pop("body_mass_shares").items()},
        complete=facts.pop("complete"),
    )
    return Kept(sums=SessionSums(exercises_planned=planned, exercises_done=done, **facts), prescribed=onwards)


def _sets(trial_id: str) -> tuple[SetRecord, ...]:
    stream = STREAMS["set"](trial_id)
    return tuple(SetRecord(trial_id=trial_id, session_no=one["number"], **bare(one)) for one in stream.of(trial_id))
