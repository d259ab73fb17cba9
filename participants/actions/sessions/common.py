"""What the steps of a training session share: the locked row, who may touch it, its plan and its words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from participants.domain.home import UNSUPERVISED
from participants.domain.moving import Laid, MoveRules, short_rests
from participants.domain.opening import Opening
from participants.domain.wall_clock import local_day
from participants.models import Enrolment, Participant, TrainingSession
from participants.permissions import endings_of
from trials import blinding
from trials.actors import Actor
from trials.domain.protocol.shape import Protocol, SessionPlan
from trials.models import User
from trials.permissions import NotAllowed, Permission, Refused, check

Status = TrainingSession.Status
STANDING = (Status.SCHEDULED, Status.ATTENDED, Status.MADE_UP)
HELD = (Status.ATTENDED, Status.MADE_UP)
REOPENED = (Status.MISSED, Status.CANCELLED_BY_SITE)  # what can be taken back


def locked(session: TrainingSession) -> TrainingSession:
    """The session as it stands now; its row and its person's are held until the transaction ends."""
    return (
        TrainingSession.objects.select_for_update(of=("self", "enrolment__participant"))
        .select_related("enrolment__participant__unit__site", "enrolment__allocation")
        .get(pk=session.pk)
    )


def check_may(by: Actor, participant: Participant, permission: Permission) -> None:
    """The role must reach the person's site, and somebody who is only a trainer must be this person's trainer."""
    check(by, permission, at_site=participant.site)
    if isinstance(by, User) and not Participant.objects.visible_to(by).filter(pk=participant.pk).exists():
        raise NotAllowed(f"{participant} trains with somebody else.")


def check_may_record(by: Actor, session: TrainingSession, permission: Permission) -> None:
    """Staff by their role and reach; the person themselves, by their personal link, of what nobody supervises and while they train."""
    participant = session.enrolment.participant
    if not isinstance(by, Participant):
        check_may(by, participant, permission)
        return
    if by != participant or session.supervision != UNSUPERVISED:
        raise Refused("By a personal link people log what they did without anybody supervising, and of their own alone.", code="not_theirs",
                      status=403)  # fmt: skip
    check_trains(participant)


def check_trains(participant: Participant) -> None:
    """Sessions are planned and held only while the person takes part and has not stopped training."""
    if not endings_of(participant).may_train:
        raise Refused(f"{participant} has stopped: no session can be planned or held.", code="ended")


def plan_of(session: TrainingSession) -> SessionPlan:
    """The plan a session was laid out from."""
    allocation = session.enrolment.allocation
    deferred = session.phase == TrainingSession.Phase.DEFERRED
    plan = blinding.deferred_plan_for(allocation) if deferred else blinding.plan_for(allocation)
    if plan is None:
        raise Refused("The protocol in force holds no plan for this session.", code="no_plan")
    return plan


def plans_of(sessions: Iterable[TrainingSession]) -> dict[int, SessionPlan]:
    """The plans that many sessions were laid out from, by session; one without a plan any more is left out."""
    known = list(sessions)
    plans = blinding.plans_for({s.enrolment.allocation for s in known})
    told = ((s.pk, plans[s.enrolment.allocation_id][s.phase == TrainingSession.Phase.DEFERRED]) for s in known)
    return {pk: plan for pk, plan in told if plan is not None}


def day_of(session: TrainingSession, timezone: str) -> date:
    """The day a session was held, else the one it is to be held on, at the site."""
    return session.held_on or local_day(session.at, timezone)


def movable(session: TrainingSession) -> bool:
    """Not held, not begun, not given up."""
    if session.status == Status.SCHEDULED:
        return session.started_at is None
    return session.status in (Status.MISSED, Status.CANCELLED_BY_SITE)


def laid(sessions: list[TrainingSession], timezone: str) -> tuple[Laid, ...]:
    """Sessions of one person as the calendar's rules see them."""
    return tuple(
        Laid(no=s.session_no, week=s.week, on=day_of(s, timezone), at=s.at, stands=s.status in STANDING, movable=movable(s))
        for s in sessions
    )


def cut_short(sessions: list[TrainingSession], timezone: str) -> dict[int, timedelta]:
    """By number, the sessions of one person that begin less than the advised 48 hours after the one before, with the hours elapsed."""
    return dict(short_rests(laid(sessions, timezone)))


def move_rules(enrolment: Enrolment, plan: SessionPlan, opening: Opening, *, at: datetime) -> MoveRules:
    """What a move of this person's sessions is measured against."""
    site = enrolment.participant.site
    return MoveRules(
        day0=enrolment.day0,
        timezone=site.timezone,
        rest_days=plan.rest_days,
        per_week=plan.per_week,
        now=at,
        minutes=plan.minutes,
        opening=opening,
    )


def check_reason(protocol: Protocol, code: str, *, what: str) -> str:
    """The class of a coded reason ("health", "non_health", "site"); a code the protocol doesn't know is refused."""
    known = {reason.code for reason in protocol.missed_reasons}
    if not code.strip():
        raise Refused(f"Say why {what}.", code="no_reason", status=422)
    if known and code not in known:
        raise Refused(f"The protocol knows no reason {code!r}. It has: {', '.join(sorted(known))}.", code="unknown_reason", status=422)
    return protocol.missed_reason_class.get(code, "")


def check_told(reason: str) -> None:
    if not reason.strip():
        raise Refused("Say why: a correction needs a reason.", code="no_reason", status=422)


def words(session: TrainingSession) -> str:
    return f"Session {session.session_no} of {session.enrolment.participant}"
