"""The Python environment: made once from a lock with hashes, found again by the lock's digest."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, cast

from trials.launcher.folder import ROOT
from trials.launcher.processes import tie
from trials.launcher.told import Unable, note

Set = Literal["runtime", "export", "report", "dev", "validators"]

LOCKS: dict[Set, tuple[str, ...]] = {
    "runtime": ("runtime.txt",),
    "export": ("runtime.txt", "export.txt"),
    "report": ("runtime.txt", "export.txt", "report.txt"),
    "dev": ("runtime.txt", "export.txt", "report.txt", "dev.txt"),
    "validators": ("validators.txt",),
}
HOLDS: dict[Set, tuple[Set, ...]] = {
    "runtime": ("runtime",),
    "export": ("runtime", "export"),
    "report": ("runtime", "export", "report"),
    "dev": ("runtime", "export", "report", "dev"),
    "validators": ("validators",),
}
REQUIREMENTS = ROOT / "requirements"
SETTINGS = (
    (
        "UPLIFT_EXTRA",
        "export adds the packages of the further export formats, report those, what sets a report as PDF and what fits its mixed model",
    ),
    ("UPLIFT_VENV", "the folder of the Python environment; default .venv beside the program"),
    ("UPLIFT_PYTHON", "an interpreter whose packages somebody else looks after; no environment is made then"),
)


def place(packages: Set = "runtime") -> Path:
    """The folder of the environment; the validators' lies in it."""
    venv = Path(os.environ.get("UPLIFT_VENV") or ROOT / ".venv").absolute()
    return venv / "validators" if packages == "validators" else venv


def wanted() -> Set:
    """What a running program needs: the runtime packages, with those of an extra where UPLIFT_EXTRA asks for it."""
    extra = os.environ.get("UPLIFT_EXTRA", "")
    if extra not in ("", "export", "report"):
        raise Unable(f"UPLIFT_EXTRA is {extra}: there are the extras export and report, which holds export", status=2)
    return cast(Set, extra) if extra else "runtime"


def provide(packages: Set) -> Path:
    """The interpreter of an environment that holds the locked packages; makes it when it is missing or the lock has changed."""
    given = os.environ.get("UPLIFT_PYTHON")
    if given and packages != "validators":
        return Path(given)
    venv = place(packages)
    if not _fresh(venv, packages):
        with _one_at_a_time(venv):
            if not _fresh(venv, packages):
                _make(venv, packages)
    return venv / "bin" / "python"


def digest(packages: Set) -> str:
    """What the environment must have been made from: the locks, this Python, this kind of machine."""
    told = hashlib.sha256(f"{platform.python_version()} {platform.system()} {platform.machine()}".encode())
    for name in LOCKS[packages]:
        told.update((REQUIREMENTS / name).read_bytes())
    return told.hexdigest()


def _fresh(venv: Path, packages: Set) -> bool:
    stamp = venv / f"made-from-{packages}.sha256"
    return stamp.exists() and stamp.read_text() == digest(packages) and (venv / "bin" / "python").exists()


def _make(venv: Path, packages: Set) -> None:
    note(f"Making the Python environment in {venv} ({packages}, once) ...")
    for stamp in venv.glob("made-from-*.sha256"):
        stamp.unlink()
    python = venv / "bin" / "python"
    if not _same_python(python):
        _make_empty(venv)
    _install(python, REQUIREMENTS / LOCKS[packages][-1])
    for each in HOLDS[packages]:
        (venv / f"made-from-{each}.sha256").write_text(digest(each))


def _same_python(python: Path) -> bool:
    if not python.exists():
        return False
    told = _run([python, "-c", "import platform; print(platform.python_version())"])
    return told.returncode == 0 and told.stdout.strip() == platform.python_version()


def _make_empty(venv: Path) -> None:
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        _install_venv_package()
    made = _run([sys.executable, "-m", "venv", "--clear", venv])
    if made.returncode:
        raise Unable(f"python3 -m venv failed: {_last_line(made)} (on Debian: apt-get install python3-venv)")


def _install_venv_package() -> None:
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Unable(f"python3 has no venv module: ask an administrator for the package {package} (apt-get install python3-venv)")
    note(f"Installing {package} ...")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", "update"], environment=quiet)
    installed = _run(["apt-get", "install", "-y", "--no-install-recommends", package], environment=quiet)
    if installed.returncode:
        raise Unable(f"apt-get install {package} failed: {_last_line(installed)}")


def _install(python: Path, lock: Path) -> None:
    """By uv, which is quick; by pip where uv cannot be had. Both check every hash."""
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    got = _run([*pip, "install", "--quiet", "--require-hashes", "-r", REQUIREMENTS / "installer.txt"])
    if got.returncode == 0:
        uv = [python.with_name("uv"), "--system-certs", "pip", "sync", "--require-hashes", "--python", python, lock]
        got = _run(uv, environment={**os.environ, "UV_LINK_MODE": os.environ.get("UV_LINK_MODE", "copy")})
        if got.returncode == 0:
            return
    note(f"uv could not install ({_last_line(got)}); trying pip ...")
    got = _run([*pip, "install", "--require-hashes", "-r", lock])
    if got.returncode:
        raise Unable(f"the packages of {lock.name} could not be installed: {_last_line(got)}")


def _run(command: Sequence[object], *, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in (environment or os.environ).items() if k not in ("PYTHONHOME", "PYTHONPATH")}
    return subprocess.run(
        [*tie(signal.SIGKILL), *map(str, command)], check=False, capture_output=True, text=True, env=env, stdin=subprocess.DEVNULL
    )


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return lines[-1].strip() if lines else f"status {done.returncode}"


@contextmanager
def _one_at_a_time(venv: Path) -> Iterator[None]:
    try:
        venv.parent.mkdir(parents=True, exist_ok=True)
        lock = venv.with_name(venv.name + ".lock").open("a")
    except OSError as failed:
        raise Unable(f"{venv} cannot be made ({failed.strerror}): set UPLIFT_VENV to a folder of your own") from failed
    with lock:
        fcntl.flock(lock.fileno(), fcntl.LOCK_EX)
        yield
