"""Chapters' reports on small extracts of ordinary shapes: run, examined, and recorded.

`measure` draws extracts (`ssplab.verify.shapes`) and runs a chapter on each. What must hold on all
of them: the run ends with a report, or with sentences that say why nothing is left to show; beside
the report's two files nothing is written; no text shows a missing value as a machine writes it, nor
a value that was masked (`faults`). A cell that cannot compute is no fault, and is counted. One run
more is on a large extract of marked values, of which none may be shown (`ssplab.verify.marks`).
`benchmarks/shapes/STEM.json` holds what came out, with hashes of the chapter's code cells and of
the cards; `problems` says what of it no longer fits, and `live` which chapters tests run anew.
"""

import hashlib
import json
import multiprocessing
import os
import re
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from ssplab.course import (
    Card,
    card_names,
    course_path,
    course_root,
    data_sets_of,
    load_card,
    normal,
    parameters,
)
from ssplab.notebooks import NothingToShow, RunResult, run
from ssplab.owndata import failures
from ssplab.system import SsplabError, progress_bar, write_text
from ssplab.verify import marks
from ssplab.verify.masked import masked_shown, shown
from ssplab.verify.seeds import code_hash
from ssplab.verify.shapes import Plan, drawn, odd_extract

STORED = 20
"""Extracts of a record that is stored."""
REPORT, NOTHING = "report", "nothing to show"
MACHINE = re.compile(r"\b(?:nan|inf|NaT|Traceback)\b|<NA>")


@dataclass(frozen=True)
class Outcome:
    """What a chapter made of an extract."""

    shapes: list[str]
    seed: int
    ends: str
    """`report`, `nothing to show`, or the name of the exception that ended the run."""
    cells: dict[str, str]
    """The ids of cells that could not compute, with their exception's name."""
    faults: list[str] = field(default_factory=list)
    """What the report may not show, by cell; without its values."""

    @property
    def holds(self) -> bool:
        """Whether all is as it must be."""
        return self.ends in (REPORT, NOTHING) and not self.faults

    def __str__(self) -> str:
        told = [] if self.ends in (REPORT, NOTHING) else [f"the run raised {self.ends}"]
        shapes = ", ".join(self.shapes)
        return f"on {shapes} (seed {self.seed}): {'; '.join(told + self.faults) or self.ends}"


@dataclass(frozen=True)
class Record:
    """A chapter's reports on extracts, as `benchmarks/shapes/STEM.json` holds them."""

    code: str
    """`code_hash` of the chapter."""
    cards: dict[str, str]
    """`card_hash` of each data set that the chapter reads."""
    extracts: list[Outcome]
    marked: list[str] | None
    """What was wrong with the report on marked values; None if there was no such run."""

    @property
    def by_shape(self) -> dict[str, int]:
        """How many extracts have a shape."""
        return dict(sorted(Counter(name for one in self.extracts for name in one.shapes).items()))

    def broken(self) -> list[str]:
        """Return a sentence for each extract on which something does not hold."""
        told = [f"on marked values: {one}" for one in self.marked or ()]
        return told + [str(one) for one in self.extracts if not one.holds]


def examined(chapter: Path, data: Path, plan: Plan) -> Outcome:
    """Run a chapter on an extract, in a temporary folder, and examine what it left there.

    Parameters
    ----------
    chapter : Path
        A notebook whose `data` is a data set of tables.
    data : Path
        The folder of the extract.
    plan : Plan
        What it was drawn from.
    """
    shapes, executed, found = list(plan.shapes), None, []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        written: set[Path] = set()
        try:
            result = run(chapter, {"data": data}, out, progress=False, tell=lambda line: None)
        except NothingToShow as error:
            ends, executed = NOTHING, error.executed
        except Exception as error:  # whatever it is, it is what the record is about
            ends = type(error).__name__
        else:
            ends, executed = REPORT, result.executed
            written = {result.notebook, result.page}
            found = faults(normal.read(chapter), result)
        left = {path.name for path in out.rglob("*")} if out.is_dir() else set()
    if left - {path.name for path in written}:
        found.append("files are left beside the report")
    cells = {} if executed is None else {one.cell_id: one.error for one in failures(executed.nb)}
    return Outcome(shapes, plan.seed, ends, cells, found)


def faults(source: NotebookNode, result: RunResult) -> list[str]:
    """Return what a report shows and must not, by cell; without the values.

    Parameters
    ----------
    source : NotebookNode
        The chapter: numbers that its author wrote may be shown.
    result : RunResult
        Of a run on own data.
    """
    report = normal.read(result.notebook)
    found = {
        f"{cell.id} shows {match.group()}": None
        for cell in report.cells
        for text, _ in shown(cell)
        if (match := MACHINE.search(text))
    }
    return list(found) + masked_shown(source, report, result.executed.nb, result.executed.masked)


def measure(chapter: Path, number: int, *, progress: bool = True) -> Record:
    """Run a chapter on drawn extracts and on marked values, a run for each processor at a time.

    Parameters
    ----------
    chapter : Path
        A chapter on a data set of tables.
    number : int
        How many extracts.
    progress : bool
        Show a bar on the terminal.
    """
    card = card_of_chapter(chapter)
    plans = drawn(card.name, number)
    pool = ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn"))
    with progress_bar("extracts", shown=progress) as bar:
        task = bar.add_task(chapter.stem, total=len(plans) + 1)
        try:
            marked = pool.submit(marks.faults, chapter)  # first: it takes longest
            runs = [pool.submit(_run_one, chapter, card.name, plan) for plan in plans]
            for one in (marked, *runs):
                one.add_done_callback(lambda _: bar.advance(task))
            extracts, found = [one.result() for one in runs], marked.result()
        finally:
            pool.shutdown(cancel_futures=True)
    code, cards = hashes(chapter)
    return Record(code, cards, extracts, found)


def _run_one(chapter: Path, card_name: str, plan: Plan) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        odd_extract(card_name, plan.shapes, Path(folder), plan.seed)
        return examined(chapter, Path(folder), plan)


def card_of_chapter(chapter: Path) -> Card | None:
    """Return the card that a chapter is about, if somebody can have an extract in its form."""
    data = parameters(normal.read(chapter)).get("data")
    card = load_card(data) if data in card_names() else None
    return card if card and card.tables else None


def has_extracts(chapter: Path) -> bool:
    """Return whether a chapter's data have tables, so that an own extract can take their place."""
    return card_of_chapter(chapter) is not None


def record_path(chapter: Path) -> Path:
    """Return where the record of a chapter is stored; the file may not exist."""
    return course_root() / "benchmarks" / "shapes" / f"{chapter.stem}.json"


def store(record: Record, path: Path) -> bool:
    """Store a record; return whether the file changed. An interruption leaves no half file."""
    counts = {"number": len(record.extracts), "by_shape": record.by_shape}
    content = {"code": record.code, "cards": record.cards, **counts}
    content["marked"] = record.marked
    content["extracts"] = [asdict(one) for one in record.extracts]
    return write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", path)


def read_record(path: Path) -> Record:
    """Read a stored record.

    Raises
    ------
    SsplabError
        If the file is not one.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        extracts = [Outcome(**one) for one in content["extracts"]]
        record = Record(content["code"], dict(content["cards"]), extracts, content.get("marked"))
        if (content["number"], content["by_shape"]) != (len(extracts), record.by_shape):
            raise ValueError("its counts are not those of its extracts")
        return record
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SsplabError(
            f"{course_path(path)} is no record of extracts ({type(error).__name__}: {error}). "
            f"Make it anew: {command(path)}."
        ) from error


def command(path: Path) -> str:
    """Return the command that stores the record of the chapter or record in `path`."""
    return f"`ssplab test --shapes {STORED} {path.stem}`"


def problems(chapter: Path) -> list[str]:
    """Return what is wrong with a chapter's record, a sentence each.

    It may be missing, stale (the code cells or a card changed since), of too few extracts, or say
    that on some extract something does not hold.
    """
    path = record_path(chapter)
    if not has_extracts(chapter):
        told = f"{course_path(path)} is of a chapter on files as they were delivered: delete it"
        return [told] * path.is_file()
    if not path.is_file():
        return [f"{course_path(path)} is missing: run {command(path)}"]
    record = read_record(path)
    code, cards = hashes(chapter)
    stale = []
    if record.code != code:
        stale.append(f"the code cells of {course_path(chapter)} are {code}, there {record.code}")
    for name in sorted(record.cards.keys() | cards.keys()):
        now, then = cards.get(name, "not read"), record.cards.get(name, "not read")
        if now != then:
            stale.append(f"the card of {name} is {now}, there {then}")
    if len(record.extracts) < STORED:
        stale.append(f"{STORED} extracts are asked, there are {len(record.extracts)}")
    if record.marked is None:
        stale.append("no run was on marked values")
    if stale:
        return [f"{course_path(path)} is stale ({one}): run {command(path)}" for one in stale]
    return [f"{course_path(path)}: {one}" for one in record.broken()]


def hashes(chapter: Path) -> tuple[str, dict[str, str]]:
    """Return what a record depends on: `code_hash`, and `card_hash` of each data set."""
    cards = {name: card_hash(load_card(name)) for name in data_sets_of(chapter)}
    return code_hash(normal.read(chapter)), cards


def card_hash(card: Card) -> str:
    """Return `sha256:…` of what an extract must be like: the content, and the form of tables.

    What a card says in words does not count.
    """
    form = {
        name: {
            "key": table.key,
            "foreign_keys": [key.model_dump() for key in table.foreign_keys],
            "variables": {
                column: [
                    variable.type,
                    sorted(variable.codes or ()),
                    variable.minimum,
                    variable.maximum,
                    variable.missing is not None,
                ]
                for column, variable in table.variables.items()
            },
        }
        for name, table in card.tables.items()
    }
    told = json.dumps([card.content_hash, card.threshold, form])
    return f"sha256:{hashlib.sha256(told.encode()).hexdigest()}"
