"""The randomisation test as a kept result, and the one paragraph that tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from outcomes.domain.text import plain
from trials.domain.randomisation.retest import GREATER, LESS, TWO_SIDED, Exact, RandomisationTest, Redraws

PLACES = 4
P_PLACES = 6
SIDES = {
    TWO_SIDED: "at least as far from 0 (two-sided)",
    GREATER: "at least as high (one-sided, the first arm higher)",
    LESS: "at least as low (one-sided, the first arm lower)",
}
RULES = (
    "Who came, in what order, with which factors as recorded at allocation, and what was measured stay as they are; only the arms are "
    "drawn again, by the scheme and the code that drew them, from fresh streams.",
    "p = (1 + draws at least as extreme) / (1 + draws): the draw that happened is one of them. SE is the standard error of p.",
    "Two arms: the mean of the first arm of the protocol minus that of the second. More: the F statistic of a one-way analysis of "
    "variance.",
    "A draw that leaves an arm without an outcome has no statistic: it counts as drawn, never as extreme.",
    "Everybody randomised is drawn again; whoever has no outcome moves the sequence on and is in no mean. Imported allocations keep "
    "their arm in every draw.",
    "Adjusted outcomes are what is left of the score after a straight line on the baseline score, fitted over everybody without the arms.",
)


def decimal(number: Fraction, places: int = PLACES) -> str:
    """A fraction as people read it, half-up."""
    return plain(Decimal(number.numerator) / Decimal(number.denominator), places)


def told(test: RandomisationTest, drawn: Redraws, exact: Exact | None) -> dict[str, Any]:
    """What is kept of a test: numbers as text, so that nothing is lost to binary fractions."""
    f = test.f
    return {
        "statistic": decimal(test.statistic),
        "statistic_exact": str(test.statistic),
        "f": None if f is None else decimal(f),
        "arms": list(arms(test)),
        "side": test.side,
        "randomised": sum(1 + len(one.others) for stream in test.streams for one in stream.people) + len(test.fixed),
        "measured": test.measured,
        "fixed": len(test.fixed),
        "draws": drawn.draws,
        "extreme": drawn.extreme,
        "undefined": drawn.undefined,
        "p": decimal(drawn.p, P_PLACES),
        "p_exact_fraction": str(drawn.p),
        "se": f"{drawn.se:.6f}",
        "exact": None if exact is None else {"p": str(exact.p), "undefined": str(exact.undefined), "sequences": exact.sequences},
    }


def arms(test: RandomisationTest) -> Iterable[dict[str, Any]]:
    """Arm by arm in declared order: how many outcomes, and their mean."""
    people = [*(person for stream in test.streams for person in stream.people), *test.fixed]
    for arm in test.arms:
        outcomes = [outcome for person in people if person.arm == arm for outcome in person.outcomes]
        yield {"arm": arm, "n": len(outcomes), "mean": decimal(sum(outcomes, start=Fraction(0)) / len(outcomes))}


def paragraph(question: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    """The whole test in one paragraph: what was compared, how it was drawn again, p with its error, and how to repeat it."""
    means = [f"{arm['arm']} {arm['mean']} (n = {arm['n']})" for arm in result["arms"]]
    what = f"{question['instrument']} at {question['visit']}{', adjusted for the baseline score' if question['adjusted'] else ''}"
    if len(means) == 2:
        found = f"mean of {means[0]} minus mean of {means[1]}: T = {result['statistic']}"
        extreme = SIDES[result["side"]]
    else:
        within = f"F = {result['f']}" if result["f"] is not None else f"share of the sum of squares between arms {result['statistic']}"
        found, extreme = f"means {', '.join(means)}: {within}", "with an F at least as high"
    schemes = ", ".join(f"{s['version']} ({s['method']})" for s in result["schemes"])
    sentences = [
        f"{what}: {found}.",
        f"The arms of {result['randomised'] - result['fixed']} people were drawn again {result['draws']:,} times by scheme {schemes}, in "
        f"the order and with the factors of their allocation; {result['extreme']:,} draws were {extreme}.",
        f"p = {result['p']} (standard error {result['se']}).",
    ]
    if result["exact"] is not None:
        p, count = result["exact"]["p"], result["exact"]["sequences"]
        sentences.append(f"Over all {count:,} sequences that the scheme can give, p = {p} = {decimal(Fraction(p), P_PLACES)}.")
    if result["undefined"]:
        sentences.append(f"{result['undefined']:,} draws left an arm without an outcome; they count as drawn, never as extreme.")
    if result["fixed"]:
        sentences.append(f"{result['fixed']} allocations were made elsewhere and keep their arm in every draw.")
    sentences.append(f"Cut {result['cut']}; seed {result['seed']}; code {result['code_digest']}.")
    return " ".join(sentences)
