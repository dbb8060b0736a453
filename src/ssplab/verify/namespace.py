"""The names of a notebook, set aside in its kernel while something is tried, and put back."""

import copy

import numpy as np
import pandas as pd

_kept: dict[str, object] = {}


def set_aside(names: dict[str, object]) -> None:
    """Keep a notebook's objects, and leave copies under their names.

    Tables, arrays, lists, tuples, dictionaries and sets are copied, with what they hold of these;
    so are estimators and random generators, which change in use. Whatever else there is (functions,
    figures, connections) stays the same object, and so do the settings of libraries.

    Parameters
    ----------
    names : dict
        The notebook's `globals()`. What begins with an underscore is IPython's.
    """
    _kept.clear()
    _kept.update((name, value) for name, value in names.items() if not name.startswith("_"))
    copies: dict[int, object] = {}  # what two names mean stays one object
    names.update((name, _copied(value, copies)) for name, value in _kept.items())


def put_back(names: dict[str, object]) -> None:
    """Give a notebook the objects back that were set aside; names that came since are deleted."""
    for name in [name for name in names if not name.startswith("_") and name not in _kept]:
        del names[name]
    names.update(_kept)


def _copied(value: object, copies: dict[int, object]) -> object:
    """Return a copy of what code changes in place, and anything else as it is."""
    if id(value) not in copies:
        if isinstance(value, list):
            copies[id(value)] = new = copy.copy(value)  # before what it holds, which may be itself
            new[:] = [_copied(one, copies) for one in value]
        elif isinstance(value, dict):
            copies[id(value)] = new = copy.copy(value)
            for key in new:  # no `update`, by which a Counter adds
                new[key] = _copied(value[key], copies)
        elif type(value) is tuple:
            copies[id(value)] = tuple(_copied(one, copies) for one in value)
        elif isinstance(value, set | np.ndarray | pd.DataFrame | pd.Series):
            copies[id(value)] = value.copy()
        elif isinstance(value, np.random.Generator) or _is_estimator(value):
            copies[id(value)] = copy.deepcopy(value)
        else:
            copies[id(value)] = value
    return copies[id(value)]


def _is_estimator(value: object) -> bool:
    """Whether a value is an object that scikit-learn fits."""
    return not isinstance(value, type) and hasattr(value, "fit") and hasattr(value, "get_params")
