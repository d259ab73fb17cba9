"""Paper forms that are entered twice: what waits for the second entry, what for settling, and how often entries differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from outcomes.domain import double_entry
from outcomes.domain.double_entry import SECOND, Compared, Difference, Entry, Figures
from outcomes.instruments import instruments
from outcomes.models import Assessment, AssessmentVersion, SecondEntry
from outcomes.queries.sittings import site_day
from participants.models import Participant
from trials.models import User
from trials.permissions import Permission, sites_where


@dataclass(frozen=True, kw_only=True)
class Board:
    """What a reader may see of double entry: the forms that wait for them, those to be settled by them, and the figures of their sites."""

    figures: Figures
    waiting: list[Assessment]
    unsettled: list[SecondEntry]


def board(user: User) -> Board:
    """Of the sites where the user may see answers and scores. A fixed number of statements."""
    forms = _at(user, Permission.SEE_SCORES).filter(mode=Assessment.Mode.PAPER).exclude(sent_at=None)
    rows = SecondEntry.objects.filter(assessment__in=forms.values("pk")).values_list("compared", "differing", "adjudication__choices")
    found = double_entry.figures(
        paper=forms.count(),
        drawn=forms.filter(twice=True).count(),
        compared=[
            Compared(fields=fields, differing=differing, first_wrong=None if chosen is None else list(chosen.values()).count(SECOND))
            for fields, differing, chosen in rows
        ],
    )
    return Board(figures=found, waiting=list(waiting_for(user)), unsettled=list(unsettled_for(user)))


def waiting_for(user: User) -> QuerySet[Assessment]:
    """The forms whose second entry this user may make, the oldest first: those that somebody else entered first."""
    own = AssessmentVersion.objects.filter(assessment=OuterRef("pk"), reason="", actor=user.actor)
    forms = _at(user, Permission.ENTER_ASSESSMENT).filter(twice=True, second_entry=None)
    return forms.exclude(Exists(own)).select_related("participant__unit__site").order_by("entered_at", "pk")


def unsettled_for(user: User) -> QuerySet[SecondEntry]:
    """The second entries that differ from the first and that this user may settle, the oldest first."""
    forms = _at(user, Permission.CORRECT)
    differing = SecondEntry.objects.filter(assessment__in=forms.values("pk"), differing__gt=0, adjudication=None)
    return differing.select_related("assessment__participant__unit__site", "user").order_by("at", "pk")


def second_of(assessment: Assessment) -> SecondEntry | None:
    """The form's second entry with both versions."""
    return SecondEntry.objects.filter(assessment=assessment).select_related("first", "second", "user", "adjudication__user").first()


def first_of(assessment: Assessment) -> AssessmentVersion:
    """The form as it was entered first: what was sent, before any correction."""
    return AssessmentVersion.objects.filter(assessment=assessment, reason="").earliest("pk")


def dated(assessment: Assessment) -> date:
    """The date on the form as it stands, at the site."""
    assert assessment.completed_at is not None  # it is sent
    return site_day(assessment.participant, assessment.completed_at)


def entries_of(entry: SecondEntry) -> tuple[Entry, Entry]:
    """The first entry and the second."""
    return read(entry.first, entry.first_completed_on), read(entry.second, entry.completed_on)


def read(version: AssessmentVersion, completed_on: date) -> Entry:
    return Entry(answers=version.answers, missing=version.missing, completed_on=completed_on)


def numbers_of(assessment: Assessment) -> tuple[str, ...]:
    return tuple(item.number for item in instruments[assessment.instrument].items)


def differences_of(assessment: Assessment, entry: SecondEntry) -> tuple[Difference, ...]:
    return double_entry.differences(numbers_of(assessment), *entries_of(entry))


def _at(user: User, permission: Permission) -> QuerySet[Assessment]:
    """The forms of people at the sites where the user may do this."""
    reach = sites_where(user, permission)
    people = Participant.objects.visible_to(user)
    people = people if reach is None else people.filter(unit__site__in=reach)
    return Assessment.objects.filter(participant__in=people.values("pk"), instrument__in=list(instruments))
