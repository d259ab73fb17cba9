from __future__ import annotations

import pytest

from outcomes.domain.wording import BadWords, read_words
from outcomes.instruments import instruments

P4 = instruments["p4"]
GOOD = """
instrument = "p4"
version = "1"
language = "en"
source = "made up for this test"
stem = "The stem"
rights = "the rights"
[items]
1 = "one"
2 = "two"
3 = "three"
4 = "four"
[options]
0 = "nought"
1 = "once"
[options_of.3]
0 = "never"
1 = "rather"
2 = "very"
"""


def test_words_make_an_instrument_that_can_be_shown() -> None:
    worded = read_words(GOOD, P4)
    assert (P4.unworded, worded.unworded, worded.language, worded.stem, worded.rights) == (True, False, "en", "The stem", "the rights")
    assert [item.text for item in worded.items] == ["one", "two", "three", "four"]
    assert [[o.label for o in item.options] for item in worded.items] == [
        ["nought", "once"], ["nought", "once"], ["never", "rather", "very"], ["nought", "once"],
    ]  # fmt: skip
    assert worded.score({"3": 2}) == P4.score({"3": 2})


def test_words_in_another_language_say_so() -> None:
    assert read_words(GOOD.replace('language = "en"', 'language = "de"'), P4).language == "de"


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (("[items]", "[items"), "is no TOML"),
        (('source = "made up for this test"', ""), "source is missing"),
        (("[items]", "[things]"), "items is missing; things is no key of a words file"),
        (('stem = "The stem"', "stem = 3"), "stem is not a text of 1 to 4000 characters"),
        (('stem = "The stem"', 'stem = "\\u0000"'), "stem is not a text of 1 to 4000 characters"),
        (('4 = "four"', "4 = 4"), "items is not a table of texts"),
        (("[options_of.3]", "[options_of.third]"), "the answer 2"),
        (('[options]\n0 = "nought"', '[options]\nno = "nought"'), "options has no, which is no whole number"),
        (('2 = "very"', 'often = "very"'), "options_of.3 has often, which is no whole number"),
        (('instrument = "p4"', 'instrument = "hama"'), "instrument is 'hama', the instrument's is 'p4'"),
        (('version = "1"', 'version = "2"'), "version is '2', the instrument's is '1'"),
        (('4 = "four"', ""), "P4 screener in en: item 4 has no words"),
        (('4 = "four"', '4 = "four"\n5 = "five"'), "there is no item 5"),
        (('2 = "very"', ""), "item 3 has no words for the answer 2"),
    ],
)
def test_every_fault_of_a_words_file_is_named(edit: tuple[str, str], sentence: str) -> None:
    assert edit[0] in GOOD
    with pytest.raises(BadWords) as refusal:
        read_words(GOOD.replace(*edit, 1), P4)
    assert sentence in str(refusal.value)


def test_tables_that_are_none_are_named() -> None:
    with pytest.raises(BadWords, match="options_of is not a table of texts"):
        read_words(GOOD.partition("[options_of")[0].replace("[items]", "options_of = 3\n[items]"), P4)
