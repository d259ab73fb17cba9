"""An alert that nobody takes on is told on: once a level, only when due, and never lost with a message that did not arrive."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from outcomes.actions import alerts, assessments, duty, escalation, reminders
from outcomes.models import Alert, AlertCall, AlertStep
from participants.actions import messages
from participants.models import CapturedMail, Message
from participants.post import email
from tests.participants.breaking import PASSWORD, with_password
from trials.actions.reauthentication import BadPassword
from trials.actors import Machine
from trials.models import Event
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db

BEAT, MINUTE, DAY = Machine("beat"), timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def roster(cast, clinician, at):
    """The clinician is called first and somebody else of the trade stands in."""
    from tests.cast import engage
    from trials.domain.roles import Role

    second = engage("second_clinician", Role.SAFETY_CLINICIAN, cast.first, at=at)
    for place, user in ((1, clinician), (2, second)):
        duty.put_on_duty(user, site=cast.first, starts_at=at - DAY, ends_at=at + 9 * DAY, place=place, by=clinician, at=at)
    return [clinician, second]


@pytest.fixture
def alert(person, roster, at):
    assessments.save_draft(person, visit="baseline", instrument="phq9", answers={"9": 2}, by=person, at=at)
    return Alert.objects.get()


def sweep(at) -> int:
    return escalation.queue_due(by=BEAT, at=at)


def told() -> list[tuple[str, str]]:
    return list(Message.objects.filter(kind="alert").order_by("pk").values_list("to", "event"))


def test_the_first_is_told_in_the_transaction_of_the_answer(alert, person, clinician, at):
    assert told() == [(clinician.actor, f"alert:{person}/1")]
    assert Message.objects.get().due_at == at
    messages.send_due(kinds=reminders.kinds(), at=at)
    assert list(CapturedMail.objects.values_list("subject", flat=True)) == [f"Please look: {person}"]


def test_not_taken_on_it_goes_to_the_stand_in_and_then_to_the_investigator_each_once(alert, person, roster, pi, at):
    assert sweep(at + 15 * MINUTE - timedelta(seconds=1)) == 0
    assert AlertCall.objects.count() == 0
    for minutes, new in ((15, 1), (16, 0), (29, 0), (30, 1), (31, 0), (600, 0)):
        assert (minutes, sweep(at + minutes * MINUTE)) == (minutes, new)
    first, second = roster
    event = f"alert:{person}/1"
    assert told() == [(first.actor, event), (second.actor, f"{event}:2"), (pi.actor, f"{event}:3")]
    assert list(AlertCall.objects.order_by("level").values_list("level", "whom", "at")) == [
        (2, "roster", at + 15 * MINUTE),
        (3, "investigator", at + 30 * MINUTE),
    ]
    messages.send_due(kinds=reminders.kinds(), at=at + 31 * MINUTE)
    assert sorted(CapturedMail.objects.values_list("subject", flat=True)) == [
        f"Please look now: {person}", f"Please look now: {person}", f"Please look: {person}",
    ]  # fmt: skip
    assert not any(word in mail.body for mail in CapturedMail.objects.all() for word in ("RET", "WL", "PHQ", "2"))


@pytest.mark.parametrize("minutes", [59, 60])
def test_an_alert_that_is_not_urgent_waits_longer(person, roster, at, minutes):
    assessments.save_draft(person, visit="baseline", instrument="phq9", answers={"9": 1}, by=person, at=at)
    assert sweep(at + minutes * MINUTE) == (minutes >= 60)


def test_taken_on_or_closed_it_is_told_no_further_even_when_queued_already(alert, roster, pi, clinician, coordinator, at):
    sweep(at + 15 * MINUTE)
    alerts.open_alert(alert, by=clinician, at=at + 16 * MINUTE)
    assert sweep(at + 90 * MINUTE) == 0
    messages.send_due(kinds=reminders.kinds(), at=at + 17 * MINUTE)
    assert list(Message.objects.order_by("pk").values_list("status", flat=True)) == ["sent", "dropped"]


def test_handed_over_by_an_interviewer_is_not_yet_taken_on(alert, coordinator, at):
    alerts.hand_over(alert, to="Dr Byrne, by telephone", by=coordinator, at=at)
    assert AlertStep.objects.values_list("kind", "detail").get() == ("handed_over", {"to": "Dr Byrne, by telephone"})
    assert sweep(at + 15 * MINUTE) == 1
    with pytest.raises(Refused, match="to whom you handed"):
        alerts.hand_over(alert, to=" ", by=coordinator, at=at)


def test_an_address_that_takes_no_mail_makes_the_next_level_due_at_once(alert, roster, monkeypatch, settings, at):
    settings.UPLIFT_SMTP_URL = "smtp://127.0.0.1:1"

    def refused(*args, **kwargs):
        raise email.NotSent("the mail server answered 550", permanent=True)

    monkeypatch.setattr(email, "send", refused)
    messages.send_due(kinds=reminders.kinds(), at=at)
    assert Message.objects.get().status == "dead"
    assert sweep(at + MINUTE) == 1
    assert told()[-1][0] == roster[1].actor


def test_with_nobody_on_duty_clinicians_and_investigators_are_told_once_and_nobody_is_left(person, pi, clinician, at):
    assessments.save_draft(person, visit="baseline", instrument="phq9", answers={"9": 2}, by=person, at=at)
    assert {to for to, _ in told()} == {pi.actor, clinician.actor}
    assert sweep(at + 99 * MINUTE) == 0


def test_an_alert_goes_out_before_everything_that_waited_longer(alert, person, at):
    for n in range(3):
        messages.queue(to="user:0", kind="code_broken", event=f"unblinding:{n}", due_at=at - DAY, by=BEAT, at=at)
    [claimed] = messages.claim(kinds=reminders.kinds(), by=BEAT, at=at)
    assert claimed.message.kind == "alert"


def test_one_level_is_one_row_whoever_sweeps(alert, at):
    AlertCall.objects.create(alert=alert, level=2, whom="roster", at=at)
    for level, whom in ((2, "roster"), (1, "roster"), (3, "somebody")):
        with pytest.raises(IntegrityError), transaction.atomic():
            AlertCall.objects.create(alert=alert, level=level, whom=whom, at=at)


def test_a_level_and_its_message_stand_or_fall_together(alert, monkeypatch, at):
    def broken(*args, **kwargs):
        raise RuntimeError("the line is cut")

    monkeypatch.setattr(messages, "queue_all", broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        sweep(at + 15 * MINUTE)
    monkeypatch.undo()
    assert AlertCall.objects.count() == 0
    assert sweep(at + 15 * MINUTE) == 1


# --- closing ---------------------------------------------------------------------------------------------------------------


def reached(alert, clinician, at):
    alerts.record_contact(alert, reached=True, text="Spoke", by=clinician, at=at)
    alerts.assess_risk(alert, level="minimal", text="", by=clinician, at=at)


def test_closing_needs_the_closers_own_password_and_a_wrong_one_is_kept(alert, clinician, at):
    clinician = with_password(clinician, at)
    reached(alert, clinician, at)
    with pytest.raises(BadPassword):
        alerts.close(alert, text="Safe", password="not this", by=clinician, at=at)
    alert.refresh_from_db()
    assert (alert.closed_at, Event.objects.filter(verb="staff.reauthentication_refused").count()) == (None, 1)
    alerts.close(alert, text="Safe", password=PASSWORD, by=clinician, at=at)
    alert.refresh_from_db()
    assert (alert.closed_at, alert.closed_by, alert.released_by) == (at, clinician, clinician)


def test_what_can_not_be_closed_asks_for_no_password(alert, clinician, coordinator, at):
    with pytest.raises(Refused, match="first contact isn't recorded"):
        alerts.close(alert, text="Safe", password="not this", by=clinician, at=at)
    with pytest.raises(NotAllowed):
        alerts.close(alert, text="Safe", password="not this", by=coordinator, at=at)
    assert not Event.objects.filter(verb="staff.reauthentication_refused").exists()


@pytest.mark.parametrize(
    ("changes", "told_by"),
    [
        ({"closed_at": "now"}, "alert_closed"),
        ({"risk_level": "none"}, "alert_level_known"),
        ({"released_at": "now"}, "alert_released_by_somebody"),
        ({"trigger": "phq9.9>=1"}, "never taken back"),
        ({"urgent": False}, "never taken back"),
        ({"contact_due_at": "now"}, "never taken back"),
        ({"raised_at": "now"}, "never taken back"),
    ],
)
def test_the_database_holds_what_an_alert_is(alert, at, changes, told_by):
    facts = {key: at + DAY if value == "now" else value for key, value in changes.items()}
    with pytest.raises(DatabaseError, match=told_by), transaction.atomic():
        Alert.objects.filter(pk=alert.pk).update(**facts)


def test_contact_closing_and_release_are_written_once_and_steps_are_never_changed(alert, clinician, at):
    reached(alert, clinician, at)
    alerts.close_proved(alert, text="Safe", by=clinician, at=at)
    for changes in ({"closed_at": None, "closed_by": None}, {"first_contact_at": at + DAY}, {"released_at": None, "released_by": None}):
        with pytest.raises(DatabaseError, match="never taken back"), transaction.atomic():
            Alert.objects.filter(pk=alert.pk).update(**changes)
    for change in (lambda: AlertStep.objects.update(text="x"), lambda: AlertStep.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
