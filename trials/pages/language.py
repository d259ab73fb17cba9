"""In which language a participant's page answers: the one just chosen, else the one chosen before, else the recorded one.

The switch is a plain link to the same page, `?language=de`; what was chosen stands in a cookie that ends with the browser's session
and is kept nowhere else. Where nobody is known yet the browser's own languages decide. Staff pages are English.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse

from trials.languages import ENGLISH, Language, is_code, language_of, languages
from trials.permissions import Refused

PARTICIPANTS = "/me/"
PAGES, QUESTIONS = "language", "questions"  # what an address may choose, and the cookie that remembers it
REFUSED = "This is not possible just now. Please ask the study team."  # for a sentence that nobody has translated
LOCKED = "The study takes no more entries just now, so this was not saved. If you have a question, please ask the study team."
MOST_OFFERED = 10  # of a browser's languages, as many are looked at


def of_request(request: HttpRequest, recorded: str = "") -> Language:
    """The language of the page that answers; `recorded` is the language of the person, where their link is known."""
    if not request.path.startswith(PARTICIPANTS):
        return ENGLISH
    if (chosen := chosen_in(request, PAGES)) in languages:
        return languages[chosen]
    return language_of(recorded) if recorded else _of_browser(request)


def refusal(language: Language, refused: Refused, plain: Mapping[str, str] | None = None) -> str:
    """What a participant is told of a refusal, never about the insides of a trial: that data are locked in plain words, the sentence itself
    where it is known in their language, else the `plain` one for its code, else whom to ask.
    """
    if refused.code == "data_locked":
        return language.say(LOCKED)
    if language is ENGLISH:
        return refused.sentence
    return language.say(refused.sentence if refused.sentence in language.words else (plain or {}).get(refused.code, REFUSED))


def chosen_in(request: HttpRequest, what: str) -> str:
    """The code chosen in this address, else the one chosen before; empty where none was."""
    for said in (_in_address(request, what), request.COOKIES.get(f"me-{what}", "")):
        if _may_choose(what, said):
            return said
    return ""


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """What the address chose is remembered until the browser is closed."""
    for what in (PAGES, QUESTIONS):
        said = _in_address(request, what)
        if _may_choose(what, said):
            response.set_cookie(f"me-{what}", said, path=PARTICIPANTS, secure=settings.HTTPS, httponly=True, samesite="Lax")


def forget(request: HttpRequest, response: HttpResponse) -> None:
    """Somebody else begins on this device: what the one before chose is over, what the address chooses now holds."""
    for what in (PAGES, QUESTIONS):
        if not _in_address(request, what):
            response.delete_cookie(f"me-{what}", path=PARTICIPANTS, samesite="Lax")


def _in_address(request: HttpRequest, what: str) -> str:
    """What the address says; nothing where it can't be read at all, which its own page tells."""
    try:
        return request.GET.get(what, "")
    except SuspiciousOperation:
        return ""


def _may_choose(what: str, code: str) -> bool:
    return code in languages if what == PAGES else is_code(code)


def _of_browser(request: HttpRequest) -> Language:
    """The first language of the browser that there are words in (RFC 9110, 12.5.4; browsers list them in order of preference)."""
    offered = request.headers.get("Accept-Language", "").split(",")[:MOST_OFFERED]
    codes = (part.partition(";")[0].strip().lower().partition("-")[0] for part in offered)
    return next((languages[code] for code in codes if code in languages), ENGLISH)
