"""What is recorded between consent and randomisation: the baseline form, and when and how a person can be met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from participants import permissions
from participants.actions import identity, messages, moves
from participants.domain import baseline as form
from participants.domain.phone import e164
from participants.models import Availability, BaselineValue, Participant
from trials import audit, queries
from trials.actors import Actor
from trials.audit import action
from trials.permissions import Permission, Refused, check


class BadBaseline(Refused):
    """Baseline values that fit no variable; `faults` has a sentence a variable."""

    def __init__(self, bad: form.BadValues) -> None:
        super().__init__(str(bad), code="bad_baseline", status=422)
        self.faults = bad.faults


@action
def record_baseline(
    participant: Participant, *, values: Mapping[str, str], by: Actor, at: datetime, measured_on: date | None = None
) -> dict[str, str]:
    """Keeps the given variables of a consenting person, in part or whole; numbers in the protocol's units. Answers what is kept."""
    permissions.check_may_record_baseline(by, participant)
    moves.lock(participant)
    protocol = queries.protocol_in_force()
    today = at.astimezone(participant.site.zone).date()
    if measured_on is not None and measured_on > today:
        raise Refused("The baseline can't be measured in the future.", code="bad_date", status=422)
    try:
        cleaned = form.clean(protocol.baseline, values)
    except form.BadValues as bad:
        raise BadBaseline(bad) from None
    units = {v.code: v.unit for v in protocol.baseline}
    for code, value in cleaned.items():
        BaselineValue.objects.update_or_create(
            participant=participant,
            variable=code,
            defaults={"value": value, "unit": units[code], "measured_on": measured_on or today, "at": at},
        )
    audit.record("baseline.recorded", about=participant.trial_id, by=by, at=at, detail={"variables": sorted(cleaned)})
    return cleaned


@action
def set_availability(
    participant: Participant, *, preferred: Sequence[tuple[int, str]], channel: str, by: Actor, at: datetime, language: str = ""
) -> Availability:
    """Preferred weekdays (0 = Monday) and times in order, and how the person agreed to be reached: by a channel or "none" (call list).

    `language` (BCP 47) is that of their messages and pages; empty = as it was. An address or a number that was refused counts as looked
    at. Text messages need a number with its country code.
    """
    check(by, Permission.ENROL, at_site=participant.site)
    permissions.check_collectable(participant)
    if channel not in (*messages.offered(), "none"):
        raise Refused("Choose a channel that this trial has, or the call list.", code="bad_channel", status=422)
    if channel == "sms" and e164(identity.opened(participant).get("phone", "")) is None:
        raise Refused(f"Enter the telephone number of {participant} with its country code first.", code="no_number", status=422)
    slots = [_slot(day, clock) for day, clock in preferred]
    if language and language != participant.language:
        permissions.check_language(language)
        participant.language = language
        participant.save(update_fields=["language"])
    availability, _ = Availability.objects.update_or_create(
        participant=participant,
        defaults={"preferred": slots, "channel": channel, "at": at, "bounced_at": None}
        | ({} if channel != "none" else {"paused_until": None}),
    )
    detail = {"channel": channel, "language": participant.language}
    audit.record("availability.set", about=participant.trial_id, by=by, at=at, detail=detail)
    return availability


def _slot(day: int, clock: str) -> list[object]:
    try:
        read = time.fromisoformat(clock)
    except ValueError:
        raise Refused("Enter the time like 18:00.", code="bad_time", status=422) from None
    if day not in range(7):
        raise Refused("Choose a day from Monday to Sunday.", code="bad_day", status=422)
    return [day, read.strftime("%H:%M")]
