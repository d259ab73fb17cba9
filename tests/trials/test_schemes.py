"""A scheme is drawn by one person and opened by another; whatever became of it is kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction

from tests.cast import open_randomisation
from tests.trials.allocating import SHELL, TEXT, allocated, load, manager, opened, staff
from trials import queries, streams
from trials.actions import schemes
from trials.actions.protocol import load_protocol
from trials.domain import randomisation
from trials.domain.protocol import Protocol
from trials.domain.randomisation.life import MOVES, Status, may_move, mermaid, status
from trials.domain.roles import Role
from trials.models import Allocation, Event, Scheme
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(at):
    """A statistician and a manager, the protocol loaded, nothing drawn."""
    load(at)
    return staff("stat", at, (Role.UNBLINDED_STATISTICIAN, None)), staff("man", at, (Role.MANAGER, None))


def refusal(step, **told) -> tuple[str, str]:
    with pytest.raises(Refused) as refused:
        step(**told)
    return refused.value.code, refused.value.sentence


def test_one_draws_another_opens_and_the_events_say_who(two, at):
    statistician, opener = two
    drawn = schemes.draw_scheme(by=statistician, at=at)
    assert (drawn.status, drawn.opened_at, drawn.approved_by) == (Status.DRAWN, None, "")
    scheme = schemes.approve_scheme(by=opener, at=at)
    kept = Scheme.objects.get()
    assert (kept, kept.status, kept.drawn_by, kept.approved_by, kept.opened_at) == (
        scheme, Status.OPEN, statistician.actor, opener.actor, at,
    )  # fmt: skip
    assert len(kept.code_digest) == 64
    assert [(e.verb, e.about, e.actor) for e in Event.objects.filter(about__startswith="scheme").order_by("pk")] == [
        ("scheme.drawn", "scheme:1", statistician.actor),
        ("scheme.opened", "scheme:1", opener.actor),
    ]


def test_the_digest_of_the_code_is_that_of_every_file_that_draws(two, at, tmp_path, monkeypatch):
    package, digest = tmp_path / "randomisation", streams.code_digest.__wrapped__
    shutil.copytree(Path(randomisation.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(streams.randomisation, "__file__", str(package / "__init__.py"))
    now = digest()
    assert schemes.draw_scheme(by=two[0], at=at).code_digest == now
    for path in package.glob("*.py"):
        whole = path.read_bytes()
        path.write_bytes(whole + b"\n")
        assert digest() != now, path.name
        path.write_bytes(whole)
    assert digest() == now
    (package / "drbg.py").rename(package / "drbg2.py")
    assert digest() != now


def test_an_allocation_keeps_the_digest_of_the_code_that_drew_it(at):
    scheme = opened(at)
    assert allocated("P-001", at).code_digest == Allocation.objects.get().code_digest == scheme.code_digest == streams.code_digest()


def test_nobody_does_both_and_no_machine_does_either(two, at):
    statistician, opener = two
    both = staff("both", at, (Role.UNBLINDED_STATISTICIAN, None), (Role.MANAGER, None))
    for stranger in (opener, SHELL, staff("c", at, (Role.COORDINATOR, "LIM"))):
        with pytest.raises(NotAllowed, match="Your role may not draw a randomisation scheme"):
            schemes.draw_scheme(by=stranger, at=at)
    schemes.draw_scheme(by=both, at=at)
    for stranger in (statistician, SHELL):
        with pytest.raises(NotAllowed, match="Your role may not open and close randomisation"):
            schemes.approve_scheme(by=stranger, at=at)
    assert refusal(schemes.approve_scheme, by=both, at=at) == (
        "same_person", "You drew this scheme yourself: another person approves it.",
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="scheme_needs_two_people"), transaction.atomic():
        Scheme.objects.update(approved_by=both.actor, opened_at=at)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"opened_at": True}, "scheme_opens_by_approval"),
        ({"approved_by": "user:0"}, "scheme_opens_by_approval"),
        ({"closed_at": True}, "only_an_open_scheme_closes"),
        ({"approved_by": "user:0", "opened_at": True, "discarded_at": True}, "only_a_drawn_scheme_is_discarded"),
    ],
)
def test_the_database_knows_no_other_life(two, at, change, constraint):
    schemes.draw_scheme(by=two[0], at=at)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Scheme.objects.update(**{key: at if value is True else value for key, value in change.items()})


def test_a_drawn_scheme_randomises_nobody(two, at):
    schemes.draw_scheme(by=two[0], at=at)
    assert refusal(allocated, trial_id="P-001", at=at) == (
        "randomisation_not_open", "Randomisation is not open yet: the trial manager approves the scheme.",
    )  # fmt: skip


def test_there_is_one_live_scheme(two, at):
    statistician, opener = two
    assert refusal(schemes.approve_scheme, by=opener, at=at)[0] == "not_drawn"
    assert refusal(schemes.close_scheme, reason="x", by=opener, at=at) == ("not_open", "Randomisation is not open.")
    schemes.draw_scheme(by=statistician, at=at)
    assert refusal(schemes.draw_scheme, by=statistician, at=at)[0] == "already_drawn"
    assert refusal(schemes.close_scheme, reason="x", by=opener, at=at)[0] == "not_open"
    schemes.approve_scheme(by=opener, at=at)
    for step, by in ((schemes.draw_scheme, statistician), (schemes.approve_scheme, opener)):
        assert refusal(step, by=by, at=at) == ("already_open", "Randomisation is open already.")
    assert refusal(schemes.discard_scheme, reason="x", by=opener, at=at)[0] == "already_open"


def test_a_drawn_scheme_is_discarded_with_a_reason_and_kept(two, at):
    statistician, opener = two
    for by in two:
        schemes.draw_scheme(by=statistician, at=at)
        assert refusal(schemes.discard_scheme, reason=" ", by=by, at=at)[0] == "no_reason"
        schemes.discard_scheme(reason="wrong block sizes", by=by, at=at)
    with pytest.raises(NotAllowed):
        schemes.discard_scheme(reason="x", by=staff("c", at, (Role.COORDINATOR, "LIM")), at=at)
    third = open_randomisation(at=at)
    assert [(s.version, s.status) for s in Scheme.objects.order_by("version")] == [(1, "discarded"), (2, "discarded"), (3, "open")]
    assert len({bytes(s.sealed_seed) for s in Scheme.objects.all()}) == third.version
    assert list(Event.objects.filter(verb="scheme.discarded").values_list("about", "reason").order_by("pk")) == [
        ("scheme:1", "wrong block sizes"), ("scheme:2", "wrong block sizes"),
    ]  # fmt: skip


def test_an_amended_allocation_is_drawn_anew(two, at, monkeypatch):
    statistician, opener = two
    schemes.draw_scheme(by=statistician, at=at)
    other = Protocol.allocation_table
    monkeypatch.setattr(Protocol, "allocation_table", lambda protocol: other(protocol) | {"multipliers": [4]})
    assert refusal(schemes.approve_scheme, by=opener, at=at)[0] == "protocol_amended"


def test_the_allocation_stands_while_a_scheme_is_drawn(two, at):
    schemes.draw_scheme(by=two[0], at=at)
    text = TEXT.replace('version = "1.0"', 'version = "1.1"', 1).replace("multipliers = [2, 3]", "multipliers = [3]")
    assert refusal(load_protocol, text=text, by=SHELL, at=at)[0] == "randomisation_begun"
    schemes.discard_scheme(reason="other blocks", by=two[0], at=at)
    load_protocol(text, by=SHELL, at=at)


def test_a_method_that_cannot_be_carried_out_is_refused_in_one_sentence(two, at, monkeypatch):
    assert queries.protocol_in_force().allocation.method == "permuted_blocks"
    monkeypatch.setattr(Protocol, "allocation_table", lambda protocol: {"method": "dice", "arms": {"A": 1, "B": 1}})
    with pytest.raises(Refused, match=r"^The protocol's allocation can't be carried out: method must be one of .*, not 'dice'\.$"):
        schemes.draw_scheme(by=two[0], at=at)


def test_closing_needs_the_manager_and_a_reason(two, at):
    opened_scheme = open_randomisation(at=at)
    with pytest.raises(NotAllowed):
        schemes.close_scheme(reason="x", by=two[0], at=at)
    assert refusal(schemes.close_scheme, reason="", by=two[1], at=at)[0] == "no_reason"
    assert schemes.close_scheme(reason="complete", by=two[1], at=at).status is Status.CLOSED
    assert Scheme.objects.get() == opened_scheme


def test_the_command_takes_both_steps_as_two_named_people(two, capsys):
    told = {"drawn_by": "stat", "approved_by": "man"}
    with pytest.raises(CommandError, match="Nobody on the staff has the user name nobody"):
        call_command("open_randomisation", **told | {"drawn_by": "nobody"})
    with pytest.raises(CommandError, match="Your role may not open and close randomisation"):
        call_command("open_randomisation", **told | {"approved_by": "stat"})
    assert not Scheme.objects.exists()
    call_command("open_randomisation", **told)
    assert capsys.readouterr().out == "Randomisation is open, scheme 1.\n"
    with pytest.raises(CommandError, match="Randomisation is open already"):
        call_command("open_randomisation", **told)


def test_the_table_of_moves_is_what_the_marks_can_say():
    lives = {
        (False, False, False): Status.DRAWN, (True, False, False): Status.OPEN, (True, True, False): Status.CLOSED,
        (False, False, True): Status.DISCARDED,
    }  # fmt: skip
    assert {status(opened=o, closed=c, discarded=d) for o, c, d in lives} == set(Status)
    assert {key: status(opened=key[0], closed=key[1], discarded=key[2]) for key in lives} == lives
    assert [pair for pair in ((a, b) for a in Status for b in Status) if may_move(*pair)] == [
        (Status.DRAWN, Status.OPEN), (Status.DRAWN, Status.DISCARDED), (Status.OPEN, Status.CLOSED),
    ]  # fmt: skip
    assert mermaid().count("-->") == 1 + len(MOVES)


def test_a_closed_scheme_opens_no_more(at):
    opened(at)
    schemes.close_scheme(reason="complete", by=manager(), at=at)
    with pytest.raises(IntegrityError, match="allocation_by_an_open_scheme|the scheme is not open"):
        _slip_in(at)


def _slip_in(at) -> None:
    from trials.models import Stratum, Unit

    scheme = Scheme.objects.get()
    stratum = Stratum.objects.create(scheme=scheme, key="x", sealed_state=b"x", sealed_dummy_state=b"x")
    unit = Unit.objects.create(trial_id="P-X", site=scheme.trial.sites.first())
    with transaction.atomic():
        Allocation.objects.create(
            unit=unit, scheme=scheme, stratum=stratum, seq=1, arm="RET", dummy_arm="RET", code="X", at=at, protocol_digest="0" * 64
        )
