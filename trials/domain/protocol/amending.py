"""Try another `[allocation]` in a protocol that stands, before anybody writes the file."""

from __future__ import annotations

import dataclasses
import tomllib

from trials.domain.protocol.checks import findings
from trials.domain.protocol.faults import Fault
from trials.domain.protocol.keys.design import ALLOCATION
from trials.domain.protocol.shape import Protocol


def faults_of_allocation(protocol: Protocol, text: str, *, sample_size: int) -> tuple[Fault, ...]:
    """What the loader would say of the allocation in `text` (a whole `[allocation]`) if the protocol had it and this sample size."""
    faults: list[Fault] = []
    plan = ALLOCATION.read(tomllib.loads(text)["allocation"], "allocation", faults)
    if not faults:
        amended = dataclasses.replace(protocol, allocation=plan, sample_size=sample_size)
        found = findings(amended, instruments=None, made_by_import=True)
        faults += [each.fault for each in found if each.fault.place.startswith("allocation")]
    return tuple(dict.fromkeys(faults))
