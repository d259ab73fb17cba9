"""A supervisor with programs that do not want to end, for the tests: prints its pids once all are up, then keeps them.

python -m tests.launcher.household FOLDER stubborn|gentle [PORT]
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from trials.launcher.processes import Plan
from trials.launcher.supervisor import Stopped, Supervisor

# Ignores every polite signal, forks a child that does the same and is busy, and starts a program that just sits there.
STUBBORN = """
import os, signal, subprocess, sys, time
if sys.argv[1] != "gentle":
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(signum, signal.SIG_IGN)
child = os.fork()
if not child:
    while True:
        time.sleep(0.001)
sitter = subprocess.Popen(["sleep", "600"]) if sys.argv[1] == "sitter" else None
open(sys.argv[2] + ".new", "w").write(f"{os.getpid()} {child} {sitter.pid if sitter else os.getpid()}")
os.rename(sys.argv[2] + ".new", sys.argv[2])
while True:
    time.sleep(1)
"""
APP = """
import time
from celery import Celery, signals
app = Celery("stubborn", broker="memory://")
app.conf.worker_hijack_root_logger = False

@app.task
def for_ever(path):
    open(path, "w").close()
    while True:
        try:
            time.sleep(600)
        except BaseException:
            pass

@signals.worker_ready.connect
def begin(**_):
    for_ever.delay("task-runs")

def wsgi(environ, start):
    open("request-runs", "w").close()
    while True:
        time.sleep(600)
"""


def plans(folder: Path, mood: str, port: int | None) -> list[Plan]:
    """A program and a server that are stubborn or gentle; with a port also a real gunicorn and a real Celery worker."""
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    (folder / "stubborn.py").write_text(STUBBORN)
    (folder / "stubborn_app.py").write_text(APP)

    def plan(name: str, *command: str, server: bool = False) -> Plan:
        log = folder / f"{name}.log"
        return Plan(name, command, log, environment, folder, server=server, ready=(folder / f"{name}.pids").exists)

    found = [
        plan("program", "-m", "stubborn", "sitter" if mood == "stubborn" and port is None else mood, "program.pids"),
        plan("server", "-m", "stubborn", mood, "server.pids", server=True),
    ]
    if port is None:
        return found
    web = ("-m", "gunicorn", "stubborn_app:wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "2", "--no-control-socket", "--preload")
    worker = ("-m", "celery", "-A", "stubborn_app", "worker", "--concurrency", "2", "--without-mingle", "--without-gossip")
    return [*found, plan("web", *web), plan("worker", *worker)]


def main(folder: Path, mood: str, port: int | None) -> None:
    try:
        with Supervisor() as supervisor:
            for plan in plans(folder, mood, port):
                supervisor.start(plan)
            for name in ("program", "server"):
                supervisor.wait_ready(name, within=20)
            print(json.dumps(supervisor.pids()), flush=True)
            supervisor.watch()
    except Stopped:
        print("stopped", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else None)
