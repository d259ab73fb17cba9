"""Addresses of the trial office's REST doors."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from rest_framework import serializers

from trials import clock, queries
from trials.actions import envelopes, protocol, schemes, staff, strata
from trials.api.design import DesignAnswer, DesignShape, simulate_design
from trials.api.doors import Shape, read, step
from trials.domain.envelopes import KIND_CHOICES
from trials.domain.protocol import BadProtocol
from trials.domain.randomisation.uploaded_list import MOST_BYTES, BadList
from trials.domain.roles import ROLE_NAMES, Permission
from trials.models import Membership, ProtocolVersion, Scheme, Site, Stratum, User
from trials.permissions import Refused, check
from trials.streams import line_of


class ProtocolShape(Shape):
    text = serializers.CharField(max_length=200_000, trim_whitespace=False)
    reason = serializers.CharField(required=False, max_length=500)


class ListShape(Shape):
    text = serializers.CharField(
        max_length=MOST_BYTES, trim_whitespace=False, help_text="CSV: stratum,position,arm and, if it has codes, code."
    )


class ProtocolAnswer(serializers.ModelSerializer[ProtocolVersion]):
    class Meta:
        model = ProtocolVersion
        fields = ["version", "digest", "in_force_from"]


class SchemeAnswer(serializers.ModelSerializer[Scheme]):
    class Meta:
        model = Scheme
        fields = ["version", "status", "protocol_digest", "code_digest", "drawn_at", "opened_at", "closed_at", "discarded_at", "published"]

    published = serializers.SerializerMethodField(help_text="The line that binds seed, configuration and code, and shows none of them.")

    def get_published(self, scheme: Scheme) -> str:
        return line_of(scheme)

    status = serializers.CharField(help_text="drawn, open, closed or discarded")


class StratumAnswer(serializers.ModelSerializer[Stratum]):
    class Meta:
        model = Stratum
        fields = ["key", "closed_at", "closed_reason"]


class RoleShape(Shape):
    role = serializers.ChoiceField(ROLE_NAMES)
    site = serializers.SlugRelatedField(slug_field="code", queryset=Site.objects.all(), allow_null=True)


class InviteShape(RoleShape):
    username = serializers.CharField(max_length=60)
    name = serializers.CharField(max_length=120)
    email = serializers.EmailField(required=False)
    phone = serializers.CharField(required=False, max_length=40)


class InvitedAnswer(serializers.Serializer[Any]):
    user = serializers.IntegerField(source="invitation.user_id")
    address = serializers.CharField(help_text="One-time; told once.")
    expires_at = serializers.DateTimeField(source="invitation.expires_at")


class MembershipAnswer(serializers.ModelSerializer[Membership]):
    site = serializers.SlugRelatedField(slug_field="code", read_only=True)

    class Meta:
        model = Membership
        fields = ["id", "user", "role", "site", "starts_at", "ended_at"]


class ReasonShape(Shape):
    reason = serializers.CharField(max_length=500)


class StratumShape(ReasonShape):
    stratum = serializers.CharField(max_length=500, help_text="Its key, such as site=LIM|sex=F.")


class EnvelopeShape(ReasonShape):
    code = serializers.CharField(max_length=40, help_text="As it stands on the envelope.")
    kind = serializers.ChoiceField(KIND_CHOICES)


class DigestShape(Shape):
    wanted = serializers.BooleanField(help_text="Whether to get a daily mail of how much waits.")


class DigestAnswer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["digest"]


class DoneAnswer(serializers.Serializer[Any]):
    done = serializers.SerializerMethodField()

    def get_done(self, _result: object) -> bool:
        return True


class MeAnswer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    username = serializers.CharField()
    name = serializers.CharField()
    roles = MembershipAnswer(many=True, source="held")


def me(user: User) -> User:
    """Who is asking, and in which roles."""
    return queries.staff(at=clock.now()).get(pk=user.pk)


def staff_list(user: User) -> Any:
    """Everybody who has or had access."""
    check(user, Permission.MANAGE_STAFF)
    return queries.staff(at=clock.now())


def member(user: User, pk: int) -> User:
    check(user, Permission.MANAGE_STAFF)
    return get_object_or_404(User, pk=pk)


def membership(user: User, pk: int) -> Membership:
    check(user, Permission.MANAGE_STAFF)
    return get_object_or_404(Membership.objects.select_related("user", "site"), pk=pk)


def oneself(user: User) -> User:
    return user


def nobody(_user: User) -> None:
    return None


def load_protocol(**given: Any) -> ProtocolVersion:
    """Put a protocol in force; a bad file is refused with every fault."""
    try:
        return protocol.load_protocol(**given)
    except BadProtocol as bad:
        raise Refused(str(bad), code="bad_protocol", status=422) from None


def upload_list(**given: Any) -> Scheme:
    """Take in the list of an independent statistician and seal it; a bad list is refused with every fault."""
    try:
        return schemes.upload_list(**given)
    except BadList as bad:
        raise Refused(str(bad), code="bad_list", status=422) from None


R = "randomisation/"

urlpatterns = [
    path("me/", read(me, answer=MeAnswer, name="me")),
    path("staff/", read(staff_list, answer=MeAnswer, name="staff", many=True)),
    step("me/", staff.choose_digest, find=oneself, shape=DigestShape, answer=DigestAnswer),
    step("protocol/", load_protocol, find=nobody, shape=ProtocolShape, answer=ProtocolAnswer),
    step(R, simulate_design, find=nobody, shape=DesignShape, answer=DesignAnswer),
    step(R, schemes.draw_scheme, find=nobody, answer=SchemeAnswer),
    step(R, upload_list, find=nobody, shape=ListShape, answer=SchemeAnswer),
    step(R, schemes.approve_scheme, find=nobody, answer=SchemeAnswer),
    step(R, schemes.discard_scheme, find=nobody, shape=ReasonShape, answer=SchemeAnswer),
    step(R, schemes.close_scheme, find=nobody, shape=ReasonShape, answer=SchemeAnswer),
    step(R, strata.close_stratum, find=nobody, shape=StratumShape, answer=StratumAnswer),
    step(R, strata.reopen_stratum, find=nobody, shape=StratumShape, answer=StratumAnswer),
    step(R, envelopes.report_envelope, find=nobody, shape=EnvelopeShape, answer=DoneAnswer),
    step("staff/", staff.invite, find=nobody, shape=InviteShape, answer=InvitedAnswer),
    step("staff/<int:pk>/", staff.give_role, find=member, shape=RoleShape, answer=MembershipAnswer),
    step("staff/<int:pk>/", staff.end_access, find=member, shape=ReasonShape, answer=DoneAnswer),
    step("staff/<int:pk>/", staff.reset_password, find=member, answer=InvitedAnswer),
    step("roles/<int:pk>/", staff.end_role, find=membership, shape=ReasonShape, answer=DoneAnswer),
]
