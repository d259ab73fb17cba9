"""What was published binds every arm: a replay finds each kind of change, and one place is proved without showing another."""

from __future__ import annotations

import json
from io import StringIO

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from tests import plugin
from tests.trials.allocating import MEN_AT_LIM, SHELL, TEXT, WOMEN_AT_LIM, allocated, expected, load, opened, unit
from trials import streams
from trials.actions import proof
from trials.domain.randomisation.commitment import read_line, read_proof
from trials.models import Allocation, Event, Scheme
from trials.permissions import Refused

MINIMISING = TEXT.replace('method = "permuted_blocks"', 'method = "minimisation"').replace("multipliers = [2, 3]", 'p = "4/5"')
PEOPLE = [WOMEN_AT_LIM, MEN_AT_LIM, WOMEN_AT_LIM, WOMEN_AT_LIM, MEN_AT_LIM, WOMEN_AT_LIM]


def verified(*options: str) -> tuple[int, str]:
    said = StringIO()
    try:
        call_command("verify_randomisation", *options, stdout=said, stderr=said)
    except SystemExit as stopped:
        return int(str(stopped.code)), said.getvalue()
    return 0, said.getvalue()


def allocate_some(at) -> list[Allocation]:
    return [allocated(f"P-{n:03}", at, strata=strata) for n, strata in enumerate(PEOPLE, start=1)]


@pytest.mark.parametrize("text", [TEXT, MINIMISING], ids=["blocks", "minimisation"])
def test_what_was_drawn_here_is_verified_whole(db, at, text):
    opened(at, text)
    allocate_some(at)
    assert verified() == (0, "1 schemes, 6 allocations: every arm is the one that the sealed seeds stand for.\n")
    assert Event.objects.get(verb="randomisation.verified").detail == {"faults": 0}


def owner() -> psycopg.Connection:
    """Whoever owns the tables, with every trigger off."""
    made = psycopg.connect(plugin.with_name(plugin.OWNER_URL, connection.settings_dict["NAME"]), autocommit=True)
    made.execute("SET session_replication_role = replica")
    return made


OTHER_ARM = "CASE arm WHEN 'RET' THEN 'WL' ELSE 'RET' END"
TAMPERED = {
    "an arm": (f"UPDATE trials_allocation SET arm = {OTHER_ARM} WHERE seq = 2 AND stratum_key LIKE '%F'", "P-003: the arm is not the one drawn"),
    "a sham arm": ("UPDATE trials_allocation SET dummy_arm = 'XX' WHERE seq = 2 AND stratum_key LIKE '%F'", "P-003: the dummy arm is not the one drawn"),
    "a moment": ("UPDATE trials_allocation SET at = at + interval '1 minute' WHERE seq = 1 AND stratum_key LIKE '%M'", "P-002: was changed"),
    "who it was": (
        "UPDATE trials_allocation SET unit_id = (SELECT id FROM trials_unit WHERE trial_id = 'P-SPARE') WHERE seq = 1 AND stratum_key LIKE '%M'",
        "P-SPARE: was changed",
    ),
    "a code": ("UPDATE trials_allocation SET code = 'X' WHERE seq = 1 AND stratum_key LIKE '%M'", "P-002: was changed"),
    "the factors": ("""UPDATE trials_allocation SET factors = '{"site": "LIM", "sex": "X"}' WHERE seq = 1 AND stratum_key LIKE '%M'""", "P-002: its factors"),
    "a digest": (f"UPDATE trials_allocation SET hash = '{'1' * 64}' WHERE seq = 1 AND stratum_key LIKE '%M'", "P-002: was changed"),
    "the digest before": (f"UPDATE trials_allocation SET previous_hash = '{'1' * 64}' WHERE seq = 2 AND stratum_key LIKE '%M'", "P-005: does not carry"),
    "the record of the draw": ("UPDATE trials_allocation SET sealed_draw = 'x' WHERE seq = 1 AND stratum_key LIKE '%M'", "P-002: the sealed record"),
    "one left out": ("DELETE FROM trials_allocation WHERE seq = 2 AND stratum_key LIKE '%F'", "stands at place 3 of site=LIM|sex=F where 2 is next"),
    "the last one left out": ("DELETE FROM trials_allocation WHERE seq = 4", "stratum site=LIM|sex=F: has 3 allocations and stands at place 5"),
    "the place": ("UPDATE trials_stratum SET next_seq = 9 WHERE key LIKE '%M'", "stratum site=LIM|sex=M: has 2 allocations and stands at place 9"),
    "the last digest": ("UPDATE trials_stratum SET last_hash = 'x' WHERE key LIKE '%M'", "stratum site=LIM|sex=M: keeps another digest"),
    "the state": ("UPDATE trials_stratum SET sealed_state = 'x' WHERE key LIKE '%M'", "stratum site=LIM|sex=M: the sealed state"),
    "the state of the sham": ("UPDATE trials_stratum SET sealed_dummy_state = sealed_state WHERE key LIKE '%M'", "sex=M: the sealed state"),
    "the commitment": (f"UPDATE trials_scheme SET commitment = '{'1' * 64}'", "scheme 1: the commitment is not that of its seed"),
    "the configuration": ("""UPDATE trials_scheme SET "table" = jsonb_set("table", '{multipliers}', '[1]')""", "scheme 1: the commitment is not that of its seed"),
    "the seed": ("UPDATE trials_scheme SET sealed_seed = 'x'", "scheme 1: trials_scheme|1|seed does not hold sealed bytes"),
    "the count of the trial": ("UPDATE trials_cap SET given = 5 WHERE site_id IS NULL", "the trial: counts 5 randomised where 6 are"),
    "the count of a site": ("UPDATE trials_cap SET given = 5 WHERE site_id IS NOT NULL AND given = 6", "site LIM: counts 5 randomised where 6 are"),
    "what was told": (
        "WITH a AS (INSERT INTO trials_attempt (unit_id, actor, at, body_digest, recorded_at) SELECT id, 'user:1', now(), '', now() "
        "FROM trials_unit WHERE trial_id = 'P-SPARE' RETURNING id) INSERT INTO trials_attemptoutcome (attempt_id, kind, code, at) "
        "SELECT id, 'given', '', now() FROM a",
        "P-SPARE: was given an arm that is gone",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def drawn(django_db_blocker):
    """A database of its own with six people randomised; each test tampers with a copy of it."""
    from tests.conftest import AT
    from tests.house.lived import standing_in

    name = plugin.clone("proof")
    with django_db_blocker.unblock(), standing_in(name):
        opened(AT)
        allocate_some(AT)
        unit("P-SPARE")
    yield name
    plugin.drop(name)


@pytest.mark.parametrize("what", TAMPERED)
def test_every_kind_of_change_is_found(drawn, django_db_blocker, what):
    from tests.house.lived import standing_in

    change, said = TAMPERED[what]
    name = plugin.clone("tampered", of=drawn)
    try:
        with django_db_blocker.unblock(), standing_in(name):
            with owner() as tamperer:
                assert tamperer.execute(change).rowcount > 0
            code, told = verified()
            assert code == 1
            assert said in told
            assert "RET" not in told
            assert "WL" not in told
    finally:
        plugin.drop(name)


@pytest.mark.parametrize("text", [TEXT, MINIMISING], ids=["blocks", "minimisation"])
def test_an_arm_that_no_scheme_has_is_a_fault_and_stops_nothing(committing, at, text):
    opened(at, text)
    allocate_some(at)
    with owner() as tamperer:
        tamperer.execute("UPDATE trials_allocation SET arm = 'NONE' WHERE seq = 2")
    code, told = verified()
    assert code == 1
    assert "the arm is not the one drawn" in told


def test_arms_are_told_only_where_asked(drawn, django_db_blocker):
    from tests.house.lived import standing_in

    name = plugin.clone("tampered", of=drawn)
    try:
        with django_db_blocker.unblock(), standing_in(name):
            with owner() as tamperer:
                tamperer.execute(TAMPERED["an arm"][0])
            first = expected(Scheme.objects.get(), "site=LIM|sex=F", 2)[1]
            assert f", drawn {first})" in verified("--arms")[1]
    finally:
        plugin.drop(name)


def test_kept_marginal_counts_that_are_wrong_are_found(db, at):
    scheme = opened(at, MINIMISING)
    allocate_some(at)
    stratum = scheme.strata.get()
    state, dummy = streams.opened(stratum)
    counts = (state.memory[0] + 1, *state.memory[1:])
    streams.close(stratum, type(state)(state.drbg, counts), dummy)
    stratum.save(update_fields=["sealed_state", "sealed_dummy_state"])
    code, told = verified()
    assert (code, "stratum all: the kept marginal counts are not those of a recount" in told) == (1, True)


def test_one_place_is_proved_without_showing_another_and_without_a_database(db, at, tmp_path, capsys):
    scheme = opened(at)
    arms = allocate_some(at)
    said = StringIO()
    call_command("prove_allocation", "P-003", stdout=said)
    told = json.loads(said.getvalue())
    assert (told["stratum"], told["seq"], told["arm"]) == ("site=LIM|sex=F", 2, arms[2].arm)
    assert read_proof(told).root.hex() == scheme.commitment
    assert Event.objects.get(verb="allocation.proved").about == "P-003"
    file, published = tmp_path / "proof.json", streams.line_of(scheme)
    file.write_text(said.getvalue())
    assert read_line(published)["root"] == scheme.commitment
    checked = StringIO()
    call_command("check_proof", str(file), published, stdout=checked)
    assert checked.getvalue() == f"Place 2 of site=LIM|sex=F in scheme LIMERICK-1 is {arms[2].arm}: fixed by the published line.\n"
    other = {"RET": "WL", "WL": "RET"}[arms[2].arm]
    file.write_text(json.dumps(told | {"arm": other}))
    with pytest.raises(CommandError, match="does not lead to the published root"):
        call_command("check_proof", str(file), published)
    for spoiled, line in ((b"{", published), (b"[]", published), (said.getvalue().encode(), "hello")):
        file.write_bytes(spoiled)
        with pytest.raises(CommandError, match="can't be checked"):
            call_command("check_proof", str(file), line)
    with pytest.raises(CommandError, match="can't be read"):
        call_command("check_proof", str(tmp_path / "none.json"), published)


def test_what_can_not_be_proved_by_itself_is_refused(db, at):
    with pytest.raises(CommandError, match="Nobody has the trial id P-001"):
        call_command("prove_allocation", "P-001")
    opened(at, TEXT.replace("places = 30", "places = 1"))
    allocate_some(at)
    with pytest.raises(Refused, match="P-100 was not randomised here"):
        proof.prove_allocation(unit("P-100"), by=SHELL, at=at)
    with pytest.raises(CommandError, match="P-003 can't be proved by itself: the commitment does not cover place 2 of site=LIM"):
        call_command("prove_allocation", "P-003")


def test_minimisation_is_replayed_whole(db, at):
    opened(at, MINIMISING)
    allocated("P-001", at)
    with pytest.raises(CommandError, match="its method looks at who comes, so all are replayed by verify_randomisation"):
        call_command("prove_allocation", "P-001")


def test_the_line_is_fixed_before_anybody_comes(db, at):
    scheme = opened(at)
    before = streams.line_of(scheme)
    assert Event.objects.get(verb="scheme.drawn").detail == {"published": before}
    assert streams.commitment_of(scheme, streams.seed_of(scheme)).root.hex() == read_line(before)["root"]
    allocate_some(at)
    assert streams.line_of(Scheme.objects.get()) == before


def test_an_empty_trial_has_nothing_to_find(db, at):
    load(at)
    assert verified()[0] == 0
