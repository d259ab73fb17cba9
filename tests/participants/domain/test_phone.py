from __future__ import annotations

import pytest

from participants.domain.person import BadPerson, clean
from participants.domain.phone import e164
from tests.participants.domain.test_person import TODAY


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+353 61 555 019", "+35361555019"),
        ("+1 (212) 555-0100", "+12125550100"),
        ("+49/30.1234567", "+49301234567"),
        ("+123456789012345", "+123456789012345"),
        ("061 555 020", None),
        ("00353 61 555 019", None),
        ("+0353 61 555 019", None),
        ("+44 (0)20 7946 0000", None),
        ("+1234567", None),
        ("+1234567890123456", None),
        ("+353 61 555 019\n", None),
        ("+٣٥٣٦١٥٥٥٠١٩", None),
        ("", None),
    ],
)
def test_only_a_number_that_every_network_dials_alike_is_one(written: str, number: str | None) -> None:
    assert e164(written) == number


@pytest.mark.parametrize("phone", ["061 555 020", "+44 (0)20 7946 0000"])
def test_a_number_without_its_country_is_told_at_entry_and_the_emergency_number_may_be_local(phone: str) -> None:
    with pytest.raises(BadPerson) as bad:
        clean({"phone": phone}, on=TODAY)
    assert bad.value.faults == {"phone": "Enter the telephone number with its country code and no (0), like +353 61 202 000."}
    assert clean({"emergency_phone": "061 555 020"}, on=TODAY) == {"emergency_phone": "061 555 020"}
