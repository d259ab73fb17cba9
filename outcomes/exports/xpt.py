"""What both versions of SAS transport share: the library's call, the four clocks of the header, the program that puts labels on values.

Version 5 takes names of at most 8 letters and text of 200 bytes of ASCII: `short_names` and `ascii_of`.

The format carries no value labels and words stay words, so flags alone need one: `labels.sas` makes it and attaches it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from outcomes.exports.frames import day_of, set_clock, written

NAME, TEXT = 8, 200  # letters of a name and bytes of a text in version 5
CLOCKS = (144, 160, 464, 480)  # created and modified, of the library and of its one member


def transport(data: object, *, name: str, labels: Sequence[str], title: str, stamp: datetime, version: int) -> bytes:
    """One member of a transport file (version 5 or 8) with the instant in the place of its clocks."""
    import pyreadstat

    body = written(
        ".xpt",
        lambda path: pyreadstat.write_xport(
            data, path, file_label=title[:40], column_labels=list(labels), table_name=name, file_format_version=version
        ),
    )
    day, month, utc = day_of(stamp)
    for at in CLOCKS:
        set_clock(body, at, "99AAA99:99:99:99", f"{day}{month.upper()}{utc:%y:%H:%M:%S}")
    return bytes(body)


def labels_program(flags: Mapping[str, Sequence[str]]) -> bytes:
    """SAS: a format for yes and no, attached to each table's flags; `flags` is member -> variables."""
    lines = ["/* Run after the tables were copied to WORK, for instance with PROC COPY or %XPT2LOC. */"]
    lines += ["proc format;", "  value yesno 0='No' 1='Yes';", "run;", "proc datasets lib=work nolist;"]
    lines += [f"  modify {member}; format {' '.join(names)} yesno.;" for member, names in flags.items() if names]
    return "\n".join([*lines, "quit;", ""]).encode()


def short_names(names: Iterable[str], *, taken: Iterable[str] = ()) -> dict[str, str]:
    """Names of at most 8 letters and digits, a letter first, each once and none `taken`.

    Vowels go, then the end; a later clash gets a number.
    A name depends on those before it alone, so that columns added at the end rename nothing.
    """
    found: dict[str, str] = {}
    used = set(taken)
    for name in names:
        short = _squeezed(name)
        number = 1
        while short in used:
            number += 1
            short = f"{_squeezed(name)[: NAME - len(str(number))]}{number}"
        used.add(short)
        found[name] = short
    return found


def ascii_of(text: str) -> str:
    """Letters without their marks; what has no counterpart becomes `?`."""
    if text.isascii():
        return text
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return bare.encode("ascii", "replace").decode()


def _squeezed(name: str) -> str:
    plain = "".join(c for c in name.upper() if c.isascii() and c.isalnum())
    plain = plain if plain[:1].isalpha() else f"X{plain}"
    if len(plain) > NAME:
        plain = plain[0] + "".join(c for c in plain[1:] if c not in "AEIOU")
    return plain[:NAME]
