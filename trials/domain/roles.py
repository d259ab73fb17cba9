"""Who may do what: the one role x permission table of all floors.

A membership gives a role at one site or at all. A trainer reaches the people whose sessions are theirs.
Which roles are blind to arms is the protocol's word; the rows below already give a blind role nothing that betrays an arm.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    COORDINATOR = "coordinator"
    TRAINER = "trainer"
    ASSESSOR = "assessor"
    BLINDED_STATISTICIAN = "blinded_statistician"
    UNBLINDED_STATISTICIAN = "unblinded_statistician"
    PI = "pi"
    SAFETY_CLINICIAN = "safety_clinician"
    MONITOR = "monitor"
    MANAGER = "manager"

    @property
    def words(self) -> str:
        """The role as people say it."""
        return {Role.PI: "principal investigator", Role.MANAGER: "trial manager"}.get(self, self.value.replace("_", " "))


ROLE_NAMES = tuple(role.value for role in Role)
ROLE_WORDS = tuple((role.value, role.words) for role in Role)


class Permission(StrEnum):
    LOAD_PROTOCOL = "load_protocol"
    MANAGE_STAFF = "manage_staff"
    DRAW_SCHEME = "draw_scheme"
    OPEN_SCHEME = "open_scheme"
    SEE_SCHEME = "see_scheme"
    PRINT_ENVELOPES = "print_envelopes"
    SEE_PEOPLE = "see_people"
    SEE_IDENTITY = "see_identity"
    SCREEN = "screen"
    ENROL = "enrol"
    RANDOMISE = "randomise"
    SEE_ARM = "see_arm"
    BREAK_CODE = "break_code"
    SEE_UNBLINDINGS = "see_unblindings"
    REPORT_UNBLINDING = "report_unblinding"
    SEE_SESSIONS = "see_sessions"
    PLAN_SESSIONS = "plan_sessions"
    KEEP_TIMETABLE = "keep_timetable"
    RECORD_SESSION = "record_session"
    OBSERVE_SESSIONS = "observe_sessions"
    SEE_SCORES = "see_scores"
    ENTER_ASSESSMENT = "enter_assessment"
    RAISE_CONCERN = "raise_concern"
    SEE_ALERTS = "see_alerts"
    HANDLE_ALERT = "handle_alert"
    SEE_CLINICAL = "see_clinical"
    RECORD_CLINICAL = "record_clinical"
    RECORD_EVENT = "record_event"
    ASSESS_EVENT = "assess_event"
    RECORD_DEVIATION = "record_deviation"
    END_PARTICIPATION = "end_participation"
    CORRECT = "correct"
    SEE_MESSAGES = "see_messages"
    SEND_MESSAGES = "send_messages"
    WRITE_LETTERS = "write_letters"
    SEE_FLOW = "see_flow"
    SEE_BY_ARM = "see_by_arm"
    SEE_REPORTS = "see_reports"
    EXPORT_BLINDED = "export_blinded"
    EXPORT_CLOSED = "export_closed"
    SEE_AUDIT = "see_audit"
    LOCK_DATA = "lock_data"
    SIGN_LOCK = "sign_lock"
    RECORD_GUESS = "record_guess"


P = Permission
_READS = {P.SEE_PEOPLE, P.SEE_ARM, P.SEE_SESSIONS, P.SEE_SCORES, P.SEE_CLINICAL, P.SEE_MESSAGES, P.SEE_FLOW, P.SEE_REPORTS}

TABLE: dict[Role, frozenset[Permission]] = {
    Role.COORDINATOR: frozenset(
        _READS
        | {P.SEE_IDENTITY, P.SCREEN, P.ENROL, P.RANDOMISE, P.PLAN_SESSIONS, P.RECORD_SESSION, P.ENTER_ASSESSMENT, P.RAISE_CONCERN}
        | {P.RECORD_CLINICAL, P.RECORD_EVENT, P.RECORD_DEVIATION, P.END_PARTICIPATION, P.CORRECT, P.SEND_MESSAGES, P.SEE_SCHEME}
        | {P.BREAK_CODE, P.SEE_UNBLINDINGS, P.RECORD_GUESS, P.KEEP_TIMETABLE, P.OBSERVE_SESSIONS}
    ),
    Role.TRAINER: frozenset(
        {P.SEE_PEOPLE, P.SEE_ARM, P.SEE_SESSIONS, P.PLAN_SESSIONS, P.RECORD_SESSION, P.RAISE_CONCERN, P.RECORD_EVENT, P.SEE_FLOW}
    ),
    Role.ASSESSOR: frozenset(
        {P.SEE_PEOPLE, P.SEE_SCORES, P.ENTER_ASSESSMENT, P.RAISE_CONCERN, P.RECORD_EVENT, P.REPORT_UNBLINDING, P.SEE_FLOW, P.RECORD_GUESS}
    ),
    Role.BLINDED_STATISTICIAN: frozenset({P.REPORT_UNBLINDING, P.SEE_FLOW, P.EXPORT_BLINDED, P.SIGN_LOCK}),
    Role.UNBLINDED_STATISTICIAN: frozenset(
        {P.SEE_FLOW, P.SEE_BY_ARM, P.SEE_REPORTS, P.EXPORT_BLINDED, P.EXPORT_CLOSED, P.DRAW_SCHEME, P.SEE_SCHEME, P.PRINT_ENVELOPES}
        | {P.SIGN_LOCK}
    ),
    Role.PI: frozenset(
        _READS
        | {P.SEE_IDENTITY, P.SEE_ALERTS, P.HANDLE_ALERT, P.RAISE_CONCERN, P.RECORD_CLINICAL, P.RECORD_EVENT, P.ASSESS_EVENT}
        | {P.RECORD_DEVIATION, P.END_PARTICIPATION, P.CORRECT, P.BREAK_CODE, P.SEE_UNBLINDINGS, P.SEE_AUDIT, P.SEE_SCHEME}
        | {P.OBSERVE_SESSIONS, P.LOCK_DATA, P.SIGN_LOCK}
    ),
    Role.SAFETY_CLINICIAN: frozenset(
        {
            P.SEE_PEOPLE,
            P.SEE_IDENTITY,
            P.SEE_SCORES,
            P.SEE_ALERTS,
            P.HANDLE_ALERT,
            P.RAISE_CONCERN,
            P.RECORD_EVENT,
            P.BREAK_CODE,
            P.REPORT_UNBLINDING,
            P.SEE_FLOW,
        }
    ),
    Role.MONITOR: frozenset(_READS | {P.SEE_ALERTS, P.SEE_UNBLINDINGS, P.SEE_AUDIT, P.SEE_SCHEME}),
    Role.MANAGER: frozenset(
        _READS
        | {P.LOAD_PROTOCOL, P.MANAGE_STAFF, P.OPEN_SCHEME, P.SEE_SCHEME, P.EXPORT_BLINDED, P.SEE_AUDIT, P.RECORD_DEVIATION, P.CORRECT}
        | {P.SEE_UNBLINDINGS, P.KEEP_TIMETABLE, P.LOCK_DATA, P.SIGN_LOCK, P.WRITE_LETTERS}
    ),
}

# What a role may do besides once the trial was unblinded: figures and data by arm, for those who answer for the report.
ONCE_UNBLINDED: dict[Role, frozenset[Permission]] = {
    Role.BLINDED_STATISTICIAN: frozenset({P.SEE_BY_ARM, P.SEE_REPORTS, P.EXPORT_CLOSED}),
    Role.PI: frozenset({P.SEE_BY_ARM}),
    Role.MONITOR: frozenset({P.SEE_BY_ARM}),
    Role.MANAGER: frozenset({P.SEE_BY_ARM, P.EXPORT_CLOSED}),
}

# What a role must not hold while the protocol blinds it.
BETRAYS_ARM = frozenset(
    {P.RANDOMISE, P.SEE_ARM, P.SEE_SESSIONS, P.PLAN_SESSIONS, P.RECORD_SESSION, P.SEE_REPORTS, P.SEE_BY_ARM, P.EXPORT_CLOSED}
    | {P.DRAW_SCHEME, P.PRINT_ENVELOPES, P.KEEP_TIMETABLE, P.OBSERVE_SESSIONS}
)

# Who is never told an arm, whatever the hour: they measure the outcome and analyse it. They can send one to somebody else's eyes only.
NEVER_TOLD = frozenset({Role.ASSESSOR, Role.BLINDED_STATISTICIAN})

# What the shell must not do: each of these needs a named person.
NAMED_PERSON = frozenset(
    {P.DRAW_SCHEME, P.OPEN_SCHEME, P.PRINT_ENVELOPES, P.HANDLE_ALERT, P.ASSESS_EVENT, P.BREAK_CODE, P.REPORT_UNBLINDING, P.RECORD_GUESS}
    | {P.LOCK_DATA, P.SIGN_LOCK, P.WRITE_LETTERS}
)


def leaves_blind(permission: Permission) -> bool:
    """Whether somebody blind at a site may do this there, whatever other role they hold: what some blind role may do, and office work."""
    return permission in _LEAVES_BLIND


def may(role: Role, permission: Permission, *, unblinded: bool = False) -> bool:
    return permission in TABLE[role] or (unblinded and permission in ONCE_UNBLINDED.get(role, ()))


def roles_that_may(permission: Permission) -> tuple[Role, ...]:
    return tuple(role for role in Role if may(role, permission))


def blindable(role: Role) -> bool:
    """Whether a protocol may blind this role: it must not randomise, schedule, record sessions or otherwise meet arms in its work."""
    return not (TABLE[role] & BETRAYS_ARM)


_OFFICE_WORK = frozenset({P.SCREEN, P.ENROL, P.LOAD_PROTOCOL, P.MANAGE_STAFF, P.LOCK_DATA})
_LEAVES_BLIND = _OFFICE_WORK.union(*(TABLE[role] for role in Role if blindable(role)))
