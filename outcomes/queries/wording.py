"""Instruments in words: what a page may show, in which language, and why not.

An instrument whose words are licensed has them from a file of the deployment, `UPLIFT_WORDS/CODE.LANGUAGE.toml`
(`outcomes/domain/wording.py` says how it is written). Without them it is offered nowhere, and staff are told so.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from outcomes.domain.instrument import Instrument
from outcomes.domain.wording import BadWords, read_words
from outcomes.instruments import instruments
from trials.domain.protocol.shape import Protocol, Visit
from trials.languages import languages


def offered(code: str, language: str) -> Instrument | None:
    """The instrument in the words of a language; None where it is unknown, follows from others, or has no words in it."""
    instrument = instruments.get(code)
    if instrument is None or instrument.derived_from is not None:
        return None
    return _own(code, language) or _supplied(instrument, language)[0]


def shown(code: str, language: str) -> Instrument:
    """An instrument as a kept form of it is shown: in its words where there are any, else bare, with numbers alone."""
    return offered(code, language) or instruments[code]


def why_not(code: str, language: str) -> str:
    """The sentence for staff: why the instrument can't be asked; empty where it can."""
    if offered(code, language) is not None:
        return ""
    if code not in instruments:
        return f"There is no questionnaire {code} in this program."
    instrument = instruments[code]
    if instrument.derived_from is not None:
        return f"{instrument.title} is not asked: it follows from {' and '.join(_sources(instrument))}."
    fault = _supplied(instrument, language)[1]
    if fault:
        return f"The words of {instrument.title} can't be used, so it isn't offered: the file {code}.{language}.toml {fault}."
    return f"The words of {instrument.title} in language {language} are not supplied, so it isn't offered."


def asked_of_people(visit: Visit, protocol: Protocol) -> tuple[str, ...]:
    """The instruments of a visit that people answer for themselves, as far as they are in words."""
    return tuple(i.code for i in _offered(visit.instruments, protocol.language) if i.answered_by == "participant")


def to_fill_in(visit: Visit) -> tuple[str, ...]:
    """The instruments of a visit that somebody fills in, the person or staff, in words or not yet; one that follows from others is none."""
    return tuple(code for code in visit.instruments if code not in instruments or instruments[code].derived_from is None)


def in_words(codes: Iterable[str], protocol: Protocol, read: Iterable[str] = ()) -> tuple[Instrument, ...]:
    """Those of the instruments that people answer for themselves, each in the first of the languages `read` that has words for it.

    Where none of them has, it is in the protocol's language: the words are official or they are another language's, never ours.
    """
    asked = (i for i in _offered(codes, protocol.language) if i.answered_by == "participant")
    wanted = tuple(read)
    return tuple(next((worded for code in wanted if (worded := offered(i.code, code))), i) for i in asked)


def languages_of(code: str, protocol: Protocol) -> tuple[str, ...]:
    """What an instrument can be answered in: its own languages, and those of protocol and pages that the deployment has words for."""
    known = dict.fromkeys((*instruments[code].languages, protocol.language, *languages))
    return tuple(language for language in known if offered(code, language) is not None)


def _offered(codes: Iterable[str], language: str) -> list[Instrument]:
    return [instrument for code in codes if (instrument := offered(code, language)) is not None]


def _sources(instrument: Instrument) -> list[str]:
    return list(dict.fromkeys(instruments[source].title for source, _ in (instrument.derived_from or {}).values()))


@lru_cache(maxsize=256)
def _own(code: str, language: str) -> Instrument | None:
    """The instrument in the words of its own file."""
    return instruments[code].in_language(language)


def _supplied(instrument: Instrument, language: str) -> tuple[Instrument | None, str]:
    """(the instrument in the words of the deployment's file, or what is wrong with that file); (None, "") without a file."""
    path = settings.UPLIFT_WORDS / f"{instrument.code}.{language}.toml"
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        return None, ""
    return _read(instrument.code, language, path, changed)


@lru_cache(maxsize=256)
def _read(code: str, language: str, path: Path, _changed: int) -> tuple[Instrument | None, str]:
    """Read once for every change of the file."""
    try:
        worded = read_words(path.read_text(encoding="utf-8"), instruments[code])
    except (OSError, UnicodeDecodeError):
        return None, "can't be read as UTF-8"
    except BadWords as fault:
        return None, str(fault)
    if worded.language != language:
        return None, f"says that its language is {worded.language}"
    return worded, ""
