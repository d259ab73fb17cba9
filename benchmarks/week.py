"""The calendar week of a site: the whole page as a coordinator gets it, against one raw statement that reads the same sessions.

Each week is a full one: so many people with two sessions each, over six days and five trainers. The promise is 200 ms on the server for a
week of 400 sessions, whatever the machine, and the same statements for any number of them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time

from django.test import Client

from benchmarks import ground, pairs
from benchmarks.result import Growth, Result
from participants.domain.wall_clock import instant
from participants.models import TrainingSession
from trials.actions import staff
from trials.domain.roles import Role
from trials.models import Site, User

SIZES = {"small": (5, 4), "full": (9, 8)}  # blocks, pages each
SESSIONS = (100, 400, 1600)  # in the week; the promise is about the second
PROMISED_MS = 200
MONDAY = date(2026, 3, 23)
TRAINERS = 5

FILL = """INSERT INTO participants_trainingsession (enrolment_id, session_no, week, phase, planned_on, planned_at, closes_on, status,
    missed_before_done, reason, reason_class, paused_seconds, planned_minutes, delivery, supervision, group_size, setting, equipment,
    rpe_scale, ended_early, ended_early_reason, client_digest, note, trainer_planned_id)
    SELECT e.id, n, 1, 'intervention', t::date, t AT TIME ZONE 'Europe/Dublin', %(monday)s::date + 6, 'scheduled', false, '', '', 0, 60,
        'in_person', 'one_to_one', 1, 'gym', '', 'CR10', false, '', '', '',
        (%(trainers)s::int[])[1 + m.id %% cardinality(%(trainers)s::int[])]
    FROM mine m JOIN participants_enrolment e ON e.participant_id = m.id, generate_series(1, 2) n,
    LATERAL (SELECT %(monday)s::date + ((m.id + 3 * n) %% 6)::int + time '08:00' + interval '30 minutes' * (m.id / 6 %% 24)) x (t)"""

RAW = """SELECT s.*, u.trial_id, site.timezone, t.name,
        (SELECT min(g.happened_on) FROM participants_ending g WHERE g.participant_id = p.id AND g.voided_at IS NULL),
        EXISTS (SELECT FROM participants_cannotcome c WHERE c.session_id = s.id AND c.taken_back_at IS NULL
            AND c.for_at = coalesce(s.rescheduled_at, s.planned_at))
    FROM participants_trainingsession s JOIN participants_enrolment e ON e.id = s.enrolment_id
    JOIN participants_participant p ON p.id = e.participant_id JOIN trials_unit u ON u.id = p.unit_id JOIN trials_site site
        ON site.id = u.site_id
    LEFT JOIN trials_user t ON t.id = s.trainer_planned_id
    WHERE u.site_id = %(site)s AND coalesce(s.rescheduled_at, s.planned_at) >= %(opens)s
    AND coalesce(s.rescheduled_at, s.planned_at) < %(opens)s + interval '7 days' ORDER BY coalesce(s.rescheduled_at, s.planned_at)"""


def run(size: str) -> list[Result]:
    blocks, each = SIZES[size]
    site, arm = ground.load_trial(), ground.training_arm()
    trainers = [_engaged(f"trainer_{n}", Role.TRAINER, site).pk for n in range(TRAINERS)]
    page = _page(_engaged("coordinator", Role.COORDINATOR, site), site)
    people, measured, sent = 0, [], []
    with ground.raw() as raw:
        told = {"site": site.pk, "opens": instant(MONDAY, time(0), site.timezone)}
        limit = lambda: raw.execute(RAW, told).fetchall()  # noqa: E731
        for wanted in SESSIONS:
            with ground.filling() as owner:
                ground.fill_people(owner, site, wanted // 2 - people, first=people + 1, at=ground.AT, arm=arm)
                owner.execute(FILL, {"monday": MONDAY, "trainers": trainers})
            people = wanted // 2
            assert len(limit()) == wanted == TrainingSession.objects.count()
            assert page().count(b'class="block"') == 2 * wanted  # once in the table and once in the list of a narrow screen
            measured.append(pairs.measure(limit, page, blocks=blocks, each=each))
            sent.append(ground.statements(page))
    assert len(set(sent)) == 1, f"the statements grow with the sessions: {sent}"
    growth = Growth("sessions of the week", SESSIONS, tuple(m.subject_ms for m in measured), tuple(m.limit_ms for m in measured), "1")
    notes = {"promised_ms": PROMISED_MS, "kept": int(measured[1].subject_ms < PROMISED_MS)}
    return [Result("week", "page", "one raw statement, the same sessions read", size, SESSIONS[1], measured[1], sent[1], growth, notes)]


def _engaged(name: str, role: Role, site: Site) -> User:
    return staff.invite(
        username=name, name=name.replace("_", " ").title(), role=role, site=site, by=ground.SHELL, at=ground.AT
    ).invitation.user


def _page(user: User, site: Site) -> Callable[[], bytes]:
    """The page's bytes, asked for over and over by one coordinator who is logged in."""
    client = Client(headers={"host": "localhost"})
    client.force_login(user)

    def asked() -> bytes:
        answer = client.get("/week/", {"site": site.code, "on": MONDAY.isoformat()})
        assert answer.status_code == 200, answer.status_code
        return answer.content

    return asked
