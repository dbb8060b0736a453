"""Python for Official Statistics: the code behind the course's notebooks.

`load`, `truth` and `describe` read the data sets; `safe` and `safe_totals` mask what a table of own
data must not show; `over_seeds` sets a chapter's claims beside those of other twins; `check`
examines an exercise's answer, `hint` and `solution` help with it, `progress` shows what is done and
what is next.
"""

import importlib

__version__ = "0.1.0"

_HOMES = {
    "check": "checks",
    "describe": "data",
    "hint": "checks",
    "load": "data",
    "over_seeds": "notebooks.seeds",
    "progress": "achieved",
    "safe": "disclosure",
    "safe_totals": "disclosure",
    "solution": "notebooks.answers",
    "truth": "data",
}

__all__ = [
    "check",
    "describe",
    "hint",
    "load",
    "over_seeds",
    "progress",
    "safe",
    "safe_totals",
    "solution",
    "truth",
]


def __getattr__(name: str):
    # Loaded when asked for, so that `import ssplab` and the command line stay light.
    if name in _HOMES:
        return getattr(importlib.import_module(f"ssplab.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'ssplab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
