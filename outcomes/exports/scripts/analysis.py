"""The report's tables from the CSV files of this dataset alone. Python 3.11 or later with pandas and statsmodels.

    python analysis.py [FOLDER] > results.csv

One line a figure: table, arm, visit, instrument, variable, figure, value. Everybody randomised, as randomised.
  baseline  mean, SD, quartiles (linear, R's type 7), counts and shares of those known, missing; no p-values
  visits    scores and changes by arm and visit; response and remission with the people for whom they are defined
  adjusted  the primary outcome: score ~ baseline score + factors of the stratification + arm, people with both scores
  adjusted_complete  the same over complete cases: people with a score of the questionnaire at every visit that asks it
  unadjusted  score ~ arm, people with the primary score
  effect    Hedges' g against the reference arm, variance as Borenstein et al. 2009, chapter 4
  risk      differences with Wald's and Newcombe's (1998, method 10) intervals; ratios on the log scale; number needed to treat
  effect_complete, risk_complete  the same over complete cases
"""

import csv
import math
import sys
from pathlib import Path

import pandas as pd
import statsmodels.formula.api as smf
from scipy.stats import norm
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.proportion import confint_proportions_2indep

# settings: begin
ARMS = ["RET", "WL"]
REFERENCE = "WL"
PRIMARY = ["week8", "gad7"]
FACTORS = ["site", "sex"]
BASELINE_VISIT = "baseline"
FORM_VISITS = ["baseline", "week8"]
FORM_INSTRUMENTS = ["gad7", "gad7"]
NUMBERS = ["mass_kg"]
CHOICES = ["education"]
# settings: end

FOLDER = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
FORMS = list(zip(FORM_VISITS, FORM_INSTRUMENTS, strict=True))
RATES = ("response", "remission")
Z = norm.ppf(0.975)
lines: list[list[object]] = []


def table_of(file: str) -> pd.DataFrame:
    """Every cell as text; an empty one is missing."""
    return pd.read_csv(FOLDER / file, dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8")


people = table_of("participant.csv")
people = people[people["itt"] == "1"]
told = table_of("baseline.csv").set_index(["trial_id", "variable"])["value"]
scored = table_of("assessment.csv").set_index(["trial_id", "visit", "instrument"])
for column in ("total_unrounded", "change_from_baseline", *RATES):
    scored[column] = pd.to_numeric(scored[column])


def of(ids: pd.Series, visit: str, instrument: str, column: str) -> pd.Series:
    """A column of one form of these people, in their order."""
    return scored[column].reindex([(who, visit, instrument) for who in ids]).reset_index(drop=True)


def line(table: str, arm: str, visit: str, instrument: str, variable: str, figure: str, value: float) -> None:
    if not pd.isna(value):
        lines.append([table, arm, visit, instrument, variable, figure, f"{value:.15g}"])


def spread(table: str, arm: str, visit: str, instrument: str, variable: str, values: pd.Series) -> None:
    values = values.dropna()
    line(table, arm, visit, instrument, variable, "n", len(values))
    line(table, arm, visit, instrument, variable, "mean", values.mean())
    line(table, arm, visit, instrument, variable, "sd", values.std(ddof=1))
    for name, share in (("p25", 0.25), ("median", 0.5), ("p75", 0.75)):
        line(table, arm, visit, instrument, variable, name, values.quantile(share))


def numbers(arm: str, variable: str, values: pd.Series) -> None:
    values = pd.to_numeric(values, errors="coerce")
    spread("baseline", arm, "", "", variable, values)
    line("baseline", arm, "", "", variable, "missing", values.isna().sum())


def counts(arm: str, variable: str, values: pd.Series) -> None:
    known = values.dropna()
    for word in sorted(known.unique()):
        line("baseline", arm, "", "", f"{variable}={word}", "count", (known == word).sum())
        line("baseline", arm, "", "", f"{variable}={word}", "share", (known == word).mean())
    line("baseline", arm, "", "", variable, "missing", values.isna().sum())


def baseline() -> None:
    present = people[people["withdrawn_scope"] != "all"]
    age_is_a_number = pd.to_numeric(present["age"].dropna(), errors="coerce").notna().all()
    for arm in ARMS:
        mine = present[present["arm"] == arm]
        line("baseline", arm, "", "", "", "people", len(mine))
        (numbers if age_is_a_number else counts)(arm, "age", mine["age"])
        counts(arm, "sex", mine["sex"])
        for variable in NUMBERS:
            numbers(arm, variable, told.reindex([(who, variable) for who in mine["trial_id"]]))
        for variable in CHOICES:
            counts(arm, variable, told.reindex([(who, variable) for who in mine["trial_id"]]))
        for visit, instrument in FORMS:
            if visit == BASELINE_VISIT:
                totals = of(mine["trial_id"], visit, instrument, "total_unrounded")
                spread("baseline", arm, visit, instrument, "total", totals)
                line("baseline", arm, visit, instrument, "total", "missing", totals.isna().sum())


def visits() -> None:
    for arm in ARMS:
        ids = people.loc[people["arm"] == arm, "trial_id"]
        for visit, instrument in FORMS:
            spread("visits", arm, visit, instrument, "total", of(ids, visit, instrument, "total_unrounded"))
            spread("visits", arm, visit, instrument, "change", of(ids, visit, instrument, "change_from_baseline"))
            for rate in RATES:
                flags = of(ids, visit, instrument, rate).dropna()
                line("visits", arm, visit, instrument, rate, "count", flags.sum())
                line("visits", arm, visit, instrument, rate, "base", len(flags))


def complete(instrument: str) -> pd.DataFrame:
    """People with a score of this questionnaire at every visit that asks it."""
    asked = [visit for visit, code in FORMS if code == instrument]
    known = [of(people["trial_id"], visit, instrument, "total_unrounded").notna() for visit in asked]
    return people[pd.concat(known, axis=1).all(axis=1).to_numpy()]


def difference(table: str, counted: pd.DataFrame, visit: str, instrument: str, adjusting: bool) -> None:
    data = pd.DataFrame({"arm": counted["arm"].to_list(), "score": of(counted["trial_id"], visit, instrument, "total_unrounded")})
    terms = []
    if adjusting:
        data["before"] = data["score"] - of(counted["trial_id"], visit, instrument, "change_from_baseline")
        strata = [dict(part.split("=", 1) for part in str(text).split("|") if "=" in part) for text in counted["stratum"].fillna("")]
        factors = {f"factor_{name}": [stratum.get(name) or None for stratum in strata] for name in FACTORS}
        data = data.assign(**{name: levels for name, levels in factors.items() if any(levels)})
        terms = ["before", *(f"C(Q('{name}'))" for name in factors if name in data and data.dropna()[name].nunique() > 1)]
    data = data.dropna()
    arms = [arm for arm in ARMS if (data["arm"] == arm).any()]
    if len(arms) < 2 or REFERENCE not in arms:
        return
    fit = smf.ols(f"score ~ {' + '.join([*terms, ''])}C(arm, Treatment('{REFERENCE}'))", data).fit()
    if fit.df_resid < 1:
        return
    line(table, "", visit, instrument, "", "n", fit.nobs)
    for arm in arms:
        line(table, arm, visit, instrument, "mean", "estimate", fit.predict(data.assign(arm=arm)).mean())
    for arm in arms:
        if arm != REFERENCE:
            name = f"C(arm, Treatment('{REFERENCE}'))[T.{arm}]"
            low, high = fit.conf_int(0.05).loc[name]
            found = {"estimate": fit.params[name], "se": fit.bse[name], "low": low, "high": high, "p": fit.pvalues[name]}
            for figure, value in found.items():
                line(table, arm, visit, instrument, "difference", figure, value)


def compared(suffix: str) -> None:
    """Every arm against the reference after baseline: of everybody observed, or (`_complete`) of complete cases."""
    for arm in ARMS:
        for visit, instrument in FORMS:
            if arm == REFERENCE or visit == BASELINE_VISIT:
                continue
            counted = complete(instrument) if suffix else people
            one, two = (
                of(counted.loc[counted["arm"] == a, "trial_id"], visit, instrument, "total_unrounded").dropna() for a in (arm, REFERENCE)
            )
            if min(len(one), len(two)) > 1 and (one.std() > 0 or two.std() > 0):
                for figure, value in hedges_g(one, two).items():
                    line(f"effect{suffix}", arm, visit, instrument, "hedges_g", figure, value)
            for rate in RATES:
                mine, other = (of(counted.loc[counted["arm"] == a, "trial_id"], visit, instrument, rate).dropna() for a in (arm, REFERENCE))
                if len(mine) and len(other):
                    for figure, value in risk(int(mine.sum()), len(mine), int(other.sum()), len(other)).items():
                        line(f"risk{suffix}", arm, visit, instrument, rate, figure, value)


def hedges_g(one: pd.Series, two: pd.Series) -> dict[str, float]:
    n1, n2 = len(one), len(two)
    df = n1 + n2 - 2
    d = (one.mean() - two.mean()) / math.sqrt(((n1 - 1) * one.var(ddof=1) + (n2 - 1) * two.var(ddof=1)) / df)
    j = 1 - 3 / (4 * df - 1)
    se = math.sqrt(j**2 * ((n1 + n2) / (n1 * n2) + d**2 / (2 * (n1 + n2))))
    return {"d": d, "estimate": j * d, "se": se, "low": j * d - Z * se, "high": j * d + Z * se}


def risk(a: int, n1: int, c: int, n2: int) -> dict[str, float]:
    wald = confint_proportions_2indep(a, n1, c, n2, method="wald", compare="diff")
    newcombe = confint_proportions_2indep(a, n1, c, n2, method="newcomb", compare="diff")
    found = {
        "difference": a / n1 - c / n2, "wald_low": wald[0], "wald_high": wald[1], "newcombe_low": newcombe[0], "newcombe_high": newcombe[1],
    }  # fmt: skip
    found |= dict(zip(("nnt", "nnt_low", "nnt_high"), needed((a * n2 - c * n1) / (n1 * n2), *wald), strict=True))
    table = Table2x2([[a, n1 - a], [c, n2 - c]], shift_zeros=False)
    if a and c:
        low, high = table.riskratio_confint()
        found |= {"risk_ratio": table.riskratio, "risk_ratio_low": low, "risk_ratio_high": high}
        if a < n1 and c < n2:
            low, high = table.oddsratio_confint()
            found |= {"odds_ratio": table.oddsratio, "odds_ratio_low": low, "odds_ratio_high": high}
    return found


def needed(estimate: float, low: float, high: float) -> tuple[float, float, float]:
    """1 / difference of risks; where its interval holds 0 the numbers go through infinity, and the side of the estimate is kept."""
    if low > 0 or high < 0:
        return 1 / estimate, 1 / high, 1 / low
    number = 1 / estimate if estimate else math.inf
    if estimate >= 0:
        return number, 1 / high if high else math.inf, math.inf
    return number, -math.inf, 1 / low


baseline()
visits()
if PRIMARY:
    difference("adjusted", people, *PRIMARY, adjusting=True)
    difference("adjusted_complete", complete(PRIMARY[1]), *PRIMARY, adjusting=True)
    difference("unadjusted", people, *PRIMARY, adjusting=False)
for suffix in ("", "_complete"):
    compared(suffix)
writer = csv.writer(sys.stdout, lineterminator="\n")
writer.writerow(["table", "arm", "visit", "instrument", "variable", "figure", "value"])
writer.writerows(lines)
