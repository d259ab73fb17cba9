"""Backup envelopes from print to entry: a stream of their own, in order, each once, counted and replayed."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from outcomes.actions import randomisation
from outcomes.actions.randomisation import enter_envelope
from tests.cast import LIMERICK, PASSWORD, SHELL, hire, load_trial, open_randomisation
from tests.outcomes.actions.test_batches import ready
from tests.trials.allocating import expected
from tests.trials.test_proof import verified
from trials import clock, statement, streams
from trials.actions import attempts, envelopes, proof, schemes
from trials.actions import staff as office
from trials.actions.attempts import Claim
from trials.domain.randomisation.stream import BACKUP, DUMMY
from trials.domain.roles import Role
from trials.models import Allocation, Attempt, AttemptOutcome, Cap, Envelope, EnvelopePrint, EnvelopeReport, EnvelopeUse, Event, Scheme
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db
WOMEN = "site=LIM|sex=F"
TEXT = LIMERICK.read_text().replace("[allocation]\n", "[allocation]\nenvelopes = 3\n", 1)
PAGE = "/randomisation/envelopes/"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def staff(at):
    load_trial(at=at, text=TEXT)
    found = hire(at=at, password=PASSWORD)
    open_randomisation(at=at)
    return found


@pytest.fixture
def printed(staff, at) -> bytes:
    return envelopes.print_envelopes(staff.first, password=PASSWORD, by=staff.unblinded_statistician, at=at)[1]


def envelope(number: int, key: str = WOMEN) -> Envelope:
    return Envelope.objects.get(stratum_key=key, number=number)


def enter(person, number: int, staff, at: datetime, **told):
    given = {"code": envelope(number).code, "opened_at": at + HOUR, "opened_by": staff.coordinator, "reason": "No line"}
    return enter_envelope(person, **given | {"by": staff.coordinator, "at": at + 2 * HOUR} | told)


def refusal(step, *given, **told) -> tuple[str, str]:
    with pytest.raises(Refused) as refused:
        step(*given, **told)
    return refused.value.code, refused.value.sentence


def test_an_envelope_gives_the_arm_of_its_own_stream_and_moves_no_live_place(printed, staff, at):
    first, second, third = ready(staff, at, 3)
    enrolled = enter(first, 1, staff, at)
    given = enrolled.allocation
    scheme = Scheme.objects.get()
    name = f"{BACKUP}LIM|{WOMEN}"
    assert (given.arm, given.dummy_arm) == (expected(scheme, name, 1)[0], expected(scheme, DUMMY + name, 1)[0])
    assert (given.source, given.stratum, given.seq, given.stratum_key, given.at) == ("backup", None, None, WOMEN, at + HOUR)
    assert (enrolled.randomised_at, enrolled.randomised_on, given.code_digest) == (at + HOUR, at.date(), streams.code_digest())
    live = [randomisation.randomise(person, by=staff.coordinator, at=at + 3 * HOUR).allocation for person in (second, third)]
    assert [(a.arm, a.seq) for a in live] == list(zip(expected(scheme, WOMEN, 2), (1, 2), strict=True))
    assert [cap.given for cap in Cap.objects.order_by("pk")] == [3, 3, 0]
    assert AttemptOutcome.objects.filter(kind="given").count() == Attempt.objects.count() == 3
    assert Event.objects.get(verb="unit.allocated", about=str(first)).detail == {"envelope": envelope(1).code}
    use = EnvelopeUse.objects.get()
    assert (use.opened_by, use.entered_by, use.reason, use.at) == (staff.coordinator, staff.coordinator, "No line", at + 2 * HOUR)
    assert verified() == (0, "1 schemes, 3 allocations: every arm is the one that the sealed seeds stand for.\n")
    with pytest.raises(Refused, match="randomised by an envelope, which the commitment does not cover"):
        proof.prove_allocation(given.unit, by=SHELL, at=at)


def test_the_print_is_the_same_bytes_and_each_one_is_kept(printed, staff, at):
    kept, again = envelopes.print_envelopes(staff.first, password=PASSWORD, by=staff.unblinded_statistician, at=at + HOUR)
    assert again == printed
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") == 9 == kept.count == Envelope.objects.count()
    assert [(p.count, p.digest, p.printed_by) for p in EnvelopePrint.objects.all()] == [(9, kept.digest, staff.unblinded_statistician)] * 2
    assert [e.detail for e in Event.objects.filter(verb="envelopes.printed")] == [{"scheme": 1, "count": 9}] * 2
    assert statement.facts().unsealed == (("envelopes.printed", at.date()),) * 2
    for made in Envelope.objects.all():
        assert printed.count(f"Code: {made.code}".encode()) == 2
    other = envelopes.print_envelopes(staff.second, password=PASSWORD, by=staff.unblinded_statistician, at=at)[1]
    assert other != printed
    assert set(Envelope.objects.filter(site=staff.second).values_list("stratum_key", flat=True)) == {
        "site=DUB|sex=F",
        "site=DUB|sex=M",
        "site=DUB|sex=X",
    }


def test_each_sheet_holds_the_arm_that_its_envelope_gives(printed, staff, at):
    drawn = dict(zip((1, 2, 3), expected(Scheme.objects.get(), f"{BACKUP}LIM|{WOMEN}", 3), strict=True))
    sheets = printed.split(b"Stratum: ")[1:]
    told = {}
    for sheet in sheets:
        if sheet.startswith(WOMEN.encode()):
            number = next(n for n in drawn if envelope(n).code.encode() in sheet)
            told[number] = next(arm for arm in ("RET", "WL") if f"({arm}) Tj".encode() in sheet)
    assert told == drawn


def test_who_prints_and_when(staff, at):
    for person in (staff.manager, staff.coordinator, staff.assessor, staff.blinded_statistician, SHELL):
        with pytest.raises(NotAllowed):
            envelopes.print_envelopes(staff.first, password=PASSWORD, by=person, at=at)
    given = {"by": staff.unblinded_statistician, "at": at}
    assert refusal(envelopes.print_envelopes, staff.first, password="wrong", **given)[0] == "wrong_password"
    schemes.close_scheme(reason="Full", by=staff.manager, at=at)
    assert refusal(envelopes.print_envelopes, staff.first, password=PASSWORD, **given)[0] == "not_open"
    assert not Envelope.objects.exists()


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.ASSESSOR, Role.BLINDED_STATISTICIAN])
def test_nobody_prints_who_also_enrols_randomises_or_is_blind(staff, at, monkeypatch, role):
    monkeypatch.setattr(clock, "now", lambda: at + 2 * HOUR)
    printer = staff.unblinded_statistician
    site = None if role is Role.BLINDED_STATISTICIAN else staff.second
    given = office.give_role(printer, role=role, site=site, by=SHELL, at=at)
    both = type(printer).objects.get(pk=printer.pk)
    with pytest.raises(NotAllowed):
        envelopes.print_envelopes(staff.first, password=PASSWORD, by=both, at=at + HOUR)
    assert not EnvelopePrint.objects.exists()
    client = Client()
    client.force_login(both)
    assert "Print envelopes" not in client.get(PAGE).content.decode()
    assert [client.get(PAGE + "print/").status_code, client.post(PAGE + "print/", {"site": "LIM", "password": PASSWORD}).status_code] == [
        403
    ] * 2
    office.end_role(given, reason="Over", by=SHELL, at=at + HOUR)
    again = type(printer).objects.get(pk=printer.pk)
    assert envelopes.print_envelopes(staff.first, password=PASSWORD, by=again, at=at + 2 * HOUR)[0].count == 9
    assert client.get(PAGE + "print/").status_code == 200


def test_without_a_number_in_the_protocol_there_are_none(at):
    load_trial(at=at)
    found = hire(at=at, password=PASSWORD)
    open_randomisation(at=at)
    told = refusal(envelopes.print_envelopes, found.first, password=PASSWORD, by=found.unblinded_statistician, at=at)
    assert told[0] == "no_envelopes"


def test_minimisation_has_no_envelopes(at):
    text = TEXT.replace('method = "permuted_blocks"', 'method = "minimisation"').replace("multipliers = [2, 3]", 'p = "4/5"')
    load_trial(at=at, text=text)
    found = hire(at=at, password=PASSWORD)
    open_randomisation(at=at)
    told = refusal(envelopes.print_envelopes, found.first, password=PASSWORD, by=found.unblinded_statistician, at=at)
    assert told == (
        "not_beforehand",
        "This method has no envelopes: its arms depend on who comes, so none can be put into one beforehand.",
    )
    assert not Envelope.objects.exists()
    client = Client()
    client.force_login(found.unblinded_statistician)
    page = client.get(PAGE).content.decode()
    assert (told[1] in page, "Print envelopes" in page) == (True, False)


def test_a_skipped_envelope_comes_first_or_is_accounted_for(printed, staff, at):
    first, second = ready(staff, at, 2)
    code, sentence = refusal(enter, first, 3, staff, at)
    assert (code, sentence) == (
        "envelope_skipped", f"Envelope 1 of {WOMEN} comes before envelope 3: enter it first, or report what became of it.",
    )  # fmt: skip
    enter(second, 1, staff, at)
    told = {"kind": "missing", "reason": "Not in the folder", "by": staff.coordinator, "at": at}
    envelopes.report_envelope(envelope(2).code, **told)
    assert refusal(envelopes.report_envelope, envelope(2).code, **told)[0] == "envelope_reported"
    assert refusal(envelopes.report_envelope, envelope(1).code, **told)[0] == "envelope_used"
    enter(first, 3, staff, at)
    assert [(r.envelope.number, r.kind, r.user) for r in EnvelopeReport.objects.all()] == [(2, "missing", staff.coordinator)]
    assert verified()[0] == 0
    told = statement.facts()
    assert (told.printed, told.opened, told.answered_for, told.schemes[0].allocations) == (9, 2, 1, 2)
    said = io.StringIO()
    call_command("describe_randomisation", stdout=said)
    assert "2 envelopes were used" in said.getvalue()


@pytest.mark.parametrize("opener", ["assessor", "other_coordinator", "trainer", "blinded_statistician"])
def test_only_who_randomises_at_the_site_has_opened_one(printed, staff, at, opener):
    (person,) = ready(staff, at, 1)
    code, sentence = refusal(enter, person, 1, staff, at, opened_by=getattr(staff, opener))
    assert (code, sentence) == ("bad_envelope", "Name somebody who randomises at this site.")
    assert not Allocation.objects.exists()
    assert staff.coordinator in envelopes.who_opens(staff.first)


def test_an_envelope_is_entered_once_and_a_person_once(printed, staff, at):
    first, second = ready(staff, at, 2)
    enter(first, 1, staff, at)
    assert refusal(enter, second, 1, staff, at)[0] == "envelope_used"
    assert refusal(enter, first, 2, staff, at)[0] == "already_randomised"
    assert sorted(Attempt.objects.values_list("outcome__kind", "outcome__code")) == [
        ("given", ""), ("refused", "already_randomised"), ("refused", "envelope_used"),
    ]  # fmt: skip


def test_the_same_key_gets_the_same_answer(printed, staff, at):
    (person,) = ready(staff, at, 1)
    claim = Claim(UUID(int=5), "a" * 64)
    assert enter(person, 1, staff, at, claim=claim) == enter(person, 1, staff, at, claim=claim)
    assert EnvelopeUse.objects.count() == 1
    assert list(Attempt.objects.order_by("pk").values_list("outcome__kind", flat=True)) == ["given", "answered"]


def test_the_same_key_gets_the_same_answer_while_the_first_is_under_way(printed, staff, at, monkeypatch):
    (person,) = ready(staff, at, 1)
    claim, given, answers = Claim(UUID(int=5), "a" * 64), attempts.was_given, iter([False])
    first = enter(person, 1, staff, at, claim=claim)
    monkeypatch.setattr(attempts, "was_given", lambda attempt: next(answers, None) is None and given(attempt))
    assert enter(person, 1, staff, at, claim=claim) == first
    assert refusal(enter, person, 1, staff, at, claim=Claim(UUID(int=6), "a" * 64))[0] == "already_randomised"
    ends = list(Attempt.objects.order_by("pk").values_list("outcome__kind", flat=True))
    assert (EnvelopeUse.objects.count(), ends) == (1, ["given", "answered", "refused"])


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"code": "NOSUCH"}, "No envelope of this site has this code"),
        ({"code": ""}, "No envelope of this site has this code"),
        ({"code": "men"}, "This envelope is for site=LIM|sex=M, and P-001 is in site=LIM|sex=F"),
        ({"code": "dublin"}, "No envelope of this site has this code"),
        ({"reason": "  "}, "Say why the program could not be reached."),
        ({"opened_at": -HOUR}, "opened after it was printed"),
        ({"opened_at": 3 * HOUR}, "not in the future"),
    ],
    ids=["unknown", "none", "other stratum", "other site", "no reason", "before the print", "in the future"],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(printed, staff, at, changed, says):
    (person,) = ready(staff, at, 1)
    envelopes.print_envelopes(staff.second, password=PASSWORD, by=staff.unblinded_statistician, at=at)
    codes = {"men": envelope(1, "site=LIM|sex=M").code, "dublin": envelope(1, "site=DUB|sex=F").code}
    told = {k: codes.get(v, v) if k == "code" else at + v if isinstance(v, timedelta) else v for k, v in changed.items()}
    assert says in refusal(enter, person, 1, staff, at, **told)[1]
    assert not Allocation.objects.exists()


def test_only_who_randomises_at_the_site_enters_and_reports(printed, staff, at):
    (person,) = ready(staff, at, 1)
    for stranger in (staff.other_coordinator, staff.assessor, staff.manager, staff.unblinded_statistician):
        with pytest.raises(NotAllowed):
            enter(person, 1, staff, at, by=stranger)
    told = {"kind": "missing", "reason": "Lost", "at": at}
    assert "No envelope of this site" in refusal(envelopes.report_envelope, envelope(1).code, by=staff.other_coordinator, **told)[1]
    with pytest.raises(NotAllowed):
        envelopes.report_envelope(envelope(1).code, by=staff.assessor, **told)
    told = {"kind": "burnt", "reason": " ", "at": at, "by": staff.coordinator}
    assert refusal(envelopes.report_envelope, envelope(1).code, **told)[1].startswith("Choose what became of it: missing, spoiled. Say")


def test_a_full_cap_does_not_undo_what_was_given_and_counts_it(printed, staff, at):
    first, second = ready(staff, at, 2)
    Cap.objects.filter(site=None).update(most=1)
    enter(first, 1, staff, at)
    assert refusal(randomisation.randomise, second, by=staff.coordinator, at=at)[0] == "cap_reached"
    enter(second, 2, staff, at)
    assert Cap.objects.get(site=None).given == 2


def test_an_envelope_opened_before_randomisation_closed_can_still_be_entered(printed, staff, at):
    first, second = ready(staff, at, 2)
    schemes.close_scheme(reason="Full", by=staff.manager, at=at + HOUR)
    enter(first, 1, staff, at)
    assert "while randomisation was open" in refusal(enter, second, 2, staff, at, opened_at=at + 1.5 * HOUR)[1]


def test_the_database_itself_keeps_order_and_pairs(printed, staff, at):
    first, second = ready(staff, at, 2)
    given = enter(first, 1, staff, at).allocation

    def forged(number: int, **changed) -> None:
        allocation = Allocation.objects.create(
            unit=second.unit, scheme=given.scheme, arm="RET", dummy_arm="WL", code="X", protocol_digest=given.protocol_digest,
            source="backup", **{"stratum_key": WOMEN, "at": at + HOUR} | changed,
        )  # fmt: skip
        if number:
            EnvelopeUse.objects.create(
                envelope=envelope(number), allocation=allocation, opened_at=at + HOUR, opened_by=staff.coordinator, reason="x",
                entered_by=staff.coordinator, at=at + 2 * HOUR,
            )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    for number, changed in ((0, {}), (3, {}), (1, {}), (2, {"at": at}), (2, {"stratum_key": "site=LIM|sex=M"}), (2, {"seq": 4})):
        with pytest.raises(DatabaseError), transaction.atomic():
            forged(number, **changed)
    with transaction.atomic():
        forged(2)
    with pytest.raises(DatabaseError), transaction.atomic():
        EnvelopeUse.objects.all().delete()


def test_pages_and_rest_from_print_to_the_list(printed, staff, at, monkeypatch):
    first, second = ready(staff, at, 2)
    monkeypatch.setattr(clock, "now", lambda: at + 2 * HOUR)
    clients = {}
    for role in ("unblinded_statistician", "coordinator", "other_coordinator", "assessor", "manager"):
        clients[role] = Client()
        clients[role].force_login(getattr(staff, role))
    statistician, coordinator = clients["unblinded_statistician"], clients["coordinator"]
    assert statistician.post(PAGE + "print/", {"site": "LIM", "password": "wrong"}).status_code == 422
    answer = statistician.post(PAGE + "print/", {"site": "LIM", "password": PASSWORD})
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, printed, "application/pdf")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="envelopes-LIM.pdf"'
    assert coordinator.get(PAGE + "print/").status_code == 403
    assert statistician.post(PAGE + "print/", {"site": "XXX", "password": PASSWORD}).status_code == 422
    local = (at + HOUR).astimezone(staff.first.zone)
    told = {
        "code": envelope(1).code.lower(),
        "opened_at": f"{local:%Y-%m-%d %H:%M}",
        "opened_by": staff.coordinator.pk,
        "reason": "No line",
    }
    assert coordinator.post(f"/participants/{first}/enter-envelope/", told | {"code": "x"}).status_code == 422
    assert coordinator.post(f"/participants/{first}/enter-envelope/", told).status_code == 302
    body = {"code": envelope(3).code, "opened_at": (at + HOUR).isoformat(), "opened_by": "coordinator", "reason": "No line"}
    keyed = {"headers": {"Idempotency-Key": str(UUID(int=9))}, "content_type": "application/json"}
    skipped = coordinator.post(f"/api/v1/participants/{second}/enter-envelope/", body, **keyed)
    assert (skipped.status_code, skipped.json()["code"]) == (409, "envelope_skipped")
    report = {"code": envelope(2).code, "kind": "spoiled", "reason": "Torn"}
    assert coordinator.post(PAGE + "report/", report | {"reason": ""}).status_code == 422
    assert coordinator.post("/api/v1/randomisation/report-envelope/", report, content_type="application/json").status_code == 200
    assert coordinator.post(PAGE + "report/", report).status_code == 409
    keyed["headers"] = {"Idempotency-Key": str(UUID(int=10))}
    answer = coordinator.post(f"/api/v1/participants/{second}/enter-envelope/", body, **keyed)
    assert (answer.status_code, answer.json()["trial_id"]) == (200, str(second))
    assert "RET" not in answer.content.decode()
    page = coordinator.get(PAGE).content.decode()
    assert [page.count(word) for word in ("Used", "Spoiled", "Unused")] == [2, 1, 6]
    assert envelope(1).code not in clients["other_coordinator"].get(PAGE).content.decode()
    assert envelope(1).code in clients["manager"].get(PAGE).content.decode()
    assert clients["assessor"].get(PAGE).status_code == 403
    for role in ("coordinator", "manager", "unblinded_statistician"):
        assert clients[role].get("/randomisation/").content.decode().count(f'href="{PAGE}"') == 1
