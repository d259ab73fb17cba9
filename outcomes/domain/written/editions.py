"""A filled report as plain values that JSON can keep, and as Markdown: the same lines as the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from outcomes.domain.text import instant
from outcomes.domain.written.facts import Facts
from outcomes.domain.written.filling import fill, unrecorded
from outcomes.domain.written.shape import Checklist, Filled, State

CLOSED, BLINDED = EDITIONS = ("closed", "blinded")
HELD = "Figures that would tell an arm are reported after unblinding."


def told(checklists: Iterable[Checklist], facts: Facts) -> dict[str, Any]:
    """Every checklist filled: its items with state, sentences and records, how many are in each state, and what was not recorded."""
    filled = [(checklist, fill(checklist, facts)) for checklist in checklists]
    return {
        "trial": facts.protocol.code,
        "title": facts.protocol.title,
        "as_of": instant(facts.as_of),
        "edition": CLOSED if facts.by_arm else BLINDED,
        "checklists": [
            {
                "code": checklist.code,
                "title": checklist.title,
                "source": checklist.source,
                "states": {state.value: sum(one.state == state for one in items) for state in State},
                "items": [_item(one) for one in items],
            }
            for checklist, items in filled
        ],
        "unrecorded": list(unrecorded(one for _, items in filled for one in items)),
    }


def markdown(body: Mapping[str, Any]) -> str:
    """The whole report, or what is left of it where some checklists were taken out."""
    lines = [f"# {_escaped(body['title'])}: reporting checklists", ""]
    lines += [f"Trial {_escaped(body['trial'])}, {body['edition']} edition, as of {body['as_of']}.", ""]
    for checklist in body["checklists"]:
        lines += [f"## {checklist['title']}", "", f"Source: {checklist['source']}.", ""]
        for item in checklist["items"]:
            lines += [f"### {item['number']}. {item['topic']}", "", f"State: **{item['words']}**", ""]
            lines += [f"- {_escaped(said['text'])} *[{_escaped(said['record'])}]*" for said in item["said"]]
            lines += [f"- {HELD}"] if item["held"] else []
            lines += [f"- Not recorded: {_escaped(text)}" for text in item["lacking"]]
            lines += [f"- Left to you: {item['write']}"] if item["write"] else []
            lines += [""]
    lines += ["## Not recorded", "", *(f"- {_escaped(text)}" for text in body["unrecorded"] or ["Nothing was found missing."]), ""]
    return "\n".join(lines)


def _item(one: Filled) -> dict[str, Any]:
    return {
        "number": one.item.number,
        "topic": one.item.topic,
        "state": one.state.value,
        "words": one.state.words,
        "said": [{"text": said.text, "record": said.record, "data": said.data} for said in one.said],
        "lacking": [lacking.text for lacking in one.lacking],
        "held": one.held,
        "write": one.item.write,
    }


def _escaped(text: str) -> str:
    """On one line, with every mark of Markdown and HTML taken for itself."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|" else sign for sign in " ".join(text.split()))
