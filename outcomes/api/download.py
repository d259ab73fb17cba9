"""The archive of one export: a POST, since reading it is kept in the audit."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from outcomes.actions import exports
from outcomes.models import Export
from trials import clock
from trials.api.doors import REFUSALS, Nothing, received, user_of


class DownloadDoor(APIView):
    """The zip archive of a finished export."""

    @extend_schema(operation_id="download", request=None, responses={(200, "application/zip"): OpenApiTypes.BINARY, **REFUSALS})
    def post(self, request: Request, pk: int) -> HttpResponse:
        received(request, Nothing)
        export = get_object_or_404(Export, pk=pk)
        body = exports.download(export, by=user_of(request), at=clock.now())
        return HttpResponse(
            body, content_type="application/zip", headers={"Content-Disposition": f'attachment; filename="{exports.name_of(export)}"'}
        )
