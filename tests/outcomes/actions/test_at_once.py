"""Two devices, a double tap, a retry after a lost answer: nothing is lost and nothing is doubled."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
from django.db import connections

from outcomes.actions import assessments, double_entry
from outcomes.models import Alert, Assessment, AssessmentVersion, SecondEntry
from participants.models import Message
from tests import cast as troupe
from tests.conftest import AT
from tests.outcomes.actions.test_double_entry import WHOLE, enter, protocol
from tests.participants import people
from trials.actions.protocol import load_protocol
from trials.domain.roles import Role
from trials.models import Site
from trials.permissions import Refused

HANDS = 8


@pytest.fixture
def somebody(committing):
    troupe.load_trial(at=AT)
    cast = troupe.hire(at=AT)
    return people.eligible(cast.first, by=cast.coordinator, at=AT - timedelta(minutes=30))


def together(step):
    """The step from as many threads at once; what each came to, a refusal by its code."""
    gate = Barrier(HANDS)

    def run(hand):
        try:
            gate.wait()
            return step(hand)
        except Refused as refusal:
            return refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(HANDS) as pool:
        return list(pool.map(run, range(HANDS)))


def test_the_same_sending_many_times_is_one_form_one_alert_one_receipt(somebody):
    answers = {str(n): 1 for n in range(1, 10)}

    def send(_):
        receipt = assessments.submit(
            somebody, visit="baseline", instrument="phq9", answers=answers, client_uuid=UUID(int=1), by=somebody, at=AT
        )
        return receipt.assessment.pk, receipt.assessment.sent_at

    assert set(together(send)) == {(Assessment.objects.get().pk, AT)}
    assert (AssessmentVersion.objects.count(), Alert.objects.count()) == (1, 1)
    assert Message.objects.count() == Message.objects.values("to").distinct().count() == 2


def test_different_bodies_under_one_id_leave_one_form_and_a_conflict_for_the_rest(somebody):
    def send(hand):
        assessments.submit(
            somebody,
            visit="baseline",
            instrument="phq9",
            answers={"1": hand % 4, "2": hand // 4},
            client_uuid=UUID(int=1),
            by=somebody,
            at=AT,
        )
        return "kept"

    assert sorted(together(send)) == ["conflict"] * (HANDS - 1) + ["kept"]
    assert Assessment.objects.count() == AssessmentVersion.objects.count() == 1


def test_answers_from_many_devices_all_stay(somebody):
    def save(hand):
        assessments.save_draft(somebody, visit="baseline", instrument="phq9", answers={str(hand + 1): 2}, by=somebody, at=AT)
        return "kept"

    assert together(save) == ["kept"] * HANDS
    assert Assessment.objects.get().answers == {str(n): 2 for n in range(1, HANDS + 1)}


def test_alarming_answers_at_once_raise_each_alert_once(somebody):
    def save(hand):
        assessments.save_draft(somebody, visit="baseline", instrument="phq9", answers={"9": 1 + hand % 3}, by=somebody, at=AT)

    together(save)
    triggers = list(Alert.objects.order_by("alert_no").values_list("alert_no", "trigger"))
    assert triggers in ([(1, "phq9.9>=2")], [(1, "phq9.9>=1"), (2, "phq9.9>=2")])


def test_of_second_entries_at_once_one_stands_and_the_others_are_refused(somebody):
    load_protocol(protocol("1"), by=troupe.SHELL, at=AT, reason="every paper form is entered twice")
    first, *others = [troupe.engage(f"assessor{n}", Role.ASSESSOR, Site.objects.get(code="LIM"), at=AT) for n in range(HANDS + 1)]
    form = enter(somebody, first, AT)

    def again(hand):
        fresh = Assessment.objects.select_related("participant__unit__site").get(pk=form.pk)
        double_entry.enter_again(fresh, answers=WHOLE | {"1": hand % 4}, completed_on=AT.date(), by=others[hand], at=AT)
        return "kept"

    assert sorted(together(again)) == ["entered_again"] * (HANDS - 1) + ["kept"]
    assert (SecondEntry.objects.count(), AssessmentVersion.objects.count()) == (1, 2)
