"""A chapter's claims on other twins: measured over seeds that its author did not look at, stored,
and shown beside what is measured here.

A chapter declares its claims in one cell tagged `claims`: it binds `claims`, a dictionary of
sentence → `claim(…)`, the number that the sentence speaks of (None where nothing is scored), and
shows `over_seeds(claims, STEM)`. The cell runs on every twin, so a sentence holds no number that
changes with the seed.

`measure` runs the chapter on the scored seeds. The number on each is stored in
`benchmarks/seeds/STEM.json`, with hashes of what it depends on: the code cells, and the data sets
that they read. How often a claim holds, the median and the range follow from the numbers.
`problems` says what of the record no longer fits.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import os
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING

from nbformat import NotebookNode, v4

from ssplab.course import (
    bound_names,
    card_names,
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
    taught_sources,
)
from ssplab.system import SsplabError, progress_bar, write_text

if TYPE_CHECKING:  # loaded where a table is shown: `import ssplab` stays light
    import pandas as pd

SCORED = range(121, 141)
"""The seeds that are scored: no twin of theirs is looked at while a chapter is written."""
NEEDED = 0.9  # of the twins: 18 of 20
DIGITS = 6  # significant, of a claim's number: what differs between processors decides nothing
READ_CLAIMS = (  # run after the chapter's last cell
    "import json\n\nfrom ssplab.verify.seeds import as_json\n\nprint(json.dumps(as_json(claims)))"
)
NO_SIZE = (
    "a claim is the number that the sentence speaks of, with its unit, so that readers see by how "
    'much it holds. Write {"The mean is above the median": ssplab.claim(mean - median, "EUR")}; '
    "with at_least= or at_most= where the sentence names a bound."
)


@dataclass(frozen=True)
class Claim:
    """The number that a sentence speaks of, and from where on the sentence holds.

    It holds above zero, or where a bound is given, at the bound and on its right side.
    """

    value: float | None
    """None where nothing is scored."""
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None
    reported: bool = False
    """Whether the chapter only reports on how many twins it holds, and claims nothing."""

    @property
    def holds(self) -> bool | None:
        """Whether the sentence holds; None where nothing is scored."""
        if self.value is None:
            return None
        if self.at_least is not None:
            return self.value >= self.at_least
        if self.at_most is not None:
            return self.value <= self.at_most
        return self.value > 0

    @property
    def asked(self) -> tuple[str, float | None, float | None, bool]:
        """What is the same on every twin: unit, bounds, and whether it is only reported."""
        return self.unit, self.at_least, self.at_most, self.reported


@dataclass(frozen=True)
class Measured:
    """The number that a sentence speaks of, on each scored twin."""

    unit: str
    at_least: float | None
    at_most: float | None
    values: list[float | None]
    """In the order of the seeds; None where nothing is scored, or the run raised."""
    reported: bool = False

    @property
    def holds(self) -> list[bool]:
        """Whether the sentence holds on each twin; where nothing is scored it does not."""
        asked = self.unit, self.at_least, self.at_most
        return [Claim(value, *asked).holds or False for value in self.values]

    @property
    def median(self) -> float | None:
        """The middle number of the twins where it is scored; None if there is none."""
        return statistics.median(self._scored) if self._scored else None

    @property
    def range(self) -> tuple[float, float] | None:
        """The lowest and the highest number; None if nothing is scored."""
        return (min(self._scored), max(self._scored)) if self._scored else None

    @property
    def _scored(self) -> list[float]:
        return [value for value in self.values if value is not None]


@dataclass(frozen=True)
class Record:
    """A chapter's claims over seeds, as `benchmarks/seeds/STEM.json` holds them."""

    seeds: list[int]
    claims: dict[str, Measured]
    raised: dict[str, str]
    """For each seed (as text, JSON's keys) whose run raised, the cell and the error."""
    twins: dict[str, str]
    """The content hash on the card of each data set that the chapter reads."""
    code: str
    """`code_hash` of the chapter."""

    def failed(self, sentence: str) -> list[int]:
        """Return the seeds where a claim does not hold."""
        holds = self.claims[sentence].holds
        return [seed for seed, held in zip(self.seeds, holds, strict=True) if not held]

    def count(self, sentence: str) -> str:
        """Return on how many twins a claim holds, such as `20 of 20`."""
        return f"{len(self.seeds) - len(self.failed(sentence))} of {len(self.seeds)}"

    def shown(self, sentence: str) -> tuple[str, str, str]:
        """Return of a claim the count, the median and the range, as readers see them."""
        measured = self.claims[sentence]
        count = self.count(sentence) + (", reported" if measured.reported else "")
        if measured.range is None:
            return count, "", ""
        median = rounded(measured.median, measured.unit)
        return count, median, " to ".join(map(rounded, measured.range))

    def broken(self) -> list[str]:
        """Return a sentence for each claim that holds on too few twins; what is reported may."""
        told = [
            f"{sentence!r} holds on {self.count(sentence)} twins, and not on those of seed "
            f"{', '.join(map(str, failed))}"
            for sentence, measured in self.claims.items()
            if (failed := self.failed(sentence))
            and not measured.reported
            and len(self.seeds) - len(failed) < NEEDED * len(self.seeds)
        ]
        return told if self.claims else ["no run came as far as its claims"]


def claim(
    value: float | None,
    unit: str = "",
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    reported: bool = False,
) -> Claim:
    """Return what a sentence claims of a number.

    Parameters
    ----------
    value : float or None
        The number that the sentence speaks of: for *A finds more than B*, what A finds less what B
        finds, so that the sentence holds above zero. None where nothing is scored; what is not
        finite (a ratio to nothing, a value that is missing) counts as None.
    unit : str, optional
        Of the number, such as `"errors"`; none for a ratio.
    at_least, at_most : float, optional
        From where on the sentence holds, if that is not above zero; one of them at most. They are
        the same on every twin.
    reported : bool, optional
        That the chapter leaves the sentence open: on how many twins it holds is shown, and it need
        not hold on nearly all. For a comparison that goes now one way, now the other.

    Returns
    -------
    Claim
        The number to six significant digits, and what is asked of it.

    Raises
    ------
    SsplabError
        If `value` is a bool or no number, or both bounds are given.
    """
    if not (value is None or (isinstance(value, Real) and not isinstance(value, bool))):
        raise SsplabError(f"claim({value!r}): {NO_SIZE}")
    if at_least is not None and at_most is not None:
        raise SsplabError("claim: give at_least or at_most, and not both.")
    scored = value is not None and math.isfinite(value)
    return Claim(
        value=float(f"{value:.{DIGITS}g}") if scored else None,
        unit=unit,
        at_least=at_least,
        at_most=at_most,
        reported=reported,
    )


def over_seeds(claims: Mapping[str, Claim | None] | None, chapter: str) -> pd.DataFrame:
    """Return a chapter's claims: what is measured here, and on other twins.

    Parameters
    ----------
    claims : mapping of str to Claim, or None
        Each sentence, with the number that it speaks of on the data at hand (see `claim`), or None
        where nothing is scored. None in place of the mapping where nothing at all is scored: the
        sentences are then those that are stored.
    chapter : str
        The chapter's stem, such as `"payroll-anomalies"`.

    Returns
    -------
    DataFrame
        One row a claim, the sentence as index. `here` is yes or no with the number, or not scored.
        The rest is what `ssplab test --seeds 20` stored: in `other twins` on how many the claim
        holds, such as `20 of 20` (`15 of 20, reported` of a sentence that is left open), or not
        run; of the number the `median` and the `range`. 20 of 20
        says that the claim holds on more than 86 % of all twins that could be drawn (exact lower
        bound, confidence 95 %), and no more.

    Raises
    ------
    SsplabError
        If there is no such chapter, or if `claims` is not of that form.
    """
    import pandas as pd

    record = _readable(record_path(find(chapter)))
    here = checked(claims) or dict.fromkeys(record.claims if record else [])
    stored = record.claims if record else {}
    rows = [
        (
            sentence,
            _shown(one),
            *(record.shown(sentence) if sentence in stored else ("not run", "", "")),
        )
        for sentence, one in here.items()
    ]
    columns = ["claim", "here", "other twins", "median", "range"]
    return pd.DataFrame(rows, columns=columns).set_index("claim")


def _readable(path: Path) -> Record | None:
    """Return a stored record, if there is one that can be read.

    The suite says what is wrong with one that cannot (see `problems`). A chapter shows its claims
    all the same: only a chapter that runs makes the record anew.
    """
    try:
        return read_record(path) if path.is_file() else None
    except SsplabError:
        return None


def _shown(one: Claim | None) -> str:
    if one is None or one.value is None:
        return "not scored"
    return f"{'yes' if one.holds else 'no'}, {rounded(one.value, one.unit)}"


def rounded(value: float, unit: str = "") -> str:
    """Return a number for readers: from 100 on without decimals, else three significant digits."""
    number = f"{value:,.0f}" if abs(value) >= 100 else f"{float(f'{value:.3g}'):g}"
    return f"{number} {unit}".rstrip()


def checked(claims: Mapping[str, Claim | None] | None) -> dict[str, Claim | None]:
    """Return a chapter's claims, which are of the right form; none where nothing is scored.

    Raises
    ------
    SsplabError
        If they are not sentences, each with what `claim` returns or None.
    """
    if claims is None:
        return {}
    if not isinstance(claims, Mapping) or not claims:
        raise SsplabError(
            "claims must be a dictionary with at least one sentence: "
            '{"The mean is above the median": ssplab.claim(mean - median, "EUR")}.'
        )
    for sentence, one in claims.items():
        if not isinstance(sentence, str):
            raise SsplabError(f"claims: {sentence!r} is no sentence; write the claim in words.")
        if not (one is None or isinstance(one, Claim)):
            raise SsplabError(f"The claim {sentence!r} is {one!r}: {NO_SIZE}")
    return dict(claims)


def as_json(claims: Mapping[str, Claim | None] | None) -> dict[str, dict[str, object]]:
    """Return a chapter's claims in JSON's types, for the process that runs the chapter."""
    return {sentence: asdict(one or Claim(None)) for sentence, one in checked(claims).items()}


def measure(chapter: Path, seeds: Sequence[int], *, progress: bool = True) -> Record:
    """Run a chapter on the twins of these seeds, all else default, and measure its claims.

    As many runs at a time as there are processors. The twins are generated in a temporary cache,
    which is removed.

    Parameters
    ----------
    chapter : Path
        A chapter without `fault`.
    seeds : sequence of int
    progress : bool
        Show a bar on the terminal.

    Raises
    ------
    SsplabError
        If unit or bounds of a claim differ between twins.
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
        claims=_measured(chapter, seeds, runs),
        raised={str(seed): told for seed, told in runs.items() if isinstance(told, str)},
        twins=twins,
        code=code,
    )


async def _run_all(
    nb: NotebookNode, seeds: Sequence[int], folder: Path, on_cell: Callable[..., None]
) -> dict[int, dict[str, Claim] | str]:
    """Return what each run says of its claims, or where and how it raised."""
    from ssplab.notebooks import execute

    free = asyncio.Semaphore(os.cpu_count() or 1)

    async def one(seed: int) -> dict[str, Claim] | str:
        run = _with_seed(nb, seed)
        variables = {"SSPLAB_CACHE": str(folder / "twins")}
        async with free:
            raised = await execute(run, folder, variables=variables, on_cell=on_cell)
        if raised:
            return raised
        printed = json.loads(run.cells[-1].outputs[-1].text)
        return {sentence: Claim(**told) for sentence, told in printed.items()}

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


def _measured(
    chapter: Path, seeds: Sequence[int], runs: Mapping[int, dict[str, Claim] | str]
) -> dict[str, Measured]:
    """Return the claims of the runs, by sentence; a run that raised has no number."""
    made = [{} if isinstance(runs[seed], str) else runs[seed] for seed in seeds]
    measured = {}
    for sentence in dict.fromkeys(sentence for claims in made for sentence in claims):
        ones = [claims.get(sentence) for claims in made]
        values = [one.value if one else None for one in ones]
        # Where nothing is scored, nothing need be asked.
        asked = {one.asked for one in ones if one and one.value is not None} or {Claim(None).asked}
        if len(asked) > 1:
            raise SsplabError(
                f"{course_path(chapter)}: unit and bounds of {sentence!r} differ between twins: "
                f"{', '.join(map(str, sorted(asked, key=str)))}. Write them as constants."
            )
        unit, at_least, at_most, reported = asked.pop()
        measured[sentence] = Measured(unit, at_least, at_most, values, reported)
    return measured


def record_path(chapter: Path) -> Path:
    """Return where the claims of a chapter are stored; the file may not exist."""
    return course_root() / "benchmarks" / "seeds" / f"{chapter.stem}.json"


def store(record: Record, path: Path) -> bool:
    """Store a record; return whether the file changed. An interruption leaves no half file."""
    content = asdict(record)
    for one in content["claims"].values():
        if not one["reported"]:
            del one["reported"]
    text = json.dumps(content, indent=1, ensure_ascii=False)
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
        claims = {sentence: Measured(**one) for sentence, one in content.pop("claims").items()}
        record = Record(claims=claims, **content)
        record.broken()  # as many numbers as seeds
        return record
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SsplabError(
            f"{course_path(path)} is no record of claims ({type(error).__name__}: {error}). "
            f"Make it anew: {command(path)}."
        ) from error


def command(path: Path) -> str:
    """Return the command that stores the claims of the chapter or record in `path`."""
    return f"`ssplab test --seeds {len(SCORED)} {path.stem}`"


def is_same_on_all_seeds(chapter: Path) -> bool:
    """Return whether a chapter's parameter `data` is real data, or files as they were delivered.

    Such a chapter makes no claims over seeds.
    """
    data = parameters(normal.read(chapter)).get("data")
    return data in card_names() and not load_card(data).is_twin


def fault(chapter: Path) -> str | None:
    """Return why a chapter's claims cannot be run over seeds, in a sentence; None if they can.

    None as well where there are none to run (see `is_same_on_all_seeds`).
    """
    nb = normal.read(chapter)
    tagged = [index for index, cell in enumerate(nb.cells) if "claims" in tags(cell)]
    if is_same_on_all_seeds(chapter):
        if not tagged:
            return None
        return (
            f"{course_path(chapter)}, {cell_label(nb, tagged[0])}: the chapter reads data that no "
            "seed changes, real ones or files as they were delivered, so that a claim would be "
            "measured twenty times on the same: remove the cell tagged `claims`"
        )
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
    if is_same_on_all_seeds(chapter):
        return [f"{course_path(path)} is of a chapter without claims: delete it"] * path.is_file()
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

    What they take from other chapters by `taught` counts as theirs. Neither prose nor outputs
    count, nor how a line or a file ends.
    """
    sources = [cell.source for cell in normal.normal_form(nb).cells if cell.cell_type == "code"]
    sources += taught_sources(sources).values()
    return f"sha256:{hashlib.sha256(json.dumps(sources).encode()).hexdigest()}"
