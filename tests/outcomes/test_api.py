"""The REST doors of clinic and reading room: a trial's first steps through the API alone, and every shape fits its action."""

from __future__ import annotations

import inspect
from uuid import uuid4

import pytest

from config import api as _api  # noqa: F401
from outcomes.instruments import instruments
from tests.cast import open_randomisation
from tests.participants.training import ELIGIBLE
from trials.actions import staff
from trials.actions.protocol import load_protocol
from trials.actors import Machine

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(client, cast, at, stand_at):
    """call(user, path, body=None) as that user, by token; body = POST."""
    stand_at(at)
    tokens = {}

    def call(user, path, body=None):
        if user.pk not in tokens:
            tokens[user.pk] = staff.make_token(user, name="t", by=user, at=at)[1]
        headers = {"Authorization": f"Bearer {tokens[user.pk]}", "Idempotency-Key": str(uuid4())}
        if body is None:
            return client.get(f"/api/v1/{path}", headers=headers)
        return client.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)

    return call


@pytest.fixture
def screened(call, cast):
    body = {"site": cast.first.code, "answers": ELIGIBLE, "sex": "F", "age": 25, "person": {"given_name": "Aoife", "family_name": "Kelly"}}
    answer = call(cast.coordinator, "participants/screen/", body)
    assert answer.status_code == 200, answer.content
    return answer.json()["trial_id"]


def test_the_first_steps_through_the_api_alone(call, cast, at, screened):
    from random import Random

    from outcomes.demonstration.people import person

    who, base = cast.coordinator, f"participants/{screened}/"
    refused = call(who, base + "randomise/", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "no_consent")
    assert call(who, base + "record-consent/", {"version": "1.0", "signed_on": at.date().isoformat()}).status_code == 200
    values = person(Random(1), 1).baseline
    assert call(who, base + "record-baseline/", {"values": values}).json() == {"values": values}
    assert call(who, base + "set-availability/", {"preferred": [[0, "18:00"], [3, "18:00"]], "channel": "email"}).status_code == 200
    for instrument, items in (("phq9", 9), ("gad7", 7)):
        body = {
            "visit": "baseline", "instrument": instrument, "answers": {str(i): 1 for i in range(1, items + 1)} | ({"9": 0} if items == 9 else {}),
            "client_uuid": str(uuid4()), "completed_on": at.date().isoformat(),
        }  # fmt: skip
        entered = call(who, base + "enter-paper/", body)
        assert entered.status_code == 200, entered.content
        assert entered.json()["assessment"]["total"] == (8 if items == 9 else 7)
    assert call(who, base + "randomise/", {}).json()["code"] == "randomisation_not_open"
    open_randomisation(at=at)
    done = call(who, base + "randomise/", {})
    assert done.status_code == 200, done.content
    assert set(done.json()) == {"trial_id", "code", "randomised_at", "randomised_on", "day0"}
    assert call(who, base + "randomise/", {}).json()["code"] == "already_randomised"


@pytest.mark.parametrize("path", ["", "sessions/", "assessments/"])
def test_the_other_site_finds_nobody(call, cast, screened, path):
    assert call(cast.other_coordinator, f"participants/{screened}/{path}").status_code == 404
    assert call(cast.other_coordinator, "participants/").json() == []


def test_a_blind_role_finds_no_sessions_and_a_trainer_no_scores(call, cast, screened):
    assert call(cast.assessor, f"participants/{screened}/").status_code == 200
    assert call(cast.assessor, f"participants/{screened}/sessions/").status_code == 404
    assert call(cast.trainer, f"participants/{screened}/assessments/").status_code == 404


def test_the_flow_is_pooled_but_for_the_unblinded_statistician(call, cast, screened):
    pooled, by_arm = call(cast.coordinator, "flow/").json(), call(cast.unblinded_statistician, "flow/").json()
    assert (pooled["by_arm"], "all" in pooled["flow"], "arms" in pooled["flow"], pooled["sites"]) == (False, True, False, [cast.first.code])
    assert (by_arm["by_arm"], sorted(by_arm["flow"]["arms"]), by_arm["sites"]) == (True, ["RET", "WL"], [])
    assert pooled["flow"]["assessed"] == by_arm["flow"]["assessed"] == 1


def test_an_unknown_key_names_its_nearest(call, cast, screened):
    answer = call(cast.coordinator, f"participants/{screened}/record-consent/", {"version": "1.0", "signed": "2026-03-02"})
    assert (answer.status_code, answer.json()) == (400, {"signed": ["Unknown key. Did you mean signed_on?"]})


@pytest.mark.parametrize("signed_on", ["2026-02-30", "yesterday", "2026-03-02T10:00", 5, None])
def test_a_bad_date_is_a_400(call, cast, screened, signed_on):
    answer = call(cast.coordinator, f"participants/{screened}/record-consent/", {"version": "1.0", "signed_on": signed_on})
    assert answer.status_code == 400
    assert "signed_on" in answer.json()


def doors():
    import importlib

    for floor in ("trials", "participants", "outcomes"):
        for pattern in importlib.import_module(f"{floor}.api.urls").urlpatterns:
            post = getattr(pattern.callback.view_class, "post", None)
            if post is not None and "step" in inspect.getclosurevars(post).nonlocals:
                yield pattern


@pytest.mark.parametrize("pattern", list(doors()), ids=lambda p: str(p.pattern))
def test_every_shape_fits_its_action(pattern):
    free = inspect.getclosurevars(pattern.callback.view_class.post).nonlocals
    step, shape = free["step"], free["shape"]
    parameters = inspect.signature(inspect.unwrap(step)).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return
    keys = set(shape().fields)
    assert keys <= set(parameters)
    wanted = {n for n, p in parameters.items() if p.kind is p.KEYWORD_ONLY and p.default is p.empty} - {"by", "at"}
    required = {n for n, f in shape().fields.items() if f.required or f.default is not __import__("rest_framework").fields.empty}
    assert wanted <= required


def test_every_instrument_is_told_with_the_schema_of_its_answers(call, cast):
    told = {one["code"]: one for one in call(cast.assessor, "instruments/").json()}
    assert set(told) == set(instruments)
    phq9 = told["phq9"]
    assert (phq9["rules"], phq9["schema"]["properties"]["9"]["enum"]) == (["cms_0300", "prorate_max_2", "none"], [0, 1, 2, 3, None])
    assert [row["item"] for row in told["blood_pressure"]["items"]] == ["1", "2", "mean_arterial"]


def test_a_measured_value_comes_by_rest_as_a_number_or_a_text(call, cast, at, screened):
    from tests.outcomes.test_mechanism_trial import TEXT

    load_protocol(TEXT, by=Machine("shell"), at=at, reason="more to measure")
    body = {"visit": "baseline", "instrument": "body_mass", "client_uuid": str(uuid4()), "completed_on": at.date().isoformat()}
    for value, sentence in (("heavy", "is not a number"), (6000, "is not between 25 and 350 kg"), (True, "is not a number")):
        refused = call(cast.assessor, f"participants/{screened}/enter-interview/", body | {"answers": {"1": value}})
        assert (refused.status_code, sentence in refused.json()["detail"]) == (422, True)
    kept = call(cast.assessor, f"participants/{screened}/enter-interview/", body | {"answers": {"1": 64.5}})
    assert kept.status_code == 200, kept.content
    assert {name: kept.json()["assessment"][name] for name in ("answers", "mode", "total")} == {
        "answers": {"1": "64.5"}, "mode": "interview", "total": 65,
    }  # fmt: skip
