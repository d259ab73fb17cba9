"""Nobody is randomised beyond the sample size or a site's cap, and nobody in a closed stratum: under the lock, and in the database."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from tests.cast import open_randomisation
from tests.trials.allocating import MEN_AT_LIM, SHELL, TEXT, WOMEN_AT_LIM, allocated, expected, load, manager, opened, staff, unit
from tests.trials.test_allocation_race import race
from trials import queries
from trials.actions import allocation, strata
from trials.actions.moving_in import MovedAllocation, take_in_allocations
from trials.actions.protocol import load_protocol
from trials.domain.roles import Role
from trials.models import Allocation, Cap, Event, Scheme, Stratum
from trials.permissions import NotAllowed, Refused

WOMEN_AT_DUB = (("site", "DUB"), ("sex", "F"))


def capped(*, trial: int = 100000, site: int | None = None) -> str:
    """Room for so many in the trial, and at the first site."""
    text = TEXT.replace("sample_size = 100000", f"sample_size = {trial}")
    return text.replace("target = 50000\n", f"cap = {site}\n", 1).replace("target = 50000\n", "") if site else text


def counts() -> dict[str, tuple[int | None, int]]:
    return {cap.site.code if cap.site else "": (cap.most, cap.given) for cap in Cap.objects.select_related("site")}


def test_the_protocol_sets_the_caps_and_an_amendment_moves_them(db, at):
    load(at, capped(trial=44, site=22))
    assert counts() == {"": (44, 0), "LIM": (22, 0), "DUB": (None, 0)}
    amended = capped(trial=60, site=30).replace('version = "1.0"', 'version = "1.1"', 1)
    load_protocol(amended, by=SHELL, at=at)
    assert counts() == {"": (60, 0), "LIM": (30, 0), "DUB": (None, 0)}


@pytest.mark.parametrize(
    ("trial", "site", "sentence"),
    [
        (8, None, "The trial has its 8 people: nobody more is randomised unless the protocol is amended."),
        (100000, 8, "Site LIM has its 8 people: nobody more is randomised unless the protocol is amended."),
    ],
)
def test_the_next_one_is_refused_and_takes_no_place(db, at, trial, site, sentence):
    scheme = opened(at, capped(trial=trial, site=site))
    for number in range(8):
        allocated(f"P-{number:03}", at)
    with pytest.raises(Refused) as refused:
        allocated("P-100", at)
    assert (refused.value.code, refused.value.status, refused.value.sentence) == ("cap_reached", 409, sentence)
    assert Stratum.objects.get().next_seq == 9
    assert Allocation.objects.count() == 8
    if site:
        assert allocated("P-101", at, strata=WOMEN_AT_DUB, site="DUB").arm == expected(scheme, "site=DUB|sex=F", 1)[0]


def test_an_amended_sample_size_lets_more_in(db, at):
    opened(at, capped(trial=8))
    for number in range(8):
        allocated(f"P-{number:03}", at)
    load_protocol(capped(trial=9).replace('version = "1.0"', 'version = "1.1"', 1), by=SHELL, at=at)
    allocated("P-100", at)
    with pytest.raises(Refused):
        allocated("P-101", at)


@pytest.mark.parametrize(("given", "near", "reached"), [(7, False, False), (8, True, False), (9, True, False), (10, True, True)])
def test_the_alarm_is_at_eighty_per_cent(given, near, reached):
    cap = Cap(most=10, given=given)
    assert (cap.near, cap.reached) == (near, reached)
    assert (Cap(most=None, given=given).near, Cap(most=None, given=given).reached) == (False, False)


def test_whoever_moves_in_is_counted_but_not_refused(db, at):
    load(at, capped(trial=8))
    moved = [MovedAllocation(unit(f"M-{n}"), "RET", "site=LIM|sex=F", at) for n in range(9)]
    take_in_allocations(moved, by=SHELL, at=at)
    assert counts()[""] == (8, 9)
    open_randomisation(at=at)
    with pytest.raises(Refused, match="The trial has its 8 people"):
        allocated("P-001", at)


def test_the_database_refuses_whom_the_program_forgot_to_refuse(db, at, monkeypatch):
    opened(at, capped(trial=8, site=8))
    by, locked = manager(), allocation._locked

    def forgetful(unit, scheme, key):
        """As if nothing were capped and no stratum closed."""
        given, _, here, _, *rest = locked(unit, scheme, key)
        return [given, None, here, None, *rest[:-2], None, ""]

    monkeypatch.setattr(allocation, "_locked", forgetful)
    for number in range(8):
        allocated(f"P-{number:03}", at)
    with pytest.raises(IntegrityError, match="the sample size is reached"), transaction.atomic():
        allocated("P-100", at)
    Cap.objects.filter(site=None).update(most=100)
    with pytest.raises(IntegrityError, match="the cap of the site is reached"), transaction.atomic():
        allocated("P-100", at)
    Cap.objects.update(most=100)
    strata.close_stratum("site=LIM|sex=F", reason="Full", by=by, at=at)
    with pytest.raises(IntegrityError, match="the stratum is closed"), transaction.atomic():
        allocated("P-100", at)


@pytest.mark.parametrize("places", [0, 1, 5])
def test_sixteen_clients_fill_exactly_what_is_left(committing, at, places):
    opened(at, capped(trial=6 + places))
    for number in range(6):
        allocated(f"A-{number}", at)
    people = [unit(f"P-{n:02}") for n in range(16)]
    refused: list[str] = []

    def step(client: int, turn: int) -> None:
        try:
            allocation.allocate(people[client], strata=(WOMEN_AT_LIM, MEN_AT_LIM)[client % 2], by=SHELL, at=at)
        except Refused as no:
            refused.append(no.code)

    race(16, 1, step)
    assert refused == ["cap_reached"] * (16 - places)
    assert counts()[""] == (6 + places, 6 + places)
    assert Allocation.objects.count() == 6 + places


def test_a_stratum_is_closed_with_a_reason_and_goes_on_where_it_stopped(db, at):
    scheme = opened(at)
    by = manager()
    for number in range(3):
        allocated(f"P-{number:03}", at)
    strata.close_stratum("site=LIM|sex=F", reason="No trainer for women until May.", by=by, at=at)
    with pytest.raises(Refused) as refused:
        allocated("P-100", at)
    assert (refused.value.code, refused.value.status, refused.value.sentence) == (
        "stratum_closed", 423, "Stratum site=LIM|sex=F is closed: No trainer for women until May.",
    )  # fmt: skip
    allocated("P-101", at, strata=MEN_AT_LIM)
    strata.reopen_stratum("site=LIM|sex=F", reason="Hired", by=by, at=at)
    assert allocated("P-102", at).arm == expected(scheme, "site=LIM|sex=F", 4)[3]
    assert list(Event.objects.filter(about__startswith="stratum").order_by("pk").values_list("verb", "about", "reason")) == [
        ("stratum.closed", "stratum:1|site=LIM|sex=F", "No trainer for women until May."),
        ("stratum.reopened", "stratum:1|site=LIM|sex=F", "Hired"),
    ]


def test_a_stratum_that_nobody_has_fallen_into_can_be_closed(db, at):
    scheme = opened(at)
    strata.close_stratum("site=DUB|sex=X", reason="Not there", by=manager(), at=at)
    with pytest.raises(Refused, match="is closed"):
        allocated("P-001", at, strata=(("site", "DUB"), ("sex", "X")), site="DUB")
    strata.reopen_stratum("site=DUB|sex=X", reason="There now", by=manager(), at=at)
    given = allocated("P-002", at, strata=(("site", "DUB"), ("sex", "X")), site="DUB")
    assert (given.seq, given.arm) == (1, expected(scheme, "site=DUB|sex=X", 1)[0])


def test_which_strata_there_are(db, at):
    opened(at)
    assert strata.keys_of(Scheme.objects.get()) == tuple(f"site={s}|sex={x}" for s in ("LIM", "DUB") for x in ("F", "M", "X"))


@pytest.mark.parametrize(
    ("step", "told", "code"),
    [
        (strata.close_stratum, {"stratum": "site=LIM|sex=F", "reason": " "}, "no_reason"),
        (strata.close_stratum, {"stratum": "site=LIM|sex=Q", "reason": "x"}, "no_stratum"),
        (strata.reopen_stratum, {"stratum": "site=LIM|sex=F", "reason": "x"}, "stratum_open"),
    ],
)
def test_what_is_no_reason_or_no_stratum_is_refused(db, at, step, told, code):
    opened(at)
    with pytest.raises(Refused) as refused:
        step(**told, by=manager(), at=at)
    assert refused.value.code == code


def test_closing_a_stratum_twice_before_opening_or_by_others_is_refused(db, at):
    load(at)
    told = {"stratum": "site=LIM|sex=F", "reason": "x"}
    with pytest.raises(Refused, match="Randomisation is not open"):
        strata.close_stratum(**told, by=staff("m", at, (Role.MANAGER, None)), at=at)
    open_randomisation(at=at)
    with pytest.raises(NotAllowed):
        strata.close_stratum(**told, by=staff("c", at, (Role.COORDINATOR, "LIM")), at=at)
    strata.close_stratum(**told, by=manager(), at=at)
    with pytest.raises(Refused, match="closed already"):
        strata.close_stratum(**told, by=manager(), at=at)


def test_a_coordinator_sees_the_caps_of_the_trial_and_of_the_own_site(db, at):
    load(at)
    seen = queries.caps_seen_by(staff("c", at, (Role.COORDINATOR, "LIM")))
    assert [cap.site and cap.site.code for cap in seen] == [None, "LIM"]
    assert len(queries.caps_seen_by(staff("m", at, (Role.MANAGER, None)))) == 3
