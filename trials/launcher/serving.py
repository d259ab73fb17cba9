"""`./uplift demo` and `./uplift run`: web server, worker and beat beside PostgreSQL and Valkey, until told to stop."""

from __future__ import annotations

import http.client
import shutil
import socket
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from trials.launcher import logs
from trials.launcher.arguments import Wanted
from trials.launcher.folder import ROOT, Folder, Kind, write_private
from trials.launcher.installation import folder_for, last_line, manage_plan, opened
from trials.launcher.processes import Plan
from trials.launcher.supervisor import Stopped, Supervisor
from trials.launcher.told import Unable, note, say

HOST = "127.0.0.1"
ANSWERS_WITHIN = 60.0
WEB_WORKERS, WEB_THREADS, TASK_WORKERS = 2, 4, 2


def serve(wanted: Wanted) -> int:
    """Serve until a signal comes; 0 after an orderly stop."""
    kind: Kind = "demo" if wanted.verb == "demo" else "real"
    folder = folder_for(wanted.verb, wanted.data)
    folder.check_usable(kind)
    with folder.locked() as ours:
        if not ours:
            raise Unable(f"{folder.path} is in use: {_where(folder)}")
        port = free_port(wanted.port)
        if kind == "demo":
            start_afresh_if_cut_short(folder)
        try:
            with Supervisor() as supervisor, opened(supervisor, folder, kind) as environment:
                _serve(supervisor, folder, environment, port)
        except Stopped:
            note("Stopped.")
    return 0


def _serve(supervisor: Supervisor, folder: Folder, environment: dict[str, str], port: int) -> None:
    address = f"http://{HOST}:{port}"
    environment.setdefault("UPLIFT_BASE_URL", address)
    web, *others = programs(folder, environment, port)
    supervisor.start(web)
    supervisor.wait_ready("web", within=ANSWERS_WITHIN)
    say(f"Uplift answers at {address}")
    for plan in others:  # only now: on a small machine they would take the web server's time
        supervisor.start(plan)
    folder.announce({**folder.running(within=1), "address": address, "programs": supervisor.pids()})
    if folder.kind == "demo":
        _load_demo(supervisor, folder, environment)
    else:
        _invite_first_manager(supervisor, folder, environment)
    supervisor.watch(until=logs.KeepSmall(folder.path / "logs"))


def _load_demo(supervisor: Supervisor, folder: Folder, environment: Mapping[str, str]) -> None:
    """Load the demonstration trial through its actions and print its logins; of one that is there already the logins alone."""
    loaded, log = folder.path / "loaded", folder.log("demo")
    if loaded.exists():
        say(loaded.read_text().rstrip())
        return
    log.unlink(missing_ok=True)
    status = _tell(supervisor, manage_plan(folder, environment, "build_demo", name="demo"))
    if status == 0:
        write_private(loaded, "\n".join(line for line in logs.Shown(log).new_lines() if "%" not in line) + "\n")
    else:
        note(f"The demonstration trial could not be loaded: {last_line(log)} (log: {log})")


def _invite_first_manager(supervisor: Supervisor, folder: Folder, environment: Mapping[str, str]) -> None:
    """Print the one-time link while there is no trial manager. It is a secret: it passes through a private file, not through a log."""
    passing = folder.path / "first-manager.new"
    write_private(passing, "")
    try:
        _tell(supervisor, replace(manage_plan(folder, environment, "first_manager_link", name="first-manager"), log=passing))
    finally:
        passing.unlink(missing_ok=True)


def _tell(supervisor: Supervisor, plan: Plan) -> int:
    """Run a command beside the programs and print its lines as they come, a traceback excepted; its exit status."""
    shown = logs.Shown(plan.log)
    process = supervisor.start(plan)

    def ended() -> bool:
        done = process.status is not None  # before the reading: what it wrote last must not be missed
        for line in takewhile(lambda line: not line.startswith("Traceback "), shown.new_lines()):
            say(line)
        return done

    supervisor.watch(until=ended)
    return process.status or 0


def programs(folder: Folder, environment: Mapping[str, str], port: int) -> list[Plan]:
    """The three programs, as the application role: none of them is told the owner's address."""
    restricted = {name: value for name, value in environment.items() if name != "DATABASE_OWNER_URL"}
    web = [
        *("-m", "gunicorn", "config.wsgi:application", "--bind", f"{HOST}:{port}", "--worker-class", "gthread", "--preload"),
        *("--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS), "--no-control-socket"),
        *("--graceful-timeout", "2", "--timeout", "60", "--log-level", "warning"),
    ]
    celery = ["-m", "celery", "-A", "config.celery"]
    worker = [*celery, "worker", "--concurrency", str(TASK_WORKERS), "--without-mingle", "--without-gossip", "--loglevel", "INFO"]
    beat = [*celery, "beat", "--schedule", str(folder.path / "beat-schedule"), "--pidfile=", "--loglevel", "WARNING"]

    def plan(name: str, command: list[str]) -> Plan:
        ready = (lambda: answers(port)) if name == "web" else (lambda: True)
        return Plan(name=name, command=command, log=folder.log(name), environment=restricted, folder=ROOT, ready=ready)

    return [plan("web", web), plan("worker", worker), plan("beat", beat)]


def answers(port: int) -> bool:
    """True once the web server answers its health page, be it that the rest is not well yet (503)."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status in (200, 503)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def free_port(wanted: int) -> int:
    """The port asked for if nobody listens there, or any free one for 0."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError as taken:
            raise Unable(f"port {wanted} cannot be used ({taken.strerror}): choose another with --port N") from taken
        return int(probe.getsockname()[1])


def _where(folder: Folder) -> str:
    try:
        facts = folder.running(within=0)
    except Unable:
        return "another command is starting or working there"
    return f"Uplift already answers at {facts['address']}" if "address" in facts else f"by the command with process id {facts['pid']}"


def start_afresh_if_cut_short(folder: Folder) -> None:
    """A demonstration whose loading was cut short is thrown away: its folder holds nobody real."""
    if folder.made and not (folder.path / "loaded").exists():
        note(f"The demonstration in {folder.path} was not loaded to its end; starting afresh.")
        for name in ("pg", "valkey"):
            shutil.rmtree(folder.room(name), ignore_errors=True)
        (folder.path / "migrated").unlink(missing_ok=True)


def once(wanted: Wanted) -> int:
    """Build the demonstration trial at its fixed date and seed, write both views into the folder named, and end."""
    assert wanted.once is not None
    try:
        wanted.once.mkdir(parents=True, exist_ok=True)
    except OSError as failed:
        raise Unable(f"{wanted.once} cannot be made: {failed.strerror}") from failed
    with tempfile.TemporaryDirectory(prefix="uplift-demo-") as place:
        folder = Folder(wanted.data or Path(place) / "data")
        try:
            return _build_once(folder, wanted.once)
        except Stopped as stopped:
            return 128 + stopped.signum


def _build_once(folder: Folder, into: Path) -> int:
    with folder.locked() as ours:
        if not ours or folder.made:
            raise Unable(f"{folder.path} is in use or not empty: demo --once builds in a new folder (leave --data out for a temporary one)")
        with Supervisor() as supervisor, opened(supervisor, folder, "demo") as environment:
            command = [sys.executable, str(ROOT / "manage.py"), "build_demo", "--once", str(into)]
            repeatable = {**environment, "UPLIFT_TEST_ENTROPY": "demonstration"}
            return supervisor.run_in_front(command, environment=repeatable, folder=Path.cwd())
