"""The seed in safe keeping: who keeps a share, the one time it is shown, and bringing the seed back."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from trials import clock, permissions, queries, streams
from trials.actions import escrow
from trials.domain.roles import Permission
from trials.escrow import numbered
from trials.models import EscrowShare, Scheme, User
from trials.pages.confirm import confirmed

HERE = "/randomisation/escrow/"
HIDDEN_TEXT = {"rows": 6, "autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}


class Unshown(forms.Textarea):
    """What was typed is not sent back to a browser, as with a password."""

    def format_value(self, value: Any) -> None:
        return None


def _password(label: str, *, autocomplete: str = "current-password") -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=256, strip=False, widget=widget)


def _share(label: str) -> forms.CharField:
    hint = "Its 46 words in order; numbers and line breaks don't matter."
    return forms.CharField(label=label, max_length=2000, help_text=hint, widget=Unshown(attrs=HIDDEN_TEXT))


class KeepersForm(forms.Form):
    first = forms.ModelChoiceField(User.objects.none(), label="Keeper of share 1")
    second = forms.ModelChoiceField(User.objects.none(), label="Keeper of share 2")
    third = forms.ModelChoiceField(User.objects.none(), label="Keeper of share 3")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        at = clock.now()
        able = [user.pk for user in User.objects.filter(is_active=True) if escrow.may_keep(user, at)]
        for field in self.fields.values():
            cast(Any, field).queryset = User.objects.filter(pk__in=able).order_by("name")


class PasswordForm(forms.Form):
    password = _password("Your password, again")


class RestoreForm(forms.Form):
    first_share = _share("First share")
    second_share = _share("Second share")
    password = _password("Your password, again")
    colleague = forms.CharField(
        label="User name of the second person", max_length=60, help_text="They stand beside you and type their password."
    )
    colleague_password = _password("Password of the second person", autocomplete="off")


@require_safe
def safe_keeping(request: HttpRequest) -> HttpResponse:
    """Who keeps a share of the seed in sight and whether they have read it, for keepers and for those who draw or open schemes."""
    user = cast(User, request.user)
    escrow.check_may_restore(user)
    scheme = Scheme.objects.exclude(opened_at=None).order_by("-version").first()
    issue = scheme.escrows.order_by("-issue").first() if scheme else None
    shares = list(issue.shares.select_related("keeper", "reading").order_by("number")) if issue else []
    restores = list(scheme.restores.select_related("restored_by", "restored_with").order_by("-at")) if scheme else []
    listed = scheme is not None and streams.is_uploaded(scheme)
    context = {
        "scheme": scheme,
        "issue": issue,
        "issued_by": queries.names_of([issue.issued_by])[issue.issued_by] if issue else "",
        "shares": shares,
        "mine": next((share for share in shares if share.keeper == user), None),
        "restores": restores,
        "listed": listed,
        "may_issue": permissions.allowed(user, Permission.OPEN_SCHEME) and bool(scheme and scheme.commitment) and not listed,
    }
    return render(request, "trials/safe_keeping.html", context)


@require_http_methods(["GET", "POST"])
def issue_shares(request: HttpRequest) -> HttpResponse:
    permissions.check(cast(User, request.user), Permission.OPEN_SCHEME)
    form, user = KeepersForm(request.POST or None), cast(User, request.user)

    def step(given: dict[str, Any]) -> str:
        escrow.issue_shares([given["first"], given["second"], given["third"]], by=user, at=clock.now())
        return HERE

    effects = [
        "Each keeper logs in, reads their own share once and keeps it on paper, apart from the others.",
        "Any two shares bring the seed back; one tells nothing. Shares of an earlier issue are outdated: have them destroyed.",
    ]
    return confirmed(request, form, step, heading="Issue three shares", back=HERE, effects=effects)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def read_share(request: HttpRequest) -> HttpResponse:
    """For its keeper alone. Answers the POST itself: there is no address at which the share could be read again."""
    kept = EscrowShare.objects.select_related("escrow__scheme", "keeper").filter(keeper=cast(User, request.user))
    share = kept.order_by("-escrow__scheme__version", "-escrow__issue").first()
    if share is None:
        raise Http404
    form = PasswordForm(request.POST or None)

    def step(given: dict[str, Any]) -> HttpResponse:
        told = escrow.read_share(share, **given, by=cast(User, request.user), at=clock.now())
        return render(request, "trials/share.html", {"share": share, "words": numbered(told)})

    effects = [
        "Your share is shown once: be where you can print it or write it down, with nobody looking on.",
        "Keep the paper locked away, never in a computer, and give it to no other keeper before a seed is restored.",
    ]
    return confirmed(request, form, step, heading=f"Read share {share.number}", back=HERE, effects=effects)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def restore_seed(request: HttpRequest) -> HttpResponse:
    """A form that comes back empty: no share is ever sent to a browser again."""
    user = cast(User, request.user)
    escrow.check_may_restore(user)
    form = RestoreForm(request.POST or None)

    def step(given: dict[str, Any]) -> str:
        escrow.restore_seed(**given, by=user, at=clock.now())
        return HERE

    effects = ["The seed is checked against the published commitment and sealed with today's key. Nobody is shown it."]
    return confirmed(request, form, step, heading="Restore the seed", back=HERE, effects=effects)
