"""Training sessions, step by step: `sessions.lay_out`, `sessions.move`, `sessions.start`, `sessions.log`, `sessions.finish`."""

from participants.actions.sessions.attendance import cancel_by_site, mark_missed, reopen
from participants.actions.sessions.bulk import move_out
from participants.actions.sessions.coming import link_to_appointments, links_to_appointments, say_cannot_come, take_back_cannot_come
from participants.actions.sessions.correction import correct, correct_set
from participants.actions.sessions.filling import fill_slot
from participants.actions.sessions.floor import finish, log, start
from participants.actions.sessions.home import OwnFacts, correct_own, log_own, read_note
from participants.actions.sessions.kept import take_in
from participants.actions.sessions.overriding import override_load
from participants.actions.sessions.plan import assign_trainer, lay_out, lay_out_all, lay_out_deferred, move
from participants.actions.sessions.rollup import rebuild_sums
from participants.actions.sessions.sets import LoggedSet
from participants.actions.sessions.setting import hold_at_home, hold_at_site
from participants.actions.sessions.slots import cancel_slot, change_places, join_slot, leave_slot, open_slot
from participants.actions.sessions.strength import record_strength_test

__all__ = [
    "LoggedSet",
    "OwnFacts",
    "assign_trainer",
    "cancel_by_site",
    "cancel_slot",
    "change_places",
    "correct",
    "correct_own",
    "correct_set",
    "fill_slot",
    "finish",
    "hold_at_home",
    "hold_at_site",
    "join_slot",
    "lay_out",
    "lay_out_all",
    "lay_out_deferred",
    "leave_slot",
    "link_to_appointments",
    "links_to_appointments",
    "log",
    "log_own",
    "mark_missed",
    "move",
    "move_out",
    "open_slot",
    "override_load",
    "read_note",
    "rebuild_sums",
    "record_strength_test",
    "reopen",
    "say_cannot_come",
    "start",
    "take_back_cannot_come",
    "take_in",
]
