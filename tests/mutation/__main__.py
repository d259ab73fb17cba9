"""`python -m tests.mutation [FILE ...]`: hunt in some files of the package (paths below it, without `.py`), or in all, and print what lives."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.mutation import stage
from tests.mutation.survivors import hunted, reasons, speaks_of


def main(chosen: list[str]) -> int:
    unknown = [name for name in chosen if name not in stage.modules()]
    if unknown:
        print(f"no such file: {', '.join(unknown)}; there are {', '.join(stage.modules())}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="uplift-mutation-") as name:
        stage.stage(Path(name), chosen or stage.modules(), stage.exact_tests())
        found = hunted(Path(name))
    for mutant in found["others"]:
        known = next((known["reason"] for known in reasons() if speaks_of(known, mutant)), "NO REASON")
        print(f"{mutant['module']}: {mutant['was']}\n{' ' * len(mutant['module'])}> {mutant['becomes']}\n    {known}")
    print(f"{found['killed'] + found['timed_out']} killed, {len(found['others'])} alive")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
