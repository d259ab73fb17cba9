"""Lay out the pure code of randomisation with its exact tests in a folder of its own, ready for mutmut.

mutmut leaves decorated functions alone. So in the copy every property and every function that keeps its answers is written as a
plain function with the decorated one made of it: the same code, and every line of it is mutated.
"""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = "trials/domain/randomisation"
TESTS = "tests/trials/domain/randomisation"
STATISTICAL = "test_acceptance"
"""Tests of frequencies take long, and may pass or fail by chance: what they alone would catch counts as not caught."""
LEFT = {"classmethod", "staticmethod", "abc.abstractmethod"}
"""mutmut changes what is below the first two itself; below the last is no code."""


def modules() -> list[str]:
    """All of the package: paths below its folder, without `.py`."""
    return _below(PACKAGE, "*.py")


def exact_tests() -> list[str]:
    """The tests whose answer is exact, in the same way."""
    return [name for name in _below(TESTS, "test_*.py") if name != STATISTICAL]


def _below(folder: str, pattern: str) -> list[str]:
    return sorted(str(path.relative_to(ROOT / folder).with_suffix("")) for path in (ROOT / folder).rglob(pattern))


SETTINGS = """\
[tool.mutmut]
source_paths = ["{package}"]
only_mutate = [{modules}]
also_copy = ["trials", "tests"]
pytest_add_cli_args = ["-m", "not long", "-k", "not plain_python"]
pytest_add_cli_args_test_selection = [{tests}]

[tool.pytest.ini_options]
addopts = "-q"
markers = ["long: the long form of a test"]
"""
PROFILE = """\
from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "mutation", derandomize=True, deadline=None, database=None, max_examples=15,
    phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
)
settings.load_profile("mutation")
"""  # nothing that hangs on how busy the machine is may kill a mutant; a failure need not be made small


def stage(folder: Path, mutated: Iterable[str], tests: Iterable[str]) -> None:
    """Fill the folder: these modules will be mutated, these test files may catch it."""
    for tree in (PACKAGE, "trials/domain/protocol", "trials/protocols", TESTS):
        shutil.copytree(ROOT / tree, folder / tree, ignore=shutil.ignore_patterns("__pycache__"))
    alone = (
        *(ROOT / "trials/domain").glob("*.py"),
        ROOT / "tests/fresh.py",
        ROOT / "trials/__init__.py",
        *ROOT.glob("tests/**/__init__.py"),
    )
    for path in alone:
        there = folder / path.relative_to(ROOT)
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, there)
    for path in (folder / PACKAGE).rglob("*.py"):
        path.write_text(undecorated(path.read_text()))
    (folder / "tests/conftest.py").write_text(PROFILE)
    settings = SETTINGS.format(package=PACKAGE, modules=_files(PACKAGE, mutated), tests=_files(TESTS, tests))
    (folder / "pyproject.toml").write_text(settings)


def _files(folder: str, names: Iterable[str]) -> str:
    return ", ".join(f'"{folder}/{name}.py"' for name in names)


def undecorated(source: str) -> str:
    """The same module with `name = decorator(_make_name)` after a plain `_make_name` in place of every decorated function."""
    lines = source.splitlines()
    for function, indent in _decorated(ast.parse(source)):
        assert function.end_lineno is not None
        made = f"_make_{function.name}"
        for decorator in reversed(function.decorator_list):
            made = f"{ast.unparse(decorator)}({made})"
        lines[function.end_lineno - 1] += f"\n\n{indent}{function.name} = {made}"
        lines[function.lineno - 1] = lines[function.lineno - 1].replace(f"def {function.name}(", f"def _make_{function.name}(", 1)
        for decorator in function.decorator_list:
            assert decorator.lineno == decorator.end_lineno
            lines[decorator.lineno - 1] = ""
    return "\n".join(lines) + "\n"


def _decorated(module: ast.Module) -> Iterator[tuple[ast.FunctionDef, str]]:
    """Functions and methods with code that mutmut would leave alone, with their indentation."""
    for body, indent in ((module.body, ""), *((node.body, "    ") for node in module.body if isinstance(node, ast.ClassDef))):
        for node in body:
            if isinstance(node, ast.FunctionDef) and node.decorator_list and not LEFT & {ast.unparse(d) for d in node.decorator_list}:
                yield node, indent
