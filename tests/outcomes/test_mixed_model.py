"""The mixed model against statsmodels asked by formula, on published data, and against the analysis of covariance where both must agree."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from statsmodels.regression.mixed_linear_model import MixedLM

from outcomes.domain.statistics import ancova
from outcomes.domain.written.adjusting import SCORE, repeated_rows
from outcomes.domain.written.facts import AtVisit, Mixed
from outcomes.exports import mixed_model
from outcomes.exports.mixed_model import fitted, mixed
from outcomes.exports.trial_report.effects import effect_words, effects
from tests.outcomes import world
from tests.outcomes.domain.test_written import CLOSED_FACTS, RET, WL

# Potthoff & Roy (1964), Biometrika 51:313, table 1: pituitary to pterygomaxillary fissure in mm at 8, 10, 12 and 14 years.
GIRLS = """21 20 21.5 23,21 21.5 24 25.5,20.5 24 24.5 26,23.5 24.5 25 26.5,21.5 23 22.5 23.5,20 21 21 22.5,21.5 22.5 23 25,23 23 23.5 24,
20 21 22 21.5,16.5 19 19 19.5,24.5 25 28 28"""
BOYS = """26 25 29 31,21.5 22.5 23 26.5,23 22.5 24 27.5,25.5 27.5 26.5 27,20 23.5 22.5 26,24.5 25.5 27 28.5,22 22 24.5 26.5,24 21.5 24.5 25.5,
23 20.5 31 26,27.5 28 31 31.5,23 23 23.5 25,21.5 23.5 24 28,17 24.5 26 29.5,22.5 25.5 25.5 26,23 24.5 26 30,22 21.5 23.5 25"""
AGES = ("10", "12", "14")


def children() -> Iterator[tuple[str, str, list[float]]]:
    for sex, told in (("F", GIRLS), ("M", BOYS)):
        for n, line in enumerate(told.replace("\n", "").split(",")):
            yield f"{sex}{n}", sex, [float(x) for x in line.split()]


def rows(lost: tuple[tuple[str, str], ...] = ()) -> list[dict[str, Any]]:
    """A row a child and age after eight; the site is that of its number."""
    return [
        {"who": who, "visit": age, "arm": sex, "score": None if (who, age) in lost else Decimal(str(x)), SCORE: Decimal(str(known[0])),
         "site": "north" if int(who[1:]) % 3 else "south"}
        for who, sex, known in children() for age, x in zip(AGES, known[1:], strict=True)
    ]  # fmt: skip


def by_age(found: Mixed) -> dict[str, AtVisit]:
    return {one.visit: one for one in found.differences}


def ask(made: list[dict[str, Any]], *factors: str) -> Mixed:
    return fitted(made, visits=AGES, arms=("M", "F"), reference="M", factors=factors)


def test_the_data_are_the_published_ones() -> None:
    means = {
        sex: [round(sum(known[i] for _, s, known in children() if s == sex) / n, 2) for i in range(4)] for sex, n in (("F", 11), ("M", 16))
    }
    assert means == {"F": [21.18, 22.23, 23.09, 24.09], "M": [22.88, 23.81, 25.72, 27.47]}


def test_with_nothing_missing_it_is_the_analysis_of_covariance_at_each_visit() -> None:
    found = ask(rows())
    assert (found.people, found.scores, found.why) == (27, 81, "")
    for age in AGES:
        here = ancova([r for r in rows() if r["visit"] == age], outcome="score", arm="arm", reference="M", covariates=(SCORE,))
        assert by_age(found)[age].estimate == pytest.approx(here.estimate, abs=1e-9)


def test_with_scores_and_a_factor_missing_it_is_what_statsmodels_makes_of_the_formula() -> None:
    lost = (("F2", "12"), ("M4", "14"), ("M5", "10"), ("M5", "12"), ("F10", "14"))
    made = rows(lost)
    found = ask(made, "site")
    data = pd.DataFrame([r | {"score": float(r["score"]), "before": float(r[SCORE])} for r in made if r["score"] is not None])
    terms = "0 + C(visit) + C(visit):before + C(site) + C(visit):C(arm, Treatment('M'))"
    fit = smf.mixedlm(f"score ~ {terms}", data, groups=data["who"]).fit(reml=True)
    assert (found.people, found.scores, found.covariates) == (27, 76, (SCORE, "site"))
    for age, n, n_reference in (("10", 11, 15), ("12", 10, 15), ("14", 10, 15)):
        name = f"C(visit)[{age}]:C(arm, Treatment('M'))[T.F]"
        one, (low, high) = by_age(found)[age], fit.conf_int().loc[name]
        assert (one.n, one.n_reference) == (n, n_reference)
        assert (one.estimate, one.se) == (pytest.approx(fit.params[name], abs=1e-5), pytest.approx(fit.bse[name], rel=1e-4))
        assert (one.low, one.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_the_domains_analysis_of_covariance_is_that_of_least_squares_in_statsmodels() -> None:
    """Scores at 14 by three arms (every second boy apart), adjusted for the score at 8 and the site."""
    made = [r | {"arm": "X" if r["who"][0] == "M" and int(r["who"][1:]) % 2 else r["arm"]} for r in rows() if r["visit"] == "14"]
    found = ancova(made, outcome="score", arm="arm", reference="M", covariates=(SCORE, "site"))
    data = pd.DataFrame([r | {"score": float(r["score"]), "before": float(r[SCORE])} for r in made])
    fit = smf.ols("score ~ before + C(site) + C(arm, Treatment('M'))", data).fit()
    for arm in ("F", "X"):
        name = f"C(arm, Treatment('M'))[T.{arm}]"
        one = found.contrasts[arm]
        assert (one.estimate, one.se, one.p) == pytest.approx((fit.params[name], fit.bse[name], fit.pvalues[name]), rel=1e-9)
        assert one.ci == pytest.approx(tuple(fit.conf_int().loc[name]), rel=1e-9)
    both = fit.f_test("C(arm, Treatment('M'))[T.F] = 0, C(arm, Treatment('M'))[T.X] = 0")
    assert (found.f, found.p) == (pytest.approx(float(both.fvalue)), pytest.approx(float(both.pvalue)))
    assert found.df == (2, int(fit.df_resid))


@pytest.mark.parametrize(
    ("made", "why"),
    [
        ([], "there are too few people with both scores"),
        ([r for r in rows() if r["arm"] == "M"], "there are too few people with both scores"),
        ([r for r in rows() if r["visit"] == "14"], "nobody has scores at two follow-up visits yet"),
        ([r for r in rows() if r["who"] in ("F1", "F2", "F3", "M1", "M2", "M3")], "6 people are too few for 9 coefficients"),
        ([r | {"score": Decimal(5)} for r in rows()], "it did not settle on an answer"),
    ],
)
def test_what_cannot_be_fitted_says_why(made: list[dict[str, Any]], why: str) -> None:
    found = ask(made)
    assert (found.differences, found.why) == ((), why)


def test_without_statsmodels_the_report_says_how_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mixed_model, "available", lambda: False)
    told = list(effect_words(replace(CLOSED_FACTS, mixed=ask(rows()))))
    assert (
        "Mixed model for repeated measures: none, since statsmodels, which fits it, is not installed here; UPLIFT_EXTRA=report ./uplift run adds it."
        in told
    )


def test_a_fit_that_breaks_off_is_a_sentence_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def singular(*_: object, **__: object) -> None:
        raise np.linalg.LinAlgError("Singular matrix")

    monkeypatch.setattr(MixedLM, "fit", singular)
    assert ask(rows()).why == "it did not settle on an answer"


def test_a_factor_that_another_tells_and_one_that_nobody_is_known_by_change_nothing() -> None:
    made = [r | {"region": r["site"], "sex": ""} for r in rows()]
    assert by_age(ask(made, "site", "region", "sex")) == pytest.approx(by_age(ask(made, "site")))


def test_it_is_made_of_the_primary_questionnaire_after_baseline_of_everybody_randomised() -> None:
    protocol = world.protocol()
    people = [
        {"trial_id": f"P{n}", "arm": "RET" if n % 2 else "WL", "stratum": "site=LIM", "randomised_at": world.AS_OF if n < 3 else None}
        for n in range(4)
    ]
    forms = [
        {"trial_id": f"P{n}", "visit": visit, "instrument": code, "total_unrounded": Decimal(9), "change_from_baseline": Decimal(-2)}
        for n in range(4) for visit in ("baseline", "week8") for code in ("gad7", "phq9")
    ]  # fmt: skip
    made = repeated_rows(protocol, people, forms)
    assert [(r["who"], r["visit"], r["score"], r[SCORE]) for r in made] == [(f"P{n}", "week8", 9, 11) for n in range(3)]
    told = mixed(protocol, people, forms)
    assert told is not None
    assert (told.people, told.covariates, told.why) == (3, (SCORE, "site"), "nobody has scores at two follow-up visits yet")
    assert mixed(replace(protocol, primary=None), people, forms) is None
    assert repeated_rows(replace(protocol, primary=None), people, forms) == []


def test_the_report_shows_the_difference_at_each_visit_with_its_rule() -> None:
    one = AtVisit(visit="week8", arm="RET", n=20, n_reference=18, estimate=-2.345, se=0.5, low=-3.325, high=-1.365)
    found = Mixed(people=40, scores=75, covariates=(SCORE, "site", "sex"), differences=(one,))
    figure = next(f for f in effects(replace(CLOSED_FACTS, mixed=found)) if f.name == "mixed")
    assert figure.rows == [("Week 8", f"{RET} minus {WL}", 20, 18, "-2.35", "-3.33", "-1.37")]
    assert figure.rule.endswith("n = 40 people with 75 scores.")
    assert "visit, arm by visit, the baseline score by visit, site and sex, with a random intercept a person" in figure.rule
    assert math.isclose(figure.svg.count("<title"), 1)


def test_a_drawing_names_the_arm_only_where_there_are_several() -> None:
    one = AtVisit(visit="week8", arm="RET", n=20, n_reference=18, estimate=-2, se=0.5, low=-3, high=-1)
    two = replace(CLOSED_FACTS, mixed=Mixed(people=40, scores=75, covariates=(SCORE,), differences=(one,)))
    first, *others = two.protocol.arms
    three = replace(two, protocol=replace(two.protocol, arms=(first, *others, replace(first, code="HIGH", label="Heavier"))))
    drawn = [next(f.svg for f in effects(facts) if f.name == "mixed") for facts in (two, three)]
    assert [">Week 8<" in drawn[0], ">Week 8: RET<" in drawn[0], ">Week 8: RET<" in drawn[1]] == [True, False, True]
