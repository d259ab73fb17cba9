from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import transaction

from outcomes.actions import alerts, assessments, duty
from outcomes.models import Alert, Assessment, AssessmentVersion
from participants.actions import screening, withdrawal
from participants.models import Message
from trials.models import Event
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db

ONE, TWO = UUID(int=1), UUID(int=2)


def phq9(*values: int | None) -> dict[str, int | None]:
    return {str(n): v for n, v in enumerate(values, start=1)}


WHOLE = phq9(1, 1, 1, 1, 1, 1, 1, 1, 0)
ALARMING = phq9(1, 1, 1, 1, 1, 1, 1, 1, 1)


def send(person, answers, at, *, visit="baseline", uuid=ONE, by=None, **more):
    return assessments.submit(person, visit=visit, instrument="phq9", answers=answers, client_uuid=uuid, by=by or person, at=at, **more)


def draft(person, answers, at, **more):
    return assessments.save_draft(person, visit="baseline", instrument="phq9", answers=answers, by=person, at=at, **more)


def kept() -> list[tuple[str, str, bool]]:
    return list(Alert.objects.order_by("alert_no").values_list("kind", "trigger", "urgent"))


def test_a_sent_form_keeps_answers_score_and_times(person, at):
    receipt = send(person, WHOLE | {"10": 2}, at)
    found = Assessment.objects.get()
    assert receipt.assessment == found
    assert (found.answers, found.missing, found.total, found.total_unrounded) == (WHOLE | {"10": 2}, {}, 8, Decimal(8))
    assert (found.n_answered, found.rule, found.severity, found.mode) == (9, "cms_0300", "mild", "web")
    assert (found.sent_at, found.completed_at, found.entered_at, found.started_at) == (at, at, at, at)
    assert list(AssessmentVersion.objects.values_list("answers", "actor")) == [(WHOLE | {"10": 2}, person.actor)]
    assert list(Event.objects.filter(verb__startswith="assessment").values_list("verb", "about", "actor", "detail")) == [
        ("assessment.sent", person.trial_id, person.actor, {"visit": "baseline", "instrument": "phq9", "mode": "web"})
    ]


def test_a_missing_answer_says_why_and_the_protocols_rule_scores_it(person, at):
    send(person, phq9(1, 1, 1, 1, None, 0, 0, 0, 0), at, missing={"5": "refused"})
    found = Assessment.objects.get()
    assert (found.missing, found.total, found.total_unrounded, found.n_answered) == (
        {"5": "refused", "10": "not_asked"}, 5, Decimal("4.5"), 8,
    )  # fmt: skip


def test_drafts_gather_answers_and_skips(person, at):
    draft(person, {"1": 2}, at)
    draft(person, {"2": 3}, at)
    draft(person, {}, at, missing={"1": "skipped"})
    found = Assessment.objects.get()
    assert (found.answers, found.missing, found.sent_at, found.n_answered) == ({"2": 3}, {"1": "skipped"}, None, 1)
    draft(person, {"1": 0}, at)
    found.refresh_from_db()
    assert (found.answers, found.missing) == ({"1": 0, "2": 3}, {})


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, []), (1, [("alert", "phq9.9>=1", False)]), (2, [("alert", "phq9.9>=2", True)]), (3, [("alert", "phq9.9>=2", True)])],
)
@pytest.mark.parametrize("sent", [False, True], ids=["draft", "sent"])
def test_item_9_raises_its_alert_when_it_is_saved(person, at, value, expected, sent):
    answers = WHOLE | {"9": value}
    receipt = send(person, answers, at) if sent else draft(person, {"9": value}, at)
    assert kept() == expected
    assert receipt.support is bool(expected)
    assert list(Alert.objects.values_list("contact_due_at", flat=True)) == [at + timedelta(hours=4 if u else 24) for _, _, u in expected]


def test_a_lower_answer_never_withdraws_the_alert_and_both_values_stay(person, at):
    later = at + timedelta(minutes=1)
    draft(person, {"9": 3}, at)
    draft(person, {"9": 0}, later)
    send(person, WHOLE, later)
    assert kept() == [("alert", "phq9.9>=2", True)]
    assert [v.answers.get("9") for v in AssessmentVersion.objects.order_by("at", "pk")] == [3, 0, 0]
    assert Assessment.objects.get().answers["9"] == 0


def test_a_higher_answer_opens_the_urgent_alert_beside_the_first(person, at):
    for value in (1, 1, 3, 2, 1):
        draft(person, {"9": value}, at)
    assert kept() == [("alert", "phq9.9>=1", False), ("alert", "phq9.9>=2", True)]


@pytest.mark.parametrize("missing", [{}, {"9": "skipped"}, {"9": "refused"}, {"9": "dont_know"}])
def test_an_unanswered_item_9_opens_a_check_at_sending(person, at, missing):
    draft(person, {"1": 0}, at, missing=missing)
    assert kept() == []
    send(person, phq9(1, 1, 1, 1, 1, 1, 1, 1, None), at, missing=missing)
    assert kept() == [("check", "phq9.9 missing", False)]


def test_an_alarming_answer_taken_back_before_sending_needs_no_check_beside_its_alert(person, at):
    draft(person, {"9": 1}, at)
    send(person, phq9(1, 1, 1, 1, 1, 1, 1, 1, None), at)
    assert kept() == [("alert", "phq9.9>=1", False)]


def test_alert_and_answer_stand_or_fall_together(person, at, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the line is cut")

    monkeypatch.setattr(alerts.audit, "record", broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        draft(person, {"9": 3}, at)
    assert (Assessment.objects.count(), Alert.objects.count(), Message.objects.count()) == (0, 0, 0)


def test_whoever_is_on_duty_is_told_the_trial_id_and_nothing_else(person, clinician, at):
    duty.put_on_duty(clinician, site=None, starts_at=at, ends_at=at + timedelta(days=1), by=clinician, at=at)
    draft(person, {"9": 2}, at)
    assert list(Message.objects.values_list("to", "kind", "event", "due_at")) == [
        (clinician.actor, "alert", f"alert:{person.trial_id}/1", at)
    ]


def test_with_nobody_on_duty_clinicians_and_investigators_are_told(person, clinician, pi, coordinator, at):
    draft(person, {"9": 2}, at)
    assert set(Message.objects.values_list("to", flat=True)) == {clinician.actor, pi.actor}


def test_a_person_excluded_later_keeps_the_alert(person, coordinator, at):
    draft(person, {"9": 1}, at)
    screening.exclude(person, category="declined", reason=_a_reason(), by=coordinator, at=at)
    assert kept() == [("alert", "phq9.9>=1", False)]
    with pytest.raises(Refused, match="closed"):
        draft(person, {"1": 1}, at)


def _a_reason() -> str:
    from trials.queries import protocol_in_force

    return protocol_in_force().exclusion_reasons[0].code


def test_the_same_form_again_gives_the_same_receipt_and_another_body_is_refused(person, at):
    first, again = send(person, WHOLE, at), send(person, WHOLE, at + timedelta(hours=1))
    assert (first.assessment.pk, again.assessment.sent_at, again.raised) == (again.assessment.pk, at, ())
    assert AssessmentVersion.objects.count() == 1
    with pytest.raises(Refused) as refusal:
        send(person, ALARMING, at)
    assert refusal.value.code == "conflict"
    with pytest.raises(Refused) as refusal:
        send(person, WHOLE, at, uuid=TWO)
    assert refusal.value.code == "already_sent"
    assert kept() == []


def test_a_sent_form_takes_no_more_drafts(person, at):
    send(person, WHOLE, at)
    with pytest.raises(Refused, match="already sent"):
        draft(person, {"1": 3}, at)


@pytest.mark.parametrize(
    ("answers", "missing", "sentence"),
    [
        ({"12": 1}, {}, "PHQ-9 has no item '12'."),
        ({"9": 4}, {}, "PHQ-9 item 9: 4 is not one of 0, 1, 2, 3."),
        ({"9": True}, {}, "PHQ-9 item 9: True is not a whole number."),
        ({}, {"12": "skipped"}, "PHQ-9 has no item '12'."),
        ({}, {"9": "later"}, "Item 9: give one of skipped, refused, dont_know, not_asked for a missing answer."),
    ],
)
def test_a_wrong_answer_is_refused_and_nothing_is_kept(person, at, answers, missing, sentence):
    for step in (lambda: send(person, answers, at, missing=missing), lambda: draft(person, answers, at, missing=missing)):
        with pytest.raises(Refused) as refusal, transaction.atomic():
            step()
        assert (refusal.value.sentence, refusal.value.status) == (sentence, 422)
    assert Assessment.objects.count() == 0


@pytest.mark.parametrize(("visit", "instrument"), [("week99", "phq9"), ("baseline", "hamd")])
def test_only_the_protocols_forms_are_kept(person, at, visit, instrument):
    with pytest.raises(Refused) as refusal:
        assessments.save_draft(person, visit=visit, instrument=instrument, answers={"1": 1}, by=person, at=at)
    assert refusal.value.status == 404


def test_a_follow_up_is_closed_before_randomisation(person, at):
    with pytest.raises(Refused) as refusal:
        send(person, WHOLE, at, visit="week8")
    assert refusal.value.code == "closed"


def test_nobody_answers_for_another_person(person, other_person, other_coordinator, clinician, at):
    for stranger in (other_person, other_coordinator, clinician):
        with pytest.raises(NotAllowed):
            send(person, WHOLE, at, by=stranger)


def paper(person, answers, at, *, by, on=date(2026, 3, 2), uuid=ONE, **more):
    return assessments.enter_paper(
        person, visit="baseline", instrument="phq9", answers=answers, completed_on=on, client_uuid=uuid, by=by, at=at, **more
    )


def test_a_paper_form_counts_from_noon_of_its_date_and_its_alert_from_entry(person, assessor, at):
    entered = at + timedelta(days=2)
    paper(person, ALARMING, entered, by=assessor)
    found, alert = Assessment.objects.get(), Alert.objects.get()
    assert (found.mode, found.completed_at, found.entered_at, found.rater) == ("paper", datetime(2026, 3, 2, 12, tzinfo=UTC), entered, None)
    assert alert.contact_due_at == entered + timedelta(hours=24)


def test_a_paper_form_entered_before_noon_of_its_day_is_not_from_the_future(person, assessor, at):
    paper(person, WHOLE, at, by=assessor)
    assert Assessment.objects.get().completed_at == at


@pytest.mark.parametrize(
    ("on", "code"),
    [(date(2026, 3, 1), "bad_date"), (date(2026, 3, 3), "bad_date"), (date(2026, 3, 2), None)],
    ids=["before", "future", "today"],
)
def test_a_paper_form_is_dated_between_screening_and_today(person, assessor, at, on, code):
    if code is None:
        assert paper(person, WHOLE, at, by=assessor, on=on).assessment.sent_at == at
        return
    with pytest.raises(Refused) as refusal:
        paper(person, WHOLE, at, by=assessor, on=on)
    assert refusal.value.code == code


def test_a_paper_form_twice_is_one_form_and_another_date_is_a_conflict(person, assessor, at):
    later = at + timedelta(days=1)
    assert paper(person, WHOLE, later, by=assessor).assessment == paper(person, WHOLE, later, by=assessor).assessment
    with pytest.raises(Refused) as refusal:
        paper(person, WHOLE, later, by=assessor, on=date(2026, 3, 3))
    assert refusal.value.code == "conflict"


def test_a_telephone_form_keeps_who_asked_and_whether_blind(person, assessor, coordinator, at):
    for code, by in (("phq9", assessor), ("gad7", coordinator)):
        assessments.enter_telephone(
            person, visit="baseline", instrument=code, answers={"1": 1}, client_uuid=UUID(int=len(code) + ord(code[0])), by=by, at=at
        )
    assert list(Assessment.objects.order_by("-instrument").values_list("mode", "rater", "rater_blind")) == [
        ("phone", assessor.pk, True),
        ("phone", coordinator.pk, False),
    ]


def test_nothing_dated_after_a_withdrawal_is_kept(person, coordinator, assessor, at):
    draft(person, {"1": 1}, at)
    withdrawal.withdraw(person, scope="contact", reason="", by=coordinator, at=at)
    next_day = at + timedelta(days=1)
    with pytest.raises(Refused, match="closed"):
        send(person, WHOLE, next_day)
    with pytest.raises(Refused) as refusal:
        paper(person, WHOLE, next_day, by=assessor, on=date(2026, 3, 3))
    assert refusal.value.code == "ended"
    assert paper(person, WHOLE, next_day, by=assessor).assessment.sent_at == next_day


def test_a_correction_needs_a_reason_and_keeps_what_was_there(person, coordinator, assessor, at):
    form, later = send(person, ALARMING, at).assessment, at + timedelta(days=1)
    with pytest.raises(Refused, match="Say why"):
        assessments.correct(form, answers=WHOLE, reason=" ", by=coordinator, at=later)
    with pytest.raises(NotAllowed):
        assessments.correct(form, answers=WHOLE, reason="misread", by=assessor, at=later)
    assessments.correct(form, answers=WHOLE, reason="misread", by=coordinator, at=later)
    form.refresh_from_db()
    assert (form.total, form.sent_at, form.completed_at) == (8, at, at)
    assert list(AssessmentVersion.objects.order_by("pk").values_list("answers", "reason", "actor")) == [
        (ALARMING, "", person.actor),
        (WHOLE, "misread", coordinator.actor),
    ]
    assert kept() == [("alert", "phq9.9>=1", False)]


def test_a_correction_upwards_raises_the_alert(person, coordinator, at):
    form = send(person, WHOLE, at).assessment
    assessments.correct(form, answers=WHOLE | {"9": 3}, reason="misread", by=coordinator, at=at)
    assert kept() == [("alert", "phq9.9>=2", True)]


def test_a_draft_cannot_be_corrected(person, coordinator, at):
    form = draft(person, {"1": 1}, at).assessment
    with pytest.raises(Refused, match="isn't sent yet"):
        assessments.correct(form, answers=WHOLE, reason="misread", by=coordinator, at=at)


def test_a_sitting_is_sent_whole_and_once(person, at):
    draft(person, {"1": 1, "9": 0}, at)
    for _ in range(2):
        receipts = assessments.send_sitting(person, visit="baseline", client_uuid=ONE, by=person, at=at)
        assert [r.assessment.instrument for r in receipts] == ["phq9", "gad7"]
    assert list(Assessment.objects.order_by("-instrument").values_list("instrument", "n_answered", "total")) == [
        ("phq9", 2, None),
        ("gad7", 0, None),
    ]
    assert AssessmentVersion.objects.count() == 2


def test_why_a_form_was_not_answered(person, assessor, at):
    with pytest.raises(Refused, match="Say why"):
        assessments.note_not_done(person, visit="baseline", instrument="gad7", reason="", by=assessor, at=at)
    note = assessments.note_not_done(person, visit="baseline", instrument="gad7", reason="Ill that week", by=assessor, at=at)
    assert (note.not_done_reason, note.sent_at, note.answers) == ("Ill that week", None, {})
    send(person, WHOLE, at)
    with pytest.raises(Refused, match="already sent"):
        assessments.note_not_done(person, visit="baseline", instrument="phq9", reason="Ill", by=assessor, at=at)
