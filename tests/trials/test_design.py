"""The designer: who comes in and until when, the page's answer and its faults, the same by REST, and nasty input."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.test import Client

from tests.cast import LIMERICK, open_randomisation
from tests.trials.domain.randomisation.test_comparison import comparing
from trials.domain.protocol import load
from trials.domain.protocol.amending import faults_of_allocation
from trials.domain.randomisation import METHODS
from trials.domain.randomisation.design import accrual
from trials.domain.randomisation.design.comparison import compare
from trials.domain.randomisation.design.figures import exact, figures_of
from trials.domain.roles import Role
from trials.models import Event, RowVersion
from trials.pages.design import _filled
from trials.ui import curves

pytestmark = pytest.mark.django_db

PAGE, API = "/randomisation/design/", "/api/v1/randomisation/simulate-design/"
BIG_STICK = {"method": "big_stick", "parameters": {"bound": 3}}


@pytest.fixture(autouse=True)
def few_runs(monkeypatch):
    figures_of.cache_clear()
    exact.cache_clear()
    monkeypatch.setattr(accrual, "MOST_RUNS", 30)
    yield
    figures_of.cache_clear()
    exact.cache_clear()


@pytest.fixture
def statistician(cast, client, at, stand_at) -> Client:
    stand_at(at)
    client.force_login(cast.unblinded_statistician)
    return client


def page(client: Client, **choice: object):
    return client.get(f"{PAGE}?{urlencode(choice, doseq=True)}")


def told(answer) -> str:
    """The words of the page, one space between them."""
    main = answer.content.decode().split("<main", 1)[1].split("</main>")[0]
    return (
        re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).replace("&#x27;", "'").replace(" .", ".").replace(" ;", ";").replace(" :", ":")
    )


def ask(client: Client, body: object):
    return client.post(API, json.dumps(body), content_type="application/json")


# --- who, and until when


def test_only_whoever_draws_the_scheme_comes_in(cast, client, at, stand_at):
    stand_at(at)
    for role in Role:
        client.force_login(getattr(cast, role.value))
        expected = 200 if role is Role.UNBLINDED_STATISTICIAN else 403
        assert (client.get(PAGE).status_code, ask(client, BIG_STICK).status_code) == (expected, expected), role
    assert client.post(PAGE).status_code == 405


def test_an_open_scheme_stands_and_a_closed_one_leaves_room(cast, statistician, at):
    from trials.actions import schemes

    open_randomisation(at=at)
    assert statistician.get(PAGE).status_code == 409
    refused = ask(statistician, BIG_STICK)
    assert (refused.status_code, refused.json()["code"]) == (409, "already_open")
    schemes.close_scheme(reason="Full", by=cast.manager, at=at)
    assert statistician.get(PAGE).status_code == 200


def test_nothing_is_kept_and_nothing_is_drawn(statistician):
    before = RowVersion.objects.count(), Event.objects.count()
    assert page(statistician, method="big_stick").status_code == 200
    assert ask(statistician, BIG_STICK).status_code == 200
    assert (RowVersion.objects.count(), Event.objects.count()) == before


# --- the page


def test_it_answers_first_for_what_the_protocol_has(statistician):
    words = told(statistician.get(PAGE))
    assert words.index("Permuted blocks of 4 and 6: somebody who knows the earlier arms guesses 66 % of the next ones; a coin 50 %.") < 200
    assert "Whoever recruits in an open-label trial knows the arms given." in words
    assert "Drawing block sizes at random does not lower" in words
    for column in ("Permuted blocks of 4 and 6 Chosen", "Big stick, bound 3 To compare", "Block urn, lambda 3 To compare"):
        assert column in words
    assert "In the protocol" not in words  # the choice is the protocol's own


def test_another_choice_stands_beside_the_protocols_own(statistician):
    answer = page(statistician, method="big_stick", bound="4", people="44", factors=["site", "sex"], open_label="on", sent="1")
    words = told(answer)
    assert "Big stick, bound 4: somebody who knows the earlier arms guesses 52 % of the next ones; a coin 50 %." in words
    for column in ("Big stick, bound 4 Chosen", "Permuted blocks of 4 and 6 In the protocol", "Block urn, lambda 4 To compare"):
        assert column in words
    assert answer.content.count(b"<polyline") == 4


def test_a_sound_choice_is_said_to_be_sound(statistician):
    assert "No weakness is known of this choice" in told(page(statistician, method="big_stick"))


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_its_own_fields_and_works_out_at_once(statistician, method):
    answer = page(statistician, method=method)
    assert answer.status_code == 200
    html = answer.content.decode()
    own = {"simple": [], "permuted_blocks": ["multipliers"], "big_stick": ["bound"], "block_urn": ["lambda"], "efron": ["p"], "urn": ["a", "b"],
           "maximal": ["bound", "length"], "minimisation": ["rule", "p", "q", "ties", "imbalance", "weights", "treatment_total"],
           "biased_coin_minimisation": ["p", "imbalance", "weights", "treatment_total"]}[method]  # fmt: skip
    shown = set(re.findall(r'name="([^"]+)"', html.split('<form method="get" class="panel')[1].split("</form>")[0]))
    assert shown == {*own, "method", "sent", "people", "factors", "share_sex", "open_label"}


def test_changing_the_method_keeps_who_comes(statistician):
    html = page(statistician, method="simple", people="60", factors=["sex"], share_sex="1,1,0", sent="1").content.decode()
    assert 'href="?method=efron&amp;people=60&amp;factors=sex&amp;share_sex=1%2C1%2C0"' in html


@pytest.mark.parametrize(
    ("choice", "field", "sentence"),
    [
        ({"method": "big_stick", "bound": "0"}, "bound", "Bound must be a whole number from 1 to 10,000, not 0."),
        ({"method": "big_stick", "bound": "9" * 60}, "bound", "Bound must be a number"),
        ({"method": "big_stick", "bound": ""}, "bound", "Enter bound"),
        ({"method": "efron", "p": "1"}, "p", "P must be at least 1/2 and less than 1, not 1."),
        ({"method": "efron", "p": "1/0"}, "p", "P must be a number"),
        ({"method": "permuted_blocks", "multipliers": "2, 2"}, "multipliers", "Multipliers names a number twice."),
        ({"method": "permuted_blocks", "multipliers": ", ,"}, "multipliers", "Multipliers must be a list of one or more whole numbers."),
        ({"method": "permuted_blocks", "multipliers": "9999"}, "multipliers", "Multipliers make a block of more than 10,000 places."),
        ({"method": "maximal", "bound": "3", "length": "7"}, "length", "Length must be even"),
        ({"method": "maximal", "bound": "1000", "length": "2000"}, "bound", "Bound times length must be at most 100,000"),
        ({"method": "simple", "people": "0"}, "people", "Enter a sample size from 1 to 100,000, a whole number like 60"),
        ({"method": "simple", "people": "100001"}, "people", "Enter a sample size from 1 to 100,000"),
        ({"method": "simple", "people": "many"}, "people", "Enter a sample size from 1 to 100,000"),
        ({"method": "simple", "factors": ["eyes"]}, "factors", "Choose one of the answers listed: factors"),
        ({"method": "simple", "share_sex": "1, 2"}, "share_sex", "Sex needs 3 shares of 0 or more, one above 0: F, M, X."),
        ({"method": "simple", "share_sex": "1, 2, one"}, "share_sex", "Sex needs 3 shares"),
        ({"method": "simple", "share_sex": "1/0, 2, 1"}, "share_sex", "Sex needs 3 shares"),
        ({"method": "minimisation", "rule": "best", "p": "1"}, "p", "P must be at least 1/2 and less than 1, not 1."),
        ({"method": "minimisation", "rule": "rank", "q": ""}, "q", "Q must be a number, not None."),
        ({"method": "minimisation", "rule": "worst"}, "rule", "Choose one of the answers listed: rule"),
        ({"method": "minimisation", "weights": "0, 1"}, "weights", "Weights: site must be above 0."),
    ],
)  # fmt: skip
def test_a_fault_stands_beside_its_field_and_what_was_typed_stays(statistician, choice, field, sentence):
    whole = {"people": "44", "factors": ["site", "sex"], "sent": "1", "p": "4/5", "bound": "3"} | choice
    answer = page(statistician, **whole)
    html = answer.content.decode()
    assert answer.status_code == 422
    beside = html.split(f'id="id_{field}_error"')[1].split("</p>")[0]
    assert sentence in re.sub(r"<[^>]+>", "", beside)
    assert "<title>Error: " in html
    assert "Side by side" not in html
    if isinstance(choice.get(field), str) and choice[field] and field not in ("rule",):
        assert f'value="{choice[field]}"' in html


def test_all_faults_are_told_at_once(statistician):
    words = told(page(statistician, method="maximal", bound="0", length="x", people="none", factors=["sex"], share_sex="1", sent="1"))
    assert "4 things to put right" in words
    for sentence in ("Bound must be a whole number", "Length must be a number", "Enter a sample size", "Sex needs 3 shares"):
        assert words.count(sentence) == 2, sentence  # in the summary and beside the field


def test_a_method_that_does_not_exist_is_named(statistician):
    answer = page(statistician, method="coin")
    assert answer.status_code == 422
    assert "there is none called 'coin'" in told(answer)


def test_so_many_people_that_figures_are_missing_is_said(statistician):
    words = told(page(statistician, method="block_urn", people="100000", factors=[], sent="1", **{"lambda": "3"}))
    assert "no share of guesses can be told for so large a trial" in words
    assert "exact figures reach to 1,000 people a stratum" in words
    assert "not exact" in words


def test_strata_beyond_the_people_are_what_the_loader_refuses(statistician):
    words = told(page(statistician, method="big_stick", bound="2", people="5", factors=["site", "sex"], sent="1"))
    assert "The protocol would be refused with it: allocation.factors make 6 strata for 5 people" in words


def test_the_text_is_an_allocation_that_the_loader_reads(statistician):
    answer = page(statistician, method="minimisation", rule="best", p="2/3", weights="2, 1", treatment_total="on", people="44", factors=["site", "sex"], sent="1")  # fmt: skip
    text = answer.content.decode().split('<pre class="code">')[1].split("</pre>")[0].replace("&quot;", '"')
    assert "The protocol's own check accepts it." in told(answer)
    source = LIMERICK.read_text()
    start, end = source.index("[allocation]"), source.index("# Published: one site")
    amended = load(source[:start] + text + source[end:])
    assert amended.allocation.method == "minimisation"
    assert dict(amended.allocation.parameters) == {
        "rule": "best", "p": "2/3", "ties": "rank", "imbalance": "range", "weights": {"site": 2, "sex": 1}, "treatment_total": True,
    }  # fmt: skip
    assert amended.allocation.factors == load(source).allocation.factors


def test_a_nasty_address_is_refused_or_answered_and_never_breaks(statistician):
    names = ["method", "bound", "multipliers", "people", "factors", "share_sex", "p", "weights", "rule", "sent"]
    nasty = ["", "%00", "\x00", "-1", "1e999", "NaN", "²", "9" * 400, "x" * 3000, "<script>", "1/0", "٣", "2;3", "'", "\ud7ff"]
    for method in ("permuted_blocks", "minimisation"):
        for value in nasty:
            for name in names:
                answer = page(statistician, **({"method": method, "sent": "1", "people": "20", "factors": ["sex"]} | {name: value}))
                assert answer.status_code in (200, 400, 422), (name, value)
                assert b"<script>alert" not in answer.content


# --- by REST


def test_the_same_figures_by_rest(statistician, cast):
    answer = ask(statistician, BIG_STICK | {"shares": {"sex": [49, 49, 2]}, "factors": ["site", "sex"]}).json()
    protocol = load(LIMERICK)
    from fractions import Fraction

    expected = compare(
        protocol, method="big_stick", parameters={"bound": 3}, people=44, factors=["site", "sex"],
        shares={"sex": [Fraction(49), Fraction(49), Fraction(2)]}, open_label=True,
    )  # fmt: skip
    assert [column["name"] for column in answer["columns"]] == [column.name for column in expected.columns]
    assert [column["place"] for column in answer["columns"]] == ["chosen", "protocol", "recommended", "recommended"]
    chosen, figures = answer["columns"][0]["figures"], expected.chosen
    assert (chosen["guesses"], chosen["forced"], chosen["drift"], chosen["places"]) == (
        figures.guesses,
        figures.forced,
        figures.drift,
        figures.places,
    )
    assert chosen["accrual"]["overall"]["worst_tenth"] == figures.accrual.overall.worst_tenth
    assert (answer["weaknesses"], answer["faults"]) == ([], [])
    assert tomllib.loads(answer["allocation"])["allocation"]["parameters"] == {"bound": 3}


def test_weaknesses_come_with_codes_and_numbers_by_rest(statistician):
    answer = ask(statistician, {"method": "permuted_blocks", "parameters": {"multipliers": [2, 3]}}).json()
    assert [weakness["code"] for weakness in answer["weaknesses"]] == ["blocks_open_label", "random_sizes_no_help"]
    assert set(answer["weaknesses"][0]["numbers"]) == {"blocks", "big_stick", "block_urn"}
    masked = ask(statistician, {"method": "permuted_blocks", "parameters": {"multipliers": [3]}, "open_label": False}).json()
    assert masked["weaknesses"] == []


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"method": "coin"}, 400, "coin"),
        ({"method": "efron", "parameters": {"p": 0.7}}, 422, "P must not be a float (0.7)"),
        ({"method": "big_stick", "parameters": {"bound": 3, "lambda": 2}}, 422, "'lambda' is not a key of this method"),
        ({"method": "big_stick"}, 422, "Bound must be a number, not None"),
        ({"method": "big_stick", "parameters": {"bound": 3, "arms": {"A": 1, "B": 1}, "factors": {}}}, 422,
         "Parameters: 'arms' does not belong there; parameters: 'factors' does not belong there"),
        ({"method": "permuted_blocks", "parameters": {"multipliers": ["4/2", "a"]}}, 422, "Multipliers: place 2 must be a number"),
        ({"method": "simple", "factors": ["eyes"]}, 422, "Factors: 'eyes' is none of site, sex"),
        ({"method": "simple", "shares": {"sex": [1]}}, 422, "Sex needs 3 shares"),
        ({"method": "simple", "shares": {"sex": [0.5]}}, 400, "integer"),
        ({"method": "simple", "people": 100_001}, 400, "100000"),
        ({"method": "simple", "people": 0}, 400, "1"),
        ({"method": "simple", "colour": 1}, 400, "Unknown key"),
        ({"method": "minimisation", "parameters": {"p": "4/5"}, "factors": []}, 422, "Factors must map one or more factors"),
    ],
)  # fmt: skip
def test_a_bad_design_is_refused_with_a_sentence(statistician, body, status, words):
    answer = ask(statistician, body)
    assert (answer.status_code, words in answer.content.decode().replace("\\u0027", "'")) == (status, True), answer.content


def test_multipliers_as_text_are_taken(statistician):
    assert ask(statistician, {"method": "permuted_blocks", "parameters": {"multipliers": ["4/2", "3"]}}).json()["columns"][0]["name"] == (
        "Permuted blocks of 4 and 6"
    )


def test_nasty_parameters_by_rest_never_break(statistician):
    nasty = [
        None,
        True,
        [],
        {},
        [[]],
        {"a": {"b": []}},
        "x" * 9000,
        "\u0661",
        -1,
        10**30,
        "1/0",
        ["2", 2],
        [{}],
        {"sex": 1.5},
        {"site": None},
    ]
    for method in ("permuted_blocks", "block_urn", "minimisation", "biased_coin_minimisation"):
        for key in ("p", "multipliers", "lambda", "weights", "rule", "treatment_total", "é"):
            for value in nasty:
                answer = ask(statistician, {"method": method, "parameters": {key: value}, "people": 12, "factors": ["sex"]})
                assert answer.status_code in (200, 400, 422), (method, key, value)


def test_the_shipped_protocol_tells_what_its_blocks_let_people_guess():
    """The figures in the file's comment are the designer's."""
    found = comparing(method="permuted_blocks", parameters={"multipliers": [2, 3]}, factors=["site", "sex"])
    shares = {column.name.split(",")[0].split(" of")[0]: round(column.figures.guesses * 100) for column in found.columns}
    assert shares == {"Permuted blocks": 66, "Big stick": 55, "Block urn": 61}  # 66.4, 54.8, 60.5
    comment = " ".join(line.lstrip("# ") for line in LIMERICK.read_text().splitlines() if line.startswith("#"))
    assert "guesses 66 % of the next arms, by block urn 61 %, by big stick 55 %" in comment


# --- the loader, the form, the drawings


def test_an_allocation_is_tried_as_the_loader_reads_it():
    protocol = load(LIMERICK)
    (fault,) = faults_of_allocation(protocol, '[allocation]\nmethod = "coin"\n', sample_size=44)
    assert fault.place == "allocation.method"
    good = '[allocation]\nmethod = "simple"\n'
    assert faults_of_allocation(protocol, good, sample_size=44) == ()
    twice = good + 2 * '[[allocation.factors]]\nname = "site"\nsource = "site"\n'
    assert {fault.place for fault in faults_of_allocation(protocol, twice, sample_size=44)} == {
        "allocation.factors[2].name", "allocation.factors[2].source",
    }  # fmt: skip


def test_the_form_begins_with_the_protocols_own_parameters():
    protocol = load(LIMERICK)
    own = replace(
        protocol.allocation, method="minimisation", parameters={"p": "3/4", "weights": {"site": 2, "sex": 1}, "treatment_total": True}
    )
    filled = _filled(QueryDict(""), replace(protocol, allocation=own), "minimisation")
    assert {name: filled[name] for name in ("p", "weights", "treatment_total", "rule", "people")} == {
        "p": "3/4", "weights": "2, 1", "treatment_total": "on", "rule": "best", "people": "44",
    }  # fmt: skip
    assert filled.getlist("factors") == ["site", "sex"]
    off = replace(protocol.allocation, method="minimisation", parameters={"treatment_total": False})
    assert _filled(QueryDict(""), replace(protocol, allocation=off), "minimisation")["treatment_total"] == ""


def test_three_arms_have_no_drawing_of_drift():
    found = comparing(
        protocol=load(LIMERICK.with_name("lisa.toml")), people=60, factors=["sex"], method="block_urn", parameters={"lambda": 2}
    )
    assert curves.drift(found.columns) is None


def test_drawings_hold_what_the_figures_say():
    found = comparing()
    drawn, bars = curves.drift(found.columns), curves.guesses(found.columns)
    assert [bar.share for bar in bars.bars] == [column.figures.guesses for column in found.columns]
    assert bars.bars[0].width == pytest.approx(found.chosen.guesses * (curves.WIDTH - curves.LEFT - curves.RIGHT))
    assert (bars.coin, bars.bars[0].arm, bars.bars[3].arm) == (0.5, 1, 4)
    assert drawn.places == 40
    first = drawn.lines[0]
    assert (first.name, len(first.points.split()), first.values[:2]) == ("Big stick, bound 3", 40, (1.0, pytest.approx(2**0.5)))
    assert drawn.rows[0] == (1, tuple(pytest.approx(1) for _ in found.columns))
    assert first.points.split()[0] == f"{curves.LEFT:.1f},{drawn.up[1].at:.1f}"  # one person apart by one
    assert curves.drift(comparing(people=1, factors=[]).columns) is None
    assert curves.guesses(comparing(people=100_000, factors=[]).columns) is None
