"""Run the benchmarks: `python -m benchmarks [NAME ...] [--size small|full] [--record]`.

Starts PostgreSQL and Valkey of its own in a folder that is thrown away (or takes DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL), and
runs each job as a process of its own on a fresh clone of the template database.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks import JOBS
from trials.launcher import services
from trials.launcher.clones import Clones
from trials.launcher.folder import ROOT
from trials.launcher.supervisor import Stopped, Supervisor
from trials.launcher.told import Unable, note


def main() -> int:
    wanted = _arguments()
    try:
        with Supervisor() as supervisor, services.temporary(supervisor, "test", durable=True) as environment:
            Clones(environment["DATABASE_OWNER_URL"]).make_template(environment)
            failed = []
            for job in wanted.names or JOBS:
                command = [sys.executable, "-m", "benchmarks.job", job, "--size", wanted.size, *(["--record"] if wanted.record else [])]
                if supervisor.run_in_front(command, environment=environment, folder=ROOT):
                    failed.append(job)
    except Stopped as stopped:
        return 128 + stopped.signum
    except Unable as unable:
        note(str(unable))
        return unable.status
    if failed:
        note(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Ratios of the trial's main jobs to raw PostgreSQL.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(JOBS)}; default: all")
    parser.add_argument("--size", choices=["small", "full"], default="small", help="small: about a minute for all; full: some minutes")
    parser.add_argument("--record", action="store_true", help="keep the results in benchmarks/results.jsonl for docs/performance.md")
    wanted = parser.parse_args()
    if unknown := [name for name in wanted.names if name not in JOBS]:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(JOBS)}")
    return wanted


sys.exit(main())
