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

from nbformat import NotebookNode

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
    read = {lesson: normal.read(lesson) for lesson in lessons}
    cheapest: dict[str, Path] = {}
    # What a new lesson costs is not known yet; a short one is cheap, as a rule.
    for lesson in sorted(read, key=lambda one: (costs.get(one.stem, math.inf), _length(read[one]))):
        cheapest.setdefault(parameters(read[lesson]).get("data", ""), lesson)
    return [one for one in lessons if one in cheapest.values() or problems(one)]


def _length(nb: NotebookNode) -> int:
    return sum(cell.cell_type == "code" for cell in nb.cells)
