"""Try out a design of randomisation: the choice is the address, nothing is kept, and the figures stand side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from trials import permissions, queries
from trials.domain.protocol import Protocol
from trials.domain.randomisation import METHODS
from trials.domain.randomisation.design import candidates, check_choice, compare
from trials.domain.randomisation.design.setting import MOST_PEOPLE
from trials.models import User
from trials.ui import curves

LISTS, SWITCHES = ("multipliers", "weights"), ("treatment_total",)
PARAMETERS: dict[str, dict[str, str]] = {
    "simple": {},
    "permuted_blocks": {"multipliers": "2, 3"},
    "big_stick": {"bound": "3"},
    "block_urn": {"lambda": "3"},
    "efron": {"p": "2/3"},
    "urn": {"a": "0", "b": "1"},
    "maximal": {"bound": "3", "length": "60"},
    "minimisation": {"rule": "best", "p": "4/5", "q": "", "ties": "rank", "imbalance": "range", "weights": "", "treatment_total": ""},
    "biased_coin_minimisation": {"p": "4/5", "imbalance": "range", "weights": "", "treatment_total": ""},
}
"""The parameters that a method has, with something to begin with."""
WORDS = {
    "multipliers": ("Multipliers", "Block sizes in rounds of the ratio: 2, 3 gives blocks of 4 and 6 at 1:1"),
    "bound": ("Bound", "The arms never differ by more, a whole number like 3"),
    "lambda": ("Rounds in the urn (lambda)", "A whole number like 3"),
    "length": ("Length", "Places of the sequence, an even number"),
    "p": ("Probability of the preferred arm (p)", "Like 2/3 or 0.8, below 1"),
    "q": ("q of the rank rule", "Like 1/2; left empty with the other rule"),
    "a": ("Balls of each arm at the start (a)", "0 or more"),
    "b": ("Balls added of every other arm (b)", "0 or more"),
    "weights": ("Weights of the factors", "In the order of the factors, like 2, 1; empty for 1 each"),
    "treatment_total": ("Count the totals of the arms as a factor too", ""),
}
CHOICES = {
    "rule": ("Rule", [("best", "Best arm gets p"), ("rank", "By rank, from q")]),
    "ties": ("Tied arms", [("rank", "Are ranked at random"), ("split", "Share p")]),
    "imbalance": ("Measure of imbalance", [("range", "Range"), ("variance", "Variance"), ("marginal_balance", "Marginal balance")]),
}


class DesignForm(forms.Form):
    """Only the fields that the method has; the method itself is chosen by a link."""

    def __init__(self, data: Mapping[str, Any], protocol: Protocol, method: str) -> None:
        super().__init__(data)
        known = candidates(protocol)
        for name in PARAMETERS[method]:
            self.fields[name] = _field(name)
        many = "Enter a sample size from 1 to 100,000, a whole number like 60"
        told = dict.fromkeys(("required", "invalid", "min_value", "max_value"), many)
        self.fields["people"] = forms.IntegerField(label="Sample size", min_value=1, max_value=MOST_PEOPLE, error_messages=told)
        options = [(name, name.replace("_", " ").capitalize()) for name in known]
        self.fields["factors"] = forms.MultipleChoiceField(
            label="Factors",
            choices=options,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text="Every combination of levels is a stratum; minimisation looks at each factor instead",
        )
        for name in self._chosen(data):
            if name in known and known[name].source != "site":
                levels = ", ".join(known[name].levels)
                hint = f"Parts of {levels}, like {', '.join('1' for _ in known[name].levels)}; empty where all are alike"
                label = f"Shares expected by {name.replace('_', ' ')}"
                self.fields[f"share_{name}"] = forms.CharField(label=label, required=False, max_length=200, help_text=hint)
        self.fields["open_label"] = forms.BooleanField(label="Whoever recruits learns the arms given (open label)", required=False)

    @staticmethod
    def _chosen(data: Mapping[str, Any]) -> list[str]:
        return data.getlist("factors") if isinstance(data, QueryDict) else list(data.get("factors", ()))

    def choice(self, method: str, protocol: Protocol) -> dict[str, Any]:
        """What was chosen, in the words of `compare`; where a field is at fault already, something harmless in its place."""
        given = self.cleaned_data
        ignored = {"best": "q", "rank": "p"}.get(given.get("rule", ""), "")
        named = [name for name in PARAMETERS[method] if name != ignored and name in given]
        parameters = {name: held for name in named if (held := _parameter(name, given)) not in (None, "")}
        shares = {name.removeprefix("share_"): _fractions(held) for name, held in given.items() if name.startswith("share_") and held}
        own = [factor.name for factor in protocol.allocation.factors]
        return {
            "method": method, "parameters": parameters, "people": given.get("people", protocol.sample_size),
            "factors": given.get("factors", own), "shares": shares, "open_label": given.get("open_label", True),
        }  # fmt: skip

    def blame(self, faults: str) -> None:
        """Every fault beside the field whose name it begins with."""
        for sentence in faults.split("; "):
            words = sentence.replace(":", " ").split()
            names = {"shares": f"share_{words[1]}" if len(words) > 1 else ""}
            field = next((name for name in (words[0], names.get(words[0], ""), f"share_{words[0]}") if name in self.fields), None)
            if field is None or field not in self.errors:
                self.add_error(field, sentence[:1].upper() + sentence[1:] + ".")


@require_safe
def design(request: HttpRequest) -> HttpResponse:
    """The form, and for a choice without faults what it would do."""
    permissions.check_may_design(cast(User, request.user))
    protocol = queries.protocol_in_force()
    own = protocol.allocation.method if protocol.allocation.method in METHODS else next(iter(METHODS))
    asked = request.GET.get("method", own)
    method = asked if asked in METHODS else own
    form = DesignForm(_filled(request.GET, protocol, method), protocol, method)
    if asked != method:
        form.add_error(None, f"Choose one of the methods listed: there is none called {asked[:40]!r}.")
    found, fine = None, form.is_valid()
    try:
        check_choice(protocol, **form.choice(method, protocol))
    except ValueError as faults:
        form.blame(str(faults))
    else:
        found = compare(protocol, **form.choice(method, protocol)) if fine else None
    context = {
        "form": form, "method": method, "methods": list(_methods(request.GET, method)), "found": found, "protocol": protocol,
        "drift": curves.drift(found.columns) if found else None, "guesses": curves.guesses(found.columns) if found else None,
    }  # fmt: skip
    return render(request, "trials/design.html", context, status=200 if found else 422)


def _filled(given: QueryDict, protocol: Protocol, method: str) -> QueryDict:
    """The address as it is once the form was sent; before, with the protocol's own figures where it says nothing."""
    filled = given.copy()
    now = protocol.allocation
    own = {name: _text(held) for name, held in now.parameters.items()} if now.method == method else {}
    start = {**PARAMETERS[method], **own, "people": str(protocol.sample_size), "open_label": "on"}
    if method == "maximal" and "length" not in own:
        start["length"] = str(protocol.sample_size + protocol.sample_size % 2)
    for name, value in start.items():
        if name not in filled and (name in CHOICES or "sent" not in filled):
            filled[name] = value
    if "factors" not in filled and "sent" not in filled:
        filled.setlist("factors", [factor.name for factor in now.factors])
    return filled


def _methods(given: QueryDict, method: str) -> Iterator[tuple[str, str, bool]]:
    """A link to each method that keeps who comes: people, factors, shares."""
    kept = [(name, value) for name in given for value in given.getlist(name) if name in ("people", "factors") or name.startswith("share_")]
    kept += [("open_label", "on")] if "open_label" in given else []
    for name in METHODS:
        yield name.replace("_", " ").capitalize(), "?" + urlencode([("method", name), *kept]), name == method


def _field(name: str) -> forms.Field:
    if name in CHOICES:
        label, choices = CHOICES[name]
        return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect)
    label, hint = WORDS[name]
    if name in SWITCHES:
        return forms.BooleanField(label=label, required=False)
    return forms.CharField(label=label, max_length=80, required=name not in ("weights", "q"), help_text=hint)


def _parameter(name: str, given: Mapping[str, Any]) -> object:
    """A field as an allocation table holds it: whole numbers as such, others as text that the method judges."""
    held = given[name]
    if name in SWITCHES:
        return held or None
    if name == "weights":
        return dict(zip(given.get("factors", ()), _numbers(held), strict=False)) or None
    return _numbers(held) if name in LISTS else _number(held.replace(",", "."))


def _numbers(text: str) -> list[int | str]:
    return [_number(part) for part in text.replace(";", ",").split(",") if part.strip()]


def _number(text: str) -> int | str:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else text


def _fractions(text: str) -> list[Fraction]:
    """Shares as typed; what is no number counts as -1, which is refused beside the field."""
    found = []
    for part in text.replace(";", ",").split(","):
        digits = part.strip().removesuffix("%").strip()
        plain = digits.replace(".", "", 1).replace("/", "", 1)
        fine = digits.isascii() and plain.isdigit() and len(digits) <= 12 and not ("." in digits and "/" in digits)
        try:
            found.append(Fraction(digits) if fine else Fraction(-1))
        except (ValueError, ZeroDivisionError):
            found.append(Fraction(-1))
    return found


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(str(held) for held in value.values())
    if isinstance(value, list | tuple):
        return ", ".join(str(held) for held in value)
    return ("on" if value else "") if isinstance(value, bool) else str(value)
