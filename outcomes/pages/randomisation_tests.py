"""The randomisation test: the last result as a paragraph and figures, its rules, and the form that asks for another one."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from outcomes.actions import kept_reports
from outcomes.actions import randomisation_tests as steps
from outcomes.domain.randomisation_report import RULES, paragraph
from outcomes.instruments import instruments
from outcomes.models import Report
from outcomes.permissions import check_sees_by_arm
from trials import clock, queries
from trials.domain.protocol import Protocol
from trials.domain.randomisation.retest import GREATER, LESS, TWO_SIDED
from trials.models import User

DRAWS = (
    (999, "999: quick, standard error .0069 at p = .05"),
    (9_999, "9,999: standard error .0022"),
    (99_999, "99,999: slow, standard error .0007"),
)


class TestForm(forms.Form):
    """Which visit and questionnaire, raw or adjusted, which side, how many draws."""

    visit = forms.ChoiceField(label="Visit", widget=forms.RadioSelect)
    instrument = forms.ChoiceField(label="Questionnaire", widget=forms.RadioSelect)
    adjusted = forms.BooleanField(label="Adjust for the baseline score", required=False)
    side = forms.ChoiceField(label="Question", widget=forms.RadioSelect, initial=TWO_SIDED)
    draws = forms.TypedChoiceField(label="Draws", widget=forms.RadioSelect, choices=DRAWS, coerce=int, initial=steps.DRAWS)

    def __init__(self, *args: Any, protocol: Protocol, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        visits = [visit for visit in protocol.visits if visit.kind != "baseline" and visit.instruments]
        codes = dict.fromkeys(code for visit in visits for code in visit.instruments)
        for name, choices in (
            ("visit", [(visit.code, visit.label) for visit in visits]),
            ("instrument", [(code, instruments[code].title if code in instruments else code) for code in codes]),
            ("side", _sides(protocol)),
        ):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        if protocol.primary is not None:
            self.fields["visit"].initial, self.fields["instrument"].initial = protocol.primary.visit, protocol.primary.instrument


@require_http_methods(["GET", "HEAD", "POST"])
def randomisation_test(request: HttpRequest) -> HttpResponse:
    """The last test, what is under way, and the form for another one. For who may see figures by arm."""
    user = cast(User, request.user)
    check_sees_by_arm(user)
    form = TestForm(request.POST or None, protocol=queries.protocol_in_force())
    if request.method == "POST" and form.is_valid():
        hand_over(steps.request_randomisation_test(**form.cleaned_data, by=user, at=clock.now()))
        messages.info(request, "Asked for the test. You may leave this page.")
        return redirect("randomisation_test")
    context = {
        "form": form,
        "test": told(steps.newest()),
        "waiting": kept_reports.unfinished(steps.KIND),
        "rules": RULES,
    }
    return render(request, "outcomes/randomisation_test.html", context, status=422 if form.errors else 200)


def told(report: Report | None) -> dict[str, Any] | None:
    """A finished test as the pages show it."""
    if report is None:
        return None
    question, result = report.body["question"], report.body["result"]
    return {"report": report, "question": question, "result": result, "paragraph": paragraph(question, result), "rules": RULES}


def hand_over(report: Report) -> None:
    """The sweep finds the row anyway; the task only makes it sooner, and a broker that is down changes nothing."""
    from kombu.exceptions import OperationalError

    from outcomes.tasks import compute_report as task

    try:
        task.apply_async((report.pk,), retry=False)
    except OperationalError:
        return


def _sides(protocol: Protocol) -> list[tuple[str, str]]:
    both = [(TWO_SIDED, "Do the arms differ? (two-sided)")]
    if len(protocol.arms) > 2:
        return both
    first, second = (arm.label or arm.code for arm in protocol.arms)
    return [*both, (GREATER, f"Is {first} higher than {second}?"), (LESS, f"Is {first} lower than {second}?")]
