"""Worlds: clones of one base in which the same story went on, each with one person's arm other than in the first."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from random import Random
from tempfile import mkdtemp

from django.conf import settings
from django.db import connection
from django.test import Client, override_settings

from outcomes.actions import exports
from outcomes.exports.formats import formats
from participants.models import CapturedMail, Message
from tests import plugin
from tests.house.lived import OTHER, Lived, standing_in
from tests.house.twins import everything
from tests.house.twins.asking import Answer, Ask, Viewer, parted, standing_still
from tests.house.twins.story import Story
from tests.house.twins.telling import begin, tell
from trials.actors import Machine
from trials.permissions import Refused

BLIND = ("assessor", "blinded_statistician", "safety_clinician")
VIEWERS = (*BLIND, "assessor_and_coordinator")  # whoever is blind in one of their roles is blind
# What is told to somebody who trains: kinds of messages, and what each is headed.
ABOUT_SESSIONS = {
    "session_day_before": "Your next appointment",
    "session": "Your next appointment",
    "missed_session": "Your appointment",
    "deferred_start": "Your appointments begin",
}
QUICK = {"PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"]}
# The one door that tells a blind clinician an arm: with a reason and the password again, on the own screen, and kept in the audit.
ASKED_FOR = ("/break-code/", "STEP code break on the screen")


@dataclass(frozen=True)
class World:
    """A database with a data folder of its own."""

    name: str
    folder: Path
    lived: Lived
    diary: tuple[str, ...]
    at: datetime  # when it is looked at

    @contextmanager
    def entered(self) -> Iterator[Lived]:
        with standing_in(self.name), override_settings(UPLIFT_DATA=self.folder, **QUICK):
            connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] = True  # so that every statement says how many rows it gave
            try:
                yield self.lived
            finally:
                del connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"]


@dataclass(frozen=True)
class Worlds:
    story: Story
    first: World
    others: tuple[World, ...]
    cookies: dict[str, str]

    def all(self) -> tuple[World, ...]:
        return (self.first, *self.others)

    def drop(self) -> None:
        for world in self.all():
            plugin.drop(world.name)


def make(story: Story) -> Worlds:
    """The base, then one clone with the arms as drawn and one for each flip."""
    base, folder = plugin.clone("base"), Path(settings.UPLIFT_DATA)
    with standing_in(base), override_settings(**QUICK):
        begun = begin(story)
        cookies = {}
        for role in (*VIEWERS, "coordinator"):
            client = Client()
            client.force_login(begun.user(role))
            cookies[role] = client.cookies[settings.SESSION_COOKIE_NAME].value
    worlds = []
    for arms in (dict(story.arms), *({**story.arms, who: arm} for who, arm in story.flips)):
        world = World(plugin.clone("twin", of=base), Path(mkdtemp(dir=folder)), begun, (), story.until)
        with world.entered():
            lived, diary = tell(story, begun, arms)
        worlds.append(replace(world, lived=lived, diary=tuple(diary)))
    plugin.drop(base)
    return Worlds(story, worlds[0], tuple(worlds[1:]), cookies)


def differing(one: World, two: World) -> set[str]:
    """The tables that hold something else, or hold it elsewhere, or whose next number is another."""
    first, second = (_state(world) for world in (one, two))
    return {table for table in first if first[table] != second[table]} - {"django_session"}


def _state(world: World) -> dict[str, tuple[object, ...]]:
    with standing_in(world.name), connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
            "AND has_table_privilege(oid, 'SELECT') ORDER BY 1"
        )
        found: dict[str, tuple[object, ...]] = {}
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT md5(coalesce(string_agg(ctid::text || t::text, ',' ORDER BY ctid), '')) FROM \"{table}\" t")
            found[table] = cursor.fetchone()
        cursor.execute("SELECT sequencename, last_value FROM pg_sequences")
        for sequence, last in cursor.fetchall():
            table = sequence.removesuffix("_id_seq")
            found[table] = (*found.get(table, ()), last)
    return found


_closed: set[tuple[str, str, str]] = set()  # (role, method, route) that an earlier story found closed to the role, whoever it is about


def asks(worlds: Worlds, role: str, *, share: float, seed: int, within: str = "") -> tuple[list[Ask], dict[str, Answer]]:
    """What is asked in this story, and what is known already of the first world's answers.

    Every address and every form; of what else can be asked of an open door, of filters, and of doors that an earlier story found closed to
    this role, a share. With `within`, only what is asked of addresses that hold this pattern.
    """
    story, lived = worlds.story, worlds.first.lived
    dice = Random(f"{seed}|{role}")

    def wanted(ask: Ask) -> bool:
        known_closed = not within and (role, ask.method, ask.route) in _closed
        return bool(re.search(within, ask.address)) and not (known_closed and dice.random() > 0.1)

    reads = [ask for ask in everything.reads(story, lived) if wanted(ask)]
    known = look(worlds.first, worlds, role, reads)
    opened = {ask.address for ask in reads if known[ask.name].told[0] in (200, 302)}
    chosen = [*reads, *(ask for ask in everything.writes(story, lived, dice) if wanted(ask))]
    chosen += [ask for ask in everything.more(story, lived) if dice.random() < (share if ask.address in opened else share / 10)]
    with worlds.first.entered(), standing_still(story.until):
        chosen += everything.filters(Viewer(worlds.cookies[role]), story, lived, opened, dice, share)
    return [ask for ask in chosen if re.search(within, ask.address)], known


def look(world: World, worlds: Worlds, role: str, chosen: list[Ask]) -> dict[str, Answer]:
    with world.entered(), standing_still(worlds.story.until):
        viewer = Viewer(worlds.cookies[role])
        return {ask.name: viewer.ask(ask) for ask in chosen}


def leaks(
    worlds: Worlds, role: str, chosen: list[Ask], known: dict[str, Answer] | None = None, *, again_all: bool = False
) -> dict[str, str]:
    """Where a role's answers part between the first world and another, in what is told, logged or read.

    An answer for which nothing was read that differs between two worlds can't differ either: of such, one in thirty is asked again.
    """
    first = dict(known or {})
    first |= look(worlds.first, worlds, role, [ask for ask in chosen if ask.name not in first])
    found, dice = {}, worlds.story.dice(role)
    for world, (who, arm) in zip(worlds.others, worlds.story.flips, strict=True):
        differ = differing_before(worlds, world)
        again = [a for a in chosen if first[a.name].tables & differ or first[a.name].writes or again_all or dice.random() < 1 / 30]
        second = look(world, worlds, role, again)
        for ask in again:
            if told := parted(first[ask.name], second[ask.name]):
                found[f"{ask.name} [{who} {arm}]"] = told
            elif ask.method == "GET" and (told := _unlike(first[ask.name], second[ask.name])):
                found[f"READ {ask.name} [{who} {arm}]"] = told
    _note_closed(worlds, role, chosen, first)
    return {name: told for name, told in found.items() if not any(word in name for word in ASKED_FOR)}


def _note_closed(worlds: Worlds, role: str, chosen: list[Ask], first: dict[str, Answer]) -> None:
    """Doors shut to the role itself: not those that are shut because the person is at another site."""
    story, lived = worlds.story, worlds.first.lived
    far = lived.people[OTHER] if len(story.protocol.sites) > 1 else ""
    shut, opened = set(), set()
    for ask in chosen:
        if ask.route and not (far and f"/{far}/" in ask.address):
            (shut if first[ask.name].told[0] in (403, 404, 405) else opened).add((role, ask.method, ask.route))
    _closed.update(shut - opened)
    _closed.difference_update(opened)


def datasets(world: World) -> dict[str, bytes]:
    """Every file of the blinded view in every profile as of the moment of looking, or the sentence in its place."""
    found: dict[str, bytes] = {}
    with world.entered() as lived, standing_still(world.at):
        for profile in exports.PROFILES:
            try:
                by = lived.user("blinded_statistician")
                wanted = exports.request_export(cut_at=None, view="blinded", profile=profile, formats=list(formats), by=by, at=world.at)
                made = exports.make_export(wanted, by=Machine("worker"), at=world.at)
                found[f"{profile}: {exports.name_of(made)} {made.failure}"] = b""
                with zipfile.ZipFile(io.BytesIO(exports.download(made, by=by, at=world.at))) as archive:
                    found |= {f"{profile}: {name}": archive.read(name) for name in archive.namelist()}
            except Refused as refused:
                found[f"{profile}: {refused.sentence}"] = b""
    return found


_known: dict[tuple[str, str], set[str]] = {}


def differing_before(worlds: Worlds, world: World) -> set[str]:
    """As the story left them, before anybody looked."""
    key = (worlds.first.name, world.name)
    if key not in _known:
        _known[key] = differing(worlds.first, world)
    return _known[key]


def _unlike(one: Answer, two: Answer) -> str:
    """The same page for a blind eye costs the same: statement by statement, row by row."""
    if one.read == two.read:
        return ""
    pairs = [f"{n}: {a[1]} / {b[1]} rows, {a[0][:200]}" for n, (a, b) in enumerate(zip(one.read, two.read, strict=False)) if a != b]
    return "\n".join([f"{len(one.read)} / {len(two.read)} statements", *pairs[:5]])


def mail(world: World) -> list[tuple[object, ...]]:
    """Everything sent or to be sent to blind staff, their daily mail too, and to participants about questionnaires."""
    with world.entered() as lived:
        told = {f"user:{lived.staff[role]}" for role in (*VIEWERS, "other_clinician")}
        rows = Message.objects.exclude(kind__in=ABOUT_SESSIONS).order_by("to", "kind", "event", "occurrence")
        rows = [m for m in rows if m.to in told or m.to.startswith("participant:")]
        addresses = {lived.user(role).email for role in (*VIEWERS, "other_clinician")}
        letters = CapturedMail.objects.exclude(subject__in=ABOUT_SESSIONS.values()).order_by("at", "to", "subject", "body", "message_id")
        sent = [c for c in letters if c.to in addresses or c.to.endswith("canary.example")]
    return [(m.to, m.kind, m.event, m.due_at, m.status, m.attempts, m.sent_at) for m in rows] + [
        (c.at, c.to, c.subject, c.body, c.message_id) for c in sent
    ]
