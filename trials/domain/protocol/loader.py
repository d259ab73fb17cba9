"""A protocol is loaded whole or refused with all its faults at once."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import tomllib
from pathlib import Path

from trials.domain.protocol.checks import findings
from trials.domain.protocol.faults import BadProtocol, Fault
from trials.domain.protocol.keys import FILE
from trials.domain.protocol.kinds import FloatText
from trials.domain.protocol.questionnaires import Known
from trials.domain.protocol.shape import Protocol

LARGEST_BYTES = 512 * 1024
LONGEST_LINE = 5000
BYTE_ORDER_MARK = "\ufeff"  # some editors begin a file with it
MOST_FAULTS_TO_GO_ON = 200  # beyond, what holds between the keys says nothing yet
SYNTAX_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def load(source: str | Path, *, instruments: Known | None = None, made_by_import: bool = False) -> Protocol:
    """The protocol in a TOML text (`str`) or file (`Path`).

    With `instruments`, questionnaires are checked against these names and what is told of each. A protocol `made_by_import`
    may lack the primary outcome, baseline, session plan, eligibility and help lines. Raises `BadProtocol` with every fault;
    nothing else.
    """
    text = (read_text(source) if isinstance(source, Path) else source).removeprefix(BYTE_ORDER_MARK)
    digest = hashlib.sha256(_encoded(text)).hexdigest()
    faults: list[Fault] = []
    protocol: Protocol = FILE.read(_parsed(text), "", faults)
    spoiled = tuple(faults)
    if len(spoiled) <= MOST_FAULTS_TO_GO_ON:
        found = findings(protocol, instruments=instruments, made_by_import=made_by_import)
        faults += [each.fault for each in found if not each.is_spoiled_by(spoiled)]
    if faults:
        raise BadProtocol(dict.fromkeys(faults))
    return dataclasses.replace(protocol, digest=digest, text=text)


def read_text(path: Path) -> str:
    """The text of a protocol file. Raises `BadProtocol` for what cannot be read as UTF-8."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_BYTES + 1)
    except (OSError, ValueError):
        raise _refused(path.name or "the file", "cannot be read", "check the path and that it is a file you may read") from None
    try:
        return raw[: LARGEST_BYTES + 1].decode()
    except UnicodeDecodeError as error:
        if len(raw) > LARGEST_BYTES:
            raise _too_large() from None
        line = raw.count(b"\n", 0, error.start) + 1
        raise _refused(f"line {line}", "is not UTF-8 text", "save the file as UTF-8") from None


def _encoded(text: str) -> bytes:
    try:
        raw = text.encode()
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise _refused(f"line {line}", "holds half of a character (a lone surrogate)", "type that line again") from None
    if len(raw) > LARGEST_BYTES:
        raise _too_large()
    return raw


def _parsed(text: str) -> dict[str, object]:
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > LONGEST_LINE:
            raise _refused(f"line {number}", f"has {len(line)} characters", f"break it into lines of at most {LONGEST_LINE}")
    try:
        return tomllib.loads(text, parse_float=FloatText)
    except RecursionError:
        raise _refused("the file", "nests lists or tables too deeply", "write the tables as docs/protocol.md shows them") from None
    except tomllib.TOMLDecodeError as error:
        raise _syntax(str(error)) from None
    except ValueError:
        raise _refused("the file", "holds a number of thousands of digits", "write a shorter one") from None


def _syntax(message: str) -> BadProtocol:
    match = SYNTAX_PLACE.search(message)
    problem = SYNTAX_PLACE.sub("", message)
    place = f"line {match[1]}, column {match[2]}" if match and match[1] else "the end of the file"
    return _refused(place, f"is not TOML: {problem[0].lower()}{problem[1:]}", "mend this first; the rest is read afterwards")


def _too_large() -> BadProtocol:
    return _refused("the file", f"is larger than {LARGEST_BYTES // 1024} KiB", "a protocol is text; leave everything else out")


def _refused(place: str, problem: str, cure: str) -> BadProtocol:
    return BadProtocol([Fault(place, problem, cure)])
