from __future__ import annotations

from datetime import date

import pytest

from participants.domain.person import BadPerson, age_on, clean, initials

TODAY = date(2026, 3, 2)


def test_facts_are_kept_in_one_spelling_and_blanks_left_out() -> None:
    given = {
        "given_name": "  Nora  Ann ",
        "born_on": "2000-05-01",
        "email": " nora@canary.example ",
        "phone": "+353 61 555 019",
        "family_name": " ",
    }
    assert clean(given, on=TODAY) == {
        "given_name": "Nora Ann",
        "born_on": "2000-05-01",
        "email": "nora@canary.example",
        "phone": "+353 61 555 019",
    }


def test_every_fault_is_named_at_once_with_its_cure() -> None:
    given = {
        "given_name": "N" * 201,
        "born_on": "1 May 2000",
        "email": "nora@canary\n.example",
        "phone": "call me",
        "emergency_phone": "x",
        "shoe": "43",
    }
    with pytest.raises(BadPerson) as bad:
        clean(given, on=TODAY)
    assert bad.value.faults == {
        "shoe": "There is no field 'shoe'.",
        "given_name": "Shorten the given name to 200 characters.",
        "born_on": "Enter the date of birth as 1985-03-14.",
        "email": "Enter the e-mail address like name@example.org.",
        "phone": "Enter the telephone number with digits, like +353 61 202 000.",
        "emergency_phone": "Enter the emergency telephone number with digits, like +353 61 202 000.",
    }


@pytest.mark.parametrize("born", ["2026-03-03", "1905-03-01"])
def test_a_birth_lies_in_a_human_lifetime(born: str) -> None:
    with pytest.raises(BadPerson) as bad:
        clean({"born_on": born}, on=TODAY)
    assert bad.value.faults == {"born_on": "Enter a date of birth in the last 120 years."}


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [
        (date(2000, 3, 2), date(2026, 3, 1), 25),
        (date(2000, 3, 2), date(2026, 3, 2), 26),
        (date(2000, 2, 29), date(2026, 2, 28), 25),
        (date(2000, 2, 29), date(2026, 3, 1), 26),
        (date(2000, 2, 29), date(2028, 2, 29), 28),
    ],
)
def test_age_counts_completed_years(born: date, day: date, years: int) -> None:
    assert age_on(born, day) == years


def test_initials_come_from_the_names_there_are() -> None:
    assert [initials({"given_name": "nora", "family_name": "Canary"}), initials({"family_name": "Canary"}), initials({})] == [
        "N C",
        "C",
        "",
    ]
