"""Other people's programs that the long forms hold our files up to: Debian's R, PSPP and khal, and validators from Python's index.

One that can't be had stops nothing here: the test that needs it fails, and says why and how to get it.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping

from trials.launcher import apt, environment
from trials.launcher.told import Unable, note

SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
R_PACKAGES = ("haven", "foreign")
DEBIAN: Mapping[str, tuple[str, ...]] = {
    "khal": ("khal",),
    "Rscript": ("r-base-core", *(f"r-cran-{name}" for name in R_PACKAGES)),
    "pspp": ("pspp",),
}


def provide() -> dict[str, str]:
    """What the long forms are told: where the validators' programs lie, or why there are none."""
    lacking = [package for program, packages in DEBIAN.items() if not there(program) for package in packages]
    if lacking:
        note(f"Installing {' '.join(lacking)} ...")
        apt.install(*lacking)
    try:
        return {"UPLIFT_VALIDATORS": str(environment.provide("validators").parent)}
    except Unable as failed:
        return {"UPLIFT_NO_VALIDATORS": str(failed)}


def there(program: str) -> bool:
    """Whether the machine has the program, and of R the packages, too."""
    found = shutil.which(program, path=SYSTEM_PATH)
    return found is not None and HELD_UP.get(program, lambda path: True)(found)


def _reads_other_formats(rscript: str) -> bool:
    wanted = ", ".join(f"'{name}'" for name in R_PACKAGES)
    asked = f"quit(status = !all(sapply(c({wanted}), requireNamespace, quietly = TRUE)))"
    return subprocess.run([rscript, "--vanilla", "-e", asked], check=False, capture_output=True).returncode == 0


HELD_UP: Mapping[str, Callable[[str], bool]] = {"Rscript": _reads_other_formats}
