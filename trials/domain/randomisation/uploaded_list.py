"""A list made by an independent statistician elsewhere: read with every fault at once, kept sealed, given one place at a time.

The list takes the place of what other methods draw from a seed: the secret of such a scheme is 48 random bytes, which hide the
commitment's leaves and order the sham arms, and after them the list. It ends; nothing wraps round.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, NoReturn

from trials.domain.randomisation.scheme import Course, Draw, History, NotExact, Scheme, StreamState, generator
from trials.domain.randomisation.stream import DUMMY
from trials.domain.randomisation.table import Table

SPEC = "rct-uploaded-v1"
SEED_BYTES = 48
MOST_ROWS = 50_000
MOST_BYTES = 4_000_000
HEADS = (("stratum", "position", "arm"), ("stratum", "position", "arm", "code"))
LONGEST_CODE = 16
FAR = Fraction(3732, 100)
"""The chi-square of 1 degree of freedom that chance passes once in a thousand million times."""
TELLING = 12
"""Codes that rise or fall over so many places tell the place; by chance they do so less than once in 200 million times."""

_CODE = re.compile(rf"[A-Z0-9-]{{1,{LONGEST_CODE}}}")
_POSITION = re.compile(r"[1-9][0-9]{0,5}")
_BYTES = 8  # arms of one whole number of a state, and letters of half a code


class BadList(ValueError):
    """A list that is refused; `faults` has a sentence for each thing wrong, which names lines and never an arm's place."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = tuple(faults)


class ListEnded(ValueError):
    """A stratum has used up its list, or the list has no such stratum."""


class Place(NamedTuple):
    """One row: the arm of a place, and the code it is told by, empty where the list has none."""

    arm: str
    code: str


Places = dict[str, tuple[Place, ...]]
"""Stratum -> its places in order."""


@dataclass(frozen=True)
class UploadedList(Scheme):
    """The arms of each stratum as somebody else has ordered them. It has no law of the next arm that could be told without them."""

    def probabilities(self, history: History, newcomer: Mapping[str, str]) -> dict[str, Fraction]:
        raise NotExact("an uploaded list has no law of the next arm: whoever holds the list knows it, nobody else can tell")

    def course(self, n: int) -> Course:
        raise NotExact("how predictable an uploaded list is hangs on how it was made, which it does not say")

    @property
    def most_words(self) -> int:
        return 0

    def start(self, seed: bytes, stratum: str) -> StreamState:
        """A sham stream is the stratum's own list in an order drawn from the seed, without its codes.

        Raises ListEnded where the list has no such stratum.
        """
        drbg = generator(SPEC, seed[:SEED_BYTES], stratum)
        places = list(unpack(seed, self.arms).get(stratum.removeprefix(DUMMY), ()))
        if not places:
            raise ListEnded(f"the uploaded list has no stratum {stratum.removeprefix(DUMMY)}")
        if stratum.startswith(DUMMY):
            places = [Place(place.arm, "") for place in places]
            drbg.shuffle(places)
        return StreamState(drbg.state(), (0, len(places), *_arms_in(places, self.arms), *_codes_in(places)))

    def draw(self, state: StreamState, newcomer: Mapping[str, str]) -> Draw:
        """The next place, for certain. Raises ListEnded after the last one."""
        place, length, *held = state.memory
        if place >= length:
            raise ListEnded(f"the uploaded list of this stratum has {length} places, and all are taken")
        arm = self.arms[_bytes_of(held[place // _BYTES])[place % _BYTES]]
        codes = held[-(-length // _BYTES) :]
        code = b"".join(_bytes_of(half) for half in codes[2 * place : 2 * place + 2]).rstrip(b"\x00").decode("ascii")
        after = StreamState(state.drbg, (place + 1, length, *held))
        return Draw(arm, after, {each: Fraction(each == arm) for each in self.arms}, (), code)


def secret(seed: bytes, places: Places, arms: Sequence[str]) -> bytes:
    """Seed and list as one secret. Arms by number, so that its length tells nothing of how many there are of each."""
    told = {key: ["".join(f"{arms.index(place.arm):02x}" for place in row), [place.code for place in row]] for key, row in places.items()}
    return seed[:SEED_BYTES] + json.dumps(told, separators=(",", ":"), ensure_ascii=True).encode()


def unpack(held: bytes, arms: Sequence[str]) -> Places:
    """The list of a secret; empty where it holds a seed alone. Raises ValueError for anything else."""
    try:
        told = json.loads(held[SEED_BYTES:] or b"{}")
        return {
            key: tuple(Place(arms[number], str(code)) for number, code in zip(bytes.fromhex(numbers), codes, strict=True))
            for key, (numbers, codes) in told.items()
        }
    except (AttributeError, IndexError, TypeError, ValueError):
        raise ValueError("what lies under the seal is no list") from None


def read_list(raw: bytes, *, arms: Mapping[str, int], lengths: Mapping[str, int], given: Container[str] = ()) -> Places:
    """The list in a CSV file of UTF-8 with the columns `stratum,position,arm` and, if the list has them, `code`.

    `arms`: code -> ratio. `lengths`: every stratum -> the places it needs at least. Positions run 1, 2, 3 ... in each stratum, in
    any order of the rows. `given`: codes that somebody has. Raises BadList with every fault, those of rows, of strata and of the
    whole together; a row at fault in something else still stands at its position. The ratio is held against the whole list: further
    from it than simple randomisation strays once in a thousand million times is a fault, what is nearer is the statistician's
    business. Where rows are at fault it is told only if no arms of theirs could fit it.
    """
    faults: list[str] = []
    rows, misshapen = _rows(_text(raw), faults)
    wrong: dict[str, list[int]] = {}
    there: dict[str, set[int]] = {key: set() for key in lengths}
    found: dict[str, dict[int, Place]] = {key: {} for key in lengths}
    codes: set[str] = set()
    for line, (stratum, position, arm, *rest) in rows:
        code = rest[0] if rest else ""
        said = list(_of_row((stratum, position, arm, code), bool(rest), arms, lengths))
        if code and code in codes:
            said.append("the code stands there twice")
        codes.add(code)
        if stratum in there and _POSITION.fullmatch(position):
            if int(position) in there[stratum]:
                said.append("the position of this stratum stands there twice")
            there[stratum].add(int(position))
        for sentence in said:
            wrong.setdefault(sentence, []).append(line)
        if not said:
            found[stratum][int(position)] = Place(arm, code)
    faults += [f"{_lines(lines)}: {sentence}." for sentence, lines in wrong.items()]
    if any(code in given for code in codes):
        faults.append("A code of the list was given to somebody before.")
    for stratum, places in found.items():
        faults += _of_stratum(stratum, there[stratum], places, lengths[stratum])
    ordered = {stratum: tuple(places[n] for n in sorted(places)) for stratum, places in found.items()}
    faults += _of_ratio(ordered, len(rows) + misshapen, arms)
    if faults:
        raise BadList(faults)
    return ordered


def read(arms: tuple[str, ...], ratio: tuple[int, ...], table: Table) -> UploadedList:
    return UploadedList(arms, ratio)


def _refuse(sentence: str) -> NoReturn:
    raise BadList([sentence])


def _text(raw: bytes) -> str:
    if len(raw) > MOST_BYTES:
        _refuse(f"The file is larger than {MOST_BYTES:,} bytes.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        _refuse("The file is not UTF-8: save it as CSV with that encoding.")
    if "\x00" in text:
        _refuse("The file holds NUL bytes, so it is no CSV file in UTF-8.")
    return text


def _rows(text: str, faults: list[str]) -> tuple[list[tuple[int, list[str]]], int]:
    """The rows below the heading, each with its line, and how many more have another number of cells; blank ones are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = tuple(cell.strip() for cell in next(reader, []))
        if head not in HEADS:
            _refuse("The first line must be stratum,position,arm or stratum,position,arm,code, with commas between.")
        rows: list[tuple[int, list[str]]] = []
        misshapen: list[int] = []
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if len(rows) + len(misshapen) == MOST_ROWS:
                _refuse(f"The list has more than {MOST_ROWS:,} places.")
            if len(cells) != len(head):
                misshapen.append(reader.line_num)
            else:
                rows.append((reader.line_num, cells))
    except csv.Error:
        _refuse(f"Line {reader.line_num}: it is no CSV: a quotation mark stands alone, or a cell has no end.")
    if misshapen:
        faults.append(f"{_lines(misshapen)}: there must be {len(head)} cells.")
    if not rows and not misshapen:
        faults.append("The list has no places.")
    return rows, len(misshapen)


def _of_row(row: tuple[str, ...], coded: bool, arms: Mapping[str, int], lengths: Mapping[str, int]) -> Iterator[str]:
    stratum, position, arm, code = row
    formulas = [cell[:1] in ("=", "+", "-", "@") for cell in row]
    if any(formulas):
        yield "a cell begins like a formula"
    if stratum not in lengths and not formulas[0]:
        yield "the protocol has no such stratum"
    if not _POSITION.fullmatch(position) and not formulas[1]:
        yield "the position is not a whole number from 1 on"
    if arm not in arms and not formulas[2]:
        yield f"the arm is none of {', '.join(arms)}"
    if coded and not _CODE.fullmatch(code) and not formulas[3]:
        yield f"the code must have 1 to {LONGEST_CODE} of A-Z, 0-9 and -"


def _of_stratum(stratum: str, there: Collection[int], places: Mapping[int, Place], needed: int) -> Iterator[str]:
    """What is wrong with a stratum whose rows stand at the positions `there`, those without a fault being `places`."""
    last = max(there, default=0)
    gaps = [n for n in range(1, last + 1) if n not in there]
    if gaps:
        yield f"{stratum}: {_some('position', gaps)} {'is' if len(gaps) == 1 else 'are'} missing."
    if last < needed:
        yield f"{stratum}: it has {len(there)} places and needs {needed}, as many as may come or are committed to."
    codes = [places[n].code for n in sorted(places) if places[n].code]
    if len(codes) >= TELLING and codes in (sorted(codes), sorted(codes, reverse=True)):
        yield f"{stratum}: the codes are in order, so each tells its position; use random ones."


def _of_ratio(places: Places, rows: int, arms: Mapping[str, int]) -> Iterator[str]:
    """Says that the ratio is missed, not by how much: whoever reads it need not know the list. The arms of the `rows` that have no
    place here may be any.
    """
    counts = Counter(place.arm for row in places.values() for place in row)
    whole, open_ones = sum(arms.values()), rows - counts.total()
    missed = []
    for arm, share in arms.items():
        fewest, most, due = counts[arm] * whole, (counts[arm] + open_ones) * whole, rows * share
        missed.append(max(fewest - due, due - most, 0) ** 2 > FAR * rows * share * (whole - share))
    if rows and (any(missed) or len(arms) - len(counts) > open_ones):
        yield f"The list does not fit the protocol's ratio {':'.join(str(share) for share in arms.values())}."


def _lines(lines: Sequence[int]) -> str:
    return _some("line", lines).capitalize()


def _some(what: str, numbers: Sequence[int]) -> str:
    """`lines 3, 4 and 9`, the first ten and how many more."""
    shown = ", ".join(str(n) for n in numbers[:10])
    more = f" and {len(numbers) - 10} more" if len(numbers) > 10 else ""
    return f"{what}{'' if len(numbers) == 1 else 's'} {shown}{more}"


def _arms_in(places: Sequence[Place], arms: Sequence[str]) -> Iterator[int]:
    numbers = bytes(arms.index(place.arm) for place in places)
    for start in range(0, len(numbers), _BYTES):
        yield int.from_bytes(numbers[start : start + _BYTES].ljust(_BYTES, b"\x00"), "big")


def _codes_in(places: Sequence[Place]) -> Iterator[int]:
    """Two whole numbers a code; none where the list has no codes."""
    for code in (place.code for place in places if place.code):
        held = code.encode("ascii").ljust(LONGEST_CODE, b"\x00")
        yield int.from_bytes(held[:_BYTES], "big")
        yield int.from_bytes(held[_BYTES:], "big")


def _bytes_of(number: int) -> bytes:
    return number.to_bytes(_BYTES, "big")
