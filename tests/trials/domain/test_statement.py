"""CONSORT 2025 items 17a to 19 as whole texts: for every method, before and after closing, and for records that speak against us."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from trials.domain.randomisation import METHODS, scheme_from
from trials.domain.statement import Facts, SchemeFacts, Sentence, paragraphs, statement

EQUAL = {"RET": 1, "WL": 1}
STRATA = {"site": ["LIM", "DUB"], "sex": ["F", "M"]}
FACTORS = "site (LIM, DUB) and sex (F, M)"
HELD = "What would help to predict the next arm is not told while randomisation is open."
REPLAYED = "randomisation.verified"
STRATIFIED = f"It was stratified by {FACTORS}."

TABLES: dict[str, dict[str, object]] = {
    "simple": {"arms": {"RET": 2, "WL": 1}, "factors": {}},
    "permuted_blocks": {"arms": {"RET": 2, "WL": 1}, "multipliers": [1, 2, 3]},
    "big_stick": {"bound": 3},
    "block_urn": {"arms": {"A": 1, "B": 1, "C": 2}, "lambda": 2},
    "efron": {"p": "2/3"},
    "urn": {"a": 1, "b": "3/2"},
    "maximal": {"bound": 3, "length": 40},
    "minimisation": {"p": "4/5", "weights": {"sex": "1/2"}, "imbalance": "marginal_balance", "ties": "split", "treatment_total": True},
    "biased_coin_minimisation": {"arms": {"RET": 2, "WL": 1}, "p": "9/10", "treatment_total": 2},
}
TEXTS = {
    "simple": "The scheme allocated RET : WL in the ratio 2:1. Randomisation was simple: each arm was drawn with its share, whatever came "
    "before. It was not stratified.",
    "permuted_blocks": "The scheme allocated RET : WL in the ratio 2:1. Randomisation was by permuted blocks. Blocks had 3, 6 or 9 places, "
    f"each size drawn at random for every block. {STRATIFIED}",
    "big_stick": "The scheme allocated RET : WL in the ratio 1:1. Randomisation was by the big stick design: a fair coin, until the arms "
    f"stand a bound apart (Soares & Wu 1983). The bound was 3. {STRATIFIED}",
    "block_urn": "The scheme allocated A : B : C in the ratio 1:1:2. Randomisation was by the block urn design, which keeps the arms "
    f"within a bound of their ratio (Zhao & Weng 2011). Lambda was 2. {STRATIFIED}",
    "efron": "The scheme allocated RET : WL in the ratio 1:1. Randomisation was by a biased coin that favours the arm with fewer so far "
    f"(Efron 1971). The arm with fewer had probability 2/3. {STRATIFIED}",
    "urn": "The scheme allocated RET : WL in the ratio 1:1. Randomisation was by an urn to which each draw adds balls of the other arms "
    f"(Wei 1978). The urn began with 1 balls of each arm and 3/2 of every other arm were added a draw. {STRATIFIED}",
    "maximal": "The scheme allocated RET : WL in the ratio 1:1. Randomisation was by the maximal procedure: all sequences within a bound "
    f"are equally likely (Berger et al. 2003). The bound was 3, over sequences of 40 places. {STRATIFIED}",
    "minimisation": "The scheme allocated RET : WL in the ratio 1:1. Randomisation was by minimisation, with an element of chance in each "
    "draw (Pocock & Simon 1975). Imbalance was measured by the marginal balance with weights site 1, sex 1/2, and the totals of the arms "
    f"with weight 1; the best arm had probability 4/5, tied arms shared it. The factors were {FACTORS}.",
    "biased_coin_minimisation": "The scheme allocated RET : WL in the ratio 2:1. Randomisation was by biased-coin minimisation, with an "
    "element of chance in each draw (Han et al. 2009). Imbalance was measured by the range with weights site 1, sex 1, and the totals of "
    "the arms with weight 2; the best arm, where it is one of the smallest ratio, had probability 9/10, tied arms were ranked at random. "
    f"The factors were {FACTORS}.",
}


def table(method: str) -> dict[str, object]:
    return {"arms": EQUAL, "factors": STRATA, **TABLES[method], "method": method}


def scheme(method: str = "big_stick", **more: object) -> SchemeFacts:
    facts: dict[str, object] = dict(
        version=1, table=table(method), drawn_by="the unblinded statistician", drawn_on=date(2026, 3, 1), approved_by="the trial manager",
        opened_on=date(2026, 3, 2), closed_on=date(2026, 9, 1), allocations=44,
    )  # fmt: skip
    return SchemeFacts(**(facts | more))  # type: ignore[arg-type]


def facts(*schemes: SchemeFacts, **more: object) -> Facts:
    told: dict[str, object] = dict(
        schemes=schemes, imported=0, enrolling_roles=("coordinator",), enrolled=2, assigned=1, both=0, may_draw=(), attempts=47, refused=2, answered=0, broken_off=1, printed=0, opened=0,
        answered_for=0, rewritten=0, unsealed=(), events=1234,
    )  # fmt: skip
    return Facts(**(told | more))  # type: ignore[arg-type]


def item(name: str, told: Facts, *, details: bool = True) -> str:
    return paragraphs(statement(told, details=details))[name]


def test_there_is_a_text_for_every_method() -> None:
    assert set(TEXTS) == set(METHODS)
    for method in METHODS:
        scheme_from(table(method))


@pytest.mark.parametrize("method", METHODS)
def test_type_and_restriction_of_every_method(method) -> None:
    assert item("17b", facts(scheme(method))) == TEXTS[method]


def test_envelopes_are_told_of_where_they_were_printed() -> None:
    without = item("18", facts(scheme("simple")))
    assert "in no list and no envelope" in without
    told = item("18", facts(scheme("simple", allocations=9), printed=12, opened=2, answered_for=1, imported=3))
    assert "it stood nowhere, but for backup envelopes." in told
    assert "12 sealed opaque envelopes were printed by a person who neither enrols nor assigns" in told
    assert (
        "2 envelopes were used, each checked against its stream and its order when it was entered; 1 was reported missing or spoiled; 9 unused."
        in told
    )
    assert "7 people were randomised in this way, and 2 by envelope and 3 had been randomised elsewhere." in told
    one = item("18", facts(scheme("simple", allocations=1), printed=1, opened=1, answered_for=2))
    assert "1 sealed opaque envelope was printed" in one
    assert "1 envelope was used" in one
    assert "2 were reported" in one
    assert "0 people were randomised in this way, and 1 by envelope." in one


OTHERS: dict[str, dict[str, object]] = {
    "permuted_blocks": {"multipliers": [4]},
    "big_stick": {"bound": 2},
    "block_urn": {"lambda": 5},
    "efron": {"p": "3/4"},
    "urn": {"a": 0, "b": 1},
    "maximal": {"bound": 2, "length": 80},
    "minimisation": {"p": "2/3", "weights": {}, "imbalance": "range", "ties": "rank", "treatment_total": False},
    "biased_coin_minimisation": {"p": "4/5", "weights": {"site": 2}, "treatment_total": False},
}


@pytest.mark.parametrize("method", OTHERS)
def test_what_would_help_to_predict_is_held_back_while_open(method) -> None:
    """Two schemes that differ in nothing else read alike, word for word."""
    other = scheme(table=table(method) | OTHERS[method])
    held = [statement(facts(one), details=False) for one in (scheme(method), other)]
    assert held[0] == held[1]
    assert [sentence.text for sentence in held[0]].count(HELD) == 1
    assert item("17b", facts(scheme(method))) != item("17b", facts(other))


def test_simple_randomisation_has_nothing_to_hold_back() -> None:
    assert item("17b", facts(scheme("simple")), details=False) == TEXTS["simple"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"multipliers": [2]}, "Blocks had 4 places."),
        ({"multipliers": [2, 3]}, "Blocks had 4 or 6 places, each size drawn at random for every block."),
    ],
)
def test_block_sizes_are_counted_in_places(changes, told) -> None:
    of = table("permuted_blocks") | {"arms": EQUAL} | changes
    assert told in item("17b", facts(scheme(table=of)))


def test_minimisation_by_rank_is_told_with_its_q() -> None:
    of = {"method": "minimisation", "arms": EQUAL, "factors": {"sex": ["F", "M"]}, "rule": "rank", "q": "2/3"}
    assert item("17b", facts(scheme(table=of))) == (
        "The scheme allocated RET : WL in the ratio 1:1. Randomisation was by minimisation, with an element of chance in each draw (Pocock "
        "& Simon 1975). Imbalance was measured by the range with weights sex 1; arms were ranked and drawn with the probabilities of "
        "q = 2/3, tied arms ranked at random. The factors were sex (F, M)."
    )


def test_the_whole_statement_of_a_trial_that_is_over() -> None:
    assert paragraphs(statement(facts(scheme(commitment="c0ffee")), details=True)) == {
        "17a": "The scheme was drawn on 2026-03-01 by the unblinded statistician and approved on 2026-03-02 by the trial manager, another "
        "person; neither was shown its seed. Uplift generated the sequence from a seed of 48 bytes by HMAC_DRBG with SHA-256 (NIST SP "
        "800-90A), with rejection sampling so that no arm is favoured, one stream for each stratum. Before the first participant it was "
        "bound by the commitment c0ffee.",
        "17b": TEXTS["big_stick"],
        "18": "An arm was drawn only at the moment of randomising, after consent, eligibility and baseline had been checked by the program, "
        "and shown only once it was kept; before that it stood nowhere, in no list and no envelope. The state from which the next arm "
        "follows was sealed (AES-256-GCM) with a key outside the database, and a step that failed gave the same arm again. 44 people were "
        "randomised in this way, nobody in any other. 47 attempts to randomise were kept, each before anything else was done; 2 of them were "
        "refused and 1 broken off. No allocation was changed or removed after it was given.",
        "19": "The roles that enrol and assign (coordinator) could neither draw a scheme nor read its seed; no role can. 2 people enrolled "
        "and 1 person assigned; none of them drew or approved a scheme. Among 1,234 events of the audit none opened a seed: nobody had "
        "access to the sequence. Whoever runs the server keeps the key that seals the seeds; what they could do with it stands outside "
        "these records.",
    }  # fmt: skip


def test_records_that_speak_against_concealment_are_told_too() -> None:
    told = facts(
        scheme(closed_on=None), imported=1, enrolling_roles=("coordinator", "trial manager"), enrolled=1, assigned=2, both=1,
        may_draw=("trial manager",), attempts=1, refused=0, broken_off=0, rewritten=1,
        unsealed=tuple((verb, date(2026, 8, day)) for verb, day in ((REPLAYED, 2), (REPLAYED, 1), ("allocation.proved", 1))),
    )  # fmt: skip
    found = paragraphs(statement(told, details=False))
    assert found["18"].endswith(
        "44 people were randomised in this way, and 1 had been randomised elsewhere. 1 attempt to randomise was kept, each before anything "
        "else was done; 0 of them were refused and 0 broken off. Rows of allocations were written again 1 time; each "
        "version is kept."
    )
    assert found["19"].startswith(
        "Of the roles that enrol and assign (coordinator and trial manager), trial manager could draw a scheme, and none could read its "
        "seed; no role can. 1 person enrolled and 2 people assigned; 1 of them also drew or approved a scheme. The seeds were opened by "
        "the program 3 times to replay what was given (2026-08-01 and 2026-08-02) and shown to nobody. At the first of these times "
        "randomisation was not closed."
    )


@pytest.mark.parametrize(
    ("closed_on", "told"), [(date(2026, 8, 1), False), (date(2026, 8, 2), True), (None, True)], ids=["the same day", "later", "never"]
)
def test_opening_seeds_before_closing_is_told(closed_on, told) -> None:
    found = item("19", facts(scheme(closed_on=closed_on), unsealed=((REPLAYED, date(2026, 8, 1)),)))
    assert ("randomisation was not closed" in found) is told
    assert "1 time to replay" in found


OPENINGS = {
    "randomisation.verified": "The seeds were opened by the program 1 time to replay what was given (2026-08-01) and shown to nobody.",
    "allocation.proved": "The seeds were opened by the program 1 time to replay what was given (2026-08-01) and shown to nobody.",
    "escrow.issued": "A seed was split into three shares 1 time (2026-08-01), for keepers who neither enrolled nor assigned.",
    "escrow.share_read": "A share of a seed was read 1 time (2026-08-01), each by its keeper alone; two shares together give the seed.",
    "escrow.restored": "A seed was brought back from two shares 1 time (2026-08-01), by two people who were not shown what they give.",
    "envelopes.printed": "Backup envelopes were printed 1 time (2026-08-01); whoever prints them can see their arms, not the live ones.",
}
EARLY = "At the first of these times randomisation was not closed."


@pytest.mark.parametrize("verb", OPENINGS)
def test_every_kind_of_event_that_opens_a_seed_is_told(verb) -> None:
    found = item("19", facts(scheme(), unsealed=((verb, date(2026, 8, 1)),)))
    assert f"none of them drew or approved a scheme. {OPENINGS[verb]} {EARLY} Whoever runs the server" in found


def test_all_that_opened_a_seed_is_told_kind_by_kind() -> None:
    days = {"envelopes.printed": (1,), "escrow.share_read": (4, 3, 4), "allocation.proved": (5,)}
    told = facts(scheme(), unsealed=tuple((verb, date(2026, 8, day)) for verb, on in days.items() for day in on))
    replayed, read, printed = (OPENINGS[verb] for verb in ("allocation.proved", "escrow.share_read", "envelopes.printed"))
    read = read.replace("1 time (2026-08-01)", "3 times (2026-08-03 and 2026-08-04)")
    assert f" {replayed.replace('08-01', '08-05')} {read} {printed} {EARLY} " in item("19", told)


def test_of_attempts_that_were_not_kept_nothing_is_told() -> None:
    assert "attempt" not in item("18", facts(scheme(), attempts=0, refused=0, broken_off=0))


@pytest.mark.parametrize(("answered", "told"), [(1, "1 was a request sent again"), (3, "3 were requests sent again")])
def test_requests_that_were_sent_again_are_told_apart(answered, told) -> None:
    assert f"and 1 broken off. {told}, which got the answer given before and no other. No allocation" in item(
        "18", facts(scheme(), answered=answered)
    )


def test_two_schemes_are_told_apart() -> None:
    second = replace(scheme("minimisation"), version=2, allocations=1)
    found = paragraphs(statement(facts(scheme(), second), details=True))
    assert found["17a"].count("Scheme 1 was drawn") == found["17a"].count("Scheme 2 was drawn") == 1
    assert found["17a"].endswith("one stream for the whole trial.")
    assert "Scheme 2 allocated RET : WL" in found["17b"]
    assert "45 people were randomised" in found["18"]


def test_one_person_is_counted_as_one() -> None:
    assert "1 person was randomised in this way" in item("18", facts(scheme(allocations=1)))


def test_every_sentence_names_its_record() -> None:
    told = statement(facts(scheme(commitment="c0"), unsealed=((REPLAYED, date(2026, 1, 1)),)), details=True)
    assert all(sentence.record for sentence in told)
    assert {sentence.item for sentence in told} == {"17a", "17b", "18", "19"}


def test_without_a_scheme_there_is_nothing_to_tell() -> None:
    assert statement(facts(), details=True) == (Sentence("17a", "No scheme of randomisation has been opened.", "trials_scheme"),)
