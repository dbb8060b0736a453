"""Scripts of the course as modules: those of benchmarks and data sets are in no package."""

import importlib.util
from pathlib import Path
from types import ModuleType


def as_module(script: Path) -> ModuleType:
    """Return a script as a module of its own; what stands beside it must be on the path."""
    spec = importlib.util.spec_from_file_location(f"{script.parent.name}_{script.stem}", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
