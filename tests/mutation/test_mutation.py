"""Nearly every change to the code of randomisation makes an exact test fail; what survives is explained, one by one."""

from __future__ import annotations

import resource

import pytest

from tests.chaos.wreck import tell
from tests.mutation import stage
from tests.mutation.survivors import hunted, reasons, speaks_of

PROCESSOR_SECONDS = 600  # on two cores five minutes, should nothing else run
AT_LEAST = 0.95


def spent() -> float:
    """Processor seconds of the processes that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.long(minutes=5)
def test_nearly_every_mutant_is_killed_and_survivors_are_explained(tmp_path):
    before = spent()
    stage.stage(tmp_path, stage.modules(), stage.exact_tests())
    found = hunted(tmp_path)
    took, killed, others = spent() - before, found["killed"] + found["timed_out"], found["others"]
    total = killed + len(others)
    unexplained = [mutant for mutant in others if not any(speaks_of(known, mutant) for known in reasons())]
    tell(
        f"{killed} of {total} mutants killed, {killed / total:.2%}, {found['timed_out']} of them by an endless loop, "
        f"in {took:.0f} seconds of processor; {len(others)} live, {len(others) - len(unexplained)} of them explained"
    )
    for mutant in unexplained:
        tell(f"no reason yet for {mutant['module']}: {mutant['was']} -> {mutant['becomes']}")
    assert not unexplained
    assert killed / total >= AT_LEAST
    assert took < PROCESSOR_SECONDS


def test_every_reason_is_one():
    for known in reasons():
        assert set(known) in ({"pattern", "reason"}, {"module", "was", "becomes", "reason"}), known
        assert len(known["reason"]) > 20, known
        if "was" in known:
            source = " ".join((stage.ROOT / stage.PACKAGE / f"{known['module']}.py").read_text().split())
            assert " ".join(known["was"].split()) in source, f"{known['module']} no longer says {known['was']}"


def test_every_function_is_laid_out_for_mutmut():
    for name in stage.modules():
        source = (stage.ROOT / stage.PACKAGE / f"{name}.py").read_text()
        assert [f.name for f, _ in stage._decorated(stage.ast.parse(stage.undecorated(source)))] == [], name


KEPT = """
class Wall:
    side: int

    @cached_property
    def area(self) -> int:
        return self.side**2

    @classmethod
    def unit(cls) -> Wall:
        return cls(1)


@lru_cache(maxsize=64)
def known(
    wall: Wall,
) -> int:
    return wall.area
"""
LAID_OUT = """
class Wall:
    side: int


    def _make_area(self) -> int:
        return self.side**2

    area = cached_property(_make_area)

    @classmethod
    def unit(cls) -> Wall:
        return cls(1)



def _make_known(
    wall: Wall,
) -> int:
    return wall.area

known = lru_cache(maxsize=64)(_make_known)
"""


def test_a_decorated_function_becomes_a_plain_one_and_the_decorated_one_made_of_it():
    assert stage.undecorated(KEPT) == LAID_OUT


WEAK = """
def larger(one: int, other: int) -> int:
    return one if one > other else other


def down(number: int) -> int:
    while number > 0:
        number -= 1
    return number
"""
CHECK = """
from trials.domain.randomisation.weak import down, larger

def test_larger():
    assert larger(1, 2) == 2

def test_down():
    assert down(3) == 0
"""


def test_a_test_that_looks_at_half_lets_mutants_live(tmp_path):
    """The hunt tells what a weak test leaves alive, kills what it sees, and ends what runs for ever."""
    stage.stage(tmp_path, ["weak"], ["test_weak"])
    (tmp_path / stage.PACKAGE / "weak.py").write_text(WEAK)
    (tmp_path / stage.TESTS / "test_weak.py").write_text(CHECK)
    found = hunted(tmp_path)
    assert {mutant["becomes"] for mutant in found["others"]} == {
        "return one if one >= other else other",
        "return one if (one > other) and False else other",
    }
    assert found["killed"] > 0
    assert found["timed_out"] == 2
