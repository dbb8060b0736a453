"""What `ssplab test` runs, in shares for machines that work side by side (`--shard K/N`).

The steps are cut into pieces: a step that is no test run is one, a test file is one, a notebook's
stem is one with all that executes it. The pieces are dealt, the dearest first, each to the share
that has least so far, so that every machine deals them in the same way. What they cost is read from
`benchmarks/verification.json`; where that does not know a piece, it counts as the middle one of its
kind.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from statistics import median

from ssplab.course import KINDS, LESSONS, course_root
from ssplab.system import SsplabError

TESTS = "test_*.py"
STEP, FILE, STEM = "steps", "files", "notebooks"
UNKNOWN = 1.0  # what a piece counts if none of its kind is known
Costs = Mapping[str, Mapping[str, float]]
"""Processor seconds by kind of piece, then by piece."""


@dataclass(frozen=True)
class Shard:
    """One share of several.

    Parameters
    ----------
    number : int
        From 1.
    of : int
        How many there are.
    """

    number: int
    of: int


def read(text: str) -> Shard:
    """Return the share that a text such as `2/3` names.

    Raises
    ------
    SsplabError
        If it is no such text, or names a share that there is not.
    """
    form = re.fullmatch(r"(\d+)/(\d+)", text)
    number, of = map(int, form.groups()) if form else (0, 0)
    if not 1 <= number <= of:
        raise SsplabError(
            f"--shard is {text!r}: write K/N, the share and the number of shares, such as 1/3, "
            "2/3 and 3/3."
        )
    return Shard(number, of)


def pieces(step: str, arguments: Sequence[str]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return what a step can be cut into: kind, name and the arguments that are of it.

    Of a test run, files and single tests are cut, and options belong to each piece; a folder counts
    as the test files in it.
    """
    if arguments[0] != "pytest":
        return [(STEP, step, ())]
    ignored = {one.partition("=")[2] for one in arguments if one.startswith("--ignore=")}
    found = []
    for argument in filter(_is_test, arguments[1:]):
        for file in _files(argument):
            if file not in ignored:
                found.append((*_named(file), (file,)))
    return found


def options(arguments: Sequence[str]) -> list[str]:
    """Return the arguments of a test run that name no test."""
    return [one for one in arguments[1:] if not _is_test(one)]


def dealt(keys: Sequence[tuple[str, str]], shard: Shard, costs: Costs) -> set[tuple[str, str]]:
    """Return those pieces, by kind and name, that a share gets."""
    kinds = {kind: median(known.values()) for kind, known in costs.items() if known}

    def cost(key: tuple[str, str]) -> float:
        kind, name = key
        return costs.get(kind, {}).get(name, kinds.get(kind, UNKNOWN))

    loads = [0.0] * shard.of
    own = set()
    for key in sorted(set(keys), key=lambda key: (-cost(key), key)):
        least = loads.index(min(loads))
        loads[least] += cost(key)
        if least == shard.number - 1:
            own.add(key)
    return own


def stored_costs() -> Costs:
    """Return what the pieces cost when that was last measured; nothing if it never was."""
    path = course_root() / "benchmarks" / "verification.json"
    return json.loads(path.read_text(encoding="utf-8"))["shards"] if path.is_file() else {}


def _is_test(argument: str) -> bool:
    """Whether an argument of pytest is a file, a folder or a test, and no option or its value."""
    path = argument.partition("::")[0]
    return not path.startswith("-") and ("/" in path or (course_root() / path).is_dir())


def _files(argument: str) -> list[str]:
    root = course_root()
    if not (root / argument).is_dir():
        return [argument]
    return [path.relative_to(root).as_posix() for path in sorted((root / argument).rglob(TESTS))]


def _named(file: str) -> tuple[str, str]:
    """Return kind and name of the piece that a file belongs to, or a test of one notebook."""
    stem = re.fullmatch(r".+::.+\[(.+)\]", file)
    if stem:
        return STEM, stem[1]
    path = PurePosixPath(file)
    if path.suffix == ".ipynb":
        return STEM, path.stem if path.parts[0] in (*KINDS, *LESSONS) else file
    return FILE, file
