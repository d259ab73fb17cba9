from __future__ import annotations

from datetime import date, timedelta

import pytest

from participants.actions import links, withdrawal
from participants.domain.journey import Endings, Scope
from participants.models import Ending, Participant, Screening
from participants.permissions import endings_of
from tests.participants.people import consenting, eligible
from tests.participants.training import in_both_arms
from trials.permissions import NotAllowed, Refused

LATER = timedelta(days=5)


@pytest.fixture
def people(trial, coordinator, at):
    return in_both_arms(trial.sites.get(code="LIM"), by=coordinator, at=at)


def standing(person: Participant) -> list[tuple[str, str, date]]:
    return list(person.endings.filter(voided_at=None).order_by("pk").values_list("kind", "scope", "happened_on"))


def test_a_withdrawal_widens_and_never_narrows_and_keeps_its_first_day(people, coordinator, at) -> None:
    person = people.waits
    withdrawal.withdraw(person, scope="contact", reason="time", by=coordinator, at=at)
    for narrower in ("contact",):
        with pytest.raises(Refused, match="has already withdrawn"):
            withdrawal.withdraw(person, scope=narrower, reason="time", by=coordinator, at=at + LATER)
    withdrawal.withdraw(person, scope="all", reason="moved", by=coordinator, at=at + LATER)
    with pytest.raises(Refused, match="has already withdrawn"):
        withdrawal.withdraw(person, scope="data", reason="time", by=coordinator, at=at + LATER)
    assert standing(person) == [("withdrawal", "all", date(2026, 3, 2))]
    assert Ending.objects.filter(participant=person, void_reason="Scope widened", voided_at=at + LATER).count() == 1
    assert person.status == "randomised"


def test_the_four_ends_stand_beside_each_other(people, coordinator, at) -> None:
    person = people.trains
    withdrawal.stop_training(person, reason="health", by=coordinator, at=at)
    assert endings_of(person) == Endings(training_stopped=True)
    withdrawal.withdraw(person, scope="data", reason="", by=coordinator, at=at + LATER)
    withdrawal.record_loss(person, reason="moved", by=coordinator, at=at + LATER)
    withdrawal.record_death(person, died_on=date(2026, 3, 6), by=coordinator, at=at + LATER)
    assert endings_of(person) == Endings(withdrawn=Scope.DATA, died=True, lost=True, training_stopped=True)


@pytest.mark.parametrize(
    ("step", "facts", "code"),
    [
        (withdrawal.withdraw, {"scope": "some", "reason": "time"}, "bad_scope"),
        (withdrawal.withdraw, {"scope": "data", "reason": "rain"}, "bad_reason"),
        (withdrawal.withdraw, {"scope": "data", "reason": "time", "happened_on": date(2026, 3, 3)}, "bad_date"),
        (withdrawal.withdraw, {"scope": "data", "reason": "time", "happened_on": date(2020, 3, 3)}, "bad_date"),
        (withdrawal.stop_training, {"reason": "time"}, "no_sessions"),
        (withdrawal.record_loss, {"reason": "rain"}, "bad_reason"),
        (withdrawal.record_death, {"died_on": date(2026, 3, 3)}, "bad_date"),
    ],
)
def test_an_end_is_refused_with_a_sentence_and_leaves_nothing(people, coordinator, at, step, facts, code) -> None:
    with pytest.raises(Refused) as refused:
        step(people.waits, **facts, by=coordinator, at=at)
    assert (refused.value.code, Ending.objects.count()) == (code, 0)


def test_each_end_is_recorded_once(people, coordinator, at) -> None:
    person = people.trains
    for step, facts in (
        (withdrawal.stop_training, {"reason": "time"}),
        (withdrawal.record_loss, {"reason": "moved"}),
        (withdrawal.record_death, {"died_on": date(2026, 3, 2)}),
    ):
        step(person, **facts, by=coordinator, at=at)
        with pytest.raises(Refused) as refused:
            step(person, **facts, by=coordinator, at=at)
        assert refused.value.code in {"already_ended", "died"}


def test_before_randomisation_leaving_counts_as_declining(trial, coordinator, at) -> None:
    person = consenting(trial.sites.get(code="LIM"), by=coordinator, at=at)
    with pytest.raises(Refused, match="Nobody is lost to follow-up before randomisation"):
        withdrawal.record_loss(person, reason="moved", by=coordinator, at=at)
    withdrawal.withdraw(person, scope="data", reason="time", by=coordinator, at=at)
    kept = Screening.objects.get(participant=person)
    assert (person.status, kept.outcome, kept.exclusion_category, kept.exclusion_reasons) == ("excluded", "excluded", "declined", ["time"])


def test_every_end_but_a_stopped_training_revokes_the_links(people, coordinator, at) -> None:
    tokens = {p.trial_id: links.mint(p, visit="week8", expires_at=None, by=coordinator, at=at).token for p in (people.trains, people.waits)}
    withdrawal.stop_training(people.trains, reason="time", by=coordinator, at=at)
    withdrawal.withdraw(people.waits, scope="contact", reason="time", by=coordinator, at=at)
    assert [links.find(tokens[p.trial_id], at=at) is not None for p in (people.trains, people.waits)] == [True, False]


def test_only_who_may_end_participation_does(trial, coordinator, assessor, other_coordinator, at) -> None:
    person = eligible(trial.sites.get(code="LIM"), by=coordinator, at=at)
    for by in (assessor, other_coordinator):
        with pytest.raises(NotAllowed):
            withdrawal.withdraw(person, scope="data", reason="time", by=by, at=at)


def test_a_link_opens_by_token_or_code_until_it_is_over(people, coordinator, at) -> None:
    person = people.trains
    minted = links.mint(person, visit="week8", expires_at=at + LATER, by=coordinator, at=at)
    typed = f" {minted.code[:5].lower()}-{minted.code[5:]} "
    assert (len(minted.token), len(minted.code)) == (43, 10)
    found = [links.find(s, at=at) for s in (minted.token, minted.code, typed, "", "x", minted.token[:-1], "\ud800")]
    assert found == [minted.link, minted.link, minted.link, None, None, None, None]
    assert links.find(minted.token, at=at + LATER) is None
    again = links.mint(person, visit="week8", expires_at=at + LATER, by=coordinator, at=at)
    assert links.find(minted.token, at=at) == minted.link
    assert links.revoke(person, visit="week8", by=coordinator, at=at) == 2
    assert [links.find(m.token, at=at) for m in (minted, again)] == [None, None]
    assert minted.token not in str(vars(minted.link)) + str(vars(again.link))
