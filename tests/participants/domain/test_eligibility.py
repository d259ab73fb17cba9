from __future__ import annotations

from decimal import Decimal

import pytest

from participants.domain.eligibility import BadAnswers, Outcome, Reason, Result, assess, clean
from trials.domain.protocol.shape import Choice, EligibilityQuestion

AGE = EligibilityQuestion(code="age", text="Age?", type="number", minimum=Decimal(18), maximum=Decimal(65), unit="years")
FIT = EligibilityQuestion(code="fit", text="Fit to train?", type="yes_no", accepts=("yes",))
RET = EligibilityQuestion(
    code="ret",
    text="Resistance training now?",
    type="choice",
    choices=(Choice(code="none", label="None"), Choice(code="some", label="Once a week"), Choice(code="much", label="Twice or more")),
    accepts=("none", "some"),
)
QUESTIONS = (AGE, FIT, RET)
TOO_YOUNG = Reason("age", "Age? Answer: 17; needed: between 18 and 65 years.")
UNFIT = Reason("fit", "Fit to train? Answer: no; needed: yes.")
TRAINED = Reason("ret", "Resistance training now? Answer: Twice or more; needed: None or Once a week.")


@pytest.mark.parametrize(
    ("answers", "result"),
    [
        ({"age": "18", "fit": "yes", "ret": "none"}, Result(Outcome.ELIGIBLE)),
        ({"age": "65,0", "fit": "yes", "ret": "some"}, Result(Outcome.ELIGIBLE)),
        ({"age": "17", "fit": "no", "ret": "much"}, Result(Outcome.EXCLUDED, (TOO_YOUNG, UNFIT, TRAINED))),
        ({"age": "17"}, Result(Outcome.EXCLUDED, (TOO_YOUNG,), ("fit", "ret"))),
        ({"age": "40", "fit": " "}, Result(Outcome.INCOMPLETE, (), ("fit", "ret"))),
        ({}, Result(Outcome.INCOMPLETE, (), ("age", "fit", "ret"))),
    ],
    ids=["all met", "upper bound and comma", "every reason in order", "one failure decides early", "blank is missing", "nothing asked"],
)
def test_one_failed_criterion_excludes_and_only_a_full_set_makes_eligible(answers: dict[str, str], result: Result) -> None:
    assert assess(QUESTIONS, answers) == result


def test_a_protocol_without_criteria_takes_everyone() -> None:
    assert assess((), {}) == Result(Outcome.ELIGIBLE)


def test_every_answer_that_fits_no_question_is_named_at_once() -> None:
    with pytest.raises(BadAnswers) as refused:
        clean(QUESTIONS, {"age": "forty", "fit": "perhaps", "ret": "daily", "shoe": "43"})
    assert refused.value.faults == {
        "shoe": "There is no eligibility question 'shoe'.",
        "age": "Age?: enter a number, like 34.",
        "fit": "Fit to train?: choose one of yes, no.",
        "ret": "Resistance training now?: choose one of none, some, much.",
    }


def test_answers_are_kept_in_one_spelling() -> None:
    assert clean(QUESTIONS, {"age": " 40,50 ", "fit": "yes"}) == {"age": "40.5", "fit": "yes"}
