"""A chapter's claims on other twins: counted over seeds that its author did not look at, stored,
and shown beside what holds here.

A chapter declares its claims in one cell tagged `claims`: it binds `claims`, a dictionary of
sentence → bool (None where nothing is scored), and shows `over_seeds(claims, STEM)`. The cell runs
on every twin, so a sentence holds no number that changes with the seed.

`measure` runs the chapter on the scored seeds. What comes out is stored in
`benchmarks/seeds/STEM.json`, with hashes of what it depends on: the code cells, and the data sets
that they read. `problems` says what of it no longer fits.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nbformat import NotebookNode, v4

from ssplab.course import (
    bound_names,
    cell_label,
    course_path,
    course_root,
    data_sets_of,
    find,
    load_card,
    normal,
    parameters,
    parse,
    tags,
)
from ssplab.system import SsplabError, progress_bar, write_text

if TYPE_CHECKING:  # loaded where a table is shown: `import ssplab` stays light
    import pandas as pd

SCORED = range(101, 121)
"""The seeds that are scored: no twin of theirs is looked at while a chapter is written."""
NEEDED = 0.9  # of the twins: 18 of 20
READ_CLAIMS = (  # run after the chapter's last cell
    "import json\n\nfrom ssplab.verify.seeds import verdicts\n\nprint(json.dumps(verdicts(claims)))"
)


@dataclass(frozen=True)
class Counts:
    """How often a claim holds."""

    held: int
    failed: list[int]
    """The seeds where it does not: it is false, not scored, not made, or the run raised."""


@dataclass(frozen=True)
class Record:
    """A chapter's claims over seeds, as `benchmarks/seeds/STEM.json` holds them."""

    seeds: list[int]
    claims: dict[str, Counts]
    raised: dict[str, str]
    """For each seed (as text, JSON's keys) whose run raised, the cell and the error."""
    twins: dict[str, str]
    """The content hash on the card of each data set that the chapter reads."""
    code: str
    """`code_hash` of the chapter."""

    def broken(self) -> list[str]:
        """Return a sentence for each claim that holds on too few twins."""
        number = len(self.seeds)
        told = [
            f"{sentence!r} holds on {counts.held} of {number} twins, and not on those of seed "
            f"{', '.join(map(str, counts.failed))}"
            for sentence, counts in self.claims.items()
            if counts.held < NEEDED * number
        ]
        return told if self.claims else ["no run came as far as its claims"]


def over_seeds(claims: Mapping[str, bool | None], chapter: str) -> pd.DataFrame:
    """Return a chapter's claims: whether each holds here, and on how many other twins.

    Parameters
    ----------
    claims : mapping of str to bool or None
        A sentence, and whether it holds on the data at hand; None where nothing is scored.
    chapter : str
        The chapter's stem, such as `"payroll-anomalies"`.

    Returns
    -------
    DataFrame
        One row a claim, the sentence as index. `here` is yes, no or not scored; `other twins`
        is the count that `ssplab test --seeds 20` stored, such as `20 of 20`, or not run.

    Raises
    ------
    SsplabError
        If there is no such chapter, or if `claims` is not of that form.
    """
    import pandas as pd

    path = record_path(find(chapter))
    record = read_record(path) if path.is_file() else None
    here = {True: "yes", False: "no", None: "not scored"}
    rows = [
        (sentence, here[verdict], _count(record, sentence))
        for sentence, verdict in verdicts(claims).items()
    ]
    return pd.DataFrame(rows, columns=["claim", "here", "other twins"]).set_index("claim")


def _count(record: Record | None, sentence: str) -> str:
    if record is None or sentence not in record.claims:
        return "not run"
    return f"{record.claims[sentence].held} of {len(record.seeds)}"


def verdicts(claims: Mapping[str, bool | None]) -> dict[str, bool | None]:
    """Return a chapter's claims with numpy's truth values as Python's own.

    Raises
    ------
    SsplabError
        If they are not sentences, each with True, False or None.
    """
    import numpy as np

    if not isinstance(claims, Mapping) or not claims:
        raise SsplabError(
            "claims must be a dictionary with at least one sentence: "
            '{"The mean is above the median": mean > median}.'
        )
    for sentence, verdict in claims.items():
        if not isinstance(sentence, str):
            raise SsplabError(f"claims: {sentence!r} is no sentence; write the claim in words.")
        if not (verdict is None or isinstance(verdict, bool | np.bool_)):
            raise SsplabError(
                f"The claim {sentence!r} is {verdict!r}: it must be True, False, or None where "
                "nothing is scored."
            )
    return {
        sentence: None if verdict is None else bool(verdict) for sentence, verdict in claims.items()
    }


def measure(chapter: Path, seeds: Sequence[int], *, progress: bool = True) -> Record:
    """Run a chapter on the twins of these seeds, all else default, and count its claims.

    As many runs at a time as there are processors. The twins are generated in a temporary cache,
    which is removed.

    Parameters
    ----------
    chapter : Path
        A chapter without `fault`.
    seeds : sequence of int
    progress : bool
        Show a bar on the terminal.
    """
    # Heavy, and not needed to show or to check what is stored.
    from ssplab.notebooks import check_kernel, in_thread

    check_kernel()
    nb = normal.read(chapter)
    cells = sum(cell.cell_type == "code" for cell in nb.cells) + 1
    with (
        tempfile.TemporaryDirectory() as folder,
        progress_bar("cells", shown=progress) as bar,
    ):
        task = bar.add_task(chapter.stem, total=cells * len(seeds))
        runs = in_thread(_run_all(nb, seeds, Path(folder), lambda **_: bar.advance(task)))
    code, twins = hashes(chapter)
    return Record(
        seeds=list(seeds),
        claims=_counts(seeds, runs),
        raised={str(seed): told for seed, told in runs.items() if isinstance(told, str)},
        twins=twins,
        code=code,
    )


async def _run_all(
    nb: NotebookNode, seeds: Sequence[int], folder: Path, on_cell: Callable[..., None]
) -> dict[int, dict[str, bool | None] | str]:
    """Return what each run says of its claims, or where and how it raised."""
    from ssplab.notebooks import execute

    free = asyncio.Semaphore(os.cpu_count() or 1)

    async def one(seed: int) -> dict[str, bool | None] | str:
        run = _with_seed(nb, seed)
        variables = {"SSPLAB_CACHE": str(folder / "twins")}
        async with free:
            raised = await execute(run, folder, variables=variables, on_cell=on_cell)
        return raised or json.loads(run.cells[-1].outputs[-1].text)

    async with asyncio.TaskGroup() as group:
        tasks = {seed: group.create_task(one(seed)) for seed in seeds}
    return {seed: task.result() for seed, task in tasks.items()}


def _with_seed(nb: NotebookNode, seed: int) -> NotebookNode:
    """Return a copy with this seed, and a last cell that prints the claims.

    The seed is set at the end of the `parameters` cell, so that the place of a cell that raises is
    the one in the chapter.
    """
    run = normal.normal_form(nb)
    for cell in run.cells:
        if "parameters" in tags(cell):
            cell.source += f"\nseed = {seed}"
    run.cells.append(v4.new_code_cell(READ_CLAIMS, id="read-claims"))
    return run


def _counts(
    seeds: Sequence[int], runs: Mapping[int, dict[str, bool | None] | str]
) -> dict[str, Counts]:
    made = [claims for claims in runs.values() if not isinstance(claims, str)]
    counts = {}
    for sentence in dict.fromkeys(sentence for claims in made for sentence in claims):
        failed = [
            seed
            for seed in seeds
            if isinstance(runs[seed], str) or not runs[seed].get(sentence, False)
        ]
        counts[sentence] = Counts(len(seeds) - len(failed), failed)
    return counts


def record_path(chapter: Path) -> Path:
    """Return where the claims of a chapter are stored; the file may not exist."""
    return course_root() / "benchmarks" / "seeds" / f"{chapter.stem}.json"


def store(record: Record, path: Path) -> bool:
    """Store a record; return whether the file changed. An interruption leaves no half file."""
    text = json.dumps(asdict(record), indent=1, ensure_ascii=False)
    return write_text(text + "\n", path)


def read_record(path: Path) -> Record:
    """Read a stored record.

    Raises
    ------
    SsplabError
        If the file is not one.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        claims = {sentence: Counts(**counts) for sentence, counts in content.pop("claims").items()}
        return Record(claims=claims, **content)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SsplabError(
            f"{course_path(path)} is no record of claims ({type(error).__name__}: {error}). "
            f"Make it anew: {command(path)}."
        ) from error


def command(path: Path) -> str:
    """Return the command that stores the claims of the chapter or record in `path`."""
    return f"`ssplab test --seeds {len(SCORED)} {path.stem}`"


def fault(chapter: Path) -> str | None:
    """Return why a chapter's claims cannot be run over seeds, in a sentence; None if they can."""
    nb = normal.read(chapter)
    tagged = [index for index, cell in enumerate(nb.cells) if "claims" in tags(cell)]
    if len(tagged) != 1:
        return (
            f"{course_path(chapter)} has {len(tagged)} cells tagged `claims`; there must be one, "
            f'which binds `claims` and shows ssplab.over_seeds(claims, "{chapter.stem}")'
        )
    source = nb.cells[tagged[0]].source
    if parse(source) is None or "claims" not in bound_names(source):
        return (
            f"{course_path(chapter)}, {cell_label(nb, tagged[0])}: the cell does not bind `claims`"
        )
    if "seed" not in parameters(nb):
        return f"{course_path(chapter)} has no `seed` among its parameters"
    return None


def problems(chapter: Path) -> list[str]:
    """Return what is wrong with a chapter's claims as stored, a sentence each.

    They may be missing, stale (the code cells or a data set changed since), run on other seeds, or
    hold on too few twins.
    """
    found = fault(chapter)
    if found:
        return [found]
    path = record_path(chapter)
    if not path.is_file():
        return [f"{course_path(path)} is missing: run {command(path)}"]
    record = read_record(path)
    code, twins = hashes(chapter)
    stale = []
    if record.code != code:
        stale.append(f"the code cells of {course_path(chapter)} are {code}, there {record.code}")
    for name in sorted(record.twins.keys() | twins.keys()):
        now, then = twins.get(name, "not read"), record.twins.get(name, "not read")
        if now != then:
            stale.append(f"the data set {name} is {now}, there {then}")
    if record.seeds != list(SCORED):
        stale.append(f"the seeds are {SCORED[0]} to {SCORED[-1]}, there {record.seeds}")
    if stale:
        return [f"{course_path(path)} is stale ({one}): run {command(path)}" for one in stale]
    return [f"{course_path(path)}: {one}" for one in record.broken()]


def hashes(chapter: Path) -> tuple[str, dict[str, str]]:
    """Return what a chapter's claims depend on: `code_hash`, and the hash of each data set."""
    nb = normal.read(chapter)
    twins = {name: load_card(name).content_hash for name in data_sets_of(chapter)}
    return code_hash(nb), twins


def code_hash(nb: NotebookNode) -> str:
    """Return `sha256:…` of the sources of the code cells, in order.

    Neither prose nor outputs count, nor how a line or a file ends.
    """
    sources = [cell.source for cell in normal.normal_form(nb).cells if cell.cell_type == "code"]
    return f"sha256:{hashlib.sha256(json.dumps(sources).encode()).hexdigest()}"
