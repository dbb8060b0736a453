"""The house: imports go down only, and a room is used through what it exports."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from ssplab.course import course_root

LINT = """
from importlinter import cli

raise SystemExit(cli.lint_imports(no_cache=True, is_debug_mode=True))
"""
PUBLIC = "data.twins"  # whose modules generators import, each those that it needs
ROOMS = sorted(path.parent.name for path in (course_root() / "src/ssplab").glob("*/__init__.py"))
SOURCES = [
    path
    for folder in ("src", "checks", "datasets", "benchmarks")
    for path in sorted((course_root() / folder).rglob("*.py"))
]


def uses(path):
    """Yield the room, the module in it and the name of what a file imports from other rooms."""
    parts = path.relative_to(course_root()).parts
    own = parts[2] if parts[:2] == ("src", "ssplab") else None
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ssplab."):
            _, room, *module = node.module.split(".")
            if room in ROOMS and room != own:
                yield from ((room, ".".join(module), alias.name) for alias in node.names)


def test_floors_hold():
    """In a process of its own: beside Twisted, import-linter stumbles over zope's names."""
    done = subprocess.run(
        [sys.executable, "-c", LINT], cwd=course_root(), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_it_is_for_and_has_all_that_it_exports(room):
    module = importlib.import_module(f"ssplab.{room}")
    assert len(module.__doc__.split()) >= 12
    for name in module.__all__:
        assert getattr(module, name) is not None
    modules = {path.stem for path in Path(module.__file__).parent.glob("*.py")}
    shadowed = {name for name in modules & set(module.__all__) if callable(getattr(module, name))}
    assert not shadowed, "importing the module would take the place of what is exported"


def test_a_room_is_used_through_what_it_exports():
    private = [
        f"{path.relative_to(course_root())}: {room}.{module or name}"
        for path in SOURCES
        for room, module, name in uses(path)
        if not f"{room}.{module}".startswith(PUBLIC)
        and (module or name not in importlib.import_module(f"ssplab.{room}").__all__)
    ]
    assert not private
