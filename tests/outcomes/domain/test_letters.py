"""Words of messages: what they may name, what they must, and what they never say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from outcomes.domain.letters import CIRCULAR, KINDS, LONGEST_BODY, LONGEST_SUBJECT, Fault, Kind, Words, faults, filled

INVITATION = KINDS["invitation"]
GOOD = Words("Your form is here", "Dear reader,\n\nplease open {link} by {until}.", "Open {address} and type {code}")
LONG = {"until": "Wed 30 Sep", "link": "L" * 80, "address": "https://trial.example/me/", "code": "ABCDE23456"}
NEVER = [("depress*", "no"), ("ánimo*", "no"), ("waiting list", "arm"), ("=RET", "arm"), ("GAD-7", "form"), ("wait-list*", "arm")]


def wrong(words: Words, kind: Kind = INVITATION, longest: dict[str, str] = LONG) -> list[tuple[str, str]]:
    return [(fault.place, fault.sentence) for fault in faults(kind, words, longest=longest, unsaid=NEVER)]


def test_good_words_have_no_fault() -> None:
    assert wrong(GOOD) == []
    assert wrong(Words("Closed on Friday", "The door at {place} is shut.", "Shut on Friday."), CIRCULAR) == []


def test_a_value_is_put_in_as_it_is_and_one_that_nobody_gave_stays() -> None:
    assert filled("{place} {when} {x", {"place": "{when}", "when": "now"}) == "{when} now {x"
    assert filled("{other}", {}) == "{other}"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"subject": " "}, [("subject", "Write the subject.")]),
        ({"subject": "a" * (LONGEST_SUBJECT + 1)}, [("subject", "Shorten the subject to 100 characters.")]),
        ({"subject": "one\ntwo"}, [("subject", "Keep the subject on one line.")]),
        ({"subject": "zero\u200bwidth"}, [("subject", "Take the characters out of the subject that nobody sees.")]),
        ({"subject": "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645\u200f 30\u00a0Sep"}, []),
        ({"subject": "De\u200cpressed"}, [("subject", "Leave out \u201cDepressed\u201d: no.")]),
        ({"body": "{link}" + "a" * LONGEST_BODY}, [("body", "Shorten the mail to 4000 characters.")]),
        ({"body": "Now"}, [("body", "Put {link} in: the message is pointless without it.")]),
        (
            {"body": "{link} {nme} {nme}"},
            [("body", "{nme} stands for nothing here: use {until}, {link}, {address}, {code}.")],
        ),
        ({"body": "{link} {{until}}"}, [("body", "Close each brace: braces stand around the name of a value alone.")]),
        ({"body": "{link} {until.year}"}, [("body", "{until.year} stands for nothing here: use {until}, {link}, {address}, {code}.")]),
        (
            {"short": "Now"},
            [
                ("short", "Put {address} in: the message is pointless without it."),
                ("short", "Put {code} in: the message is pointless without it."),
            ],
        ),
        (
            {"short": "{address} {code} " + "a" * 500},
            [("short", "Shorten the text message: it takes up to 4 segments, and 3 is the most.")],
        ),
        ({"subject": "Your DEPRESSION form"}, [("subject", "Leave out \u201cDEPRESSION\u201d: no.")]),
        ({"subject": "Anímo? Animos!"}, [("subject", "Leave out \u201cAnimos\u201d: no."), ("subject", "Leave out \u201cAnímo\u201d: no.")]),
        ({"subject": "On the waiting  list, wait-listed"},
         [("subject", "Leave out \u201cwaiting list\u201d: arm."), ("subject", "Leave out \u201cwait-listed\u201d: arm.")]),
        ({"subject": "The RET, in ret and ret."}, [("subject", "Leave out \u201cRET\u201d: arm.")]),
        ({"subject": "ret only"}, []),
        ({"subject": "Your gad-7 is due"}, [("subject", "Leave out \u201cGAD-7\u201d: form.")]),
    ],
)  # fmt: skip
def test_each_fault_is_one_sentence(change: dict[str, str], told: list[tuple[str, str]]) -> None:
    assert sorted(wrong(replace(GOOD, **change))) == sorted(told)


def test_everything_is_told_at_once() -> None:
    found = faults(INVITATION, Words("", "depressed {x}", "GAD-7"), longest=LONG, unsaid=NEVER)
    assert [fault.place for fault in found] == ["subject", "body", "body", "body", "short", "short", "short"]
    assert all(isinstance(fault, Fault) for fault in found)


def test_a_kind_that_offers_nothing_says_so() -> None:
    assert wrong(Words("a {b}", "c", "d"), Kind("x", "X")) == [("subject", "{b} stands for nothing here.")]


def test_every_kind_needs_only_what_it_offers() -> None:
    for kind in KINDS.values():
        assert {*kind.body_needs, *kind.short_needs} <= set(kind.offers), kind.code
