"""Python for Official Statistics: the code behind the course's notebooks.

`load`, `truth` and `describe` read the data sets; `check` examines an exercise's answer.
"""

import importlib

__version__ = "0.1.0"

_HOMES = {"load": "data", "truth": "data", "describe": "data", "check": "checks"}

__all__ = ["check", "describe", "load", "truth"]


def __getattr__(name: str):
    # Loaded when asked for, so that `import ssplab` and the command line stay light.
    if name in _HOMES:
        return getattr(importlib.import_module(f"ssplab.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'ssplab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
