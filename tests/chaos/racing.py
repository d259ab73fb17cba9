"""Many clients over HTTP who all want to randomise at once, and what must be true when they are through."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import cycle
from uuid import NAMESPACE_OID, uuid5

import psycopg
from django.db.models import Model

from outcomes.actions import assessments
from participants.actions import baseline
from participants.models import Participant
from tests import plugin
from tests.cast import engage, hire, load_trial, open_randomisation, roomy
from tests.journeys.conftest import Post, Stack, installation
from tests.participants import people
from tests.trials.allocating import TEXT, expected
from trials.actions import staff
from trials.domain.roles import Role
from trials.models import Allocation, Attempt, Cap, Event, Scheme, Site, Stratum

KEY = "site=LIM|sex=F"
GIVES_UP_AFTER = 180.0  # seconds


@dataclass
class Answer:
    """What a client heard in the end, and what it went through before."""

    status: int
    code: str
    seconds: float  # of the request that was answered
    aborted: int = 0
    busy: int = 0
    cut_off: int = 0


def ready_trial(at: datetime) -> Participant:
    """The Limerick trial, open for randomisation, and one woman at Limerick who has done all that comes before it."""
    load_trial(at=at, text=roomy(TEXT))
    cast = hire(at=at)
    open_randomisation(at=at)
    person = people.consenting(cast.first, by=cast.coordinator, at=at)
    baseline.record_baseline(person, values=people.BASELINE, by=cast.coordinator, at=at)
    for code, items in (("phq9", 9), ("gad7", 7)):
        answers = {str(n): 0 if n == 9 else 2 for n in range(1, items + 1)}
        assessments.submit(
            person, visit="baseline", instrument=code, answers=answers, client_uuid=uuid5(NAMESPACE_OID, code), by=person, at=at
        )
    return person


def like(template: Participant, database: str, first: int, count: int) -> list[str]:
    """So many more people, every row of theirs a copy of this person's; written by the owner with triggers off."""
    names = [f"R-{n:06}" for n in range(first, first + count)]
    with psycopg.connect(plugin.with_name(plugin.OWNER_URL, database)) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("INSERT INTO trials_unit (trial_id, site_id) SELECT unnest(%s::text[]), %s", [names, template.unit.site_id])
        own = _columns(Participant, without=("id", "unit_id"))
        owner.execute(
            f"INSERT INTO participants_participant (unit_id, {', '.join(own)}) SELECT u.id, {', '.join(f'p.{c}' for c in own)}"
            " FROM participants_participant p, trials_unit u WHERE p.id = %s AND u.trial_id = ANY(%s)",
            [template.pk, names],
        )
        for relation in Participant._meta.related_objects:
            model, column = relation.related_model, relation.field.column
            if relation.many_to_many or model._meta.proxy or not model._default_manager.filter(**{relation.field.name: template}).exists():
                continue
            rest = _columns(model, without=("id", column))
            copied = ["gen_random_uuid()" if c == "client_uuid" else f"t.{c}" for c in rest]
            owner.execute(
                f"INSERT INTO {model._meta.db_table} ({', '.join([column, *rest])}) SELECT {', '.join(['p.id', *copied])}"
                f" FROM {model._meta.db_table} t, participants_participant p JOIN trials_unit u ON u.id = p.unit_id"
                f" WHERE t.{column} = %s AND u.trial_id = ANY(%s)",
                [template.pk, names],
            )
    return names


def _columns(model: type[Model], *, without: Sequence[str]) -> list[str]:
    return [field.column for field in model._meta.concrete_fields if field.column not in without]


def leave_room(database: str, places: int) -> None:
    """So many more may be randomised at Limerick."""
    with psycopg.connect(plugin.with_name(plugin.OWNER_URL, database)) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE trials_cap SET most = given + %s WHERE site_id = (SELECT id FROM trials_site WHERE code = 'LIM')", [places])


def tokens(at: datetime, count: int = 4) -> list[str]:
    """REST tokens of so many coordinators of the site."""
    site = Site.objects.get(code="LIM")
    hired = [engage(f"racer{n}", Role.COORDINATOR, site, at=at) for n in range(count)]
    return [staff.make_token(user, name="race", by=user, at=at)[1] for user in hired]


@contextmanager
def served(database: str, at: datetime, *, door: str = "tests.chaos.aborting") -> Iterator[Stack]:
    """The real web server, more threads than usual so that they meet, on that database as the restricted role."""
    with installation(database, Post()) as stack:
        stack.environment.pop("DATABASE_OWNER_URL", None)
        stack.travel(at + timedelta(hours=1))
        start(stack, door)
        yield stack


def start(stack: Stack, door: str = "tests.chaos.aborting") -> None:
    port = stack.address.rsplit(":", 1)[1]
    threads = ("--worker-class=gthread", "--workers=2", "--threads=12", "--timeout=120", "--backlog=256", "--no-control-socket")
    stack.start("web", "gunicorn", f"{door}:application", f"--bind=127.0.0.1:{port}", "--preload", *threads)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if _request(stack.address, "GET", "/healthz", {}, within=5)[0] == 200:
                return
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
    raise AssertionError("the web server did not come up\n" + stack.logs())


def ask(address: str, token: str, trial_id: str, *, abort: bool = False, stop: threading.Event | None = None) -> Answer:
    """Randomise one person: again after an abort, when others are busy, and when the server was cut off, until it answers."""
    heard = Answer(0, "", 0.0)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": str(uuid5(NAMESPACE_OID, trial_id)),
    }
    until = time.monotonic() + GIVES_UP_AFTER
    while time.monotonic() < until and not (stop and stop.is_set()):
        asks_for_abort = abort and not heard.aborted
        began = time.monotonic()
        try:
            more = {"Uplift-Test-Abort": "1"} if asks_for_abort else {}
            status, text = _request(address, "POST", f"/api/v1/participants/{trial_id}/randomise/", headers | more)
        except (OSError, http.client.HTTPException):
            heard.cut_off += 1
            time.sleep(0.1)
            continue
        heard.status, heard.seconds = status, time.monotonic() - began
        heard.code = text.partition('"code":"')[2].partition('"')[0] if status >= 400 else ""
        if status == 500 and asks_for_abort:
            heard.aborted += 1
        elif status == 503:
            heard.busy += 1
            time.sleep(0.1)
        else:
            return heard
    return heard


def _request(address: str, verb: str, path: str, headers: dict[str, str], within: float = 60) -> tuple[int, str]:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=within)
    try:
        connection.request(verb, path, body="{}" if verb == "POST" else None, headers={**headers, "Connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def race(
    stack: Stack, with_tokens: Sequence[str], names: Sequence[str], *, clients: int, chance: random.Random, aborts: float = 0.25,
    meanwhile: Callable[[], None] = lambda: None,
) -> dict[str, Answer]:  # fmt: skip
    """So many clients share the people out and start together; a quarter of the people's first tries are aborted after the draw."""
    aborting_ones = set(chance.sample(list(names), round(len(names) * aborts)))
    together, stop = threading.Barrier(clients + 1), threading.Event()
    heard: dict[str, Answer] = {}

    def client(token: str, own: Sequence[str]) -> None:
        together.wait(timeout=60)
        for name in own:
            heard[name] = ask(stack.address, token, name, abort=name in aborting_ones, stop=stop)

    with ThreadPoolExecutor(clients) as pool:
        shared = zip(range(clients), cycle(with_tokens))
        running = [pool.submit(client, token, names[number::clients]) for number, token in shared]
        try:
            together.wait(timeout=60)
            meanwhile()
        except BaseException:
            stop.set()
            raise
        for one in running:
            one.result()
    return heard


def faults(stack: Stack, heard: dict[str, Answer], *, places: int, before: int) -> list[str]:
    """All that is not as it must be: people and places lost or doubled, gaps, another order, another arm, an answer that was no answer.

    Looks at the places after the first so many, and at how many there are in all; `order_of_all` looks at all of them again.
    """
    given = list(Allocation.objects.filter(stratum__key=KEY, seq__gt=before).order_by("pk").values_list("unit__trial_id", "seq", "arm"))
    total = Allocation.objects.count()
    got = {name for name, _, _ in given} & set(heard)
    told = {name for name, answer in heard.items() if answer.status == 200}
    refused = {name for name, answer in heard.items() if answer.code == "cap_reached"}
    broken_off = _broken_off(heard)
    stratum = Stratum.objects.filter(key=KEY).first()
    seed, drawn = of_the_seed(total), _noted(stack)
    wrong = [
        (f"{len(got)} of {len(heard)} people have a place where {places} were free", len(got) != min(places, len(heard))),
        (f"told of an arm and without one: {sorted(told - got)}", bool(told - got)),
        (f"with an arm and not told: {sorted(got - told)}", bool(got - told)),
        (f"neither an arm nor a refusal: { {n: (a.status, a.code) for n, a in heard.items() if n not in told | refused} }",
         set(heard) != told | refused),
        (f"places are not {before + 1} to {total} in the order in which they were given",
         [seq for _, seq, _ in given] != [*range(before + 1, total + 1)]),
        ("the next place is not the one after the last", (stratum.next_seq if stratum else 1) != total + 1),
        ("the arms are not those of the seed", [arm for _, _, arm in given] != seed[before:]),
        ("an aborted request drew another arm for its place", any(arm != seed[seq - 1] for seq, arm in drawn if seq <= len(seed))),
        (f"{total - before} places given, not {len(got)}", total - before != len(got)),
        (f"attempts without an outcome that nobody was cut off from: {[n for n, a in heard.items() if broken_off[n] > a.aborted + a.cut_off]}",
         any(broken_off[n] > a.aborted + a.cut_off for n, a in heard.items())),
        (f"aborted, and no attempt shows it: {[n for n, a in heard.items() if broken_off[n] < a.aborted]}",
         any(broken_off[n] < a.aborted for n, a in heard.items())),
        ("the events tell another number", Event.objects.filter(verb="unit.allocated").count() != total),
        ("the counts tell another number", {*Cap.objects.filter(site__code="LIM").values_list("given", flat=True)} != {total}),
    ]  # fmt: skip
    return [sentence for sentence, so in wrong if so]


def order_of_all() -> list[tuple[int, str]]:
    """Every place and its arm, in the order in which they were given."""
    return list(Allocation.objects.filter(stratum__key=KEY).order_by("pk").values_list("seq", "arm"))


def of_the_seed(length: int) -> list[str]:
    """The arms of the first so many places."""
    return _drawn(bytes(Scheme.objects.get().sealed_seed), length.bit_length())[:length]


@cache
def _drawn(sealed: bytes, doublings: int) -> list[str]:
    return expected(Scheme.objects.get(sealed_seed=sealed), KEY, 2**doublings)


def _broken_off(heard: dict[str, Answer]) -> Counter[str]:
    """How many attempts of each person have no outcome."""
    return Counter(Attempt.objects.filter(outcome=None, unit__trial_id__in=list(heard)).values_list("unit__trial_id", flat=True))


def _noted(stack: Stack) -> list[tuple[int, str]]:
    path = stack.folder / "aborted.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    return [(int(seq), arm) for _, key, seq, arm in map(str.split, lines) if key == KEY]
