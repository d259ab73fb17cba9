"""Couples and clusters in plain values: their sizes, their levels, the protocol's words for them, and what redraws and texts make of them."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from fractions import Fraction as F
from itertools import product

import pytest

from tests.trials.domain.protocol_cases import MINIMAL, edited, faults_of
from tests.trials.domain.test_statement import facts, item, scheme
from trials.domain.groups import too_few, too_many, unlike
from trials.domain.protocol import load
from trials.domain.protocol.amending import faults_of_allocation
from trials.domain.protocol.shape import AllocationPlan
from trials.domain.protocol.writing import allocation
from trials.domain.randomisation import scheme_from
from trials.domain.randomisation.commitment import configuration_digest
from trials.domain.randomisation.retest import Drawn, RandomisationTest, Stream

COUPLE = AllocationPlan(method="simple", unit="couple")
CLUSTER = AllocationPlan(method="simple", unit="cluster", smallest=3, largest=5)
TOP = "[allocation]\n"
SIZES = "smallest = 3\nlargest = 5\n"


def test_sizes_are_those_of_the_unit():
    assert [plan.sizes for plan in (AllocationPlan(method="simple"), COUPLE, CLUSTER)] == [(1, 1), (2, 2), (3, 5)]
    assert [plan.by_group for plan in (AllocationPlan(method="simple"), COUPLE, CLUSTER)] == [False, True, True]
    assert (too_many(COUPLE, 2), too_many(CLUSTER, 5), too_few(COUPLE, 2), too_few(CLUSTER, 3)) == ("", "", "", "")
    assert too_many(COUPLE, 3) == "A couple has 2 people at most, and this would be 3."
    assert too_many(CLUSTER, 6) == "A cluster has 5 people at most, and this would be 6."
    assert too_few(COUPLE, 1) == "A couple is randomised with 2 people; this one has 1."
    assert too_few(CLUSTER, 2) == "A cluster is randomised with 3 people or more; this one has 2."


def test_who_is_in_another_stratum_than_the_first_is_named_with_every_level_that_differs():
    women = (("site", "LIM"), ("sex", "F"))
    assert unlike({"P-1": women, "P-2": women}) == {}
    assert unlike({"P-1": women}) == {}
    told = unlike({"P-1": women, "P-2": (("site", "LIM"), ("sex", "M")), "P-3": women, "P-4": (("site", "DUB"), ("sex", "M"))})
    assert told == {
        "P-2": "P-2 is in another stratum than P-1: sex M, not F.",
        "P-4": "P-4 is in another stratum than P-1: site DUB, not LIM, sex M, not F.",
    }


def test_the_unit_stands_in_the_table_only_where_it_is_not_a_person():
    plain, couples = load(MINIMAL), load(edited([(TOP, TOP + 'unit = "couple"\n')]))
    named = load(edited([(TOP, TOP + 'unit = "person"\n')]))
    assert "unit" not in plain.allocation_table()
    assert configuration_digest(named.allocation_table()) == configuration_digest(plain.allocation_table())
    assert couples.allocation_table() == {**plain.allocation_table(), "unit": "couple"}
    assert configuration_digest(couples.allocation_table()) != configuration_digest(plain.allocation_table())


def test_to_a_method_a_couple_is_one_newcomer():
    table = {"method": "permuted_blocks", "arms": {"A": 1, "B": 1}, "multipliers": [2]}
    assert scheme_from({**table, "unit": "couple"}) == scheme_from(table)
    with pytest.raises(ValueError, match="^unit must be one of person, couple, cluster, not 'household'$"):
        scheme_from({**table, "unit": "household"})


@pytest.mark.parametrize(
    ("lines", "parameters", "told"),
    [
        ('unit = "cluster"\n' + SIZES + 'latecomers = "join"\nlevels_of = "first"\n', "", []),
        ('unit = "couple"\nlevels_of = "first"\n', "", []),
        (
            'unit = "household"\n',
            "",
            ['allocation.unit: "household" is not known; use one of person, couple, cluster.'],
        ),
        (
            'unit = "cluster"\n',
            "",
            [
                "allocation.smallest: is missing for clusters; give the fewest and the most members.",
                "allocation.largest: is missing for clusters; give the fewest and the most members.",
            ],
        ),
        (
            'unit = "cluster"\nsmallest = 6\nlargest = 5\n',
            "",
            ["allocation.largest: 5 is fewer than the smallest 6; give the most members."],
        ),
        (
            'unit = "cluster"\nsmallest = 6\nlargest = 50\n',
            "",
            ["allocation.largest: 50 is more than the sample size 40; give a smaller number."],
        ),
        (
            'unit = "couple"\n' + SIZES,
            "",
            [
                "allocation.smallest: is given for a couple; leave it out: only clusters differ in size.",
                "allocation.largest: is given for a couple; leave it out: only clusters differ in size.",
            ],
        ),
        (
            'unit = "couple"\nlatecomers = "join"\n',
            "",
            ["allocation.latecomers: is given for a couple; leave it out: only a cluster can be joined after its draw."],
        ),
        (
            'levels_of = "first"\n',
            "",
            ["allocation.levels_of: is given for a person; leave it out: a person has levels of their own."],
        ),
        (
            'unit = "couple"\nenvelopes = 4\n',
            "",
            [
                "allocation.envelopes: an envelope holds the arm of one person, never of a couple; leave it out: a couple waits until the "
                "program can be reached."
            ],
        ),
        ("", 'unit = "couple"\n', ["allocation.parameters.unit: is no parameter of a method; put unit under [allocation]."]),
    ],
)
def test_what_does_not_fit_the_unit_is_refused(lines, parameters, told):
    head = "[allocation.parameters]\n"
    assert faults_of([(TOP, TOP + lines), (head, head + parameters)]) == told


def test_an_uploaded_list_has_a_place_for_each_person():
    edits = [('method = "permuted_blocks"', 'method = "uploaded_list"\nunit = "couple"'), ("multipliers = [2, 3]", "")]
    assert faults_of(edits) == [
        "allocation.method: an uploaded list gives a place to each person, never one to a couple; name a method that draws here, or "
        "randomise persons."
    ]


def test_an_allocation_that_is_written_keeps_its_unit():
    plan = replace(CLUSTER, latecomers="join", levels_of="first")
    written = tomllib.loads(allocation(plan))["allocation"]
    assert written == {
        "method": "simple", "unit": "cluster", "smallest": 3, "largest": 5, "levels_of": "first", "latecomers": "join",
    }  # fmt: skip
    assert tomllib.loads(allocation(AllocationPlan(method="simple")))["allocation"] == {"method": "simple"}
    assert faults_of_allocation(load(MINIMAL), allocation(plan), sample_size=40) == ()


def test_the_statement_tells_the_unit_and_who_came_late():
    table = {**scheme().table, "unit": "cluster"}
    whole = scheme(table=table, allocations=12, groups=3, members=12)
    late = scheme(table=table, allocations=12, groups=1, members=13, latecomers=1)
    one = (
        "The unit of allocation was the cluster: 3 clusters with 12 members, gathered beforehand, took one place each, and all members "
        "had its arm; the method counted each cluster once."
    )
    assert item("17b", facts(whole)).endswith(one)
    assert "1 cluster with 12 members, gathered" in item("17b", facts(late))
    assert item("17b", facts(late)).endswith(
        "1 person joined a cluster after its draw, when its arm could be known; the reason of each is kept."
    )
    assert "12 people were randomised in this way" in item("18", facts(whole))
    assert "unit of allocation" not in item("17b", facts(scheme()))


def test_a_redraw_moves_a_couple_together():
    """Against every sequence of a fair coin, written out: three couples, one of them measured in part."""
    fair = scheme_from({"method": "simple", "arms": {"A": 1, "B": 1}})
    couples = ((F(1), F(2)), (F(5), None), (F(9), F(4)))
    arms = ("A", "A", "B")
    people = tuple(Drawn({}, arm, first, (other,)) for arm, (first, other) in zip(arms, couples, strict=True))
    test = RandomisationTest(("A", "B"), (Stream(fair, "all", people),))

    def difference(drawn: tuple[str, ...]) -> F | None:
        means = []
        for arm in "AB":
            there = [y for given, couple in zip(drawn, couples, strict=True) if given == arm for y in couple if y is not None]
            means.append(sum(there, start=F(0)) / len(there) if there else None)
        return None if None in means else means[0] - means[1]

    every = [difference(drawn) for drawn in product("AB", repeat=3)]
    found = difference(arms)
    extreme = sum(d is not None and abs(d) >= abs(found) for d in every)
    exact = test.exact()
    assert (test.measured, test.statistic, exact.sequences) == (5, found, 8)
    assert (exact.p, exact.undefined) == (F(extreme, 8), F(sum(d is None for d in every), 8))
    redrawn = test.redraw(bytes(range(32)), 400)
    assert abs(float(redrawn.p) - extreme / 8) < 5 * redrawn.se


def test_a_couple_of_whom_nobody_is_measured_still_moves_the_stream_on():
    fair = scheme_from({"method": "simple", "arms": {"A": 1, "B": 1}})
    people = (Drawn({}, "A", None, (None,)), Drawn({}, "A", F(1), (F(2),)), Drawn({}, "B", F(3)))
    test = RandomisationTest(("A", "B"), (Stream(fair, "all", people),))
    assert (test.measured, test.exact().sequences, people[0].outcomes) == (3, 8, ())
