"""The lock of the data: how it stands, who signed, and the steps that lock, open and unblind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from outcomes.actions import locks
from outcomes.domain.text import instant
from outcomes.queries.locks import LockBoard, lock_board
from trials import clock
from trials.domain.locking import MEANINGS, SIDES, Move, Side, State, side_of
from trials.domain.roles import Permission, Role
from trials.models import User
from trials.pages.confirm import ReasonForm, confirmed
from trials.permissions import Refused, allowed

WORDS = {
    State.OPEN: ("", "Open", "Answers, sessions, clinical records and corrections are recorded."),
    State.SOFT: (
        "due",
        "Soft-locked",
        "Nothing new is recorded. Investigators and the trial manager correct with a reason. Answers that participants still send are "
        "kept, alerted and left out of the data until the lock is lifted.",
    ),
    State.HARD: ("done", "Hard-locked", "Nothing is recorded or corrected. The signed cut is the trial's data."),
}
DONE = {
    Move.SOFT_LOCK: "Soft-locked", Move.LIFT: "Lock lifted", Move.HARD_LOCK: "Hard-locked", Move.UNLOCK: "Unlocked",
    Move.UNBLIND: "Trial unblinded",
}  # fmt: skip
SIGNERS = {Side.CONDUCT: "an investigator or the trial manager", Side.STATISTICS: "a statistician"}


class PasswordForm(forms.Form):
    password = forms.CharField(
        label="Your password, again", max_length=256, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class SignedReasonForm(ReasonForm, PasswordForm):
    pass


@require_safe
def lock(request: HttpRequest) -> HttpResponse:
    """How the lock stands, what was done, and the signatures with printed name, time and meaning."""
    user = cast(User, request.user)
    board = lock_board(user)
    pill, word, meaning = WORDS[board.standing.state]
    may_sign = allowed(user, Permission.SIGN_LOCK) and _signs_as(user, board) is not None
    state, unblinded = board.standing.state, board.standing.unblinded
    offers = [
        (state is State.OPEN and _may(Move.SOFT_LOCK, user), "Soft-lock data", "soft_lock"),
        (may_sign and board.to_sign is not None, "Sign hard lock", "sign_hard_lock"),
        (state is State.SOFT and not unblinded and _may(Move.LIFT, user), "Lift lock", "lift_lock"),
        (state is State.HARD and not unblinded and _may(Move.UNBLIND, user), "Unblind trial", "unblind_trial"),
        (may_sign and state is State.HARD, "Sign to unlock", "sign_unlock"),
    ]
    context = {
        "board": board,
        "pill": pill,
        "word": word,
        "meaning": meaning,
        "soft": state is State.SOFT,
        "cut": instant(board.to_sign.at) if board.to_sign else "",
        "offers": [(label, name) for offered, label, name in offers if offered],
        "steps": [(DONE[Move(step.move)], step, instant(step.cut_at) if step.cut_at else "") for step in reversed(board.steps)],
        "signatures": [_signed(signature) for signature in reversed(board.signatures)],
        "waiting": [_signed(signature) for signature in board.waiting],
        "lacking": [SIGNERS[side] for side in SIDES if side not in {signature.side for signature in board.waiting}],
    }
    return render(request, "outcomes/lock.html", context)


@require_http_methods(["GET", "POST"])
def soft_lock(request: HttpRequest) -> HttpResponse:
    effects = [
        "No more answers, sessions or clinical records are taken from staff, and nobody is randomised.",
        "Investigators and the trial manager can still correct, with a reason.",
        "Answers that participants send are kept and alerted, and left out of the data. Alerts and code breaks go on.",
    ]
    return _step(request, Move.SOFT_LOCK, ReasonForm, "Soft-lock data", effects, locks.soft_lock)


@require_http_methods(["GET", "POST"])
def lift_lock(request: HttpRequest) -> HttpResponse:
    effects = ["Everything is recorded again.", "Answers that came late become part of the data."]
    return _step(request, Move.LIFT, ReasonForm, "Lift lock", effects, locks.lift_lock)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_hard_lock(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    locks.check_may(Move.HARD_LOCK, user)
    board = lock_board(user)
    cut = board.to_sign
    if cut is None:
        raise Refused("There is no cut to sign yet.", code="no_cut", way_out=("Export the dataset", "/exports/"))
    effects = [
        f"You sign the cut {instant(cut.at)}.",
        *_meaning(Move.HARD_LOCK, user, board),
        "With the second signature nothing is recorded or corrected any more. Two signatures open the data again.",
    ]

    def sign(**given: Any) -> object:
        return locks.sign_hard_lock(cut_at=cut.at, **given)

    return _step(request, Move.HARD_LOCK, PasswordForm, "Sign hard lock", effects, sign)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_unlock(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    locks.check_may(Move.UNLOCK, user)
    effects = [
        *_meaning(Move.UNLOCK, user, lock_board(user)),
        "With the second signature the data are soft-locked: corrections with a reason, then a new cut and two new signatures.",
    ]
    return _step(request, Move.UNLOCK, SignedReasonForm, "Sign to unlock", effects, locks.sign_unlock)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def unblind_trial(request: HttpRequest) -> HttpResponse:
    effects = [
        "Figures by arm and the closed dataset open to the blinded statistician; figures by arm to investigators, monitor and manager.",
        "Nobody is blind any more, and nothing takes that back. Your name, the time and the reason are kept.",
    ]
    return _step(request, Move.UNBLIND, SignedReasonForm, "Unblind trial", effects, locks.unblind_trial)


def _step(
    request: HttpRequest, move: Move, shape: type[forms.Form], label: str, effects: list[str], step: Callable[..., object]
) -> HttpResponse:
    user = cast(User, request.user)
    locks.check_may(move, user)

    def taken(given: dict[str, Any]) -> str:
        step(**given, by=user, at=clock.now())
        messages.info(request, "Signed." if "Sign" in label else f"{DONE[move]}.")
        return "/lock/"

    return confirmed(
        request, shape(request.POST or None), taken, heading=label, back="/lock/", effects=effects,
        danger=move in (Move.UNBLIND, Move.UNLOCK),
    )  # fmt: skip


def _may(move: Move, user: User) -> bool:
    """Whether this person can take the step: somebody with the role at one site alone can't lock the data of all."""
    try:
        locks.check_may(move, user)
    except Refused:
        return False
    return True


def _signs_as(user: User, board: LockBoard) -> Role | None:
    return None if user.pk in {s.user_id for s in board.waiting} else locks.signs_as(user, [s.side for s in board.waiting])


def _meaning(move: Move, user: User, board: LockBoard) -> list[str]:
    """What the signature of this person means."""
    role = _signs_as(user, board)
    side = side_of(role) if role else None
    return [f"As {role.words} you sign: “{MEANINGS[move, side]}”"] if role and side else []


def _signed(signature: Any) -> tuple[Any, str, str, str]:
    return signature, Role(signature.role).words, DONE[Move(signature.move)], instant(signature.cut_at)
