"""Codes of staff in the dataset, and what is known of whoever delivers the training: profession, qualification, training for the trial."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import connection

from outcomes.models import Provider
from outcomes.queries.providers import trainers
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.models import Membership, User
from trials.permissions import Permission, Refused, check

ONE_AT_A_TIME = 0x434F4445  # key of the advisory lock: two people who need codes at once give each of them once
LONGEST = 200
EARLIEST = date(1950, 1, 1)
FIRST_ZONE = timedelta(hours=14)  # where a day begins first


@action
def describe_provider(
    person: User, *, profession: str, qualification: str, trained_on: date | None, by: Actor, at: datetime, reason: str = ""
) -> Provider:
    """What the report says of a trainer; the day is that of their own training for this protocol. A change needs a reason."""
    check(by, Permission.MANAGE_STAFF)
    if not trainers().filter(pk=person.pk).exists():
        raise Refused(f"{person} holds no sessions: only trainers are described.", code="no_trainer")
    facts = {"profession": " ".join(profession.split()), "qualification": " ".join(qualification.split()), "trained_on": trained_on}
    if max(len(facts["profession"]), len(facts["qualification"])) > LONGEST:  # type: ignore[arg-type]
        raise Refused(f"Shorten it to {LONGEST} characters.", code="long", status=422)
    if trained_on is not None and not EARLIEST <= trained_on <= (at + FIRST_ZONE).date():
        raise Refused(f"{trained_on} is no day on which the training can have been: it lies ahead, or before 1950.", code="day", status=422)
    give_codes()
    provider = Provider.objects.select_for_update().get(user=person)
    changed = [name for name, fact in facts.items() if getattr(provider, name) != fact]
    if not changed:
        return provider
    if not reason.strip() and any(getattr(provider, name) for name in changed):
        raise Refused(f"{person} is described already: say why it changes.", code="no_reason", status=422)
    for name in changed:
        setattr(provider, name, facts[name])
    provider.save(update_fields=changed)
    audit.record("provider.described", about=person.actor, by=by, at=at, reason=reason, detail={"changed": changed})
    return provider


def give_codes() -> None:
    """A code for every member of staff: S01, S02, ... in the order of their accounts, never changed.

    Whoever never trained or rated has one as well: a rater's code in the blinded view must not tell whether there were trainers before.
    """
    if not User.objects.filter(provider=None).exists():
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
    missing = list(User.objects.filter(provider=None).order_by("pk").values_list("pk", flat=True))
    taken = set(Provider.objects.values_list("code", flat=True))
    free = (code for n in range(1, 10_000) if (code := f"S{n:02d}") not in taken)
    homes = dict(Membership.objects.filter(user__in=missing).exclude(site=None).order_by("-pk").values_list("user_id", "site__code"))
    Provider.objects.bulk_create([Provider(user_id=user, code=next(free), site=homes.get(user, "")) for user in missing])
