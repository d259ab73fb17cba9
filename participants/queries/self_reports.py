"""What blind staff told of arms they learned, and about whom they may tell it."""

from __future__ import annotations

from django.db.models import QuerySet

from participants.models import Participant, SelfReport
from trials.domain.roles import Permission
from trials.models import Unblinding, UnblindingStep, User
from trials.permissions import sites_where


def reportable_by(user: User) -> QuerySet[Participant]:
    """The people of the sites where the user may say that they learned an arm, whether or not they see people there."""
    people = Participant.objects.select_related("unit__site", "enrolment")
    reach = sites_where(user, Permission.REPORT_UNBLINDING)
    return people if reach is None else people.filter(unit__site__in=reach)


def visible_to(user: User) -> QuerySet[SelfReport]:
    """The reports of the sites where the user sees that codes were broken, newest first."""
    found = SelfReport.objects.select_related("participant__unit__site", "user", "deviation").order_by("-at", "-pk")
    reach = sites_where(user, Permission.SEE_UNBLINDINGS)
    return found if reach is None else found.filter(participant__unit__site__in=reach)


def has_learned(user: User, participant: Participant) -> bool:
    """Whether somebody said that they learned this person's arm, and the report stands."""
    return SelfReport.objects.filter(participant=participant, user=user, deviation__voided_at=None).exists()


def counts() -> dict[str, int]:
    """Over the whole trial, never by arm: codes broken, arms told by it, and arms that blind staff learned otherwise."""
    return {
        "codes_broken": Unblinding.objects.count(),
        "arms_told": UnblindingStep.objects.filter(kind="told").count(),
        "arms_learned": SelfReport.objects.filter(deviation__voided_at=None).count(),
    }
