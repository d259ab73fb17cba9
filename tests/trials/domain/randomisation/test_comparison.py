"""The designer's comparison: what a choice is checked for, and what is put beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from trials.domain.protocol import load
from trials.domain.protocol.shape import AllocationPlan, BaselineVariable, Choice, Factor
from trials.domain.randomisation import scheme_from
from trials.domain.randomisation.design import accrual
from trials.domain.randomisation.design.comparison import MOST_LEADS, candidates, check_choice, compare, name_of, recommended
from trials.domain.randomisation.design.figures import exact, figures_of
from trials.domain.randomisation.design.setting import Split

LIMERICK = Path(__file__).resolve().parents[4] / "trials" / "protocols" / "limerick.toml"


@pytest.fixture(autouse=True)
def few_runs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    figures_of.cache_clear()
    exact.cache_clear()
    monkeypatch.setattr(accrual, "MOST_RUNS", 10)
    yield
    figures_of.cache_clear()
    exact.cache_clear()


PROTOCOL = load(LIMERICK)
LISA = load(LIMERICK.with_name("lisa.toml"))
CHOICE = {"method": "big_stick", "parameters": {"bound": 3}, "people": 44, "factors": ["site"], "shares": {}, "open_label": True}


def chosen(protocol=PROTOCOL, **choice):
    return check_choice(protocol, **(CHOICE | choice))


def refusal(**choice) -> str:
    with pytest.raises(ValueError) as refused:
        chosen(**choice)
    return str(refused.value)


def test_a_choice_becomes_a_table_and_a_setting():
    sites = Split("site", (("LIM", Fraction(1, 2)), ("DUB", Fraction(1, 2))))
    sex = Split("sex", (("F", Fraction(3, 4)), ("M", Fraction(1, 4)), ("X", Fraction(0))))
    codes = tuple(site.code for site in PROTOCOL.sites)
    table, found = chosen(factors=["sex", "site", "site"], shares={"sex": [Fraction(3), Fraction(1), Fraction(0)]}, open_label=False)
    arms = {arm.code: arm.ratio for arm in PROTOCOL.arms}
    assert table == {"bound": 3, "method": "big_stick", "arms": arms, "factors": {"site": codes, "sex": ("F", "M", "X")}}
    assert list(table["factors"]) == ["site", "sex"]
    assert (found.people, [split.name for split in found.factors], found.site_factor, found.open_label) == (
        44,
        ["site", "sex"],
        "site",
        False,
    )
    assert found.factors[1] == sex
    assert [level for level, _ in found.sites.shares] == list(codes) == [level for level, _ in sites.shares]
    table, found = chosen(factors=[])
    assert table == {"bound": 3, "method": "big_stick", "arms": arms}
    assert (found.factors, found.site_factor, found.open_label) == ((), None, True)


def test_every_fault_of_a_choice_is_told_at_once():
    known = ", ".join(candidates(PROTOCOL))
    told = refusal(factors=["moon", "sex", "moon", "sun"], parameters={"arms": 1, "bound": 0}, people=0)
    assert told == (
        f"factors: 'moon' is none of {known}; factors: 'sun' is none of {known}; parameters: 'arms' does not belong there; "
        "bound must be a whole number from 1 to 10,000, not 0; people must be from 1 to 100,000, not 0"
    )
    for key in ("method", "factors"):
        assert refusal(parameters={key: 1, "bound": 3}) == f"parameters: {key!r} does not belong there"


def test_a_maximal_procedure_is_worked_out_here_as_far_as_its_leads_are_few():
    assert MOST_LEADS == 100_000
    sentence = "bound times length must be at most 100,000 to be worked out here"
    for bound, length in ((51, 2000), (1000, 318)):
        assert refusal(method="maximal", parameters={"bound": bound, "length": length}) == sentence
    for bound, length in ((50, 2000), (1000, 316)):
        table, _ = chosen(method="maximal", parameters={"bound": bound, "length": length})
        assert table["length"] == length


def variable(code: str, kind: str, *, required: bool) -> BaselineVariable:
    choices = (Choice(code="a", label="A"), Choice(code="b", label="B")) if kind == "choice" else ()
    return BaselineVariable(code=code, label=code, type=kind, required=required, choices=choices)


def test_what_people_can_be_stratified_by_with_its_levels():
    asked = (
        variable("smokes", "yes_no", required=True), variable("diet", "choice", required=True), variable("sports", "choice", required=False),
        variable("drinks", "yes_no", required=False), variable("height", "number", required=True), variable("sex2", "choice", required=True),
    )  # fmt: skip
    own = (Factor(name="age", source="baseline:sex2", levels=("x", "y")), Factor(name="diet", source="sex", levels=("F", "M")))
    plan = AllocationPlan(method="simple", factors=own)
    assert candidates(replace(PROTOCOL, allocation=plan, baseline=asked)) == {
        "age": own[0], "diet": own[1],
        "site": Factor(name="site", source="site"),
        "smokes": Factor(name="smokes", source="baseline:smokes", levels=("no", "yes")),
    }  # fmt: skip
    alone = candidates(replace(PROTOCOL, allocation=AllocationPlan(method="simple"), baseline=asked[1:2]))
    assert alone == {
        "site": Factor(name="site", source="site"), "sex": Factor(name="sex", source="sex", levels=("F", "M", "X")),
        "diet": Factor(name="diet", source="baseline:diet", levels=("a", "b")),
    }  # fmt: skip


TWO, THREE = {"A": 1, "B": 1}, {"A": 1, "B": 1, "C": 1}


@pytest.mark.parametrize(
    ("table", "beside"),
    [
        ({"method": "permuted_blocks", "multipliers": [1, 4], "arms": TWO}, [("big_stick", 4), ("block_urn", 4)]),
        ({"method": "permuted_blocks", "multipliers": [1], "arms": TWO}, [("big_stick", 2), ("block_urn", 2)]),
        ({"method": "big_stick", "bound": 10, "arms": TWO}, [("big_stick", 11), ("block_urn", 10)]),
        ({"method": "big_stick", "bound": 11, "arms": TWO}, [("big_stick", 10), ("block_urn", 10)]),
        ({"method": "big_stick", "bound": 1, "arms": TWO}, [("big_stick", 2), ("block_urn", 2)]),
        ({"method": "block_urn", "lambda": 4, "arms": TWO}, [("big_stick", 4), ("block_urn", 5)]),
        ({"method": "block_urn", "lambda": 1, "arms": TWO}, [("big_stick", 2), ("block_urn", 2)]),
        ({"method": "simple", "arms": TWO}, [("big_stick", 3), ("block_urn", 3)]),
        ({"method": "simple", "arms": THREE}, [("block_urn", 3), ("block_urn", 4)]),
        ({"method": "block_urn", "lambda": 4, "arms": THREE}, [("block_urn", 5), ("block_urn", 6)]),
        ({"method": "block_urn", "lambda": 11, "arms": THREE}, [("block_urn", 10), ("block_urn", 12)]),
        ({"method": "permuted_blocks", "multipliers": [5, 2], "arms": THREE}, [("block_urn", 5), ("block_urn", 6)]),
    ],
)  # fmt: skip
def test_two_methods_are_recommended_as_tight_as_the_choice(table, beside):
    key = {"big_stick": "bound", "block_urn": "lambda"}
    assert recommended(scheme_from(table)) == [{"method": method, key[method]: bound} for method, bound in beside]


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ({"method": "permuted_blocks", "multipliers": [3, 1, 2], "arms": {"A": 2, "B": 1}}, "Permuted blocks of 3 and 6 and 9"),
        ({"method": "urn", "a": "1/2", "b": 1, "arms": TWO}, "Urn, a 1/2, b 1"),
        ({"method": "simple", "arms": TWO}, "Simple"),
        (
            {"method": "minimisation", "arms": TWO, "factors": {"s": ["x", "y"], "t": ["u", "v"]}, "p": "3/4", "treatment_total": True,
             "weights": {"s": 2, "t": 1}},
            "Minimisation, p 3/4, treatment total True, weights s 2 t 1",
        ),
    ],
)  # fmt: skip
def test_a_method_is_called_by_its_parameters(table, name):
    assert name_of(table, scheme_from(table)) == name


def test_the_protocols_own_method_stands_there_unless_it_is_the_choice():
    own = {"method": "permuted_blocks", "parameters": {"multipliers": [2, 3]}, "factors": ["site", "sex"]}
    assert [column.place for column in comparing(**own).columns] == ["chosen", "recommended", "recommended"]
    for other in ({"method": "simple", "parameters": {}}, {"parameters": {"multipliers": [2]}}, {"factors": ["site"]}):
        found = comparing(**(own | other))
        assert [column.place for column in found.columns][:2] == ["chosen", "protocol"], other
        assert found.columns[1].name == "Permuted blocks of 4 and 6"


def test_the_protocols_own_method_is_tried_among_the_same_people():
    shares = {"sex": [Fraction(3), Fraction(1), Fraction(0)]}
    found = comparing(factors=["site", "sex"], shares=shares, open_label=False, people=30)
    assert (found.setting.people, found.setting.open_label) == (30, False)
    same = comparing(
        method="permuted_blocks", parameters={"multipliers": [2, 3]}, factors=["site", "sex"], shares=shares, open_label=False, people=30
    )
    assert found.columns[1].figures == same.columns[0].figures
    assert comparing(people=30).columns[1].figures != same.columns[0].figures
    other = list(candidates(PROTOCOL).values())[2]
    beside = comparing(factors=[other.name], shares={other.name: [Fraction(1)] * len(other.levels)}, people=30)
    assert beside.columns[1].figures == comparing(factors=["site"], people=30).columns[1].figures


def test_a_comparison_holds_setting_weaknesses_text_and_faults():
    found = comparing(method="permuted_blocks", parameters={"multipliers": [1]}, factors=["site", "sex"], people=60)
    table, setting = chosen(method="permuted_blocks", parameters={"multipliers": [1]}, factors=["site", "sex"], people=60)
    assert found.setting == setting
    assert found.chosen is found.columns[0].figures
    assert found.chosen.scheme == scheme_from({**table})
    assert found.weaknesses
    assert found.text.startswith('[allocation]\nmethod = "permuted_blocks"\n')
    assert "multipliers = [1]" in found.text
    assert [line for line in found.text.splitlines() if line.startswith("name = ")] == ['name = "site"', 'name = "sex"']
    assert found.faults == ()


def comparing(**choice):
    given = {"method": "big_stick", "parameters": {"bound": 3}, "people": 44, "factors": ["site"], "shares": {}, "open_label": True}
    return compare(choice.pop("protocol", PROTOCOL), **(given | choice))


def test_the_text_names_the_method_that_was_chosen():
    assert comparing(people=12).text.startswith('[allocation]\nmethod = "big_stick"\n')


@pytest.mark.unmeasured
def test_factors_to_choose_from_are_those_that_a_protocol_can_name():
    protocol = PROTOCOL
    known = candidates(protocol)
    assert list(known)[:2] == ["site", "sex"]
    assert known["site"] == protocol.allocation.factors[0]
    required = {v.code for v in protocol.baseline if v.required and v.type in ("choice", "yes_no")}
    assert required == set(known) - {"site", "sex"}
    for name in required:
        assert comparing(factors=[name], people=300).faults == ()
    lisa = candidates(LISA)
    assert list(lisa)[:4] == ["sex", "bmi", "chair_rise", "site"]
    assert comparing(protocol=LISA, method="block_urn", parameters={"lambda": 2}, people=451, factors=["bmi"]).faults == ()


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ({}, ["Big stick, bound 3", "Permuted blocks of 4 and 6", "Big stick, bound 4", "Block urn, lambda 3"]),
        ({"method": "block_urn", "parameters": {"lambda": 2}}, ["Block urn, lambda 2", "Permuted blocks of 4 and 6", "Big stick, bound 2", "Block urn, lambda 3"]),
        ({"method": "efron", "parameters": {"p": "2/3"}}, ["Efron, p 2/3", "Permuted blocks of 4 and 6", "Big stick, bound 3", "Block urn, lambda 3"]),
        ({"method": "big_stick", "parameters": {"bound": 1}}, ["Big stick, bound 1", "Permuted blocks of 4 and 6", "Big stick, bound 2", "Block urn, lambda 2"]),
        ({"method": "permuted_blocks", "parameters": {"multipliers": [40]}, "people": 100}, ["Permuted blocks of 80", "Permuted blocks of 4 and 6", "Big stick, bound 10", "Block urn, lambda 10"]),
    ],
)  # fmt: skip
def test_what_stands_beside_a_choice(choice, names):
    assert [column.name for column in comparing(**choice).columns] == names


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ({"method": "block_urn", "parameters": {"lambda": 2}}, ["Block urn, lambda 2", "Permuted blocks of 3 and 6", "Block urn, lambda 3", "Block urn, lambda 4"]),
        ({"method": "simple", "parameters": {}}, ["Simple", "Permuted blocks of 3 and 6", "Block urn, lambda 3", "Block urn, lambda 4"]),
    ],
)  # fmt: skip
def test_three_arms_are_compared_with_block_urns(choice, names):
    found = comparing(protocol=LISA, people=60, factors=["sex"], **choice)
    assert [column.name for column in found.columns] == names


def test_a_method_stands_there_once():
    protocol = PROTOCOL
    stick = replace(protocol.allocation, method="big_stick", parameters={"bound": 4})
    given = {"parameters": {"bound": 3}, "people": 44, "factors": ["site", "sex"], "shares": {}, "open_label": True}
    found = compare(replace(protocol, allocation=stick), method="big_stick", **given)
    assert [(c.name, c.place) for c in found.columns] == [
        ("Big stick, bound 3", "chosen"), ("Big stick, bound 4", "protocol"), ("Block urn, lambda 3", "recommended"),
    ]  # fmt: skip


def test_figures_are_kept_without_what_was_remembered_on_the_way():
    found = comparing()
    assert [set(vars(column.figures.scheme)) - {"arms", "ratio", "bound", "rounds", "multipliers"} for column in found.columns] == [
        set()
    ] * 4
    assert comparing().chosen is found.chosen
