"""The comments that stand behind a name in a class body, and a class's own docstring: the code is what the pages are made from."""

from __future__ import annotations

import ast
import inspect
import io
import textwrap
import tokenize


def behind(cls: type) -> dict[str, str]:
    """Name -> the comment at the end of its assignment, for the class and the classes it inherits from in this house."""
    found: dict[str, str] = {}
    for parent in reversed(cls.__mro__):
        if parent.__module__.split(".")[0] in ("trials", "participants", "outcomes"):
            found |= _own(parent)
    return found


def docstring(cls: type) -> str:
    """What the class says of itself, as running text; empty where it says nothing."""
    return " ".join(inspect.cleandoc(cls.__dict__.get("__doc__") or "").split()) if _is_written(cls) else ""


def _own(cls: type) -> dict[str, str]:
    source = textwrap.dedent(inspect.getsource(cls))
    said = {
        token.start[0]: token.string.lstrip("# ").strip()
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT and not token.string.startswith(("# type:", "# noqa"))
    }
    found: dict[str, str] = {}
    for node in _body(source):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target if isinstance(node, ast.AnnAssign) else None
        words = [said[line] for line in range(node.lineno, (node.end_lineno or node.lineno) + 1) if line in said]
        if isinstance(target, ast.Name) and words:
            found[target.id] = " ".join(words)
    return found


def _is_written(cls: type) -> bool:
    """Django and enum give a class a docstring of their own where it has none."""
    body = _body(textwrap.dedent(inspect.getsource(cls)))
    return bool(body) and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)


def _body(source: str) -> list[ast.stmt]:
    written = ast.parse(source).body[0]
    return written.body if isinstance(written, ast.ClassDef) else []
