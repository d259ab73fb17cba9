"""Couples and clusters: one draw for all members or for none, everybody at fault named, and latecomers as the protocol says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction as F
from uuid import UUID

import pytest

from outcomes.actions import assessments, exports
from outcomes.actions.batches import randomise_batch
from outcomes.actions.groups import join_group, randomise_group
from outcomes.actions.randomisation import randomise
from outcomes.domain.randomisation_report import told
from outcomes.queries import accrual
from participants.actions import screening
from participants.models import Enrolment, Participant
from tests.cast import LIMERICK, SHELL, open_randomisation, roomy
from tests.outcomes.gathering import CLUSTERS, COUPLES, by_group, ids, ready
from tests.participants.people import consenting
from tests.trials.allocating import expected
from trials import replay, resealing, statement, streams
from trials.actions import attempts, groups, proof, schemes
from trials.actions.attempts import Claim
from trials.actions.groups import add_member, gather_group, remove_member
from trials.models import Allocation, Attempt, Cap, Event, Group, GroupMember, Scheme, Stratum
from trials.permissions import NotAllowed, Refused
from trials.queries import protocol_in_force

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KEY = UUID(int=9)
WOMEN = "site=LIM|sex=F"

pytestmark = pytest.mark.django_db


def gathered(cast, at, people) -> Group:
    return gather_group(ids(people), by=cast.coordinator, at=at)


def outcomes() -> list[tuple[str, str, str]]:
    found = Attempt.objects.order_by("pk").select_related("outcome", "unit")
    return [(str(a.unit), a.outcome.kind, a.outcome.code) if hasattr(a, "outcome") else (str(a.unit), "", "") for a in found]


def test_couples_take_one_place_each_and_both_have_its_arm(at):
    cast = by_group(COUPLES, at)
    people = ready(cast, at, 6)
    for pair in (people[2:4], people[:2], people[4:]):
        done = randomise_group(gathered(cast, at, pair), by=cast.coordinator, at=at)
        assert [enrolled.participant for enrolled in done] == pair
    arms = expected(Scheme.objects.get(), WOMEN, 3)
    given = list(Allocation.objects.order_by("pk").values_list("unit__trial_id", "arm", "seq", "follows__unit__trial_id"))
    assert given == [
        ("P-003", arms[0], 1, None), ("P-004", arms[0], 1, "P-003"), ("P-001", arms[1], 2, None), ("P-002", arms[1], 2, "P-001"),
        ("P-005", arms[2], 3, None), ("P-006", arms[2], 3, "P-005"),
    ]  # fmt: skip
    assert Stratum.objects.get().next_seq == 4
    assert {cap.given for cap in Cap.objects.filter(site__in=[cast.first])} == {6}
    assert [row[1:] for row in outcomes()] == [("given", "")] * 6
    assert Event.objects.filter(verb="group.randomised").count() == 3
    assert replay.faults() == []


def test_the_chain_of_a_trial_by_person_is_what_it_was_and_members_hang_behind_their_draw(at):
    cast = by_group(COUPLES, at)
    people = ready(cast, at, 4)
    first, second = (randomise_group(gathered(cast, at, pair), by=cast.coordinator, at=at) for pair in (people[:2], people[2:]))
    lead, member = (enrolled.allocation for enrolled in first)
    assert (member.previous_hash, second[0].allocation.previous_hash) == (lead.hash, lead.hash)
    assert second[1].allocation.previous_hash == second[0].allocation.hash == Stratum.objects.get().last_hash
    assert (member.sealed_draw, len({lead.code, member.code})) == (None, 2)
    lead.group = None
    assert not {"group", "follows"} & set(streams.facts_of(lead))


def test_each_member_is_proved_by_the_place_of_the_group(at):
    cast = by_group(COUPLES, at)
    people = ready(cast, at, 2)
    randomise_group(gathered(cast, at, people), by=cast.coordinator, at=at)
    proved = [proof.prove_allocation(person.unit, by=SHELL, at=at) for person in people]
    assert proved[0] == proved[1]


def test_one_at_fault_and_nobody_is_randomised(at):
    cast = by_group(CLUSTERS, at)
    people = ready(cast, at, 3)
    late = consenting(cast.first, by=cast.coordinator, at=at)
    people[1].consents.update(voided_at=at, void_reason="x")
    with pytest.raises(Refused) as refused:
        randomise_group(gathered(cast, at, [*people, late]), by=cast.coordinator, at=at)
    assert refused.value.code == "group_refused"
    assert refused.value.sentence.startswith("Nobody was randomised. P-002 can't be randomised: no signed consent. P-004 can't be ")
    assert (Allocation.objects.count(), Enrolment.objects.count(), Cap.objects.get(site=None).given) == (0, 0, 0)
    assert outcomes() == [
        ("P-001", "refused", "group_refused"), ("P-002", "refused", "no_consent"), ("P-003", "refused", "group_refused"),
        ("P-004", "refused", "baseline_incomplete"),
    ]  # fmt: skip


def test_members_agree_in_every_factor_unless_the_first_one_counts(at):
    cast = by_group(COUPLES, at)
    people = ready(cast, at, 2)
    screening.correct_person(people[1], sex="M", reason="Misheard", by=cast.coordinator, at=at)
    with pytest.raises(Refused, match="^Nobody was randomised. P-002 is in another stratum than P-001: sex M, not F.$"):
        randomise_group(gathered(cast, at, people), by=cast.coordinator, at=at)
    assert not Allocation.objects.exists()


def test_where_the_first_member_counts_a_mixed_couple_stands_in_the_first_ones_stratum(at):
    cast = by_group(COUPLES + 'levels_of = "first"\n', at)
    people = ready(cast, at, 2)
    screening.correct_person(people[0], sex="M", reason="Misheard", by=cast.coordinator, at=at)
    randomise_group(gathered(cast, at, people), by=cast.coordinator, at=at)
    given = Allocation.objects.values_list("stratum_key", flat=True)
    assert set(given) == {"site=LIM|sex=M"}
    assert Allocation.objects.filter(factors={"site": "LIM", "sex": "M"}).count() == 2
    assert replay.faults() == []


@pytest.mark.parametrize(("lines", "count", "told"), [
    (COUPLES, 1, "Nobody was randomised. A couple is randomised with 2 people; this one has 1."),
    (CLUSTERS.replace("smallest = 2", "smallest = 3"), 2, "Nobody was randomised. A cluster is randomised with 3 people or more; this one has 2."),
])  # fmt: skip
def test_a_group_that_is_too_small_waits(at, lines, count, told):
    cast = by_group(lines, at)
    with pytest.raises(Refused) as refused:
        randomise_group(gathered(cast, at, ready(cast, at, count)), by=cast.coordinator, at=at)
    assert (refused.value.sentence, refused.value.code) == (told, "group_size")


def test_caps_count_people_and_a_group_that_does_not_fit_is_refused_whole(at):
    cast = by_group(CLUSTERS, at)
    people = ready(cast, at, 5)
    Cap.objects.filter(site=None).update(most=4)
    randomise_group(gathered(cast, at, people[:2]), by=cast.coordinator, at=at)
    with pytest.raises(Refused) as refused:
        randomise_group(gathered(cast, at, people[2:]), by=cast.coordinator, at=at)
    assert (refused.value.code, refused.value.sentence) == (
        "cap_reached", "The trial has room for 2 more of its 4 people: too few for all who would be randomised together.",
    )  # fmt: skip
    assert Cap.objects.get(site=None).given == Allocation.objects.count() == 2
    Cap.objects.filter(site=None).update(most=None)
    Cap.objects.filter(site=cast.first).update(most=2)
    with pytest.raises(Refused, match="^Site LIM has its 2 people"):
        randomise_group(Group.objects.latest("pk"), by=cast.coordinator, at=at)


def test_nobody_is_randomised_alone_where_groups_are_the_unit(at):
    cast = by_group(COUPLES, at)
    people = ready(cast, at, 2)
    told = "This trial randomises couples: gather P-001 with the others, then randomise them together."
    with pytest.raises(Refused) as refused:
        randomise(people[0], by=cast.coordinator, at=at)
    assert (refused.value.sentence, refused.value.code) == (told, "not_gathered")
    with pytest.raises(Refused, match="P-001: This trial randomises couples|P-001.*couples"):
        randomise_batch(ids(people), by=cast.coordinator, at=at)
    assert not Allocation.objects.exists()


def test_a_trial_by_person_gathers_nobody(at):
    cast = by_group("", at)
    people = ready(cast, at, 2)
    with pytest.raises(Refused, match="^This trial randomises persons: nobody is gathered in a group.$"):
        gathered(cast, at, people)
    made = Group.objects.create(code="X", site=cast.first, kind="couple", gathered_at=at)
    GroupMember.objects.bulk_create(GroupMember(group=made, unit=p.unit, number=n, joined_at=at) for n, p in enumerate(people, start=1))
    with pytest.raises(Refused) as refused:
        groups.allocation.allocate(people[0].unit, strata=(("site", "LIM"), ("sex", "F")), group=made, people=2, by=SHELL, at=at)
    assert refused.value.code == "by_person"


def test_every_fault_of_a_gathering_is_told_at_once(at):
    cast = by_group(CLUSTERS, at)
    people = ready(cast, at, 4)
    elsewhere = consenting(cast.second, by=cast.other_coordinator, at=at)
    gathered(cast, at, people[:1])
    randomise_group(gathered(cast, at, people[1:3]), by=cast.coordinator, at=at)
    named = ["P-004", "P-004", "P-001", "P-002", "P-999", str(elsewhere)]
    with pytest.raises(Refused) as refused:
        gather_group(named, by=cast.coordinator, at=at)
    assert (refused.value.code, refused.value.status) == ("bad_group", 422)
    code = Group.objects.order_by("pk")[0].code
    assert refused.value.sentence == (
        f"P-999: nobody you can see has this id. {elsewhere}: nobody you can see has this id. P-004 is named more than once. "
        f"P-001 is in group {code}. P-002 is randomised."
    )
    with pytest.raises(Refused, match=f"{elsewhere} is at another site than P-004."):
        gather_group(["P-004", str(elsewhere)], by=SHELL, at=at)
    with pytest.raises(Refused, match="^Name the people.$"):
        gather_group([], by=cast.coordinator, at=at)
    for step in (lambda: gather_group(["P-004"], by=cast.assessor, at=at), lambda: gather_group(["P-999"], by=cast.assessor, at=at)):
        with pytest.raises(NotAllowed, match="^Your role may not randomise.$"):
            step()


def test_members_join_and_leave_until_the_draw_and_never_after_it(at):
    cast = by_group(COUPLES, at)
    people = ready(cast, at, 4)
    couple = gathered(cast, at, people[:2])
    with pytest.raises(Refused, match="^A couple has 2 people at most, and this would be 3.$"):
        add_member(couple, trial_id="P-003", by=cast.coordinator, at=at)
    with pytest.raises(Refused, match=f"^P-002 is in group {couple}. A couple has 2 people at most, and this would be 3.$"):
        gathered(cast, at, people[1:])
    with pytest.raises(Refused, match="^Say why they leave.$"):
        remove_member(couple, trial_id="P-001", reason=" ", by=cast.coordinator, at=at)
    with pytest.raises(Refused, match=f"^P-004 is not in couple {couple}.$"):
        remove_member(couple, trial_id="P-004", reason="x", by=cast.coordinator, at=at)
    remove_member(couple, trial_id="P-001", reason="Parted", by=cast.coordinator, at=at)
    assert add_member(couple, trial_id="P-003", by=cast.coordinator, at=at).number == 3
    assert [unit.trial_id for unit in groups.members_of(couple)] == ["P-002", "P-003"]
    randomise_group(couple, by=cast.coordinator, at=at)
    with pytest.raises(Refused, match=f"^The couple {couple} is randomised: nobody leaves it any more.$"):
        remove_member(couple, trial_id="P-002", reason="Parted", by=cast.coordinator, at=at)
    with pytest.raises(Refused, match=f"^The couple {couple} is randomised: nobody is added any more.$"):
        add_member(couple, trial_id="P-001", by=cast.coordinator, at=at)
    with pytest.raises(Refused, match="^The couple .* is randomised: the protocol takes no latecomers.$"):
        join_group(couple, trial_id="P-001", reason="Came back", by=cast.coordinator, at=at)
    assert gathered(cast, at, [people[0], people[3]]).code != couple.code
    verbs = Event.objects.filter(about__in=["P-001", "P-003"], verb__startswith="member.").order_by("pk").values_list("verb", "about")
    assert list(verbs) == [("member.left", "P-001"), ("member.joined", "P-003")]


def test_a_member_of_another_site_is_refused(at):
    cast = by_group(CLUSTERS, at)
    cluster = gathered(cast, at, ready(cast, at, 1))
    elsewhere = consenting(cast.second, by=cast.other_coordinator, at=at)
    with pytest.raises(Refused, match=f"^{elsewhere} is at another site than cluster {cluster}.$"):
        add_member(cluster, trial_id=str(elsewhere), by=SHELL, at=at)
    with pytest.raises(NotAllowed):
        add_member(cluster, trial_id=str(elsewhere), by=cast.other_coordinator, at=at)


def test_a_latecomer_takes_the_arm_of_the_cluster_with_a_reason_and_no_place(at):
    cast = by_group(CLUSTERS, at)
    people = ready(cast, at, 6)
    cluster = gathered(cast, at, people[:2])
    with pytest.raises(Refused, match=f"^The cluster {cluster} is not randomised yet: add them as a member.$"):
        join_group(cluster, trial_id="P-003", reason="Moved in", by=cast.coordinator, at=at)
    randomise_group(cluster, by=cast.coordinator, at=at)
    with pytest.raises(Refused, match="^Say why they join after the draw.$"):
        join_group(cluster, trial_id="P-003", reason=" ", by=cast.coordinator, at=at)
    with pytest.raises(Refused, match="^P-999: nobody you can see at this site has this id.$"):
        join_group(cluster, trial_id="P-999", reason="Moved in", by=cast.coordinator, at=at)
    screening.correct_person(people[3], sex="M", reason="Misheard", by=cast.coordinator, at=at)
    with pytest.raises(Refused, match=f"^P-004 is in another stratum than cluster {cluster}: sex M, not F.$"):
        join_group(cluster, trial_id="P-004", reason="Moved in", by=cast.coordinator, at=at)
    for trial_id in ("P-003", "P-005"):
        claim = Claim(UUID(int=int(trial_id[2:])), "a" * 64)
        one = join_group(cluster, trial_id=trial_id, reason="Moved in", claim=claim, by=cast.coordinator, at=at)
        assert join_group(cluster, trial_id=trial_id, reason="Moved in", claim=claim, by=cast.coordinator, at=at) == one
    with pytest.raises(Refused, match="^A cluster has 4 people at most, and this would be 5.$"):
        join_group(cluster, trial_id="P-006", reason="Moved in", by=cast.coordinator, at=at)
    given = Allocation.objects.order_by("pk")
    assert len({(a.arm, a.seq, a.stratum_id, a.dummy_arm) for a in given}) == 1
    assert (given.count(), Stratum.objects.get().next_seq, Cap.objects.get(site=None).given) == (4, 2, 4)
    assert list(GroupMember.objects.filter(late_reason="Moved in").values_list("unit__trial_id", flat=True)) == ["P-003", "P-005"]
    assert replay.faults() == []
    told = statement.facts().schemes[0]
    assert (told.allocations, told.groups, told.members, told.latecomers) == (4, 1, 4, 2)


def test_a_latecomer_is_refused_once_the_scheme_of_the_cluster_is_closed(at):
    cast = by_group(CLUSTERS, at)
    people = ready(cast, at, 3)
    cluster = gathered(cast, at, people[:2])
    randomise_group(cluster, by=cast.coordinator, at=at)
    schemes.close_scheme(reason="Over", by=cast.manager, at=at)
    open_randomisation(at=at)
    with pytest.raises(Refused, match=f"^The scheme that cluster {cluster} was drawn by is closed.$"):
        join_group(cluster, trial_id="P-003", reason="Moved in", by=cast.coordinator, at=at)
    assert not GroupMember.objects.filter(unit=people[2].unit).exists()


def test_a_key_that_comes_again_gets_the_same_answer_and_another_press_is_refused(at):
    cast = by_group(COUPLES, at)
    couple = gathered(cast, at, ready(cast, at, 2))
    claim = Claim(KEY, "a" * 64)
    first = randomise_group(couple, claim=claim, by=cast.coordinator, at=at)
    assert randomise_group(couple, claim=claim, by=cast.coordinator, at=at) == first
    with pytest.raises(Refused) as refused:
        randomise_group(couple, by=cast.coordinator, at=at)
    assert (refused.value.code, Allocation.objects.count()) == ("group_drawn", 2)


def test_a_key_whose_first_request_is_still_under_way_gets_its_answer(at, monkeypatch):
    cast = by_group(COUPLES, at)
    couple, claim, given = gathered(cast, at, ready(cast, at, 2)), Claim(KEY, "a" * 64), attempts.was_given
    first = randomise_group(couple, claim=claim, by=cast.coordinator, at=at)
    answers = iter([False])
    monkeypatch.setattr(attempts, "was_given", lambda attempt: next(answers, None) is None and given(attempt))
    assert randomise_group(couple, claim=claim, by=cast.coordinator, at=at) == first


def test_a_latecomer_whose_first_request_is_still_under_way_gets_its_answer(at, monkeypatch):
    cast = by_group(CLUSTERS, at)
    people = ready(cast, at, 3)
    cluster, claim, given = gathered(cast, at, people[:2]), Claim(KEY, "a" * 64), attempts.was_given
    randomise_group(cluster, by=cast.coordinator, at=at)
    told = {"trial_id": "P-003", "reason": "Moved in", "claim": claim, "by": cast.coordinator, "at": at}
    first, answers = join_group(cluster, **told), iter([False])
    monkeypatch.setattr(attempts, "was_given", lambda attempt: next(answers, None) is None and given(attempt))
    assert join_group(cluster, **told) == first
    assert Allocation.objects.count() == 3


def test_an_empty_group_and_one_that_changes_under_the_hand_are_refused(at, monkeypatch):
    cast = by_group(COUPLES, at)
    people = ready(cast, at, 3)
    couple = gathered(cast, at, people[:2])
    held = groups.hold

    def meanwhile(group: Group) -> None:
        held(group)
        GroupMember.objects.filter(unit=people[1].unit).update(left_at=at, left_reason="Parted")

    monkeypatch.setattr(groups, "hold", meanwhile)
    with pytest.raises(Refused, match=f"^Somebody joined or left couple {couple} meanwhile: look at it again.$"):
        randomise_group(couple, by=cast.coordinator, at=at)
    monkeypatch.undo()
    for trial_id in ("P-001", "P-002"):
        remove_member(couple, trial_id=trial_id, reason="Parted", by=cast.coordinator, at=at)
    with pytest.raises(Refused, match=f"^Nobody is in couple {couple}.$"):
        randomise_group(couple, by=cast.coordinator, at=at)


def test_minimisation_counts_a_group_once(at):
    text = by_minimisation()
    cast = by_group(CLUSTERS, at, text=text)
    people = ready(cast, at, 5)
    for some in (people[:3], people[3:]):
        randomise_group(gathered(cast, at, some), by=cast.coordinator, at=at)
    stratum = Stratum.objects.select_related("scheme__trial").get()
    method = streams.method_of(stratum.scheme)
    drawn = [(a.arm, a.factors) for a in Allocation.objects.filter(follows=None).order_by("seq")]
    assert streams.opened(stratum)[0].memory == method.counted(drawn)
    assert (len(drawn), Allocation.objects.count(), replay.faults()) == (2, 5, [])


def by_minimisation() -> str:
    text = roomy(LIMERICK.read_text())
    head, _, rest = text.partition("[allocation.parameters]")
    _, _, after = rest.partition("\n[")
    method = head.replace('method = "permuted_blocks"', 'method = "minimisation"')
    return f'{method}[allocation.parameters]\np = "4/5"\n\n[{after}'


def test_a_seed_that_is_sealed_again_leads_where_the_couples_lead(at):
    cast = by_group(COUPLES, at)
    people = ready(cast, at, 4)
    for pair in (people[:2], people[2:]):
        randomise_group(gathered(cast, at, pair), by=cast.coordinator, at=at)
    stratum = Stratum.objects.select_related("scheme__trial").get()
    before = streams.opened(stratum)
    resealing._follow(stratum, streams.seed_of(stratum.scheme))
    assert streams.opened(stratum) == before


def test_the_randomisation_test_draws_couples_again_and_not_people(at, settings, tmp_path):
    """One block of two couples leaves two sequences; by person there would be six."""
    settings.UPLIFT_DATA = tmp_path / "data"
    text = LIMERICK.read_text().replace("multipliers = [2, 3]", "multipliers = [1]")
    cast = by_group(COUPLES, at, text=text)
    people = ready(cast, at, 4)
    for pair in (people[:2], people[2:]):
        randomise_group(gathered(cast, at, pair), by=cast.coordinator, at=at)
    visited = at + timedelta(days=79)
    for number, person in enumerate(Participant.objects.order_by("pk")):
        answers = {str(item): min(number, 3) for item in range(1, 9)} | {"9": 0}
        assessments.submit(person, visit="week8", instrument="phq9", answers=answers, client_uuid=UUID(int=number), by=person, at=visited)
    now = visited + timedelta(days=1)
    cut = exports.take_cut(now, by=SHELL, at=now)
    found = accrual.frozen(
        exports.frozen_files(cut), protocol_in_force(), cut_at=cut.at, visit="week8", instrument="phq9", adjusted=False, side="two_sided",
        viewer=SHELL,
    )  # fmt: skip
    (stream,) = found.test.streams
    arms = [a.arm for a in Allocation.objects.filter(follows=None).order_by("seq")]
    assert [(drawn.arm, drawn.outcome, drawn.others) for drawn in stream.people] == [
        (arms[0], F(0), (F(8),)), (arms[1], F(16), (F(24),)),
    ]  # fmt: skip
    assert (found.test.measured, found.test.exact().sequences, found.test.exact().p) == (4, 2, 1)
    report = told(found.test, found.test.redraw(bytes(range(32)), 99), None)
    assert (report["randomised"], report["measured"]) == (4, 4)
