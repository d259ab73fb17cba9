"""The statement over real records: roles from memberships, counts from the audit, details only for those who may and when they may."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client

from tests.outcomes.conftest import randomise_somebody
from trials import audit, statement
from trials.actions import schemes
from trials.actions import staff as office
from trials.actors import Machine
from trials.domain.roles import Role
from trials.domain.statement import paragraphs
from trials.domain.statement import statement as told
from trials.models import Event, Scheme

pytestmark = pytest.mark.django_db

SHELL = Machine("shell")
BLOCKS = "Blocks had 4 or 6 places"


@pytest.fixture
def opened(cast, at):  # type: ignore[no-untyped-def]
    """Drawn and approved by the two whose part it is; two people randomised at Limerick."""
    schemes.draw_scheme(by=cast.unblinded_statistician, at=at)
    schemes.approve_scheme(by=cast.manager, at=at + timedelta(days=1))
    for hour in (25, 27):
        randomise_somebody(cast.first, by=cast.coordinator, at=at + timedelta(hours=hour))
    return cast


def page(user, address: str = "/randomisation/described/"):  # type: ignore[no-untyped-def]
    client = Client()
    client.force_login(user)
    return client.get(address)


def test_the_facts_are_those_of_the_records(opened) -> None:
    found = statement.facts()
    (scheme,) = found.schemes
    assert (scheme.drawn_by, scheme.approved_by) == ("the unblinded statistician", "the trial manager")
    assert (str(scheme.drawn_on), str(scheme.opened_on), scheme.closed_on) == ("2026-03-02", "2026-03-03", None)
    assert (scheme.allocations, found.imported, found.enrolled, found.assigned, found.both, found.rewritten) == (2, 0, 1, 1, 0, 0)
    assert (found.enrolling_roles, found.may_draw, found.unsealed) == (("coordinator",), (), ())
    assert (found.attempts, found.refused, found.broken_off) == (2, 0, 0)
    assert found.events == Event.objects.count()
    assert list(scheme.table["factors"]) == ["site", "sex"]


def test_whoever_both_drew_and_enrolled_is_counted(opened, at) -> None:
    later = at + timedelta(days=2)
    office.give_role(opened.unblinded_statistician, role=Role.COORDINATOR, site=opened.first, by=SHELL, at=later)
    audit.record("unit.allocated", about="P-000", by=opened.unblinded_statistician, at=later)
    assert (statement.facts().assigned, statement.facts().both) == (2, 1)
    audit.record("unit.allocated", about="P-000", by=SHELL, at=later)
    assert statement.facts().assigned == 2


@pytest.mark.parametrize(
    "verb",
    ["randomisation.verified", "allocation.proved", "escrow.issued", "escrow.share_read", "escrow.restored", "envelopes.printed"],
)
def test_whatever_opened_a_seed_is_told(opened, at, verb) -> None:
    audit.record(verb, about="x", by=SHELL, at=at + timedelta(days=9))
    audit.record("scheme.closed", about="x", by=SHELL, at=at + timedelta(days=9))
    assert [(told, str(day)) for told, day in statement.facts().unsealed] == [(verb, "2026-03-11")]


@pytest.mark.parametrize(("actor", "words"), [("machine:shell", "a command on the server"), ("user:{coordinator}", "a member of staff")])
def test_who_drew_is_told_by_role_at_that_time_and_never_by_name(opened, at, actor, words) -> None:
    first = Scheme.objects.get()
    Scheme.objects.create(
        trial=first.trial, version=2, table=first.table, protocol_digest=first.protocol_digest, sealed_seed=b"", approved_by="machine:office",
        drawn_by=actor.format(coordinator=opened.coordinator.pk), drawn_at=at, opened_at=at, closed_at=at,
    )  # fmt: skip
    assert statement.facts().schemes[1].drawn_by == words
    everything = " ".join(paragraphs(told(statement.facts(), details=True)).values())
    assert all(str(user) not in everything for user in (opened.coordinator, opened.manager))


@pytest.mark.parametrize("role", ["unblinded_statistician", "manager"])
def test_details_stand_apart_until_randomisation_is_closed(opened, at, role) -> None:
    text = page(getattr(opened, role)).content.decode()
    before, later = text.split("Not before randomisation is closed")
    assert "is not told while randomisation is open" in before
    assert BLOCKS not in before
    assert BLOCKS in later
    schemes.close_scheme(reason="Full", by=opened.manager, at=at + timedelta(days=90))
    closed = page(getattr(opened, role)).content.decode()
    assert BLOCKS in closed
    assert "Not before" not in closed


@pytest.mark.parametrize("role", ["coordinator", "trainer", "assessor", "blinded_statistician", "pi", "safety_clinician", "monitor"])
def test_nobody_else_reads_it(opened, role) -> None:
    refused = page(getattr(opened, role))
    assert refused.status_code == 403
    assert BLOCKS not in refused.content.decode()
    assert "Describe for the report" not in page(getattr(opened, role), "/randomisation/").content.decode()


def test_the_randomisation_page_leads_there(opened) -> None:
    assert "/randomisation/described/" in page(opened.manager, "/randomisation/").content.decode()


def test_before_any_scheme_it_says_so(cast) -> None:
    text = page(cast.manager).content.decode()
    assert "No scheme of randomisation has been opened." in text
    assert "Not before" not in text


def test_the_command_keeps_details_until_closing(opened, at) -> None:
    assert BLOCKS not in run()
    assert run().startswith("17a Who generated the sequence, and how\nThe scheme was drawn on 2026-03-02 by the unblinded statistician")
    schemes.close_scheme(reason="Full", by=opened.manager, at=at + timedelta(days=90))
    assert BLOCKS in run()
    assert "[scheme 1, table]" in run("--records")
    assert {"item": "17b", "text": "Randomisation was by permuted blocks.", "record": "scheme 1, table"} in json.loads(run("--json"))


def run(*options: str) -> str:
    out = io.StringIO()
    call_command("describe_randomisation", *options, stdout=out)
    return out.getvalue()
