"""Which lessons a whole run executes anew on other data than the course's.

Twenty twins and twenty extracts a chapter would be hours. They are run when a chapter changes, and
what came out is stored with hashes of all that it depends on (`ssplab.verify.seeds`,
`ssplab.verify.own_runs`); where such a record holds, a whole run takes it at its word. The
machinery may have changed since all the same: one lesson of each data set, the cheapest, is run
anew.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from ssplab.course import normal, parameters
from ssplab.verify.shards import stored_costs


def live(lessons: Sequence[Path], problems: Callable[[Path], list[str]]) -> list[Path]:
    """Return the lessons to run anew, in the order given.

    Parameters
    ----------
    lessons : sequence of Path
        Chapters and sessions.
    problems : callable
        What is wrong with a lesson's record, such as `ssplab.verify.seeds.problems`: a lesson whose
        record is missing, stale or shows a fault is run. Sessions have none.
    """
    costs = stored_costs().get("notebooks", {})
    cheapest: dict[str, Path] = {}
    for lesson in sorted(lessons, key=lambda one: costs.get(one.stem, math.inf)):
        cheapest.setdefault(parameters(normal.read(lesson)).get("data", ""), lesson)
    return [one for one in lessons if one in cheapest.values() or problems(one)]
