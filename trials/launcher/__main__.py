"""The door of `./uplift`: puts the project on the path whatever the working folder is, then reads the command line."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

if __name__ == "__main__":
    sys.path[0] = str(ROOT)
    from trials.launcher.cli import main

    sys.exit(main(sys.argv[1:]))
