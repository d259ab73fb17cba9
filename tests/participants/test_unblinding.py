"""A code break: the password again, one reader, everybody who must know told without the arm, and nothing taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from outcomes.actions import reminders
from participants.actions import messages, unblinding
from participants.models import CapturedMail, Message
from tests.cast import PASSWORD, SHELL, engage
from tests.participants.breaking import WHY, broken, with_password
from tests.participants.training import in_both_arms
from trials.actions import reauthentication, schemes
from trials.actions import staff as office
from trials.domain.roles import Role
from trials.domain.unblinding import LASTS, REASONS, TRIES, Mode, State, StepKind, state_of
from trials.models import Event, RowVersion, Unblinding, UnblindingStep, User
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
OUTSIDER = {"recipient_name": "Dr Ahern, emergency department", "recipient_email": "ahern@hospital.example"}
LABELS = ("Resistance exercise training", "Wait-list")


@pytest.fixture
def both(cast, at):
    """One person of each arm."""
    return in_both_arms(cast.first, by=cast.coordinator, at=at)


@pytest.fixture
def person(both):
    return both.trains


@pytest.fixture
def clinician(cast, at) -> User:
    return with_password(cast.safety_clinician, at)


def arm_of(person) -> str:
    return person.enrolment.allocation.arm


def sent(at) -> list[CapturedMail]:
    messages.send_due(kinds=reminders.kinds(), at=at)
    return list(CapturedMail.objects.order_by("to", "subject"))


# --- what is kept, and what is told to whom


def test_on_the_screen_the_arm_is_told_at_once_and_all_of_it_is_kept(person, clinician, at) -> None:
    told = broken(person, by=clinician, at=at, mode="screen")
    assert (told.arm, told.key) == (arm_of(person), "")
    kept = Unblinding.objects.get()
    assert (kept.allocation.unit, kept.requester, kept.reader, kept.mode, kept.at) == (person.unit, clinician, str(clinician), "screen", at)
    assert (kept.reason_code, kept.reason, kept.told_at, kept.standing(at)) == ("urgent_treatment", "Chest pain at rest", at, State.TOLD)
    events = Event.objects.filter(verb__startswith="code.", about=person.trial_id).order_by("pk")
    assert [(e.verb, e.actor, e.reason) for e in events] == [
        ("code.broken", clinician.actor, "Chest pain at rest"), ("code.told", clinician.actor, ""), ("code.notices_queued", clinician.actor, ""),
    ]  # fmt: skip


def test_a_third_person_is_the_rule_and_whoever_asks_gets_no_arm(person, cast, clinician, at) -> None:
    told = broken(person, by=clinician, at=at, recipient=cast.pi)
    assert (told.arm, told.key, told.unblinding.mode) == ("", "", Mode.THIRD_PERSON)
    assert told.unblinding.standing(at) is State.WAITING
    with pytest.raises(NotAllowed, match="sent to somebody else"):
        unblinding.read_arm(told.unblinding, password=PASSWORD, by=clinician, at=at)
    reader = with_password(cast.pi, at)
    assert unblinding.read_arm(told.unblinding, password=PASSWORD, by=reader, at=at + MINUTE) == arm_of(person)
    with pytest.raises(Refused, match="This arm was read already"):
        unblinding.read_arm(told.unblinding, password=PASSWORD, by=reader, at=at + 2 * MINUTE)
    assert [(s.kind, s.actor, s.at) for s in UnblindingStep.objects.all()] == [("told", reader.actor, at + MINUTE)]


def test_everybody_who_must_know_is_told_without_the_arm(both, cast, clinician, at) -> None:
    engage("far_coordinator", Role.COORDINATOR, cast.second, at=at)
    letters = {}
    for name, person in vars(both).items():
        told = broken(person, by=clinician, at=at, mode="screen")
        found = [mail for mail in sent(at) if str(person) in mail.subject]
        letters[name] = [(m.to, m.subject.replace(str(person), "P"), m.body.replace(str(person), "P")) for m in found]
        assert told.arm
    trains = letters["trains"]
    assert letters["waits"] == trains
    assert [to for to, _, _ in trains] == [f"{role}@example.org" for role in ("coordinator", "manager", "monitor", "pi")]
    words = " ".join(subject + body for _, subject, body in trains)
    assert [label for label in (*LABELS, "RET", "WL") if label in words] == []
    assert "Chest pain" not in words


def test_it_needs_neither_roster_nor_office_nor_open_scheme_nor_mail(person, cast, clinician, at, settings) -> None:
    schemes.close_scheme(reason="Recruitment is complete", by=cast.manager, at=at)
    for role in ("manager", "pi", "monitor", "coordinator"):
        if role != "manager":
            office.end_access(getattr(cast, role), reason="On leave", by=SHELL, at=at)
    settings.UPLIFT_SMTP_URL = "smtp://127.0.0.1:9"
    assert broken(person, by=clinician, at=at, mode="screen").arm == arm_of(person)


def test_broken_twice_both_are_kept_and_the_first_is_shown(person, cast, clinician, at) -> None:
    first = broken(person, by=clinician, at=at, mode="screen").unblinding
    second = broken(person, by=clinician, at=at + MINUTE, mode="screen").unblinding
    assert [u.pk for u in Unblinding.objects.order_by("at")] == [first.pk, second.pk]
    assert first.code != second.code


# --- refused


@pytest.mark.parametrize("role", [r for r in Role if r not in (Role.SAFETY_CLINICIAN, Role.PI, Role.COORDINATOR)])
def test_other_roles_break_no_code_and_their_password_is_not_looked_at(person, cast, role, at) -> None:
    with pytest.raises(NotAllowed, match="Your role may not break a code"):
        broken(person, by=getattr(cast, role.value), at=at, mode="screen")
    assert not Unblinding.objects.exists()
    assert not Event.objects.filter(verb__startswith="staff.reauthent").exists()


def test_a_machine_breaks_no_code(person, at) -> None:
    with pytest.raises(NotAllowed):
        broken(person, by=SHELL, at=at, mode="screen")
    with pytest.raises(NotAllowed, match="A named person does this"):
        reauthentication.prove(password=PASSWORD, purpose="x", by=SHELL, at=at)


def test_a_coordinator_of_another_site_breaks_none_here(person, cast, at) -> None:
    with pytest.raises(NotAllowed, match="at LIM"):
        broken(person, by=cast.other_coordinator, at=at, mode="screen")


@pytest.mark.parametrize(
    ("given", "field", "told"),
    [
        ({"reason": "  "}, "reason", "Say in a sentence why"),
        ({"reason_code": "curious"}, "reason_code", "Choose why"),
        ({"mode": "loudly"}, "mode", "Choose where the arm goes"),
        ({"mode": "third_person"}, "recipient", "Choose who reads the arm"),
        (OUTSIDER | {"recipient_name": " "}, "recipient_name", "Enter who reads the arm"),
        (OUTSIDER | {"recipient_email": "ahern at hospital"}, "recipient_email", "like name@hospital.example"),
        (OUTSIDER | {"recipient_email": "PI@example.org"}, "recipient_email", "belongs to a member of staff"),
        (OUTSIDER | {"mode": "screen"}, "mode", "nobody else reads it"),
    ],
)
def test_a_break_without_reason_or_reader_is_refused_beside_its_field(person, clinician, at, given, field, told) -> None:
    with pytest.raises(Refused, match=told) as refused:
        broken(person, by=clinician, at=at, **given)
    assert (list(refused.value.faults), refused.value.status) == ([field], 422)
    assert not Unblinding.objects.exists()
    assert not Message.objects.filter(kind__startswith="arm_").exists()


@pytest.mark.parametrize("role", ["assessor", "blinded_statistician", "safety_clinician"])
def test_who_measures_or_analyses_is_no_reader_and_nobody_is_their_own_third_person(person, cast, clinician, role, at) -> None:
    with pytest.raises(Refused, match="may not be told an arm|your own third person"):
        broken(person, by=clinician, at=at, recipient=getattr(cast, role))
    assert not Unblinding.objects.exists()


def test_a_clinician_who_also_assesses_may_only_send_it_on(person, cast, clinician, at) -> None:
    office.give_role(clinician, role=Role.ASSESSOR, site=cast.first, by=SHELL, at=at)
    clinician = User.objects.get(pk=clinician.pk)
    with pytest.raises(Refused, match="You also assess or analyse"):
        broken(person, by=clinician, at=at, mode="screen")
    assert broken(person, by=clinician, at=at, recipient=cast.pi).arm == ""


def test_a_reader_who_lost_the_right_since_is_told_nothing(person, cast, clinician, at) -> None:
    told = broken(person, by=clinician, at=at, recipient=cast.pi)
    reader = with_password(cast.pi, at)
    office.give_role(reader, role=Role.ASSESSOR, site=cast.first, by=SHELL, at=at)
    with pytest.raises(NotAllowed, match="any more"):
        unblinding.read_arm(told.unblinding, password=PASSWORD, by=User.objects.get(pk=reader.pk), at=at)


def test_nobody_randomised_nobody_told(cast, clinician, at) -> None:
    from tests.participants.people import consenting

    with pytest.raises(Refused, match="is not randomised"):
        broken(consenting(cast.first, by=cast.coordinator, at=at), by=clinician, at=at, mode="screen")


# --- the password again


def test_a_wrong_password_is_refused_and_kept(person, clinician, at) -> None:
    with pytest.raises(Refused, match="This is not your password") as refused:
        broken(person, by=clinician, at=at, mode="screen", password="xylophone-77")
    assert (refused.value.code, refused.value.status, list(refused.value.faults)) == ("wrong_password", 422, ["password"])
    assert not Unblinding.objects.exists()
    event = Event.objects.get(verb="staff.reauthentication_refused")
    assert (event.about, event.actor, event.detail) == (clinician.actor, clinician.actor, {"for": "break a code"})
    assert "xylophone-77" not in str(list(RowVersion.objects.values_list("new", flat=True)))


def test_after_five_wrong_ones_the_right_one_is_refused_too_until_ten_minutes_are_over(person, cast, clinician, at) -> None:
    for n in range(reauthentication.TRIES):
        with pytest.raises(Refused, match="not your password"):
            broken(person, by=clinician, at=at + n * MINUTE, mode="screen", password="xylophone-77")
    with pytest.raises(Refused, match=r"Too many wrong passwords\. Try again in 9 min") as refused:
        broken(person, by=clinician, at=at + 5 * MINUTE, mode="screen")
    assert (refused.value.status, Event.objects.filter(verb="staff.reauthentication_refused").count()) == (429, 5)
    colleague = with_password(cast.pi, at)
    assert broken(person, by=colleague, at=at + 5 * MINUTE, mode="screen").arm
    assert broken(person, by=clinician, at=at + 10 * MINUTE, mode="screen").arm == arm_of(person)


# --- a reader outside the trial


def outside(person, clinician, at):
    told = broken(person, by=clinician, at=at, **OUTSIDER)
    sent(at)
    mail = CapturedMail.objects.get(to="ahern@hospital.example")
    return told, mail, mail.body.split("#t=")[1].split()[0]


def test_link_and_key_together_tell_an_outside_reader_once(person, clinician, at) -> None:
    told, mail, token = outside(person, clinician, at)
    assert (told.arm, len(told.key)) == ("", 8)
    assert told.key not in mail.body
    assert [word for word in (*LABELS, "RET", "WL") if word in mail.subject + mail.body] == []
    spoken = f" {told.key[:4]}-{told.key[4:]} ".lower()
    found, arm = unblinding.open_link(token, key=spoken, at=at + MINUTE)
    assert (found, arm) == (told.unblinding, arm_of(person))
    with pytest.raises(Refused, match="don't open anything"):
        unblinding.open_link(token, key=told.key, at=at + 2 * MINUTE)
    assert [s.kind for s in UnblindingStep.objects.order_by("pk")] == ["linked", "told"]
    held = str(list(RowVersion.objects.exclude(table_name="participants_capturedmail").values_list("new", flat=True)))
    assert token not in held
    assert told.key not in held


@pytest.mark.parametrize("later", [timedelta(0), LASTS - timedelta(seconds=1), LASTS])
def test_a_link_opens_for_a_day(person, clinician, at, later) -> None:
    told, _, token = outside(person, clinician, at)
    if later < LASTS:
        assert unblinding.open_link(token, key=told.key, at=at + later)[1] == arm_of(person)
    else:
        with pytest.raises(Refused, match="don't open anything"):
            unblinding.open_link(token, key=told.key, at=at + later)


def test_five_wrong_keys_close_a_link_and_each_is_kept(person, clinician, at) -> None:
    told, _, token = outside(person, clinician, at)
    for _ in range(TRIES):
        with pytest.raises(Refused, match="don't open anything"):
            unblinding.open_link(token, key="AAAAAAAA", at=at)
    with pytest.raises(Refused, match="don't open anything"):
        unblinding.open_link(token, key=told.key, at=at)
    assert told.unblinding.standing(at) is State.LOCKED
    assert Event.objects.filter(verb="code.wrong_key", actor="machine:web").count() == TRIES


def test_neither_half_opens_anything(person, clinician, at) -> None:
    told, _, token = outside(person, clinician, at)
    for link, key in ((token, ""), ("", told.key), ("x" * 43, told.key)):
        with pytest.raises(Refused) as refused:
            unblinding.open_link(link, key=key, at=at)
        assert (refused.value.code, refused.value.status) == ("closed", 422)
    assert not UnblindingStep.objects.filter(kind="told").exists()


def test_no_link_goes_out_for_what_was_never_read_in_time(person, clinician, at) -> None:
    broken(person, by=clinician, at=at, **OUTSIDER)
    sent(at + LASTS)
    assert Message.objects.get(kind="arm_to_open").status == "dropped"
    assert not UnblindingStep.objects.exists()


# --- what the database itself holds


@pytest.mark.parametrize(
    "row",
    [
        {"mode": "screen", "recipient_name": "x"},
        {"mode": "third_person"},
        {"mode": "third_person", "recipient_name": "x", "recipient_email": "x@y.example"},
        {"mode": "screen", "reason": ""},
        {"mode": "screen", "reason_code": "curious"},
    ],
    ids=["a reader on the screen", "no reader", "no key", "no reason", "unknown reason"],
)
def test_the_database_refuses_a_record_that_cannot_be(person, clinician, at, row) -> None:
    whole = {"reason_code": "other", "reason": "x", "code": "X", "at": at} | row
    with pytest.raises(IntegrityError), transaction.atomic():
        Unblinding.objects.create(allocation=person.enrolment.allocation, requester=clinician, **whole)


def test_an_arm_is_told_once_whoever_writes_it(person, clinician, at) -> None:
    told = broken(person, by=clinician, at=at, mode="screen").unblinding
    with pytest.raises(IntegrityError, match="unblinding_told_once"), transaction.atomic():
        UnblindingStep.objects.create(unblinding=told, kind="told", actor="user:1", at=at)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Unblinding.objects.update(reason="tidier")


def test_no_row_event_or_message_of_a_break_holds_the_arm(both, cast, clinician, at) -> None:
    """Two people of two arms, broken alike: what is written differs in their ids alone."""
    kept = {}
    for name, person in vars(both).items():
        before = RowVersion.objects.count(), Event.objects.count()
        broken(person, by=clinician, at=at, recipient=cast.pi)
        rows = RowVersion.objects.order_by("pk")[before[0] :]
        words = [(v.table_name, sorted((v.new or {}).items())) for v in rows] + [
            (e.verb, e.about, sorted(e.detail.items())) for e in Event.objects.order_by("pk")[before[1] :]
        ]
        code, unit = Unblinding.objects.get(allocation__unit=person.unit).code, str(person)
        kept[name] = [
            str([(k, v) for k, v in w[1] if k not in ("id", "allocation_id")] if len(w) == 2 else w).replace(code, "C").replace(unit, "P")
            for w in words
        ]
    assert kept["trains"] == kept["waits"]
    assert len(kept["trains"]) > 5


@pytest.mark.parametrize(
    ("kinds", "hours", "state"),
    [
        ([], 0, State.WAITING), ([], 24, State.OVER), ([StepKind.LINKED], 1, State.WAITING), ([StepKind.TOLD], 50, State.TOLD),
        ([StepKind.WRONG_KEY] * 4, 1, State.WAITING), ([StepKind.WRONG_KEY] * 5, 1, State.LOCKED),
        ([StepKind.WRONG_KEY] * 5 + [StepKind.TOLD], 1, State.TOLD),
    ],
)  # fmt: skip
def test_where_a_telling_stands(at, kinds, hours, state) -> None:
    assert state_of(kinds, broken_at=at, at=at + timedelta(hours=hours)) is state
    assert set(REASONS) >= {WHY["reason_code"]}
