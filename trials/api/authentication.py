"""Who asks: a browser session (with its CSRF check) or a bearer token, of which only the digest is kept."""

from __future__ import annotations

import hashlib

from rest_framework import authentication, exceptions
from rest_framework.request import Request

from trials import clock
from trials.models import ApiToken, User


class SessionAuthentication(authentication.SessionAuthentication):
    def authenticate_header(self, request: Request) -> str:
        return "Session"


class TokenAuthentication(authentication.BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return None
        digest = hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
        found = ApiToken.objects.select_related("user").filter(digest=digest).first()
        at = clock.now()
        if found is None or found.revoked_at or found.expires_at <= at or not found.user.is_active:
            raise exceptions.AuthenticationFailed("This token is not in force.")
        return found.user, found

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
