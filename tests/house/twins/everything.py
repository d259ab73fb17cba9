"""The list of all that a blind role can ask: every route of the resolver, with every filter the program reads, and whole forms."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from html import unescape
from random import Random
from urllib.parse import parse_qsl, urlencode

from tests.cast import PASSWORD
from tests.house import doors
from tests.house.lived import Lived
from tests.house.twins.asking import Ask, Viewer, keys_read
from tests.house.twins.story import Story

# Doors before anybody is known, the one out, and the one behind a secret address that no blind eye ever meets.
OUTSIDE = ("static", "logout", "login", "welcome", "theme", "calendar/<token>")
ALL_IN_ONE = urlencode(
    {
        "sort": "arm", "ordering": "arm", "o": "allocation__arm", "order_by": "enrolment__allocation__arm", "arm": "RET", "fields": "arm",
        "depth": "9", "expand": "enrolment", "page": "2", "page_size": "1", "limit": "1", "offset": "1", "trainer": "2", "search": "RET",
    }
)  # fmt: skip
OPTION = re.compile(r'<(?:option|input)[^>]*\bname="(\w+)"[^>]*\bvalue="([^"]*)"|<select[^>]*\bname="(\w+)"')
LINK = re.compile(r'href="\?([^"]+)"|href="[^"?]+\?([^"]+)"')


def addresses(route: str, story: Story, lived: Lived) -> Iterator[str]:
    """The route's sample addresses: one for each person whose arm is another in some world."""
    whose = [who for who, _ in story.flips] if doors.is_personal(route) else ["own"]
    for who in dict.fromkeys(whose):
        yield doors.address(route, lived, who)


def routes() -> list[str]:
    return [route for route in doors.routes() if not route.startswith(OUTSIDE)]


def reads(story: Story, lived: Lived) -> Iterator[Ask]:
    """Every address by itself."""
    for address, route in _all_addresses(story, lived).items():
        yield Ask(f"GET {address}", "GET", address, route=route)


def more(story: Story, lived: Lived) -> Iterator[Ask]:
    """An address as a part of a page, with all words at once that a program might order or filter by, and its options."""
    for address in _all_addresses(story, lived):
        yield Ask(f"GET {address}?...", "GET", f"{address}?{ALL_IN_ONE}")
        yield Ask(f"PART {address}", "GET", address, headers=(("HX-Request", "true"),))
        if address.startswith("/api/"):
            yield Ask(f"OPTIONS {address}", "OPTIONS", address)


def _all_addresses(story: Story, lived: Lived) -> dict[str, str]:
    """Address -> route; those beside the samples have none."""
    return dict.fromkeys(_nearby(story, lived), "") | {a: route for route in routes() for a in addresses(route, story, lived)}


def _nearby(story: Story, lived: Lived) -> Iterator[str]:
    """Numbers beside those that there are: what is not there must not be told from what is not to be seen."""
    for who in dict.fromkeys(who for who, _ in story.flips):
        home = f"/participants/{lived.people[who]}/"
        for n in (1, 2, 3, 40):
            yield from (f"{home}sessions/{n}/", f"{home}events/{n}/", f"/safety/{lived.people[who]}/{n}/", f"/api/v1{home}sessions/{n}/")
        yield f"/search/?q={lived.people[who]}"
        yield f"{home}visits/{story.protocol.visits[1].code}/phq9/"
    yield from (f"/exports/{n}/download/" for n in (1, 2, 3))


def writes(story: Story, lived: Lived, dice: Random) -> Iterator[Ask]:
    """Every route by POST, for one of those people: of the API with a body that its shape accepts, of pages with nothing; then forms."""
    for route in routes():
        sent = json.dumps(_here(doors.body(route), story)) if route.startswith(doors.API) else ""
        address = dice.choice(list(addresses(route, story, lived)))
        home = re.match(r"(/api/v1)?(/participants/[^/]+/)", address)
        then = home[2] if home else ""
        yield Ask(f"POST {address}", "POST", address, sent, "application/json" if sent else "", then=then, route=route)
    who, _ = dice.choice(story.flips)
    for name, (address, given) in forms(story, lived, who).items():
        yield Ask(f"STEP {name} of {who}", "POST", address, urlencode(given), then=f"/participants/{lived.people[who]}/")


def _here(body: dict[str, object], story: Story) -> dict[str, object]:
    """The body's days and places as this story has them."""
    day, site = story.until.date().isoformat(), story.protocol.sites[0].code
    known = {doors.TODAY: day, doors.NOW: story.until.isoformat(), "LIM": site, "week12": _visit(story)}
    return {key: known.get(value, value) if isinstance(value, str) else value for key, value in body.items()}


def _visit(story: Story) -> str:
    """The visit whose window is nearest to the moment of looking."""
    day = (story.until.date() - story.steps[0].at.date()).days - story.protocol.day0_lag_days
    known = [v for v in story.protocol.visits if v.target_day is not None]
    return min(known, key=lambda v: abs((v.target_day or 0) - day)).code


def forms(story: Story, lived: Lived, who: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Whole forms, as they are filled in on pages."""
    home, day = f"/participants/{lived.people[who]}/", story.until.date().isoformat()
    broken = {"reason_code": "urgent_treatment", "reason": "Urgent treatment", "password": PASSWORD}
    learned = {"learned_on": day, "how": "participant_told", "sure": "no", "note": "In the corridor"}
    outside = {"reader": "outside", "recipient_name": "Dr Ahern", "recipient_email": "ahern@hospital.example"}
    event = {
        "category": "pain", "term": "Knee", "started_on": day, "severity": "mild", "elicited": "spontaneous",
        "aware_at": f"{day} 00:01", "ongoing": "on",
    }  # fmt: skip
    answers = {f"item_{n}": "1" for n in range(1, 8)} | {"mode": "paper", "completed_on": day, "uuid": doors.KEY}
    alert = f"/safety/{lived.people[who]}/{lived.numbers[who]['alert_no']}/"
    return {
        "concern": (home + "concern/", {"text": "Quiet"}),
        "event": (home + "events/new/", event),
        "event at a session": (home + "events/new/", event | {"elicited": "session", "session_no": "1"}),
        "answers": (f"{home}visits/{_visit(story)}/gad7/enter/", answers),
        "not done": (f"{home}visits/{_visit(story)}/gad7/not-done/", {"reason": "Abroad"}),
        "contact": (alert + "contact/", {"reached": "yes", "text": "Spoke"}),
        "action": (alert + "action/", {"text": "Called"}),
        "code break on the screen": (home + "code-break/", broken | {"reader": "screen"}),
        "code break for a colleague": (home + "code-break/", broken | {"reader": f"user:{lived.staff['pi']}"}),
        "code break for somebody outside": (home + "code-break/", broken | outside),
        "an arm learned": ("/unblindings/report/", learned | {"trial_id": lived.people[who]}),
        "export": ("/exports/", {"view": "blinded", "formats": ["parquet", "stata"]}),
        "export of the closed view": ("/exports/", {"view": "closed"}),
        "export of yesterday": ("/exports/", {"view": "blinded", "cut": f"{day} 00:00"}),
    }


def filters(viewer: Viewer, story: Story, lived: Lived, opened: set[str], dice: Random, share: float) -> Iterator[Ask]:
    """Every key that the program reads from a query string, with the values its page offers and with words that would tell an arm."""
    for address in sorted(opened):
        with keys_read() as keys:
            answer = viewer.ask(Ask("", "GET", f"{address}?probe=1"))
        if answer.told[0] != 200:
            continue
        page = answer.told[-1].decode("utf-8", "replace") if isinstance(answer.told[-1], bytes) else ""
        for key, value in sorted(_choices(page, keys, story, lived)):
            if dice.random() < share:
                asked = f"{address}?{urlencode({key: value})}"
                yield Ask(f"GET {asked}", "GET", asked)


def _choices(page: str, keys: Iterable[str], story: Story, lived: Lived) -> set[tuple[str, str]]:
    offered = {(a, unescape(b)) for a, b, _ in OPTION.findall(page) if a in keys}
    for one, two in LINK.findall(page):
        offered |= {pair for pair in parse_qsl(unescape(one or two)) if pair[0] in keys}
    arm, people = story.protocol.arms[0], [lived.people[who] for who, _ in story.flips]
    words = ["1", "2", "99", "arm", "-arm", "randomised", "session", arm.code, arm.label, "Trainer", str(lived.staff["trainer"])]
    words += [*people, people[0][:3], story.steps[len(story.steps) // 2].at.date().isoformat()]
    return offered | {(key, word) for key in set(keys) - {"probe"} for word in words}
