"""A paper form entered by a second person: both entries stay, alarming answers of either are heard, differences are settled once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from outcomes.actions import answering, assessments, double_entry
from outcomes.domain.double_entry import Difference
from outcomes.models import Adjudication, Alert, Assessment, AssessmentVersion, SecondEntry
from outcomes.pages import alert_words
from outcomes.permissions import sees_answers
from outcomes.queries.double_entry import board
from participants.actions.clinical import BadRecord
from participants.models import Message
from tests.cast import LIMERICK
from trials.actions.protocol import load_protocol
from trials.actors import Machine
from trials.models import Event, User
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db

SHELL = Machine("shell")
DAY, NEXT_DAY = date(2026, 3, 2), date(2026, 3, 3)
WHOLE = {str(n): 1 for n in range(1, 9)} | {"9": 0}
FIELDS = 11  # ten items and the date


def protocol(share: str) -> str:
    text = LIMERICK.read_text().replace('version = "1.0"', 'version = "1.1"', 1)
    return text.replace('consent_version = "1.0"\n', f'consent_version = "1.0"\ndouble_entry = "{share}"\n', 1)


@pytest.fixture
def every_form(trial, at):
    load_protocol(protocol("1"), by=SHELL, at=at, reason="every paper form is entered twice")


def enter(person, by, at, answers=WHOLE, **more) -> Assessment:
    given = {"visit": "baseline", "instrument": "phq9", "answers": answers, "completed_on": DAY, "client_uuid": UUID(int=1)} | more
    return assessments.enter_paper(person, **given, by=by, at=at).assessment


def again(form: Assessment, by, at, answers=WHOLE, **more) -> double_entry.Entered:
    return double_entry.enter_again(form, **({"answers": answers, "completed_on": DAY} | more), by=by, at=at)


@pytest.fixture
def form(every_form, person, assessor, at) -> Assessment:
    """Entered from paper by the assessor."""
    return enter(person, assessor, at)


@pytest.fixture
def later(at) -> datetime:
    return at + timedelta(hours=5)


def versions() -> list[tuple[dict, str, str]]:
    return list(AssessmentVersion.objects.order_by("pk").values_list("answers", "actor", "reason"))


def raised() -> list[tuple[str, str, bool]]:
    return list(Alert.objects.order_by("alert_no").values_list("kind", "trigger", "urgent"))


@pytest.mark.parametrize(
    ("share", "word", "twice"),
    [
        ("0", b"\x00" * 32, False),
        ("0.25", b"\x3f" + b"\xff" * 31, True),
        ("0.25", b"\x40" + b"\x00" * 31, False),
        ("1", b"\xff" * 32, True),
    ],
)
def test_the_protocols_share_of_paper_forms_is_drawn_when_they_are_entered(trial, person, assessor, at, monkeypatch, share, word, twice):
    load_protocol(protocol(share), by=SHELL, at=at, reason="a share")
    monkeypatch.setattr(answering.entropy, "fresh", lambda kind, key: word)
    assert enter(person, assessor, at).twice is twice
    assert Assessment.objects.get().twice is twice


def test_only_paper_is_entered_twice(every_form, person, assessor, at):
    given = {"visit": "baseline", "instrument": "phq9", "answers": WHOLE, "client_uuid": UUID(int=1)}
    form = assessments.enter_telephone(person, **given, by=assessor, at=at).assessment
    assert form.twice is False
    with pytest.raises(IntegrityError), transaction.atomic():
        Assessment.objects.update(twice=True)


def test_a_protocol_that_says_nothing_has_nothing_entered_twice(person, assessor, coordinator, at, later):
    form = enter(person, assessor, at)
    with pytest.raises(Refused) as refused:
        again(form, coordinator, later)
    assert (refused.value.code, SecondEntry.objects.count()) == ("not_drawn", 0)


def test_the_second_entry_is_kept_beside_the_first_which_stands_and_is_scored(form, coordinator, assessor, at, later):
    told = again(form, coordinator, later, WHOLE | {"3": 2, "10": 1})
    assert told.differences == (Difference("3", 1, 2), Difference("10", "skipped", 1))
    assert (told.raised, told.support) == ((), False)
    assert versions() == [(WHOLE, assessor.actor, ""), (WHOLE | {"3": 2, "10": 1}, coordinator.actor, "Second entry")]
    stands = Assessment.objects.get()
    assert (stands.answers, stands.total, stands.entered_at, stands.completed_at) == (WHOLE, 8, at, at)
    entry = SecondEntry.objects.get()
    assert (entry.first_completed_on, entry.completed_on, entry.compared, entry.differing) == (DAY, DAY, FIELDS, 2)
    assert (entry.user, entry.at, entry.first.actor, entry.second.actor) == (coordinator, later, assessor.actor, coordinator.actor)
    event = Event.objects.get(verb="assessment.entered_again")
    assert (event.actor, event.detail) == (coordinator.actor, {"visit": "baseline", "instrument": "phq9", "differing": 2})


def test_the_same_second_entry_sent_twice_counts_once_and_another_is_refused(form, coordinator, pi, at, later):
    first = again(form, coordinator, later, WHOLE | {"3": 2})
    assert again(form, coordinator, later, WHOLE | {"3": 2}) == first
    for answers, more in ((WHOLE, {}), (WHOLE | {"3": 2}, {"completed_on": date(2026, 3, 1)})):
        with pytest.raises(Refused) as refused:
            again(form, coordinator, later, answers, **more)
        assert refused.value.code == "entered_again"
    assert (SecondEntry.objects.count(), AssessmentVersion.objects.count()) == (1, 2)


def test_a_second_entry_is_somebody_elses(form, person, assessor, trainer, pi, other_coordinator, later):
    for by, code in (
        (assessor, "same_person"), (SHELL, "not_named"), (person, "not_named"), (trainer, "not_allowed"), (pi, "not_allowed"),
        (other_coordinator, "not_allowed"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            again(form, by, later)
        assert refused.value.code == code
    assert SecondEntry.objects.count() == 0


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"answers": WHOLE | {"9": 4}}, "bad_answer"),
        ({"answers": WHOLE | {"11": 0}}, "bad_answer"),
        ({"missing": {"3": "lost"}}, "bad_answer"),
        ({"completed_on": NEXT_DAY}, "bad_date"),
        ({"completed_on": date(2020, 1, 1)}, "bad_date"),
    ],
)
def test_the_second_entry_is_checked_like_the_first(form, coordinator, later, changed, code):
    with pytest.raises(Refused) as refused:
        again(form, coordinator, later, **changed)
    assert (refused.value.code, refused.value.status) == (code, 422)
    assert (SecondEntry.objects.count(), AssessmentVersion.objects.count()) == (0, 1)


def test_the_database_itself_wants_another_person_and_never_lets_go(form, assessor, coordinator, pi, later):
    first = AssessmentVersion.objects.get()
    facts = {
        "assessment": form, "first": first, "first_completed_on": DAY, "completed_on": DAY, "compared": FIELDS, "differing": 0, "at": later,
    }  # fmt: skip

    def forged(user: User, actor: str, **more) -> None:
        with pytest.raises(DatabaseError), transaction.atomic():
            second = AssessmentVersion.objects.create(assessment=form, answers=WHOLE, actor=actor, reason="Second entry", at=later)
            SecondEntry.objects.create(**(facts | {"second": second, "user": user} | more))

    forged(assessor, assessor.actor)
    forged(coordinator, assessor.actor)
    forged(coordinator, coordinator.actor, differing=FIELDS + 1)
    again(form, coordinator, later, WHOLE | {"3": 2})
    with pytest.raises(DatabaseError), transaction.atomic():
        SecondEntry.objects.update(differing=0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Adjudication.objects.create(entry=SecondEntry.objects.get(), choices={"3": "first"}, reason="", user=pi, at=later)
    double_entry.adjudicate(form, choices={"3": "first"}, reason="As on the form", by=pi, at=later)
    with pytest.raises(DatabaseError), transaction.atomic():
        Adjudication.objects.update(reason="Another")


def test_a_form_that_was_not_drawn_has_no_second_entry_in_the_database_either(trial, person, assessor, coordinator, at, later):
    form = enter(person, assessor, at)
    second = AssessmentVersion.objects.create(assessment=form, answers=WHOLE, actor=coordinator.actor, reason="Second entry", at=later)
    facts = {"first": AssessmentVersion.objects.earliest("pk"), "second": second, "first_completed_on": DAY, "completed_on": DAY}
    with pytest.raises(DatabaseError), transaction.atomic():
        SecondEntry.objects.create(assessment=form, **facts, compared=FIELDS, differing=0, user=coordinator, at=later)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (0, 0, []),
        (0, 1, [("alert", "phq9.9>=1", False)]),
        (0, 3, [("alert", "phq9.9>=2", True)]),
        (1, 0, [("alert", "phq9.9>=1", False)]),
        (1, 1, [("alert", "phq9.9>=1", False)]),
        (1, 2, [("alert", "phq9.9>=1", False), ("alert", "phq9.9>=2", True)]),
        (3, 1, [("alert", "phq9.9>=2", True)]),
        (0, None, [("check", "phq9.9 missing", False)]),
        (1, None, [("alert", "phq9.9>=1", False)]),
        (None, 2, [("check", "phq9.9 missing", False), ("alert", "phq9.9>=2", True)]),
    ],
)
def test_item_9_of_either_entry_raises_its_alert(every_form, person, assessor, coordinator, at, later, first, second, expected):
    form = enter(person, assessor, at, WHOLE | {"9": first})
    before = set(Alert.objects.values_list("pk", flat=True))
    told = again(form, coordinator, later, WHOLE | {"9": second})
    assert raised() == expected
    opened = Alert.objects.exclude(pk__in=before)
    assert [alert.pk for alert in told.raised] == list(opened.values_list("pk", flat=True))
    assert {alert.raised_at for alert in opened} <= {later}
    assert told.support is bool(second)
    assert Assessment.objects.get().answers.get("9") == first


def test_an_alert_of_the_second_entry_stands_or_falls_with_it(form, coordinator, later, monkeypatch):
    before = Message.objects.count()

    def broken(*args, **kwargs):
        raise RuntimeError("the line is cut")

    monkeypatch.setattr(double_entry.audit, "record", broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        again(form, coordinator, later, WHOLE | {"9": 3})
    assert (SecondEntry.objects.count(), AssessmentVersion.objects.count(), Alert.objects.count()) == (0, 1, 0)
    assert Message.objects.count() == before


def test_the_clinician_sees_what_each_entry_says_of_the_alarming_question(form, assessor, coordinator, later):
    (alert,) = again(form, coordinator, later, WHOLE | {"9": 2}).raised
    told = [(who, words.partition(",")[0]) for _, who, words in alert_words.answers(alert)]
    assert told == [(str(assessor), "0"), (str(coordinator), "2")]


def test_whoever_could_make_the_second_entry_sees_nothing_of_the_first(form, person, assessor, coordinator, pi, manager, monitor, later):
    eyes = {"first person": assessor, "second person": coordinator, "pi": pi, "manager": manager, "monitor": monitor}
    seen = {name: sees_answers(user, form) for name, user in eyes.items()}
    assert seen == {"first person": True, "second person": False, "pi": True, "manager": True, "monitor": True}
    with pytest.raises(Refused) as refused:
        assessments.correct(form, answers=WHOLE | {"1": 2}, reason="Misread", by=coordinator, at=later)
    assert refused.value.code == "second_entry_due"
    again(form, coordinator, later)
    assert sees_answers(coordinator, Assessment.objects.get()) is True


SECOND = WHOLE | {"3": 2, "5": 3}


@pytest.fixture
def differing(form, coordinator, later) -> Assessment:
    """The second entry reads questions 3 and 5 differently."""
    again(form, coordinator, later, SECOND)
    return form


@pytest.mark.parametrize(
    ("choices", "answers", "total"),
    [
        ({"3": "second", "5": "first"}, WHOLE | {"3": 2}, 9),
        ({"3": "second", "5": "second"}, SECOND, 11),
        ({"3": "first", "5": "first"}, WHOLE, 8),
    ],
)
def test_what_is_settled_stands_and_is_scored_and_both_entries_stay(differing, assessor, coordinator, pi, later, choices, answers, total):
    done = double_entry.adjudicate(differing, choices=choices, reason=" As on the form ", by=pi, at=later)
    assert (done.choices, done.reason, done.user, done.at) == (choices, "As on the form", pi, later)
    stands = Assessment.objects.get()
    assert (stands.answers, stands.total, stands.missing) == (answers, total, {"10": "not_asked"})
    both = [(WHOLE, assessor.actor, ""), (SECOND, coordinator.actor, "Second entry")]
    assert versions() == both + ([] if answers == WHOLE else [(answers, pi.actor, "As on the form")])
    event = Event.objects.get(verb="assessment.adjudicated")
    assert (event.actor, event.reason, event.detail) == (
        pi.actor,
        "As on the form",
        {"visit": "baseline", "instrument": "phq9", "fields": 2},
    )


def test_an_answer_settled_as_blank_leaves_the_score(form, coordinator, pi, later):
    blank = {number: value for number, value in WHOLE.items() if number != "2"}
    again(form, coordinator, later, blank, missing={"2": "refused"})
    double_entry.adjudicate(form, choices={"2": "second"}, reason="Left blank on the form", by=pi, at=later)
    stands = Assessment.objects.get()
    assert (stands.answers, stands.missing, stands.n_answered) == (blank, {"2": "refused", "10": "not_asked"}, 8)
    assert stands.total_unrounded == Decimal("7.875")  # 7 points of 8 items, prorated to 9


def test_an_alarming_answer_that_is_settled_away_keeps_its_alert(form, coordinator, pi, later):
    again(form, coordinator, later, WHOLE | {"9": 2})
    double_entry.adjudicate(form, choices={"9": "first"}, reason="A slip of the finger", by=pi, at=later)
    assert (Assessment.objects.get().answers["9"], raised()) == (0, [("alert", "phq9.9>=2", True)])
    assert Alert.objects.get().closed_at is None


def test_the_date_on_the_form_is_compared_and_settled_too(every_form, person, assessor, coordinator, pi, at):
    next_day = at + timedelta(days=1)
    form = enter(person, assessor, next_day)
    told = again(form, coordinator, next_day, completed_on=NEXT_DAY)
    assert told.differences == (Difference("completed_on", DAY, NEXT_DAY),)
    assert Assessment.objects.get().completed_at == datetime(2026, 3, 2, 12, tzinfo=UTC)
    double_entry.adjudicate(form, choices={"completed_on": "second"}, reason="As on the form", by=pi, at=next_day)
    assert Assessment.objects.get().completed_at == next_day  # it was entered at nine that day, before noon
    assert AssessmentVersion.objects.count() == 2
    entry = SecondEntry.objects.get()
    assert (entry.first_completed_on, entry.completed_on) == (DAY, NEXT_DAY)


def test_what_was_corrected_meanwhile_is_not_undone(form, coordinator, pi, later):
    assessments.correct(form, answers=WHOLE | {"1": 3}, reason="They rang", by=pi, at=later)
    told = again(form, coordinator, later, WHOLE | {"3": 2})
    assert told.differences == (Difference("3", 1, 2),)
    double_entry.adjudicate(form, choices={"3": "second"}, reason="As on the form", by=pi, at=later)
    assert Assessment.objects.get().answers == WHOLE | {"1": 3, "3": 2}


@pytest.mark.parametrize(
    ("choices", "reason", "code"),
    [
        ({"3": "second"}, "x", "bad_record"),
        ({"3": "second", "5": "third"}, "x", "bad_record"),
        ({"3": "second", "5": "first", "1": "first"}, "x", "bad_record"),
        ({"3": "second", "5": "first"}, "  ", "reason_needed"),
    ],
)
def test_every_difference_and_a_reason_are_needed(differing, pi, later, choices, reason, code):
    with pytest.raises(Refused) as refused:
        double_entry.adjudicate(differing, choices=choices, reason=reason, by=pi, at=later)
    assert (refused.value.code, refused.value.status) == (code, 422)
    assert (Adjudication.objects.count(), Assessment.objects.get().answers) == (0, WHOLE)


def test_a_choice_that_lacks_is_named(differing, pi, later):
    with pytest.raises(BadRecord) as refused:
        double_entry.adjudicate(differing, choices={"3": "second"}, reason="x", by=pi, at=later)
    assert refused.value.faults == {"5": "Choose for question 5 which entry is right: first or second."}


def test_differences_are_settled_once_by_whoever_may_correct(differing, assessor, other_coordinator, coordinator, pi, later):
    choices = {"3": "second", "5": "first"}
    for by in (assessor, other_coordinator):
        with pytest.raises(NotAllowed):
            double_entry.adjudicate(differing, choices=choices, reason="x", by=by, at=later)
    with pytest.raises(Refused) as refused:
        double_entry.adjudicate(differing, choices=choices, reason="x", by=SHELL, at=later)
    assert refused.value.code == "not_named"
    double_entry.adjudicate(differing, choices=choices, reason="x", by=coordinator, at=later)
    with pytest.raises(Refused) as refused:
        double_entry.adjudicate(differing, choices=choices, reason="x", by=pi, at=later)
    assert (refused.value.code, Adjudication.objects.count()) == ("settled_already", 1)


def test_there_is_nothing_to_settle_before_the_second_entry_nor_where_both_agree(form, coordinator, pi, later):
    with pytest.raises(Refused) as refused:
        double_entry.adjudicate(form, choices={}, reason="x", by=pi, at=later)
    assert refused.value.code == "not_entered_again"
    again(form, coordinator, later)
    with pytest.raises(Refused) as refused:
        double_entry.adjudicate(form, choices={}, reason="x", by=pi, at=later)
    assert refused.value.code == "no_differences"


def test_share_and_discrepancy_rate_are_told_of_the_readers_sites(differing, person, other_person, assessor, coordinator, other_coordinator,
                                                                 pi, at, later):  # fmt: skip
    gad7 = {str(n): 1 for n in range(1, 8)}
    enter(person, assessor, at, gad7, instrument="gad7", client_uuid=UUID(int=2))
    enter(other_person, other_coordinator, at, client_uuid=UUID(int=3))
    found = board(coordinator)
    figures = found.figures
    assert (figures.paper, figures.drawn, figures.entered, figures.share) == (2, 2, 1, Decimal("0.5000"))
    assert (figures.fields, figures.differing_fields, figures.rate) == (FIELDS, 2, Decimal("0.1818"))
    assert (figures.settled_fields, figures.first_wrong) == (0, 0)
    assert ([form.instrument for form in found.waiting], [entry.assessment for entry in found.unsettled]) == (["gad7"], [differing])
    assert (board(assessor).waiting, board(assessor).unsettled) == ([], [])
    assert (board(other_coordinator).figures.paper, board(other_coordinator).waiting) == (1, [])
    double_entry.adjudicate(differing, choices={"3": "second", "5": "first"}, reason="x", by=pi, at=later)
    everywhere = board(pi)
    assert (everywhere.figures.paper, everywhere.figures.settled_fields, everywhere.figures.first_wrong) == (3, 2, 1)
    assert (everywhere.waiting, everywhere.unsettled) == ([], [])
