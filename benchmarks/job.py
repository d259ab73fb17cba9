"""One job in a process of its own, on a clone of the template that is dropped afterwards. Started by `python -m benchmarks`."""

from __future__ import annotations

import argparse
import importlib
import os

from benchmarks.result import Result, keep, machine
from trials.launcher.clones import Clones, with_name


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("--size", required=True)
    parser.add_argument("--record", action="store_true")
    wanted = parser.parse_args()
    owner_url = os.environ["DATABASE_OWNER_URL"]
    clones = Clones(owner_url)
    name = f"bench_{wanted.name}_{os.getpid()}"
    clones.clone(name, of=clones.template)
    os.environ["DATABASE_URL"] = with_name(os.environ["DATABASE_URL"], name)
    os.environ["DATABASE_OWNER_URL"] = with_name(owner_url, name)
    try:
        _report(_results(wanted.name, wanted.size), clones, record=wanted.record)
    finally:
        from django.db import connections

        connections.close_all()
        clones.drop(name)


def _results(name: str, size: str) -> list[Result]:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    job = importlib.import_module(f"benchmarks.{name}")
    results: list[Result] = job.run(size)
    return results


def _report(results: list[Result], clones: Clones, *, record: bool) -> None:
    with clones.connect() as connection:
        facts = machine(connection)
    lines = [result.json(facts) for result in results]
    for result, line in zip(results, lines, strict=True):
        print(line)
        print(result.line(), flush=True)
    if record:
        keep(lines)


main()
