from __future__ import annotations

import jsonschema
import pytest

from outcomes.domain.schema import DictionaryRow, answers_schema, dictionary_rows
from outcomes.instruments import examples, instruments


@pytest.mark.parametrize("code", instruments)
def test_the_schema_takes_every_example_and_nothing_that_scoring_refuses(code: str) -> None:
    validator = jsonschema.Draft202012Validator(answers_schema(instruments[code]))
    for example in examples[code]:
        validator.validate({number: value for number, value in example.answers.items()})
    number = instruments[code].items[0].number
    for wrong in ({"x": 1}, {number: 10_000}, {number: []}, {number: -1}):
        assert not validator.is_valid(wrong)
        with pytest.raises(ValueError):
            instruments[code].score(wrong)  # type: ignore[arg-type]


def test_dictionary_rows_say_what_each_code_of_the_items_is() -> None:
    assert dictionary_rows(instruments["blood_pressure"]) == (
        DictionaryRow(item="1", label="Systolic", values="60 to 280, 0 decimals", unit="mmHg", loinc="8480-6", cdisc="VS SYSBP C25298"),
        DictionaryRow(item="2", label="Diastolic", values="30 to 180, 0 decimals", unit="mmHg", loinc="8462-4", cdisc="VS DIABP C25299"),
        DictionaryRow(item="mean_arterial", label="Mean arterial pressure", values="a number", unit="mmHg"),
    )
    assert [row.item for row in dictionary_rows(instruments["phq_ads"])] == ["phq9", "gad7"]
    notes = {
        code: [row.note for row in dictionary_rows(instruments[code])]
        for code in ("phq9", "pswq", "p4", "outside_training", "grip_strength")
    }
    assert notes["phq9"][9] == "not in the total; only after some answer above 0; Never part of the total."
    assert (notes["pswq"][0], notes["pswq"][1]) == ("reversed", "")
    assert notes["outside_training"][1] == "only after 1 or more at item 1"
    assert notes["grip_strength"][1] == "not in the total"
    assert dictionary_rows(instruments["p4"])[0].label == "words from the deployment"
    assert dictionary_rows(instruments["hama"])[0].label == "HAMA1-Anxious Mood"
    assert dictionary_rows(instruments["gad2"])[0].values == "0 Not at all; 1 Several days; 2 More than half the days; 3 Nearly every day"
