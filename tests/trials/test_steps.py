"""A step of the trial: all or nothing, a step within it shares its transaction and its words."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from tests.cast import SHELL
from trials import audit
from trials.audit import action
from trials.models import Event, RowVersion, Trial
from trials.permissions import Refused

pytestmark = pytest.mark.django_db


@action
def told(*, by, at, reason="", refused=False):
    """Keeps a fact, and is refused afterwards if so asked."""
    audit.record("tried.inner", about="trial", by=by, at=at)
    if refused:
        raise Refused("Not so.")


def reasons() -> list[str]:
    return list(RowVersion.objects.filter(table_name="trials_trial").order_by("pk").values_list("reason", flat=True))


def test_who_goes_on_after_a_refusal_within_without_taking_it_back_is_stopped(trial, at) -> None:
    @action
    def goes_on(*, by, at):
        with pytest.raises(Refused):
            told(by=by, at=at, refused=True)
        audit.record("tried.outer", about="trial", by=by, at=at)

    with pytest.raises(TransactionManagementError):
        goes_on(by=SHELL, at=at)
    assert not Event.objects.filter(verb__startswith="tried.").exists()


def test_who_takes_it_back_goes_on_with_its_own_words(trial, at) -> None:
    @action
    def goes_on(*, by, at, reason):
        with pytest.raises(Refused), transaction.atomic():
            told(by=by, at=at, reason="Within", refused=True)
        Trial.objects.update(title="After the refusal")
        told(by=by, at=at, reason="Within")
        Trial.objects.update(title="After the step within")

    before = len(reasons())
    goes_on(by=SHELL, at=at, reason="Around")
    assert reasons()[before:] == ["Around", "Around"]
    assert Event.objects.filter(verb="tried.inner").count() == 1
