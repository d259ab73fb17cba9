"""The identity wall's only door: sealing a person's name and contacts, and opening them, which is always an event."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from participants.actions import moves
from participants.domain import person
from participants.domain.wall_clock import local_day
from participants.models import Availability, Identity, Participant
from participants.post import channels
from trials import audit, sealing
from trials.actors import Actor
from trials.audit import action
from trials.models import Event, User
from trials.permissions import NotAllowed, Permission, Refused, check

INITIALS_SHOWN = "initials.shown"


class BadIdentity(Refused):
    """Name or contact that cannot be kept; `faults` has a sentence a field."""

    def __init__(self, bad: person.BadPerson) -> None:
        super().__init__(str(bad), code="bad_identity", status=422)
        self.faults = bad.faults


@action
def record_contact(participant: Participant, facts: Mapping[str, str], *, by: Actor, at: datetime) -> Identity:
    """Seals the facts and replaces what was there; the age follows the date of birth. The audit names fields, never values."""
    check(by, Permission.SCREEN, at_site=participant.site)
    moves.lock(participant)
    try:
        cleaned = person.clean(facts, on=at.astimezone(participant.site.zone).date())
    except person.BadPerson as bad:
        raise BadIdentity(bad) from None
    before = opened(participant)
    changed = [code for code, channel in channels.items() if cleaned.get(channel.contact) != before.get(channel.contact)]
    if changed:  # another address or number, not yet tried
        Availability.objects.filter(participant=participant, channel__in=changed).update(bounced_at=None)
    identity, _ = Identity.objects.update_or_create(
        participant=participant, defaults={"sealed": sealing.seal(sealing.IDENTITY, _bytes(cleaned), context=_context(participant))}
    )
    _derive_age(participant, cleaned)
    audit.record("contact.recorded", about=participant.trial_id, by=by, at=at, detail={"fields": sorted(cleaned)})
    return identity


@action
def show_contact(participant: Participant, *, by: Actor, at: datetime) -> dict[str, str]:
    """Name and contacts in clear, for whoever may see them here; that they were read is kept."""
    check(by, Permission.SEE_IDENTITY, at_site=participant.site)
    audit.record("contact.shown", about=participant.trial_id, by=by, at=at)
    return opened(participant)


@action
def who(participant: Participant, *, by: Actor, at: datetime) -> str:
    """Initials and year of birth, to check that this is the person on the page: "N C, 2000"; empty where none is kept."""
    check(by, Permission.SEE_IDENTITY, at_site=participant.site)
    audit.record("contact.shown", about=participant.trial_id, by=by, at=at, detail={"fields": ["initials", "year of birth"]})
    facts = opened(participant)
    return ", ".join(part for part in (person.initials(facts), facts.get("born_on", "")[:4]) if part)


@action
def initials_of_the_day(people: Iterable[Participant], *, by: Actor, at: datetime) -> dict[int, str]:
    """Initials alone, by the participant's key, for whoever records these people's sessions: to greet the right person in a full room.

    That they were shown is kept once a person and day, since a phone asks at every page.
    """
    known = {person.pk: person for person in people}
    for site in {each.site for each in known.values()}:
        check(by, Permission.RECORD_SESSION, at_site=site)
    if isinstance(by, User) and Participant.objects.visible_to(by).filter(pk__in=list(known)).count() < len(known):
        raise NotAllowed("Initials are for whoever trains these people.")
    shown = Event.objects.filter(verb=INITIALS_SHOWN, actor=by.actor, about__in=[p.trial_id for p in known.values()])
    earlier = {(event.about, event.at) for event in shown.filter(at__gt=at - timedelta(days=1))}
    found: dict[int, str] = {}
    for row in Identity.objects.filter(participant__in=list(known)):
        one = known[row.participant_id]
        found[one.pk] = person.initials(_open(row))
        today = local_day(at, one.site.timezone)
        if found[one.pk] and not any(about == one.trial_id and local_day(when, one.site.timezone) == today for about, when in earlier):
            audit.record(INITIALS_SHOWN, about=one.trial_id, by=by, at=at)
    return found


def opened(participant: Participant) -> dict[str, str]:
    """The facts without an event, for machinery alone: an address at sending, an age, initials before randomisation."""
    identity = Identity.objects.filter(participant=participant).first()
    if identity is None:
        return {}
    return _open(identity)


def read_along(participant: Participant) -> dict[str, str]:
    """The same of somebody who was read together with what is sealed of them, as the reader of a message is."""
    identity = getattr(participant, "identity", None)
    return {} if identity is None else _open(identity)


def age_at(participant: Participant, day: date) -> int | None:
    """Completed years on a day, where the date of birth is known."""
    born = opened(participant).get("born_on")
    return None if born is None else person.age_on(date.fromisoformat(born), day)


def _derive_age(participant: Participant, facts: Mapping[str, str]) -> None:
    if "born_on" not in facts:
        return
    consent = participant.consents.filter(voided_at=None).order_by("signed_on").first()
    participant.age = person.age_on(date.fromisoformat(facts["born_on"]), consent.signed_on if consent else participant.screened_on)
    participant.save(update_fields=["age"])


def _open(identity: Identity) -> dict[str, str]:
    context = f"identity:{identity.participant_id}"
    facts: dict[str, str] = json.loads(sealing.open_sealed(sealing.IDENTITY, bytes(identity.sealed), context=context))
    return facts


def _bytes(facts: Mapping[str, str]) -> bytes:
    return json.dumps(dict(facts), ensure_ascii=False, sort_keys=True).encode()


def _context(participant: Participant) -> str:
    """The seal's associated data: a blob moved to another person's row does not open."""
    return f"identity:{participant.pk}"
