"""What every staff page shows around its content: where one is, where one may go."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from trials.domain.roles import Permission
from trials.models import Clock
from trials.pages import language
from trials.permissions import allowed, meets_locked_data, roles_of
from trials.queries import zone_of_all

ABOUT_UNBLINDING = (Permission.SEE_UNBLINDINGS, Permission.BREAK_CODE, Permission.REPORT_UNBLINDING)
ABOUT_LOCK = (Permission.LOCK_DATA, Permission.SIGN_LOCK, Permission.SEE_AUDIT)
NAV: tuple[tuple[str, str, Permission | tuple[Permission, ...] | None], ...] = (
    ("Today", "/", None),
    ("Participants", "/participants/", Permission.SEE_PEOPLE),
    ("Week", "/week/", Permission.SEE_SESSIONS),
    ("Gym", "/gym/", Permission.RECORD_SESSION),
    ("Safety", "/safety/", Permission.SEE_ALERTS),
    ("Events", "/events/", Permission.SEE_CLINICAL),
    ("Unblindings", "/unblindings/", ABOUT_UNBLINDING),
    ("Messages", "/messages/", Permission.SEE_MESSAGES),
    ("Dashboard", "/dashboard/", Permission.SEE_FLOW),
    ("Flow", "/flow/", Permission.SEE_FLOW),
    ("Reports", "/reports/", Permission.SEE_REPORTS),
    ("Trial report", "/report/", Permission.EXPORT_BLINDED),
    ("Exports", "/exports/", Permission.EXPORT_BLINDED),
    ("Data lock", "/lock/", ABOUT_LOCK),
    ("Staff", "/staff/", Permission.MANAGE_STAFF),
    ("Protocol", "/protocol/", None),
    ("Randomisation", "/randomisation/", Permission.SEE_SCHEME),
    ("Audit", "/audit/", Permission.SEE_AUDIT),
)


def house(request: HttpRequest) -> dict[str, Any]:
    """Nothing for a participant's page: it must not need the database."""
    user = getattr(request, "user", None)
    if request.path.startswith("/me/") or user is None or not user.is_authenticated:
        return {"theme": request.COOKIES.get("theme", ""), "language": language.of_request(request)}
    nav = [
        (label, url, request.path == url or (url != "/" and request.path.startswith(url)))
        for label, url, wanted in NAV
        if wanted is None or any(allowed(user, p) for p in (wanted if isinstance(wanted, tuple) else (wanted,)))
    ]
    return {
        "nav": nav,
        "searches": allowed(user, Permission.SEE_PEOPLE),
        "roles": [role.words for role in roles_of(user)],
        "theme": request.COOKIES.get("theme", ""),
        "here": SimpleLazyObject(zone_of_all),
        "data_locked": meets_locked_data(user),
        "demonstration": Clock.objects.exclude(kind="real").exists(),
    }
