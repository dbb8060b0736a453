"""What a run of `ssplab test` cost, in processor seconds: by step, room of tests, file and chapter.

Seconds of the processor, since other work on the machine disturbs them less than the clock; those
of a kernel, a browser or a server count for the test at whose end they are waited for. The run
leaves them in `_build/verification.json`; `benchmarks/verification.py` stores them.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from ssplab.course import KINDS, LESSONS, course_root, notebooks
from ssplab.system import write_text

PROPERTY = "processor seconds"
ANOTHER_SEED = "test_another_seed.py"  # each of its tests executes a lesson

Costs = dict[str, Counter[str]]
"""Processor seconds of `files` of tests, and of `notebooks` executed, by stem; of `chapters`, by
stem, all that grows with each of them: what executes its notebooks, and tests that name it."""


def collect(tests: Iterable[ElementTree.Element]) -> Costs:
    """Return what the test cases of a JUnit report cost."""
    costs: Costs = {"files": Counter(), "notebooks": Counter(), "chapters": Counter()}
    stems = {path.stem for path in notebooks(*LESSONS)}
    for test in tests:
        stored = test.find(f"properties/property[@name='{PROPERTY}']")
        if stored is None:
            continue
        seconds = float(stored.get("value"))
        path = PurePosixPath(test.get("file", ""))
        named = re.search(r"\[([\w-]+)", test.get("name", ""))
        stem = named[1] if named and named[1] in stems else None
        if path.suffix == ".ipynb":
            stem = path.stem if path.parts[0] in (*KINDS, *LESSONS) else None
            costs["notebooks"][stem or str(path)] += seconds
        elif path.name == ANOTHER_SEED:
            costs["notebooks"][stem or str(path)] += seconds
        else:
            costs["files"][str(path)] += seconds
        if stem:
            costs["chapters"][stem] += seconds
    return costs


def write(steps: Mapping[str, float], costs: Iterable[Costs]) -> Path:
    """Write what a run cost, its steps included, to `_build/verification.json`; return the path."""
    total: Costs = {"files": Counter(), "notebooks": Counter(), "chapters": Counter()}
    for one in costs:
        for kind, seconds in one.items():
            total[kind].update(seconds)
    rooms: Counter[str] = Counter()
    for file, seconds in total["files"].items():
        rooms[PurePosixPath(file).parent.as_posix()] += seconds
    told = {"steps": steps, "rooms": rooms, **total}
    rounded = {
        kind: {name: round(seconds, 1) for name, seconds in sorted(values.items())}
        for kind, values in told.items()
    }
    path = course_root() / "_build" / "verification.json"
    path.parent.mkdir(exist_ok=True)
    write_text(json.dumps(rounded, indent=1) + "\n", path)
    return path
