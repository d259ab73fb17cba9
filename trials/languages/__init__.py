"""The languages of participants' pages and messages, found by looking: a file here with a `LANGUAGE` is one, and is listed nowhere else.

`languages["de"].say("Continue") -> "Weiter"`. Standard library only. Questionnaires are not translated here: their words are official
or absent (`outcomes/queries/wording.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from trials.languages.en import LANGUAGE as ENGLISH
from trials.languages.shape import Language

__all__ = ["ENGLISH", "Language", "is_code", "language_of", "languages"]

CODE = re.compile(r"[a-z]{2}(-[A-Z]{2})?", re.ASCII)  # as protocols and files of words name languages


def _found() -> dict[str, Language]:
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    spoken = [module.LANGUAGE for module in modules if hasattr(module, "LANGUAGE")]
    return {language.code: language for language in sorted(spoken, key=lambda each: each.name)}


languages: Mapping[str, Language] = MappingProxyType(_found())


def language_of(code: str) -> Language:
    """The language of a code, "de" for "de-AT" too; English where nobody wrote words for it."""
    return languages.get(code) or languages.get(code.partition("-")[0], ENGLISH)


def is_code(text: str) -> bool:
    """Whether a text is written as a language is named here: "de" or "de-AT"."""
    return CODE.fullmatch(text) is not None
