"""The seed in safe keeping: issued to three keepers, read once each, and brought back by two people when the key is lost."""

from __future__ import annotations

import io
import logging

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from tests.cast import PASSWORD
from tests.trials.allocating import MEN_AT_LIM, TEXT, WOMEN_AT_LIM, allocated, opened, staff
from tests.trials.test_proof import MINIMISING, verified
from trials import clock, statement, streams
from trials.actions import escrow, schemes
from trials.domain.roles import Role
from trials.models import Escrow, EscrowShare, Event, Scheme, SeedRestore, Stratum, User
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db
PAGE = "/randomisation/escrow/"
KEEPERS = (Role.MANAGER, Role.PI, Role.MONITOR)


@pytest.fixture(autouse=True)
def own_secrets(tmp_path, settings):
    """Keys of the test's own, so that one can be lost."""
    settings.UPLIFT_SECRETS = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    (tmp_path / "seed.key").write_text("11" * 32)
    (tmp_path / "identity.key").write_text("33" * 32)


def lose_the_key(folder) -> None:
    (folder / "seed.key").unlink()
    call_command("make_keys", "--new-seed", stdout=io.StringIO())


def people(at) -> list[User]:
    found = [staff(f"keeper{number}", at, (role, None)) for number, role in enumerate(KEEPERS, start=1)]
    for keeper in found:
        keeper.set_password(PASSWORD)
        keeper.save()
    return found


@pytest.fixture
def keepers(at) -> list[User]:
    opened(at)
    return people(at)


def issue(keepers, at) -> list[str]:
    """Issued and read by each: three shares on paper."""
    made = escrow.issue_shares(keepers, by=keepers[0], at=at)
    return [escrow.read_share(s, password=PASSWORD, by=k, at=at) for s, k in zip(made.shares.order_by("number"), keepers, strict=True)]


def restore(first, second, keepers, at, **told):
    given = {"password": PASSWORD, "colleague": "keeper2", "colleague_password": PASSWORD, "by": keepers[0], "at": at} | told
    return escrow.restore_seed(first, second, **given)


def refusal(step, *given, **told) -> tuple[str, str]:
    with pytest.raises(Refused) as refused:
        step(*given, **told)
    return refused.value.code, refused.value.sentence


@pytest.mark.parametrize("text", [TEXT, MINIMISING], ids=["blocks", "minimisation"])
def test_two_shares_bring_the_seed_back_after_the_key_is_lost_and_the_next_arms_are_the_same(at, tmp_path, text):
    scheme = opened(at, text)
    keepers = people(at)
    seed = streams.seed_of(scheme)
    shares = issue(keepers, at)
    for number, strata in enumerate([WOMEN_AT_LIM, MEN_AT_LIM, WOMEN_AT_LIM]):
        allocated(f"P-{number}", at, strata=strata)
    before = [streams.opened(s) for s in Stratum.objects.order_by("key")]
    lose_the_key(tmp_path)
    assert verified()[0] == 1
    assert refusal(escrow.issue_shares, keepers, by=keepers[0], at=at)[0] == "sealed"
    restored = restore(shares[2], shares[0], keepers, at)
    assert (restored.first_share, restored.second_share, restored.restored_by, restored.restored_with) == (1, 3, keepers[0], keepers[1])
    assert streams.seed_of(Scheme.objects.get()) == seed
    assert [streams.opened(s) for s in Stratum.objects.order_by("key")] == before
    assert verified() == (0, "1 schemes, 3 allocations: every arm is the one that the sealed seeds stand for.\n")
    allocated("P-NEXT", at)
    assert verified()[0] == 0
    assert Event.objects.get(verb="escrow.restored").detail == {"with": keepers[1].actor, "shares": [1, 3]}
    told = [verb for verb, _ in statement.facts().unsealed if verb != "randomisation.verified"]
    assert told == ["escrow.issued", *["escrow.share_read"] * 3, "escrow.restored"]


def test_a_draw_that_does_not_open_is_a_fault_unless_its_key_was_lost(keepers, at, tmp_path):
    shares = issue(keepers, at)
    allocated("P-1", at)
    old = (tmp_path / "seed.key").read_text()
    lose_the_key(tmp_path)
    restore(shares[0], shares[1], keepers, at)
    after = at.replace(year=at.year + 1)
    new = (tmp_path / "seed.key").read_text()
    (tmp_path / "seed.key").write_text("44" * 32)
    (tmp_path / "seed-new.key").write_text(new)
    allocated("P-2", after)
    assert verified()[0] == 0
    (tmp_path / "seed.key").write_text(new)
    assert "P-2: the sealed record of its draw does not open" in verified()[1]
    (tmp_path / "seed-old.key").write_text(old)
    assert "P-1" not in verified()[1]


def test_three_keepers_each_read_their_own_share_once(keepers, at):
    made = escrow.issue_shares(keepers, by=keepers[0], at=at)
    first, second, _ = made.shares.order_by("number")
    assert (first.keeper, second.keeper, made.issue, made.issued_by) == (keepers[0], keepers[1], 1, keepers[0].actor)
    assert refusal(escrow.read_share, first, password="wrong", by=keepers[0], at=at)[0] == "wrong_password"
    assert refusal(escrow.read_share, first, password=PASSWORD, by=keepers[1], at=at)[1] == "A share is read by its keeper alone."
    told = escrow.read_share(first, password=PASSWORD, by=keepers[0], at=at)
    assert len(told.split()) == 46
    assert refusal(escrow.read_share, first, password=PASSWORD, by=keepers[0], at=at)[0] == "read_already"
    assert [(e.verb, e.detail) for e in Event.objects.filter(verb__startswith="escrow").order_by("pk")] == [
        ("escrow.issued", {"issue": 1}),
        ("escrow.share_read", {"issue": 1, "share": 1}),
    ]
    escrow.issue_shares(keepers, by=keepers[0], at=at)
    assert refusal(escrow.read_share, second, password=PASSWORD, by=keepers[1], at=at)[0] == "outdated"


def test_who_can_issue_and_who_can_keep(keepers, at):
    outsider = staff("stat", at, (Role.UNBLINDED_STATISTICIAN, None))
    for stranger in (outsider, staff("nobody", at)):
        with pytest.raises(NotAllowed):
            escrow.issue_shares(keepers, by=stranger, at=at)
    for number, role in enumerate((Role.COORDINATOR, Role.ASSESSOR, Role.BLINDED_STATISTICIAN)):
        tempted = staff(f"tempted{number}", at, (role, None))
        assert refusal(escrow.issue_shares, [*keepers[:2], tempted], by=keepers[0], at=at)[0] == "bad_keeper"
    assert refusal(escrow.issue_shares, [*keepers[:2], User.objects.get(username="nobody")], by=keepers[0], at=at)[0] == "bad_keeper"
    assert refusal(escrow.issue_shares, [keepers[0], keepers[1], keepers[0]], by=keepers[0], at=at)[0] == "three_keepers"
    assert refusal(escrow.issue_shares, keepers[:2], by=keepers[0], at=at)[0] == "three_keepers"
    assert not Escrow.objects.exists()


def test_before_a_scheme_is_opened_there_is_no_seed_to_split(at):
    from tests.trials.allocating import load

    load(at)
    found = people(at)
    assert refusal(escrow.issue_shares, found, by=found[0], at=at)[0] == "not_open"
    schemes.draw_scheme(by=staff("stat", at, (Role.UNBLINDED_STATISTICIAN, None)), at=at)
    assert refusal(escrow.issue_shares, found, by=found[0], at=at)[0] == "not_open"


def test_wrong_mixed_and_foreign_shares_change_nothing(keepers, at):
    from trials.escrow import split

    first = issue(keepers, at)
    second = issue(keepers, at)
    foreign = split(bytes(48), "LIMERICK-1|1")
    before = bytes(Scheme.objects.get().sealed_seed)
    for one, other, says in (
        (first[0], second[1], "not issued together"),
        (first[0], first[0], "one and the same share"),
        (first[0], "abandon", "second share is wrong, missing or out of order"),
        (foreign[0], foreign[1], "a seed that no scheme here was committed to"),
    ):
        code, sentence = refusal(restore, one, other, keepers, at)
        assert code == "bad_share"
        assert says in sentence
    assert bytes(Scheme.objects.get().sealed_seed) == before
    assert not SeedRestore.objects.exists()


def test_two_named_people_restore_and_each_types_a_password(keepers, at):
    shares = issue(keepers, at)
    staff("assessor", at, (Role.ASSESSOR, None))
    assert refusal(restore, *shares[:2], keepers, at, password="wrong")[0] == "wrong_password"
    assert refusal(restore, *shares[:2], keepers, at, colleague_password="wrong")[1] == "This is not your colleague's password."
    for nobody in ("keeper1", "KEEPER1", "assessor", "who", ""):
        assert refusal(restore, *shares[:2], keepers, at, colleague=nobody)[0] == "second_person"
    with pytest.raises(NotAllowed):
        restore(*shares[:2], [User.objects.get(username="assessor")], at)
    assert not SeedRestore.objects.exists()


def test_without_a_key_to_seal_with_nothing_changes(keepers, at, tmp_path):
    shares = issue(keepers, at)
    (tmp_path / "seed.key").unlink()
    assert refusal(restore, *shares[:2], keepers, at)[0] == "no_seal"


def test_records_that_are_not_whole_stop_a_restore(keepers, at):
    shares = issue(keepers, at)
    allocated("P-1", at)
    Stratum.objects.update(next_seq=9)
    code, sentence = refusal(restore, *shares[:2], keepers, at)
    assert (code, "site=LIM|sex=F has 1 allocations and stands at place 9" in sentence) == ("not_whole", True)


def test_the_command_asks_and_never_takes_a_share_as_an_argument(keepers, at, tmp_path, monkeypatch):
    shares = issue(keepers, at)
    monkeypatch.setattr(clock, "now", lambda: at)
    lose_the_key(tmp_path)

    def run(*lines: str, by: str = "keeper1") -> str:
        said = io.StringIO()
        monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
        call_command("restore_seed", "--by", by, "--with", "keeper3", stdout=said)
        return said.getvalue()

    with pytest.raises(CommandError, match="one and the same share"):
        run(shares[0], shares[0], PASSWORD, PASSWORD)
    with pytest.raises(CommandError, match="Nobody on the staff"):
        run(by="ghost")
    assert "is back and sealed with today's key" in run(shares[0], shares[2], PASSWORD, PASSWORD)
    assert verified()[0] == 0


def test_a_new_key_is_made_only_where_the_seed_key_alone_is_lost(tmp_path):
    (tmp_path / "django.key").write_text("55" * 32)
    call_command("make_keys", "--new-seed", stdout=io.StringIO())
    assert (tmp_path / "seed.key").read_text() == "11" * 32
    (tmp_path / "seed.key").unlink()
    with pytest.raises(CommandError, match="lacks the keys of seed"):
        call_command("make_keys")
    call_command("make_keys", "--new-seed", stdout=io.StringIO())
    assert (len((tmp_path / "seed.key").read_text()), (tmp_path / "identity.key").read_text()) == (65, "33" * 32)


@pytest.mark.parametrize(
    "forgery",
    [
        lambda s: Scheme.objects.update(sealed_seed=b"x"),
        lambda s: EscrowShare.objects.filter(number=2).update(keeper=s.keeper),
        lambda s: EscrowShare.objects.create(escrow=s.escrow, number=4, keeper=s.keeper, fingerprint="a" * 64),
        lambda s: EscrowShare.objects.filter(pk=s.pk).delete(),
        lambda s: Escrow.objects.create(scheme=s.escrow.scheme, issue=1, issued_by="x", issued_at=s.escrow.issued_at),
        lambda s: restored(s, first_share=2, second_share=2),
        lambda s: restored(s, restored_with=s.keeper),
        lambda s: EscrowShare.objects.create(
            escrow=Escrow.objects.create(scheme=s.escrow.scheme, issue=2, issued_by="x", issued_at=s.escrow.issued_at),
            number=1, keeper=s.keeper, fingerprint="academic acid",
        ),
    ],
    ids=["a seal", "a keeper", "a fourth share", "a share gone", "an issue twice", "one share twice", "one person twice", "a share kept"],
)  # fmt: skip
def test_the_database_itself_refuses(keepers, at, forgery):
    issue(keepers, at)
    share = EscrowShare.objects.order_by("number").first()
    with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic():
        forgery(share)


def restored(share, **changed):
    given = {"first_share": 1, "second_share": 2, "restored_by": share.keeper, "restored_with": User.objects.get(username="keeper2")}
    return SeedRestore.objects.create(scheme=share.escrow.scheme, sealed_seed=b"x", at=share.escrow.issued_at, **given | changed)


def test_no_share_is_kept_or_logged_and_pages_show_one_once(keepers, at, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(clock, "now", lambda: at)
    clients = [Client() for _ in keepers]
    for client, keeper in zip(clients, keepers, strict=True):
        client.force_login(keeper)
    assert "No shares yet" in clients[0].get(PAGE).content.decode()
    same = {"first": keepers[0].pk, "second": keepers[0].pk, "third": keepers[0].pk}
    assert clients[0].post(PAGE + "issue/", same).status_code == 422
    named = {"first": keepers[0].pk, "second": keepers[1].pk, "third": keepers[2].pk}
    assert clients[1].post(PAGE + "issue/", named).status_code == 403
    assert clients[0].post(PAGE + "issue/", named).status_code == 302
    assert "Share 2 is yours" in clients[1].get(PAGE).content.decode()
    assert clients[1].post(PAGE + "share/", {"password": "wrong"}).status_code == 422
    shown = clients[1].post(PAGE + "share/", {"password": PASSWORD})
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")
    assert clients[1].post(PAGE + "share/", {"password": PASSWORD}).status_code == 409
    share = shown.content.decode().split('<ol class="share">')[1].split("</ol>")[0].replace("</code></li>", " ")
    from trials.escrow import split, words

    told = [word for word in words(share) if word not in ("li", "value", "code")]
    mine, third = split(streams.seed_of(Scheme.objects.get()), "LIMERICK-1|1")[1:]
    assert told == words(mine)
    entered = {"password": PASSWORD, "colleague": "keeper3", "colleague_password": PASSWORD, "first_share": mine}
    wrong = clients[1].post(PAGE + "restore/", entered | {"second_share": third[:-5] + "zzzzz"})
    assert (wrong.status_code, "A word of the second share is wrong" in wrong.content.decode()) == (422, True)
    assert " ".join(words(mine)[4:7]) not in wrong.content.decode().split("<main")[1]
    assert clients[1].post(PAGE + "restore/", entered | {"second_share": third}).status_code == 302
    assert "Keeper2 and Keeper3" in clients[2].get(PAGE).content.decode()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(old::text, '') || coalesce(new::text, '') FROM row_version UNION ALL SELECT detail::text FROM trials_event"
        )
        kept = " ".join(row[0] for row in cursor.fetchall())
    for text in (kept, caplog.text):
        assert " ".join(words(mine)[4:7]) not in text
    assert settings.DEBUG is False
    stranger = Client()
    stranger.force_login(staff("assessor", at, (Role.ASSESSOR, None)))
    assert [stranger.get(PAGE + door).status_code for door in ("", "issue/", "share/", "restore/")] == [403, 403, 404, 403]
