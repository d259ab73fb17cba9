"""Whatever is typed into a protocol file, the loader answers with a protocol or with faults."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trials.domain.protocol_cases import MINIMAL
from trials.domain.protocol import BadProtocol, Protocol, load

LIMERICK = (Path(__file__).resolve().parents[3] / "trials" / "protocols" / "limerick.toml").read_text(encoding="utf-8")
LINES = sorted({line for line in LIMERICK.splitlines() if line and not line.startswith("#")})
KEYS = sorted({line.split(" = ")[0] for line in LINES if " = " in line and not line.startswith(" ")})
VALUES = ["0", "-1", "1", "9" * 30, "0.5", "nan", "inf", "true", '""', '"x"', '"9"', "[]", "[[]]", "{}", "[1, 1]", '["x"]', "{ x = 1 }",
          "2026-01-01", "0001-01-01", "2026-01-01T00:00:00Z", "08:00:00", '"\\u0000"', '"é"', '"-1"', '"1e9"', '"NaN"']  # fmt: skip


def outcome(text: str) -> str:
    try:
        protocol = load(text, instruments=["phq9", "gad7"])
    except BadProtocol as bad:
        faults = bad.faults
    else:
        assert isinstance(protocol, Protocol)
        return "loaded"
    assert faults
    assert all(fault.place and fault.problem and fault.cure for fault in faults)
    assert len(set(faults)) == len(faults)
    return "refused"


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(st.data())
def test_lines_moved_lost_doubled_or_changed_never_break_the_loader(data):
    lines = MINIMAL.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        row = data.draw(st.integers(0, len(lines) - 1))
        change = data.draw(st.sampled_from(["lose", "double", "value", "key", "insert", "swap"]))
        if change == "lose":
            del lines[row]
        elif change == "double":
            lines.insert(row, lines[row])
        elif change == "insert":
            lines.insert(row, data.draw(st.sampled_from(LINES)))
        elif change == "swap":
            other = data.draw(st.integers(0, len(lines) - 1))
            lines[row], lines[other] = lines[other], lines[row]
        elif " = " in lines[row]:
            key, value = lines[row].split(" = ", 1)
            drawn = data.draw(st.sampled_from(VALUES if change == "value" else KEYS))
            lines[row] = f"{key} = {drawn}" if change == "value" else f"{drawn} = {value}"
    outcome("\n".join(lines))


@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(st.sampled_from(KEYS), st.sampled_from(VALUES), st.integers(0, 30))
def test_any_value_under_any_key_of_a_whole_trial_never_breaks_the_loader(key, value, nth):
    lines = LIMERICK.splitlines()
    rows = [row for row, line in enumerate(lines) if line.startswith(f"{key} = ")]
    lines[rows[nth % len(rows)]] = f"{key} = {value}"
    outcome("\n".join(lines))


@settings(max_examples=100, derandomize=True, deadline=None, database=None)
@given(st.text(max_size=200), st.integers(0, len(MINIMAL)))
def test_any_text_anywhere_never_breaks_the_loader(text, at):
    outcome(text)
    outcome(MINIMAL[:at] + text + MINIMAL[at:])


def test_the_untouched_files_load():
    assert (outcome(MINIMAL), outcome(LIMERICK)) == ("loaded", "loaded")
