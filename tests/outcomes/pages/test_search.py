"""The search field of staff: to the record where the id is one person's, to the list where it is not."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def where(user, wanted: str) -> str:
    client = Client()
    client.force_login(user)
    return client.get("/search/", {"q": wanted})["Location"]


def test_an_id_or_a_part_of_it_leads_to_the_record(person, coordinator) -> None:
    for wanted in (str(person), str(person).lower(), f" {person} ", str(person).rpartition("-")[2]):
        assert where(coordinator, wanted) == f"/participants/{person}/"


def test_what_is_several_or_nobody_leads_to_the_list_that_says_so(person, other_person, manager, coordinator) -> None:
    assert where(manager, "P-") == "/participants/?q=P-"
    assert where(manager, str(person)) == f"/participants/{person}/"
    for wanted in (str(other_person), "P-999", "a/b?c=d"):
        address = where(coordinator, wanted)
        assert address.startswith("/participants/?q=")
        client = Client()
        client.force_login(coordinator)
        assert "Nobody matches these filters." in client.get(address).content.decode()
    assert where(coordinator, "") == where(coordinator, "a\u200b") == "/participants/"


def test_the_field_is_there_for_whoever_sees_people(coordinator, blinded_statistician) -> None:
    for user, there in ((coordinator, True), (blinded_statistician, False)):
        client = Client()
        client.force_login(user)
        assert ('role="search"' in client.get("/").content.decode()) is there
