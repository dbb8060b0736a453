"""Whether what an exercise was given is still what it was: a trainee's cell may have changed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ssplab.system import _

if TYPE_CHECKING:
    from ssplab.exercises.engine.solved import Solved


def changed_input(solved: Solved | None, namespace: Mapping[str, object], is_right: bool) -> str:
    """Return what is to be said of the first input that is not what it was; nothing if all are.

    Parameters
    ----------
    solved : Solved or None
        The exercise's solution, with inputs of its own; without one there is nothing to compare.
    namespace : mapping of str to object
        The trainee's variables.
    is_right : bool
        Whether the answer is right: then only those inputs matter that later cells read.
    """
    if solved is None:
        return ""
    for name in solved.inputs:
        if is_right and name not in solved.read_later:
            continue
        if name not in namespace or is_as_given(namespace[name], solved.context[name]):
            continue
        if name in solved.answered_before:
            return _(
                "Before that: `{name}` is not what exercise {number} asks for, and this exercise "
                "needs it. Put that one right first."
            ).format(name=name, number=solved.answered_before[name])
        return _(
            "`{name}` is no longer what the notebook gave you: one of your cells changed "
            "it, or gave its name to something else, and other cells need it. Run the cell that "
            "made it again, and let your own code work on a copy (`{name}.copy()`) under another "
            "name."
        ).format(name=name)
    return ""


def is_as_given(theirs: object, ours: object) -> bool:
    """Tell whether an object holds what another does; a table may have more columns.

    Only data are looked at: of functions, modules and the like anything is as given.
    """
    import numpy as np
    import pandas as pd

    if type(ours) is not type(theirs):
        return not isinstance(ours, _data_types())
    if isinstance(ours, pd.DataFrame):
        there = theirs.columns.is_unique and set(ours) <= set(theirs)
        return bool(there) and theirs[list(ours)].equals(ours) and theirs.index.equals(ours.index)
    if isinstance(ours, pd.Series):
        return theirs.equals(ours) and theirs.index.equals(ours.index)
    if isinstance(ours, pd.Index):
        return theirs.equals(ours)
    if isinstance(ours, np.ndarray):
        return ours.dtype == theirs.dtype and np.array_equal(
            ours, theirs, equal_nan=ours.dtype.kind == "f"
        )
    if isinstance(ours, dict):
        return list(ours) == list(theirs) and all(is_as_given(theirs[k], ours[k]) for k in ours)
    if isinstance(ours, list | tuple):
        return len(ours) == len(theirs) and all(map(is_as_given, theirs, ours))
    return ours == theirs if isinstance(ours, _data_types()) else True


def _data_types() -> tuple[type, ...]:
    import numpy as np
    import pandas as pd

    plain = (str, bytes, int, float, complex, bool, dict, list, tuple, set, frozenset)
    return (*plain, pd.DataFrame, pd.Series, pd.Index, np.ndarray)
