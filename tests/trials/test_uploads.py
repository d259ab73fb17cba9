"""An uploaded list as a scheme: sealed as it arrives, approved by another person, committed to, replayed, and ended in a sentence."""

from __future__ import annotations

import io
import json
import logging

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection, transaction
from django.test import Client

from outcomes.queries.accrual import frozen
from tests import plugin
from tests.cast import LIMERICK, hire
from tests.trials.allocating import SHELL, WOMEN_AT_LIM, allocated, load, staff, unit
from trials import clock, queries, replay, streams
from trials.actions import allocation, envelopes, escrow, proof, schemes, strata
from trials.actions import staff as people
from trials.actions.protocol import load_protocol
from trials.domain.randomisation.commitment import read_line
from trials.domain.randomisation.strata import places_needed
from trials.domain.randomisation.uploaded_list import BadList, secret, unpack
from trials.domain.roles import Role
from trials.domain.statement import statement
from trials.models import Allocation, Attempt, Cap, Event, RowVersion, Scheme, Stratum
from trials.permissions import NotAllowed, Refused
from trials.statement import facts

TEXT = (
    LIMERICK.read_text()
    .replace('"permuted_blocks"', '"uploaded_list"')
    .replace("multipliers = [2, 3]", "")
    .replace("[allocation.parameters]", "")
)
KEY = "site=LIM|sex=F"


def listed(*, codes: bool = False, places: int = 44) -> str:
    """A good list: in each stratum R W W R R W ..., codes that are in no order."""
    rows = []
    for nth, key in enumerate(places_needed(queries.protocol_in_force())):
        for n in range(1, places + 1):
            arm = "RET" if n % 4 in (0, 1) else "WL"
            rows.append(f"{key},{n},{arm}" + (f",C{(nth * 1000 + n) * 7919 % 100003:06}" if codes else ""))
    return "\n".join([f"stratum,position,arm{',code' if codes else ''}", *rows, ""])


@pytest.fixture
def cast(db, at):
    load(at, TEXT)
    return hire(at=at)


def opened(cast, at, **told) -> Scheme:
    schemes.upload_list(listed(**told), by=cast.unblinded_statistician, at=at)
    return schemes.approve_scheme(by=cast.manager, at=at)


def refusal(step, **told) -> tuple[str, str]:
    with pytest.raises(Refused) as refused:
        step(**told)
    return refused.value.code, refused.value.sentence


def test_one_uploads_another_approves_and_people_get_the_places_in_order(cast, at):
    scheme = opened(cast, at)
    given = [allocated(f"P-{n:03}", at) for n in range(1, 6)]
    assert [a.arm for a in given] == ["RET", "WL", "WL", "RET", "RET"]
    assert [e.verb for e in Event.objects.filter(about="scheme:1").order_by("pk")] == ["scheme.uploaded", "scheme.opened"]
    assert (scheme.drawn_by, scheme.approved_by) == (cast.unblinded_statistician.actor, cast.manager.actor)
    assert Stratum.objects.get().last_seq == 44
    assert len({a.code for a in given}) == 5
    assert replay.faults() == []


def test_codes_of_the_list_are_those_of_the_allocations(cast, at):
    opened(cast, at, codes=True)
    given = [allocated(f"P-{n:03}", at).code for n in range(1, 4)]
    assert given == [f"C{n * 7919 % 100003:06}" for n in range(1, 4)]
    assert replay.faults() == []
    schemes.close_scheme(reason="Over", by=cast.manager, at=at)
    with pytest.raises(BadList, match="A code of the list was given to somebody before"):
        schemes.upload_list(listed(codes=True), by=cast.unblinded_statistician, at=at)


def test_only_who_draws_schemes_uploads_and_nobody_does_both(cast, at):
    for stranger in (cast.manager, cast.coordinator, cast.assessor, SHELL):
        with pytest.raises(NotAllowed):
            schemes.upload_list(listed(), by=stranger, at=at)
    assert refusal(schemes.draw_scheme, by=cast.unblinded_statistician, at=at)[0] == "list_awaited"
    schemes.upload_list(listed(), by=cast.unblinded_statistician, at=at)
    assert refusal(schemes.upload_list, text=listed(), by=cast.unblinded_statistician, at=at)[0] == "already_drawn"
    people.give_role(cast.unblinded_statistician, role="manager", site=None, by=cast.manager, at=at)
    both = type(cast.manager).objects.get(pk=cast.unblinded_statistician.pk)
    assert refusal(schemes.approve_scheme, by=both, at=at)[0] == "same_person"
    schemes.discard_scheme(reason="Another list", by=cast.manager, at=at)
    schemes.upload_list(listed(), by=cast.unblinded_statistician, at=at)
    assert Scheme.objects.count() == 2


def test_a_trial_that_draws_takes_no_list(db, at):
    load(at)
    cast = hire(at=at)
    assert refusal(schemes.upload_list, text="x", by=cast.unblinded_statistician, at=at)[0] == "no_list_awaited"


def test_each_stratum_needs_as_many_places_as_may_come_or_are_committed_to(cast):
    protocol = queries.protocol_in_force()
    assert set(places_needed(protocol).values()) == {44}
    capped = TEXT.replace("[allocation]\n", "[allocation]\nplaces = 3\n", 1)
    from trials.domain.protocol import load as read

    few = read(capped.replace('code = "LIM"', 'code = "LIM"\ncap = 25'))
    assert {key: n for key, n in places_needed(few).items() if "sex=F" in key} == {"site=LIM|sex=F": 25, "site=DUB|sex=F": 44}


def test_a_list_that_an_amendment_made_too_short_is_not_approved(cast, at):
    schemes.upload_list(listed(), by=cast.unblinded_statistician, at=at)
    amended = (
        TEXT.replace("sample_size = 44", "sample_size = 45").replace("target = 22", "target = 23").replace('version = "', 'version = "9', 1)
    )
    load_protocol(amended, reason="More people", by=cast.manager, at=at)
    assert refusal(schemes.approve_scheme, by=cast.manager, at=at)[0] == "list_too_short"
    schemes.discard_scheme(reason="Too short", by=cast.manager, at=at)
    schemes.upload_list(listed(places=45), by=cast.unblinded_statistician, at=at)
    assert schemes.approve_scheme(by=cast.manager, at=at).approved_by == cast.manager.actor


def test_nothing_of_the_list_stands_in_clear_anywhere(cast, at, caplog):
    """Codes stand for rows here: they occur nowhere else, so each would be found if the list were written down."""
    with caplog.at_level(logging.DEBUG):
        opened(cast, at, codes=True)
    codes = [row.rsplit(",", 1)[1] for row in listed(codes=True).splitlines()[1:]]
    kept = json.dumps([[str(v.old), str(v.new)] for v in RowVersion.objects.all()]) + str(
        [bytes(s.sealed_seed) for s in Scheme.objects.all()]
    )
    kept += str(list(Event.objects.values_list("detail", "reason", "about"))) + caplog.text
    assert [code for code in codes if code in kept or code.encode().hex() in kept] == []


def test_the_list_that_is_refused_leaves_nothing(cast, at):
    text = listed(places=43).replace("site=LIM|sex=M,7,WL", "site=LIM|sex=M,7,ZZ")
    with pytest.raises(BadList) as bad:
        schemes.upload_list(text, by=cast.unblinded_statistician, at=at)
    assert bad.value.faults == (
        f"Line {text.splitlines().index('site=LIM|sex=M,7,ZZ') + 1}: the arm is none of RET, WL.",
        *(
            f"{key}: it has 43 places and needs 44, as many as may come or are committed to."
            for key in places_needed(queries.protocol_in_force())
        ),
    )
    assert (Scheme.objects.count(), Event.objects.filter(verb="scheme.uploaded").count()) == (0, 0)


def test_a_text_with_half_a_character_is_not_utf8(cast, at):
    with pytest.raises(BadList, match="not UTF-8"):
        schemes.upload_list("stratum\ud800", by=cast.unblinded_statistician, at=at)


def test_the_end_of_the_list_is_one_clear_refusal_and_never_its_beginning(cast, at):
    opened(cast, at)
    Cap.objects.update(most=None)
    for n in range(1, 45):
        allocated(f"P-{n:03}", at)
    for n in (45, 46):
        code, sentence = refusal(allocation.allocate, unit=unit(f"P-{n:03}"), strata=WOMEN_AT_LIM, by=SHELL, at=at)
        assert (code, sentence) == (
            "list_ended",
            "Stratum site=LIM|sex=F: the uploaded list of this stratum has 44 places, and all are taken. Nobody more is randomised in it.",
        )
    assert (Allocation.objects.count(), Stratum.objects.get().next_seq) == (44, 45)
    assert replay.faults() == []
    with pytest.raises(IntegrityError, match="stratum_within_its_list"), transaction.atomic():
        Stratum.objects.update(next_seq=46)


def test_a_stratum_that_the_list_has_not_is_refused(cast, at):
    opened(cast, at)
    strange = (("site", "LIM"), ("sex", "Q"))
    assert refusal(allocation.allocate, unit=unit("P-001"), strata=strange, by=SHELL, at=at) == (
        "not_in_list", "The uploaded list has no stratum site=LIM|sex=Q.",
    )  # fmt: skip
    assert refusal(strata.close_stratum, stratum="site=LIM|sex=Q", reason="x", by=cast.manager, at=at)[0] == "no_stratum"
    assert strata.close_stratum(KEY, reason="x", by=cast.manager, at=at).last_seq == 44


def test_one_place_is_proved_by_the_published_line(cast, at):
    scheme = opened(cast, at)
    allocated("P-001", at)
    second = allocated("P-002", at)
    made = proof.prove_allocation(second.unit, by=SHELL, at=at)
    assert (made.arm, made.seq, made.root.hex()) == ("WL", 2, read_line(streams.line_of(scheme))["root"])


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE trials_allocation SET arm = 'RET' WHERE seq = 2", "the arm is not the one drawn"),
        ("UPDATE trials_allocation SET code = 'FORGED' WHERE seq = 2", "its code is not that of the list"),
        ("UPDATE trials_scheme SET sealed_seed = %(other)s", "the commitment is not that of its seed and configuration"),
        ("UPDATE trials_scheme SET sealed_seed = %(other)s", "the arm is not the one drawn"),
        ("UPDATE trials_scheme SET sealed_seed = %(empty)s", "the commitment is not that of its seed and configuration"),
        ("UPDATE trials_scheme SET sealed_seed = %(empty)s", "can't be replayed: the uploaded list has no stratum site=LIM|sex=F"),
        ("UPDATE trials_stratum SET next_seq = 2", "has 3 allocations and stands at place 2"),
    ],
    ids=["arm", "code", "another list", "arms of another list", "no list", "nothing to replay", "stratum"],
)
def test_tampering_is_found(committing, at, change, fault):
    load(at, TEXT)
    cast = hire(at=at)
    scheme = opened(cast, at, codes=True)
    for n in range(1, 4):
        allocated(f"P-{n:03}", at)
    assert replay.faults() == []
    arms = ("RET", "WL")
    places = unpack(streams.seed_of(scheme), arms)
    first, second, *rest = places[KEY]
    sealed = {}
    for name, held in (("other", {**places, KEY: (second, first, *rest)}), ("empty", {})):
        changed = Scheme(version=scheme.version)
        streams.seal_seed(changed, secret(streams.seed_of(scheme), held, arms))
        sealed[name] = changed.sealed_seed
    with psycopg.connect(plugin.with_name(plugin.OWNER_URL, committing)) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute(change, sealed)
    assert fault in [f.what for f in replay.faults()]


def test_the_report_says_where_the_list_came_from(cast, at):
    opened(cast, at)
    said = " ".join(sentence.text for sentence in statement(facts(), details=True))
    assert "is a list that an independent statistician made outside Uplift. The unblinded statistician uploaded it on 2026-03-02" in said
    assert "Uplift generated the sequence" not in said
    assert "it stood nowhere" not in said


def test_a_list_is_not_told_in_shares_and_no_seed_is_taken_for_it(cast, at):
    opened(cast, at)
    for nth in range(3):
        keeper = staff(f"keeper{nth}", at, (Role.MONITOR, None))
        assert keeper.pk
    keepers = list(type(cast.manager).objects.filter(username__startswith="keeper"))
    code, sentence = refusal(escrow.issue_shares, keepers=keepers, by=cast.manager, at=at)
    assert (code, "told in shares" in sentence) == ("list_kept_elsewhere", True)
    assert refusal(escrow._committed_to, seed=bytes(48))[0] == "bad_share"


def test_a_list_has_no_backup_envelopes(db, at):
    load(at, TEXT.replace("[allocation]\n", "[allocation]\nenvelopes = 3\n", 1))
    cast = hire(at=at)
    opened(cast, at)
    assert refusal(envelopes._print, site=cast.first, by=cast.unblinded_statistician, at=at)[0] == "not_beforehand"


def test_the_pages_of_safe_keeping_and_envelopes_say_beforehand_that_a_list_has_neither(client, cast, at):
    opened(cast, at)
    envelope_page, keeping = (client.get(f"/randomisation/{page}/").content.decode() for page in ("envelopes", "escrow"))
    assert "The arms stand in an uploaded list, which has no envelopes" in envelope_page
    assert "who made the list keeps it, and it is not told in shares" in keeping
    client.force_login(cast.manager)
    for page in (keeping, client.get("/randomisation/escrow/").content.decode()):
        assert [words for words in ("Issue three shares", "Restore the seed", "No shares yet") if words in page] == []


def test_what_was_not_drawn_here_is_not_redrawn_for_a_test(cast, at, tmp_path):
    opened(cast, at)
    allocated("P-001", at)
    told = {"cut_at": at, "visit": "week8", "instrument": "phq9", "adjusted": False, "side": "two_sided", "viewer": SHELL}
    with pytest.raises(Refused, match="^Arms came from an uploaded list: only who made it can draw it again"):
        frozen(tmp_path, queries.protocol_in_force(), **told)


@pytest.fixture
def client(cast, at, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: at)
    client = Client()
    client.force_login(cast.unblinded_statistician)
    return client


def test_the_page_takes_a_file_shows_every_fault_and_no_row(client, cast):
    page = client.get("/randomisation/").content.decode()
    assert ("Upload the list" in page, "Draw scheme" in page, "Try out a design" in page) == (True, False, False)
    assert "uploads the list; then the trial manager" in page
    needs = client.get("/randomisation/upload-list/").content.decode()
    assert (KEY.replace("|", "|") in needs, ">44<" in needs) == (True, True)
    assert client.post("/randomisation/upload-list/", {}).status_code == 422
    bad = SimpleUploadedFile(
        "list.csv", listed(codes=True).replace(f"{KEY},2,WL", f"{KEY},1,WL").replace(f"{KEY},9,RET", f"{KEY},9,WHO").encode()
    )
    refused = client.post("/randomisation/upload-list/", {"file": bad})
    text = refused.content.decode()
    assert (refused.status_code, "The list has 3 faults" in text, "position 2 is missing" in text) == (422, True, True)
    assert not {"WHO", f"C{7919:06}"} & set(text.replace("<", " ").replace(">", " ").split())
    done = client.post("/randomisation/upload-list/", {"file": SimpleUploadedFile("list.csv", listed().encode())}, follow=True)
    assert (done.status_code, "Waits for approval" in done.content.decode(), "uplift-randomisation-1" in done.content.decode()) == (
        200,
        True,
        True,
    )


def test_the_design_page_begins_with_a_method_that_can_be_tried(client):
    assert client.get("/randomisation/design/").status_code == 200


def test_the_door_refuses_a_bad_list_whole_and_seals_a_good_one(cast, at, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: at)
    token = people.make_token(cast.unblinded_statistician, name="t", by=cast.unblinded_statistician, at=at)[1]

    def post(text: str):
        headers = {"Authorization": f"Bearer {token}"}
        return Client().post("/api/v1/randomisation/upload-list/", {"text": text}, content_type="application/json", headers=headers)

    bad = post(listed().replace(f"{KEY},2,WL\n", ""))
    assert (bad.status_code, bad.json()) == (422, {"code": "bad_list", "detail": f"{KEY}: position 2 is missing."})
    good = post(listed())
    assert (good.status_code, good.json()["status"]) == (200, "drawn")
    assert set(good.json()) == {
        "version", "status", "protocol_digest", "code_digest", "drawn_at", "opened_at", "closed_at", "discarded_at", "published",
    }  # fmt: skip


def test_the_command_names_who_uploads(cast, at, tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: at)
    path = tmp_path / "list.csv"
    path.write_text(listed().replace(f"{KEY},2,WL\n", ""))
    for told, sentence in (
        ((path, "nobody"), "Nobody on the staff has the user name nobody."),
        ((tmp_path / "none.csv", "unblinded_statistician"), "The file can't be read: No such file or directory."),
        ((path, "unblinded_statistician"), f"{KEY}: position 2 is missing."),
        ((path, "manager"), "Your role may not draw a randomisation scheme."),
    ):
        with pytest.raises(CommandError) as failed:
            call_command("upload_list", str(told[0]), uploaded_by=told[1])
        assert str(failed.value) == sentence
    path.write_text(listed())
    said = io.StringIO()
    call_command("upload_list", str(path), uploaded_by="unblinded_statistician", stdout=said)
    assert said.getvalue().splitlines() == [
        "The list is sealed as scheme 1: the trial manager approves it. Delete the file.", streams.line_of(Scheme.objects.get()),
    ]  # fmt: skip
    assert (Attempt.objects.count(), connection.in_atomic_block) == (0, True)
