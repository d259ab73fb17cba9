"""Code breaks over real commits: what was refused is kept, and of many readers at once one is told."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from django.db import connection

from outcomes.actions import reminders
from participants.actions import messages, unblinding
from participants.models import CapturedMail
from tests.cast import hire, load_trial
from tests.participants.breaking import broken, with_password
from tests.participants.training import randomised
from trials.actions import reauthentication
from trials.models import Event, UnblindingStep
from trials.permissions import Refused

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
AT_ONCE = 8


def together(act) -> list[object]:
    """What each of eight callers got, all let off at the same moment."""
    gate, got = threading.Barrier(AT_ONCE), []

    def call() -> None:
        gate.wait()
        try:
            got.append(act())
        except Refused as refused:
            got.append(refused.code)
        finally:
            connection.close()

    callers = [threading.Thread(target=call) for _ in range(AT_ONCE)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(timeout=60)
    return got


def test_eight_wrong_passwords_at_once_are_five_tries_and_all_is_kept(committing) -> None:
    load_trial(at=AT)
    clinician = with_password(hire(at=AT).safety_clinician, AT)
    got = together(lambda: reauthentication.prove(password="xylophone-77", purpose="break a code", by=clinician, at=AT))
    assert sorted(got) == ["too_many_tries"] * 3 + ["wrong_password"] * 5
    assert Event.objects.filter(verb="staff.reauthentication_refused", actor=clinician.actor).count() == 5


def test_eight_readers_of_one_link_at_once_one_is_told(committing) -> None:
    load_trial(at=AT)
    cast = hire(at=AT)
    person = randomised(cast.first, by=cast.coordinator, at=AT)
    clinician = with_password(cast.safety_clinician, AT)
    told = broken(person, by=clinician, at=AT, recipient_name="Dr Ahern", recipient_email="ahern@hospital.example")
    messages.send_due(kinds=reminders.kinds(), at=AT)
    token = CapturedMail.objects.get(to="ahern@hospital.example").body.split("#t=")[1].split()[0]
    got = together(lambda: unblinding.open_link(token, key=told.key, at=AT)[1])
    assert sorted(map(str, got)) == sorted([person.enrolment.allocation.arm] + ["closed"] * 7)
    assert list(UnblindingStep.objects.values_list("kind", flat=True)) == ["linked", "told"]
