"""What both versions of SAS transport share: the library's call, the four clocks of the header, the program that puts labels on values.

The format carries no value labels and words stay words, so flags alone need one: `labels.sas` makes it and attaches it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from outcomes.exports.frames import day_of, set_clock, written

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
