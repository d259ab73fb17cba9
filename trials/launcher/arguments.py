"""The command line. Own options stand anywhere; whatever else follows `manage` or `test` is passed on untouched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from trials.launcher.told import Misused

USAGE = """usage: ./uplift [--data DIR] [--port N] VERB   (options also after the verb)

  demo [--once DIR]        the demonstration trial, until stopped; --once writes DIR/closed and DIR/blinded and ends
  run                      an empty installation for real use, until stopped
  manage COMMAND ...       one of the shell commands (manage help lists them)
  backup FILE [--with-keys]   database, cuts and exports in one file; the keys only on request
  restore FILE             the same back, into an empty data folder
  test [--long] [...]      every test, with its own services; further words go to pytest
  check                    style, types, imports, migrations, deployment checks

With DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL set, no embedded service is started.
"""

DEFAULT_PORT = 8000
VERBS = ("demo", "run", "test", "check", "backup", "restore", "manage")


@dataclass(frozen=True)
class Wanted:
    """What was typed."""

    verb: str
    words: tuple[str, ...] = ()
    data: Path | None = None
    port: int = DEFAULT_PORT
    once: Path | None = None
    with_keys: bool = False
    long: bool = False


def read(words: list[str]) -> Wanted:
    """Understand the command line; Misused with one sentence if it makes no sense."""
    words, rest = (words[: words.index("--")], words[words.index("--") + 1 :]) if "--" in words else (words, [])
    values: dict[str, str | None] = {"--data": None, "--port": None}
    verb = _verb(words)
    if verb == "demo":
        values["--once"] = None
    flags = {"backup": "--with-keys", "test": "--long"}
    left, values, flagged = _take(words, values, flags.get(verb))
    left.remove(verb)
    wanted = Wanted(
        verb=verb,
        words=(*left, *rest),
        data=_folder("--data", values["--data"]),
        port=_port(values["--port"]),
        once=_folder("--once", values.get("--once")),
        with_keys=flagged and verb == "backup",
        long=flagged and verb == "test",
    )
    _check_words(wanted)
    return wanted


def _verb(words: list[str]) -> str:
    after_option = False
    for word in words:
        if not after_option and not word.startswith("-"):
            if word not in VERBS:
                raise Misused(f"there is no {word!r}; choose one of {', '.join(VERBS)} (./uplift --help)")
            return word
        after_option = not after_option and word in ("--data", "--port", "--once")
    raise Misused(f"say what to do: {', '.join(VERBS)} (./uplift --help)")


def _take(words: list[str], values: dict[str, str | None], flag: str | None) -> tuple[list[str], dict[str, str | None], bool]:
    left, flagged, waiting = [], False, iter(words)
    for word in waiting:
        name, equals, value = word.partition("=")
        if name in values:
            given = value if equals else next(waiting, "")
            if not given:
                raise Misused(f"{name} needs a value")
            values = {**values, name: given}
        elif word == flag:
            flagged = True
        else:
            left.append(word)
    return left, values, flagged


def _folder(name: str, given: str | None) -> Path | None:
    if given is None:
        return None
    if "\0" in given or given.startswith("-"):
        raise Misused(f"{name} needs a folder, not {given!r}")
    return Path(given).expanduser().absolute()


def _port(given: str | None) -> int:
    if given is None:
        return DEFAULT_PORT
    if not (given.isascii() and given.isdecimal() and int(given) < 65536):
        raise Misused(f"--port needs a number from 0 to 65535, not {given!r} (0 takes any free one)")
    return int(given)


def _check_words(wanted: Wanted) -> None:
    words = wanted.words
    if wanted.verb in ("backup", "restore") and (len(words) != 1 or words[0].startswith("-")):
        raise Misused(f"{wanted.verb} needs exactly one FILE, got {' '.join(words) or 'none'}")
    if wanted.verb == "manage" and not words:
        raise Misused("manage needs a COMMAND (./uplift manage help lists them)")
    if wanted.verb in ("demo", "run", "check") and words:
        raise Misused(f"{wanted.verb} does not take {words[0]!r} (./uplift --help)")
