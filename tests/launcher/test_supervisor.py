"""Everything that was started is gone within six seconds, however the supervisor ends; what dies is started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from trials.launcher import supervisor as supervising
from trials.launcher.folder import ROOT
from trials.launcher.processes import Plan, members
from trials.launcher.supervisor import Stopped, Supervisor, pause_after
from trials.launcher.told import Unable

GONE_WITHIN = 6.0


def wait_for(happened: Callable[[], bool], *, within: float) -> float:
    """Seconds it took."""
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < within, "waited in vain"
        time.sleep(0.02)
    return time.monotonic() - began


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@contextmanager
def household(folder: Path, *words: str, ignoring: tuple[int, ...] = ()) -> Iterator[tuple[subprocess.Popen[str], set[int]]]:
    """A supervisor in a process of its own, and the ids of everything below it."""

    def ignore() -> None:
        """What this run itself ignores, under nohup say, must not be passed on."""
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, signal.SIG_IGN if signum in ignoring else signal.SIG_DFL)

    process = subprocess.Popen(
        [sys.executable, "-m", "tests.launcher.household", str(folder), *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=ignore,
    )
    started: set[int] = set()
    try:
        assert process.stdout is not None
        sessions = json.loads(process.stdout.readline()).values()
        for told in ("program.pids", "server.pids"):
            started |= set(map(int, (folder / told).read_text().split()))
        yield process, started
        started |= {pid for session in sessions for pid in members(session)}
    finally:
        process.kill()
        process.wait()
        for pid in started:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(
    ("signum", "mood", "ignoring", "programs"),
    [
        (signal.SIGTERM, "stubborn", (), 5),
        (signal.SIGINT, "gentle", (signal.SIGINT,), 4),
        (signal.SIGHUP, "gentle", (), 4),
    ],
    ids=["TERM, what was started ignores every polite signal", "INT, ignored by the script that started it", "HUP"],
)
def test_a_signal_ends_everything(tmp_path: Path, signum: int, mood: str, ignoring: tuple[int, ...], programs: int) -> None:
    with household(tmp_path, mood, ignoring=ignoring) as (process, started):
        assert len(started) == programs
        process.send_signal(signum)
        took = wait_for(lambda: not any(map(alive, started)) and process.poll() is not None, within=GONE_WITHIN)
        assert process.returncode == 0
        assert process.stdout is not None
        assert process.stdout.read() == "stopped\n"
    assert took < GONE_WITHIN


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def busy_household(folder: Path) -> Iterator[tuple[subprocess.Popen[str], set[int]]]:
    """A real web server inside a request that never ends, and a real worker inside a task that never ends."""
    port = free_port()
    with household(folder, "stubborn", str(port)) as (process, started), socket.socket() as caller:
        wait_for(lambda: caller.connect_ex(("127.0.0.1", port)) in (0, 106), within=15)
        caller.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_for(lambda: (folder / "request-runs").exists() and (folder / "task-runs").exists(), within=20)
        below = {int(pid) for pid in os.listdir("/proc") if pid.isdecimal() and descends(int(pid), process.pid)}
        started |= below
        assert len(below) >= 9, "supervisor's children: 2 stubborn pairs, gunicorn and its worker, Celery and its two"
        yield process, started


def descends(pid: int, ancestor: int) -> bool:
    while pid > 1:
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
        if pid == ancestor:
            return True
    return False


def test_a_task_and_a_request_that_never_end_are_gone_after_term(tmp_path: Path) -> None:
    with busy_household(tmp_path) as (process, started):
        process.terminate()
        wait_for(lambda: not any(map(alive, started)), within=GONE_WITHIN)


def test_nothing_outlives_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    with busy_household(tmp_path) as (process, started):
        process.kill()
        wait_for(lambda: not any(map(alive, started)), within=GONE_WITHIN)


@pytest.mark.parametrize(("deaths", "pause"), [(0, 1), (1, 2), (2, 4), (3, 8), (4, 16), (5, 30), (6, 30), (10_000, 30)])
def test_the_pause_before_a_new_start_doubles_up_to_half_a_minute(deaths: int, pause: float) -> None:
    assert pause_after(deaths) == pause


def plan_of(folder: Path, code: str, *, ready: Callable[[], bool] = lambda: True, once: bool = False) -> Plan:
    command = [sys.executable, "-S", "-c", code]
    return Plan("program", command, folder / "program.log", dict(os.environ), folder, ready=ready, once=once)


def test_a_program_that_dies_is_started_again_each_time_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(supervising, "FIRST_PAUSE", 0.2)
    monkeypatch.setattr(supervising, "STEP", 0.01)
    starts = tmp_path / "starts"
    code = "import time; open('starts', 'a').write(f'{time.monotonic()}\\n'); raise SystemExit(3)"
    with Supervisor() as supervisor:
        supervisor.start(plan_of(tmp_path, code))
        supervisor.watch(until=lambda: starts.exists() and len(starts.read_text().splitlines()) == 4)
    first, second, third, fourth = map(float, starts.read_text().split())
    gaps = [second - first, third - second, fourth - third]
    assert [gap >= least for gap, least in zip(gaps, (0.2, 0.4, 0.8), strict=True)] == [True, True, True]
    assert "program ended with status 3; starting it again" in capsys.readouterr().err


def test_what_runs_once_is_not_started_again(tmp_path: Path) -> None:
    with Supervisor() as supervisor:
        assert supervisor.run(plan_of(tmp_path, "raise SystemExit(4)", once=True)) == 4
        supervisor.tend()
        assert supervisor.pids() == {}


def test_a_program_that_does_not_get_ready_is_named_with_its_log(tmp_path: Path) -> None:
    with Supervisor() as supervisor:
        supervisor.start(plan_of(tmp_path, "import time; time.sleep(60)", ready=lambda: False))
        with pytest.raises(Unable) as refused:
            supervisor.wait_ready("program", within=0.2)
    assert str(refused.value) == f"program did not answer within 0 s; its log is {tmp_path}/program.log"


def test_a_command_in_front_gives_its_status_and_hears_the_signal(tmp_path: Path) -> None:
    with Supervisor() as supervisor:
        assert supervisor.run_in_front(["sh", "-c", "exit 7"], environment=dict(os.environ), folder=tmp_path) == 7
        told = ["sh", "-c", f"trap 'exit 0' TERM; kill -TERM {os.getpid()}; while :; do sleep 0.05; done"]
        assert supervisor.run_in_front(told, environment=dict(os.environ), folder=tmp_path) == 128 + signal.SIGTERM
        with pytest.raises(Stopped):
            supervisor.check()


def test_the_handlers_of_before_are_back_afterwards() -> None:
    before = [signal.getsignal(signum) for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    with Supervisor():
        assert signal.getsignal(signal.SIGTERM) != before[1]
    assert [signal.getsignal(signum) for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before
