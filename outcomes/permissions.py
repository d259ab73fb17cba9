"""Who may answer, enter and correct questionnaires, and who may handle what they raise."""

from __future__ import annotations

from outcomes.domain.guessing import Whose
from outcomes.models import Assessment
from participants.models import Participant
from trials import blinding, queries
from trials.actors import Actor
from trials.models import Site, User
from trials.permissions import NotAllowed, Permission, Refused, allowed, check


def check_may_answer(by: Actor, participant: Participant) -> None:
    """People answer for themselves; staff enter forms for the people of their site."""
    if isinstance(by, Participant):
        if by.pk != participant.pk:
            raise NotAllowed("People can answer their own questions only.")
        return
    check(by, Permission.ENTER_ASSESSMENT, at_site=participant.site)


def check_may_correct(by: Actor, participant: Participant) -> None:
    check(by, Permission.CORRECT, at_site=participant.site)


def sees_answers(viewer: Actor, assessment: Assessment) -> bool:
    """Until a form's second entry stands, whoever could make it sees nothing of the first: neither answers nor scores."""
    if not assessment.twice or hasattr(assessment, "second_entry") or not isinstance(viewer, User):
        return True
    could = allowed(viewer, Permission.ENTER_ASSESSMENT, at_site=assessment.participant.site)
    return not could or assessment.versions.filter(reason="", actor=viewer.actor).exists()


def check_sees_answers(by: Actor, assessment: Assessment) -> None:
    if not sees_answers(by, assessment):
        raise Refused(
            "This form is to be entered a second time, and you could do it: the first entry isn't shown to you before.",
            code="second_entry_due",
            way_out=("See double entry", "/double-entry/"),
        )


def check_may_handle(by: Actor, participant: Participant) -> User:
    """An alert is handled by a named person with the right at the participant's site."""
    check(by, Permission.HANDLE_ALERT, at_site=participant.site)
    if not isinstance(by, User):
        raise NotAllowed("A safety alert is handled by a named person.")
    return by


def check_may_keep_roster(by: Actor, site: Site | None = None) -> None:
    """The roster is kept by those who manage staff and, for their own site, by those who stand on it."""
    try:
        check(by, Permission.MANAGE_STAFF)
    except NotAllowed:
        check(by, Permission.HANDLE_ALERT, at_site=site)


def sees_by_arm(viewer: Actor) -> bool:
    """Whether figures by arm are for this viewer: the role allows it, and no role of theirs is blind anywhere."""
    return allowed(viewer, Permission.SEE_BY_ARM) and blinding.sees_arms(viewer)


def check_sees_by_arm(by: Actor) -> None:
    check(by, Permission.SEE_BY_ARM)
    if not sees_by_arm(by):
        raise NotAllowed("Your roles include a blind one: figures by arm are not for you.")


def check_sees_sessions(by: Actor, site: Site) -> None:
    """Sessions exist in one arm only: whoever is blind at the site is told nothing of them."""
    check(by, Permission.SEE_SESSIONS, at_site=site)
    if not blinding.sees_arms(by, site):
        raise NotAllowed("Your roles include a blind one here: sessions are not for you.")


def whose_guess(user: User, participant: Participant) -> Whose:
    """Whose guess of the arm this user takes down: their own where they are blind, the participant's where they may know arms."""
    return Whose.PARTICIPANT if blinding.sees_arms(user, participant.site) else Whose.ASSESSOR


def guess_is_asked(whose: Whose) -> bool:
    return whose is Whose.ASSESSOR or queries.protocol_in_force().asks_participants
