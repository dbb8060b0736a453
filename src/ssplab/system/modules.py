"""Modules that stand outside the package: a chapter's checks, a data set's generator and figure."""

import sys
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType


@cache
def load_module(path: Path) -> ModuleType:
    """Return the module in a file, loaded once a process.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    """
    name = path.as_posix()  # names no other module, and dataclasses look their module up by name
    spec = spec_from_file_location(name, path)
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
