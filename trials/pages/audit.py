"""Read both layers of the audit: what was meant, and every version of every row."""

from __future__ import annotations

from typing import cast

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from trials import permissions, queries
from trials.domain.roles import Permission
from trials.models import RowVersion, User

PAGE = 50


@require_GET
def events(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    permissions.check(user, Permission.SEE_AUDIT)
    chosen = {key: request.GET.get(key, "").strip() for key in ("about", "actor", "verb")}
    page = Paginator(queries.events(user, **chosen), PAGE).get_page(request.GET.get("page"))
    names = queries.names_of(text for event in page for text in (event.actor, event.about) if ":" in text)
    for event in page:
        event.who, event.whom = names.get(event.actor, event.actor), names.get(event.about, event.about)
    everywhere = permissions.sites_where(user, Permission.SEE_AUDIT) is None
    return render(request, "trials/audit.html", {"page": page, "chosen": chosen, "everywhere": everywhere})


@require_GET
def row_versions(request: HttpRequest) -> HttpResponse:
    """History of rows: only for readers of every site, since a row does not tell whose it is."""
    user = cast(User, request.user)
    permissions.check(user, Permission.SEE_AUDIT)
    if permissions.sites_where(user, Permission.SEE_AUDIT) is not None:
        raise Http404
    chosen = {key: request.GET.get(key, "").strip() for key in ("table_name", "row_id", "actor")}
    found = RowVersion.objects.filter(**{key: value for key, value in chosen.items() if value}).order_by("-pk")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    names = queries.names_of(version.actor for version in page)
    for version in page:
        version.who = names[version.actor]
        old, new = version.old or {}, version.new or {}
        keys = [key for key in {**old, **new} if old.get(key) != new.get(key) and not key.startswith("sealed") and key != "password"]
        version.changes = [(key, old.get(key), new.get(key)) for key in keys]
    return render(request, "trials/rows.html", {"page": page, "chosen": chosen})
