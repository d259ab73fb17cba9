"""Whether messages reach a person: paused by staff, ended by the person with one press, refused by the server of their address."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta

from django.db import connection
from django.utils.crypto import salted_hmac

from participants import permissions
from participants.models import Availability, Participant, StopLink
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.permissions import Permission, Refused, check

LONGEST_PAUSE = timedelta(days=90)


@action
def pause_messages(participant: Participant, *, until: date, by: Actor, at: datetime) -> Availability:
    """No message goes out before the site's day `until`; what is still due then goes out."""
    check(by, Permission.SEND_MESSAGES, at_site=participant.site)
    kept = _reached(participant)
    today = at.astimezone(participant.site.zone).date()
    if not today < until <= today + LONGEST_PAUSE:
        raise Refused(f"Choose a day within the next {LONGEST_PAUSE.days} days.", code="bad_day", status=422)
    kept.paused_until = datetime.combine(until, time(0), tzinfo=participant.site.zone)
    kept.save(update_fields=["paused_until"])
    audit.record("messages.paused", about=participant.trial_id, by=by, at=at, detail={"until": until.isoformat()})
    return kept


@action
def go_on_with_messages(participant: Participant, *, by: Actor, at: datetime) -> Availability:
    """A pause is over now."""
    check(by, Permission.SEND_MESSAGES, at_site=participant.site)
    kept = _reached(participant)
    if kept.paused_until is None or kept.paused_until <= at:
        raise Refused(f"Messages to {participant} are not paused.", code="not_paused")
    kept.paused_until = None
    kept.save(update_fields=["paused_until"])
    audit.record("messages.gone_on", about=participant.trial_id, by=by, at=at)
    return kept


@action
def trust_address(participant: Participant, *, by: Actor, at: datetime) -> Availability:
    """Messages go to the address again that its server had refused: it was right after all, or was set right."""
    check(by, Permission.SEND_MESSAGES, at_site=participant.site)
    kept = _reached(participant)
    if kept.bounced_at is None:
        raise Refused(f"The address of {participant} was not refused.", code="not_bounced")
    kept.bounced_at = None
    kept.save(update_fields=["bounced_at"])
    audit.record("address.trusted", about=participant.trial_id, by=by, at=at)
    return kept


@action
def mark_bounced(participant: Participant, *, channel: str, by: Actor, at: datetime) -> int:
    """The provider takes nothing for this address or number: nothing more is sent there, and the person is to be called."""
    marked = Availability.objects.filter(participant=participant, channel=channel, bounced_at=None).update(bounced_at=at)
    if marked:
        audit.record("address.bounced", about=participant.trial_id, by=by, at=at, detail={"channel": channel})
    return marked


def stop_token(trial_id: str, *, by: Actor, at: datetime) -> str:
    """The secret of a person's stop address, which works from here on."""
    have_stop_links(Participant.objects.filter(unit__trial_id=trial_id).select_related("unit"), by=by, at=at)
    return token_of(trial_id)


def token_of(trial_id: str) -> str:
    """The same of an address that works already: 256 bits, base64url, the same in every message."""
    keyed = salted_hmac("uplift stop messages", trial_id, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(keyed).rstrip(b"=").decode()


def have_stop_links(people: Iterable[Participant], *, by: Actor, at: datetime) -> None:
    """The stop addresses of these people work from here on: one query where they do already."""
    digests = {_digest(token_of(person.trial_id)): person for person in people}
    there = set(StopLink.objects.filter(token_digest__in=list(digests)).values_list("token_digest", flat=True))
    lacking = {digest: person for digest, person in digests.items() if digest not in there}
    if lacking:
        make_stop_links(lacking, by=by, at=at)


@action
def make_stop_links(lacking: Mapping[str, Participant], *, by: Actor, at: datetime) -> int:
    """The stop address behind each digest works from here on, for good; two senders at once make one. Answers how many are new."""
    people = {person.pk: person.trial_id for person in lacking.values()}
    in_order = sorted(lacking, key=lambda digest: lacking[digest].pk)  # as `moves.lock_all` holds people's rows
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO participants_stoplink (token_digest, participant_id, created_at) SELECT d, p, %s "
            "FROM unnest(%s::text[], %s::bigint[]) AS new (d, p) ON CONFLICT DO NOTHING RETURNING participant_id",
            [at, in_order, [lacking[digest].pk for digest in in_order]],
        )
        made = [people[key] for (key,) in cursor.fetchall()]
    audit.record_each("stop_link.made", ((trial_id, {}) for trial_id in made), by=by, at=at)
    return len(made)


@action
def stop_messages(link: StopLink, *, by: Actor, at: datetime) -> bool:
    """The person wants no more messages: from now on they are on the call list. Answers whether that is new; a second press is none."""
    if by != link.participant:
        raise Refused("Only the person ends messages by their own address.", code="not_theirs", status=403)
    return _stop(link, by=by, at=at)


@action
def stop_by_reply(participant: Participant, *, by: Actor, at: datetime) -> bool:
    """The person answered STOP to a text message, says its gateway: the same as a press on their own stop address."""
    link = find(stop_token(participant.trial_id, by=by, at=at))
    return link is not None and _stop(link, by=by, at=at)


def _stop(link: StopLink, *, by: Actor, at: datetime) -> bool:
    new = Availability.objects.filter(participant=link.participant).exclude(channel="none")
    if not new.update(channel="none", paused_until=None, bounced_at=None, at=at):
        return False
    StopLink.objects.filter(pk=link.pk).update(used_at=at)
    audit.record("messages.stopped", about=link.participant.trial_id, by=by, at=at)
    return True


def find(token: str) -> StopLink | None:
    """The stop address of a token; None for any other text."""
    return StopLink.objects.filter(token_digest=_digest(token)).select_related("participant__unit__site").first()


def check_may_be_messaged(participant: Participant, at: datetime) -> None:
    """Whether a message that somebody asks for now would go out."""
    kept = _reached(participant)
    if kept.bounced_at is not None:
        raise Refused(f"The address of {participant} was refused by its server. Check it with them first.", code="bounced")
    if kept.paused_until is not None and kept.paused_until > at:
        raise Refused(f"Messages to {participant} are paused. Go on with them first.", code="paused")


def _reached(participant: Participant) -> Availability:
    """Times and channel of somebody who gets messages, as they stand."""
    if not permissions.endings_of(participant).may_be_contacted:
        raise Refused(f"{participant} gets no messages: participation has ended.", code="ended")
    kept = Availability.objects.select_for_update(of=("self",)).filter(participant=participant).first()
    if kept is None or kept.channel == "none":
        raise Refused(f"{participant} gets no messages: the call list was agreed to.", code="no_channel")
    return kept


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
