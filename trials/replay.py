"""Replay what was allocated from the unsealed seeds, and compare it with what is written: a pure function of seed and records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django.db.models import Count, Q

from trials import replayed_groups as groups
from trials import sealing, streams
from trials.domain.envelopes import State, states
from trials.domain.randomisation import StreamState
from trials.domain.randomisation.chain import BEGINNING, link
from trials.domain.randomisation.minimisation import Minimising
from trials.domain.randomisation.stream import envelope_arms, next_arm, next_draw, open_dummy_stream, open_stream
from trials.models import Allocation, Attempt, AttemptOutcome, Cap, Envelope, Scheme, SeedRestore, Stratum
from trials.replayed_groups import Fault

__all__ = ["Fault", "drawn_by_other_code", "faults"]

FIELDS = ("arm", "dummy_arm")


def faults() -> list[Fault]:
    """Every fault of every scheme, in order; empty where all is as drawn."""
    found: list[Fault] = []
    for scheme in Scheme.objects.select_related("trial").order_by("version"):
        found += _of_scheme(scheme)
    return [*found, *groups.faults(), *_counts(), *_attempts()]


def drawn_by_other_code() -> dict[str, list[str]]:
    """Digest of code that is not the running code's -> the schemes and allocations it drew. No fault: the running code replays them."""
    told: dict[str, list[str]] = {}
    for version, digest in Scheme.objects.order_by("version").values_list("version", "code_digest"):
        told.setdefault(digest, []).append(f"scheme {version}")
    drawn = Allocation.objects.exclude(scheme=None).values_list("code_digest").order_by("code_digest")
    for digest, many in drawn.annotate(many=Count("pk")):
        told.setdefault(digest, []).append(f"{many} allocations")
    told.pop(streams.code_digest(), None)
    return told


def _of_scheme(scheme: Scheme) -> Iterator[Fault]:
    about = f"scheme {scheme.version}"
    try:
        seed = streams.seed_of(scheme)
    except sealing.CannotUnseal as closed:
        yield Fault(about, str(closed))
        return
    if scheme.commitment and not _binds(scheme, seed):
        yield Fault(about, "the commitment is not that of its seed and configuration")
    for stratum in scheme.strata.order_by("key"):
        stratum.scheme = scheme
        yield from _of_stratum(stratum, seed)
    yield from _of_envelopes(scheme, seed)


def _binds(scheme: Scheme, seed: bytes) -> bool:
    """Whether the published commitment is that of what lies under the seal; a list that was put there later may hold anything."""
    try:
        return streams.commitment_of(scheme, seed).root.hex() == scheme.commitment
    except ValueError:
        return False


def _of_stratum(stratum: Stratum, seed: bytes) -> Iterator[Fault]:
    """The stratum's whole course from its seed: arms, draws, chain of digests, and where its streams stand now."""
    method = streams.method_of(stratum.scheme)
    try:
        state = open_stream(method, seed=seed, stratum=stratum.key)
        dummy = open_dummy_stream(method, seed=seed, stratum=stratum.key)
    except ValueError as fault:
        yield Fault(f"stratum {stratum.key}", f"can't be replayed: {fault}")
        return
    before, place = "", 0
    history: list[tuple[str, dict[str, str]]] = []
    allocations = Allocation.objects.select_related("unit", "group").filter(stratum=stratum, follows=None).order_by("seq")
    for allocation in allocations.iterator(chunk_size=1000):
        allocation.scheme, allocation.stratum, place = stratum.scheme, stratum, place + 1
        if allocation.seq != place:
            yield Fault(str(allocation.unit), f"stands at place {allocation.seq} of {stratum.key} where {place} is next")
            return
        try:
            draw = next_draw(method, state, allocation.factors)
            dummy_arm, dummy = next_arm(method, dummy, allocation.factors)
        except ValueError as fault:
            yield Fault(str(allocation.unit), f"can't be replayed: {fault}")
            return
        state = draw.after
        if draw.code and allocation.code != draw.code:
            yield Fault(str(allocation.unit), "its code is not that of the list")
        yield from _of_allocation(allocation, before, (draw.arm, dummy_arm))
        yield from _of_draw(allocation, (draw.law, draw.words))
        before = allocation.hash
        history.append((allocation.arm, allocation.factors))
    known = isinstance(method, Minimising) and {arm for arm, _ in history} <= set(method.arms)
    counts = method.counted(history) if isinstance(method, Minimising) and known else None
    yield from _standing(stratum, place, before, (state, dummy), counts)


def _of_envelopes(scheme: Scheme, seed: bytes) -> Iterator[Fault]:
    """Every envelope that was entered: its arm from the envelopes' own stream, its digest, and none before it unaccounted for."""
    of_stratum: dict[tuple[str, str], list[Envelope]] = {}
    made = scheme.envelopes.select_related("site", "use__allocation__unit", "report").order_by("site__code", "stratum_key", "number")
    for envelope in made:
        of_stratum.setdefault((envelope.site.code, envelope.stratum_key), []).append(envelope)
    for (site, key), there in of_stratum.items():
        drawn = envelope_arms(streams.method_of(scheme), seed=seed, site=site, stratum=key, count=there[-1].number)
        for envelope, standing in zip(there, states(each.slip for each in there), strict=True):
            if standing is State.SKIPPED:
                yield Fault(f"envelope {envelope.code}", f"was skipped at {key}, and nobody has said what became of it")
            if standing is State.USED:
                allocation = envelope.use.allocation
                allocation.scheme = scheme
                yield from _of_allocation(allocation, BEGINNING, drawn[envelope.number - 1])
                if (allocation.stratum_key, allocation.source) != (key, Allocation.Source.BACKUP):
                    yield Fault(str(allocation.unit), f"does not stand as envelope {envelope.code} does")
    without = Allocation.objects.filter(scheme=scheme, source=Allocation.Source.BACKUP, envelope_use=None).select_related("unit")
    for allocation in without.order_by("pk"):
        yield Fault(str(allocation.unit), "was randomised by an envelope that is gone")


def _of_allocation(allocation: Allocation, before: str, drawn: tuple[str, str]) -> Iterator[Fault]:
    about = str(allocation.unit)
    for field, should in zip(FIELDS, drawn, strict=True):
        if getattr(allocation, field) != should:
            yield Fault(about, f"the {field.replace('_', ' ')} is not the one drawn", f"{getattr(allocation, field)}, drawn {should}")
    if not allocation.hash and not before:
        return
    if allocation.previous_hash != (before or BEGINNING):
        yield Fault(about, "does not carry the digest of the allocation before it")
    if allocation.hash != link(allocation.previous_hash, streams.facts_of(allocation)):
        yield Fault(about, "was changed: its digest is another")
    across = allocation.scheme is not None and streams.method_of(allocation.scheme).across_strata
    if not across and dict(part.split("=", 1) for part in allocation.stratum_key.split("|") if "=" in part) != allocation.factors:
        yield Fault(about, "its factors are not those of its stratum")


def _of_draw(allocation: Allocation, drawn: tuple[object, object]) -> Iterator[Fault]:
    if allocation.sealed_draw is None or allocation.stratum is None or allocation.seq is None:
        return
    try:
        told = streams.open_draw(allocation.stratum, allocation.seq, bytes(allocation.sealed_draw))
    except (sealing.CannotUnseal, ValueError) as closed:
        if isinstance(closed, sealing.NoKey) and _restored_after(allocation):
            return  # its key was lost since: the chain of digests still binds it, and the draw was replayed
        yield Fault(str(allocation.unit), "the sealed record of its draw does not open")
        return
    if told != drawn:
        yield Fault(str(allocation.unit), "the sealed record of its draw is not that of the draw")


def _restored_after(allocation: Allocation) -> bool:
    return SeedRestore.objects.filter(scheme=allocation.scheme_id, at__gte=allocation.at).exists()


def _standing(
    stratum: Stratum, place: int, last: str, states: tuple[StreamState, StreamState], counts: tuple[int, ...] | None
) -> Iterator[Fault]:
    about = f"stratum {stratum.key}"
    if stratum.next_seq != place + 1:
        yield Fault(about, f"has {place} allocations and stands at place {stratum.next_seq}")
        return
    if stratum.last_hash != last:
        yield Fault(about, "keeps another digest than that of its last allocation")
    try:
        kept = streams.opened(stratum)
    except (sealing.CannotUnseal, ValueError):
        yield Fault(about, "the sealed state of its generator does not open")
        return
    if counts is not None and kept[0].memory != counts:
        yield Fault(about, "the kept marginal counts are not those of a recount")
    if kept != states:
        yield Fault(about, "its generator does not stand where its allocations lead")


def _counts() -> Iterator[Fault]:
    """The counts that the caps are held against, counted anew."""
    sites = Counter(Allocation.objects.values_list("unit__site", flat=True))
    for cap in Cap.objects.select_related("site").order_by("pk"):
        there = sites[cap.site_id] if cap.site_id else sites.total()
        if cap.given != there:
            where = f"site {cap.site.code}" if cap.site else "the trial"
            yield Fault(where, f"counts {cap.given} randomised where {there} are")


def _attempts() -> Iterator[Fault]:
    """Whoever was told that an arm was given has one, and of those who came together all were given one or none."""
    given = AttemptOutcome.objects.filter(kind=AttemptOutcome.Kind.GIVEN, attempt__unit__allocation=None)
    for outcome in given.select_related("attempt__unit").order_by("pk"):
        yield Fault(str(outcome.attempt.unit), "was given an arm that is gone")
    given_to: dict[int, list[bool]] = {}
    batched = Attempt.objects.filter(Q(batch__isnull=False) | Q(together_with__isnull=False)).distinct()
    for pk, first, kind in batched.values_list("pk", "batch", "outcome__kind"):
        given_to.setdefault(first or pk, []).append(kind == AttemptOutcome.Kind.GIVEN)
    parted = [pk for pk, given in given_to.items() if any(given) and not all(given)]
    for attempt in Attempt.objects.select_related("unit").filter(pk__in=parted).order_by("pk"):
        yield Fault(str(attempt.unit), "led a batch of which a part was given an arm")
