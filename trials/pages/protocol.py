"""The protocol in force, its versions, and loading one; a bad file is refused with every fault at once."""

from __future__ import annotations

from typing import cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from trials import clock, permissions, queries
from trials.actions import protocol as protocols
from trials.domain.protocol import BadProtocol
from trials.domain.roles import Permission
from trials.models import ProtocolVersion, Scheme, User


class ProtocolForm(forms.Form):
    file = forms.FileField(label="Protocol file", required=False, help_text="A .toml file.")
    text = forms.CharField(label="Or its text", required=False, widget=forms.Textarea, strip=False)

    def clean(self) -> None:
        super().clean()
        upload = self.cleaned_data.get("file")
        if upload:
            try:
                self.cleaned_data["text"] = upload.read().decode("utf-8")
            except UnicodeDecodeError:
                self.add_error("file", "The file is not UTF-8 text. Save it as UTF-8 and choose it again.")
        if not self.errors and not self.cleaned_data.get("text", "").strip():
            self.add_error("file", "Choose a protocol file, or paste its text.")


@require_http_methods(["GET", "POST"])
def protocol(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    may_load = permissions.allowed(user, Permission.LOAD_PROTOCOL)
    form, faults, status = ProtocolForm(request.POST or None, request.FILES or None), [], 200
    if request.method == "POST":
        permissions.check(user, Permission.LOAD_PROTOCOL)
        status = 422
        if form.is_valid():
            try:
                protocols.load_protocol(form.cleaned_data["text"], by=user, at=clock.now())
            except BadProtocol as bad:
                faults = list(bad.faults)
            else:
                return redirect("protocol")
    versions = list(ProtocolVersion.objects.all())
    loaded = queries.read(versions[0]) if versions else None
    return render(
        request, "trials/protocol.html",
        {"form": form, "faults": faults, "versions": versions, "protocol": loaded, "may_load": may_load,
         "scheme": Scheme.objects.open().first(), "sees_scheme": permissions.allowed(user, Permission.SEE_SCHEME)},
        status=status,
    )  # fmt: skip
