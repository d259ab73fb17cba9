"""Who was to hold sessions and who held them, folded session by session: it grows with trainers and people, not with sessions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from outcomes.domain.facts import Row
from outcomes.domain.records import HELD, Phase


class Trainers:
    """Trainers by code; a session that nobody is told for says nothing."""

    def __init__(self, sessions: Iterable[Row] = ()) -> None:
        self._planned: set[str] = set()
        self._held: Counter[str] = Counter()
        self._people: dict[str, set[str]] = {}
        self._in_course: dict[str, set[str]] = {}  # the same without deferred training
        self.see(sessions)

    def see(self, sessions: Iterable[Row]) -> None:
        for session in sessions:
            trainer, planned = str(session["trainer"] or ""), str(session["trainer_planned"] or "")
            self._planned |= {trainer, planned}
            if trainer and session["status"] in HELD:
                trial_id = str(session["trial_id"])
                self._held[trainer] += 1
                self._people.setdefault(trainer, set()).add(trial_id)
                if session.get("phase") != Phase.DEFERRED:
                    self._in_course.setdefault(trainer, set()).add(trial_id)

    def rows(self, known: Iterable[Row]) -> list[Row]:
        """Each trainer with the people and sessions they held; staff who never trained and are described nowhere are left out."""
        described = (row for row in known if row["trainer"] in self._planned or row.get("profession") or row.get("qualification"))
        rows = {str(row["trainer"]): dict(row) for row in described}
        for trainer in self._held:
            rows.setdefault(trainer, {"trainer": trainer})
        for code, row in rows.items():
            row |= {"n_participants": len(self._people.get(code, ())), "n_sessions": self._held[code]}
        return [rows[code] for code in sorted(rows)]

    def by_arm(self, arm_of: Mapping[str, str], arms: Iterable[str]) -> dict[str, dict[str, int]]:
        """Arm -> trainer -> people of the arm who held a session with them, deferred training apart."""
        found: dict[str, dict[str, int]] = {}
        for arm in arms:
            people = {trainer: sum(arm_of[one] == arm for one in trained) for trainer, trained in self._in_course.items()}
            found[arm] = {trainer: count for trainer, count in people.items() if count}
        return found
