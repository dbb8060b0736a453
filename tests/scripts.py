"""Scripts of the course, those of benchmarks and data sets, which are in no package."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from processes import LIMIT


def as_module(script: Path) -> ModuleType:
    """Return a script as a module of its own; what stands beside it must be on the path."""
    spec = importlib.util.spec_from_file_location(f"{script.parent.name}_{script.stem}", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_script(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script with this Python; return how it ended, and what it said."""
    return subprocess.run(
        [sys.executable, str(script), *arguments],
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT,
    )
