"""Kept reports over REST: asked for, how far they are, their PDF, and cancelling."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.views import APIView

from outcomes.actions import adherence_papers, arm_reports, papers, person_reports
from outcomes.api.find import nobody
from outcomes.models import Report
from participants.models import Participant
from participants.queries.sessions import sites_with_sessions
from trials.api.doors import REFUSALS, read, step, user_of
from trials.models import User


class KeptReportAnswer(s.ModelSerializer[Report]):
    """How far a report is; done when `status` says so."""

    class Meta:
        model = Report
        fields = ["id", "kind", "status", "step", "steps", "failure", "as_of", "finished_at"]


class PdfDoor(APIView):
    """A finished report as tagged PDF, the same bytes each time."""

    @extend_schema(
        operation_id="report_pdf",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, **{code: REFUSALS[code] for code in (401, 403, 404, 409)}},
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        found = report(user_of(request), pk)
        made = papers.pdf(found, viewer=user_of(request))
        headers = {"Content-Disposition": f'attachment; filename="{papers.name_of(found)}"'}
        return HttpResponse(made, content_type="application/pdf", headers=headers)


def report(user: User, pk: int) -> Report:
    """How far a report is, for who may have it."""
    found = papers.found(pk, viewer=user)
    if found is None:
        raise Http404
    return found


def trained(user: User, trial_id: str) -> Participant:
    """A randomised person whose sessions the user may see."""
    people = Participant.objects.visible_to(user).filter(unit__site__in=sites_with_sessions(user), enrolment__isnull=False)
    return get_object_or_404(people.select_related("unit__site"), unit__trial_id=trial_id)


R = "reports/<int:pk>/"
urlpatterns: list[Any] = [
    step("reports/", adherence_papers.request_adherence_paper, find=nobody, answer=KeptReportAnswer),
    step("reports/", arm_reports.request_training_by_arm, find=nobody, answer=KeptReportAnswer),
    step("participants/<str:trial_id>/", person_reports.request_training_report, find=trained, answer=KeptReportAnswer),
    path(R, read(report, answer=KeptReportAnswer, name="kept_report")),
    path(R + "pdf/", PdfDoor.as_view()),
    step(R, papers.cancel_report, find=report, answer=KeptReportAnswer),
]
