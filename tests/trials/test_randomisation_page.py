"""The page of randomisation: what stands, who did it, what it waits for, and to each reader what that reader may know and do."""

from __future__ import annotations

import io

import pytest
import segno
from django.test import Client

from tests.trials.allocating import TEXT, allocated, load, staff
from trials import clock
from trials.domain.roles import Role
from trials.models import Cap, Scheme, Stratum

pytestmark = pytest.mark.django_db

PAGE = "/randomisation/"
KEY = "site=LIM|sex=F"


@pytest.fixture
def readers(at, monkeypatch) -> dict[str, Client]:
    monkeypatch.setattr(clock, "now", lambda: at)
    load(at, TEXT.replace("sample_size = 100000", "sample_size = 10").replace("target = 50000", "target = 5"))
    found = {}
    for role, site in ((Role.MANAGER, None), (Role.UNBLINDED_STATISTICIAN, None), (Role.COORDINATOR, "LIM"), (Role.ASSESSOR, "LIM")):
        found[role.value] = Client()
        found[role.value].force_login(staff(role.value, at, (role, site)))
    return found


def text(client: Client, address: str = PAGE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode().replace("&#x27;", "'").replace("&amp;", "&")


def test_the_way_from_nothing_to_an_open_scheme_and_its_end(readers):
    manager, statistician = readers["manager"], readers["unblinded_statistician"]
    assert "The unblinded statistician draws a scheme; then the trial manager approves it." in text(manager)
    assert "Draw scheme" not in text(manager)
    assert "Draw scheme" in text(statistician)
    assert statistician.post(PAGE + "draw/").status_code == 302
    assert "Approve scheme" not in text(statistician)
    assert "You drew this scheme" in text(statistician)
    assert "Approve scheme" in text(manager)
    assert statistician.post(PAGE + "approve/").status_code == 403
    assert manager.post(PAGE + "discard/", {"reason": ""}).status_code == 422
    assert manager.post(PAGE + "discard/", {"reason": "Wrong blocks"}).status_code == 302
    statistician.post(PAGE + "draw/")
    assert manager.post(PAGE + "approve/").status_code == 302
    page = text(manager)
    assert "Discarded" in page
    assert page.count("Unblinded_Statistician") == 2
    assert "Nobody more is randomised" in text(manager, PAGE + "close/")
    assert manager.post(PAGE + "close/", {"reason": "Complete"}).status_code == 302
    assert [s.status for s in Scheme.objects.order_by("version")] == ["discarded", "closed"]


def opened(readers) -> Scheme:
    readers["unblinded_statistician"].post(PAGE + "draw/")
    readers["manager"].post(PAGE + "approve/")
    return Scheme.objects.get()


def test_parameters_are_told_to_those_alone_who_draw_or_open(readers):
    opened(readers)
    for role, told in (("manager", True), ("unblinded_statistician", True), ("coordinator", False)):
        assert ("Multipliers" in text(readers[role])) is told
    assert "Permuted blocks, stratified by site, sex" in text(readers["coordinator"])
    assert readers["assessor"].get(PAGE).status_code == 403


def drawn_as_code(line: str) -> bytes:
    drawn = io.BytesIO()
    segno.make(line, micro=False).save(drawn, kind="svg", scale=4, svgclass=None, lineclass=None, light="#fff")
    return drawn.getvalue()


def test_the_line_and_its_code_are_there_to_be_published(readers):
    scheme = opened(readers)
    assert f"uplift-randomisation-1 scheme=LIMERICK-1 root={scheme.commitment} " in text(readers["coordinator"])
    code = readers["coordinator"].get(PAGE + "code.svg")
    assert (code.status_code, code.headers["Content-Type"]) == (200, "image/svg+xml")
    assert code.content == drawn_as_code(text(readers["coordinator"]).split('<p class="published"><code>')[1].split("</code>")[0])
    assert code.content != drawn_as_code(f"uplift-randomisation-1 scheme=LIMERICK-2 root={scheme.commitment}")
    assert b"style=" not in code.content
    assert readers["assessor"].get(PAGE + "code.svg").status_code == 403


def test_without_a_scheme_there_is_no_code(readers):
    assert readers["coordinator"].get(PAGE + "code.svg").status_code == 404


def test_a_stratum_is_closed_and_opened_again_by_the_manager(readers):
    opened(readers)
    manager = readers["manager"]
    assert f"Close stratum {KEY}" in text(manager, f"{PAGE}close-stratum/?stratum=site%3DLIM%7Csex%3DF")
    assert "Close stratum" not in text(readers["unblinded_statistician"])
    assert manager.post(PAGE + "close-stratum/", {"stratum": KEY, "reason": "No trainer"}).status_code == 302
    assert Stratum.objects.get().closed_reason == "No trainer"
    assert "No trainer" in text(manager)
    assert manager.post(PAGE + "reopen-stratum/", {"stratum": KEY, "reason": "Hired"}).status_code == 302
    assert Stratum.objects.get().closed_at is None
    assert manager.get(PAGE + "close-stratum/?stratum=site%3DX").status_code == 422
    assert manager.post(PAGE + "close-stratum/", {"stratum": KEY}).status_code == 422


@pytest.mark.parametrize(("given", "says"), [(7, ""), (8, "has randomised 8 of at most 10 people"), (10, "has its 10 people")])
def test_from_eighty_per_cent_on_the_home_pages_say_so(readers, at, given, says):
    opened(readers)
    for number in range(given):
        allocated(f"P-{number:03}", at)
    assert Cap.objects.get(site=None).given == given
    for role in ("manager", "coordinator"):
        for address in ("/", PAGE):
            page = text(readers[role], address)
            assert (says in page) if says else ("at most 10 people" not in page)
    assert "at most 10 people" not in text(readers["unblinded_statistician"], "/")
