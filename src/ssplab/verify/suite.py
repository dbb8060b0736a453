"""What `ssplab test` runs: a table of steps, each a command, and the tables that close it.

Every step runs, whatever became of those before it. All of them by default; what is quick; a stage
of a pipeline or a share (`run_part`); what concerns some notebooks (`run` with names), or what a
change can reach (`run_changed`); or chapters on the scored seeds, which no other run touches
(`run_seeds`), or on extracts of ordinary shapes (`run_shapes`).
"""

import ast
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ssplab.course import (
    LESSONS,
    card_names,
    course_path,
    course_root,
    kind_of,
    locks,
    notebooks,
    parse,
    select,
    sibling,
)
from ssplab.notebooks import START_TIMEOUT, environment
from ssplab.system import SsplabError, processes
from ssplab.verify import book_report, contracts, costs, lint, pages, seeds, shards, stages
from ssplab.verify.live import live
from ssplab.verify.reach import ANOTHER_SEED, Reached, changed_files, reached_by

if TYPE_CHECKING:
    from ssplab.verify.own_runs import Record as ExtractsRecord

CONCISE = ("--quiet", "--output-format", "concise")  # a line for each finding
# The cells of a notebook share a kernel; files are dealt as they are collected, dear ones first.
BY_FILE = ("--dist", "loadfile", "--no-loadscope-reorder")
NBVAL = (
    "--nbval-current-env",
    f"--nbval-kernel-startup-timeout={START_TIMEOUT}",
    *("-p", "ssplab.verify.nbval_plugin"),
    *BY_FILE,
)
CONTRACT = "tests/exercises/test_contract.py"
NO_TESTS = 5  # pytest's exit code where it was left nothing to run
# One more than processors: while a test waits for a kernel, a browser or a server, another runs. Of
# two processors, three workers took eight notebooks' stored outputs 53 s, two and four 60 s.
WORKERS = str((os.cpu_count() or 1) + 1)
LIMIT = 3600  # seconds of a step; the longest takes a third of it on two cores
PLACES_SHOWN = 20  # of a step that failed; its whole output stands above
FILES_SHOWN = 40  # of tests, the dearest
NOTEBOOKS_SHOWN = 15  # the slowest


@dataclass(frozen=True)
class Step:
    """One thing that must hold: a module that the running Python runs and that ends with 0."""

    name: str
    arguments: tuple[str, ...]
    may_be_empty: bool = False
    """Whether it is well that a test run finds no test."""
    runs_notebooks: bool = False
    """Whether it is a test run that executes notebooks."""
    reports: bool = False
    """Whether what it prints is to be read even where all is well; what is wrong comes first, and
    an empty line after it."""

    @property
    def is_pytest(self) -> bool:
        return self.arguments[0] == "pytest"


@dataclass(frozen=True)
class StepOutcome:
    """How a step ended."""

    name: str
    ok: bool
    seconds: float
    output: str
    places: list[str]
    """Where it failed, one line each."""
    skipped: list[str]
    """Why tests were skipped."""
    counts: Counter[str]
    """Tests passed, failed and skipped; a step that is no test run counts as one."""
    notebook_seconds: dict[str, float]
    of_chapters: dict[str, Counter[str]] = field(default_factory=dict)
    """The same of the tests that have a notebook's stem in their name."""
    pages: book_report.Measures = field(default_factory=dict)
    """What tests measured of the book's pages."""
    processor_seconds: float = 0
    """Of all that the step started."""
    spent: costs.Costs = field(default_factory=dict)
    """What of that its test files and notebooks took."""
    file_seconds: dict[str, float] = field(default_factory=dict)
    """Of the clock, what each test file took; files run beside each other."""
    recorded: int = 0
    """Tests of pages that were taken at their record's word."""
    seen: dict[str, str] = field(default_factory=dict)
    """What pages of the book were when all of their tests passed: see `ssplab.verify.pages`."""


def steps(names: Sequence[str] = ()) -> list[Step]:
    """Return what is run: everything, or with names only what concerns those notebooks.

    Raises
    ------
    SsplabError
        If a name is unknown.
    """
    chosen = [course_path(path) for path in select(names)]
    chapters = [path for path in chosen if path.startswith("chapters/")]
    lessons = [path for path in chosen if path.split("/")[0] in LESSONS]
    everything = not names
    return [
        *_ruff(["."] if everything else chosen),
        *([Step("data cards", ("ssplab", "data", "check"))] if everything else []),
        Step("lint", ("ssplab.verify.lint", *names)),
        *([_pace(names)] if chapters else []),
        Step("exercises as derived", ("ssplab.exercises.derivation", *names)),
        *([Step("tests", _whole())] if everything else []),
        *([] if everything else _contracts(chosen)),
        *_executed(chosen),
        *_another_seed(_live(lessons) if everything else lessons),
    ]


def steps_reached(reached: Reached) -> list[Step]:
    """Return the steps that a change can reach, each on what it can reach.

    What is quick (ruff, the linter, the pace, the derived exercises) runs whole if it is reached at
    all.
    """
    if reached.everything:
        return steps()
    table = [  # and whether it is reached
        (_ruff(["."]), reached.sources),
        ([Step("data cards", ("ssplab", "data", "check", *reached.data_sets))], reached.data_sets),
        ([Step("lint", ("ssplab.verify.lint",))], reached.linted),
        ([_pace()], reached.paced),
        ([Step("exercises as derived", ("ssplab.exercises.derivation",))], reached.derived),
        ([Step("tests", _tests(reached.tests))], reached.tests),
        ([_tests_of_notebooks(reached)], reached.tests_of_notebooks),
        (_executed(reached.notebooks), True),
        (_another_seed(reached.other_seed), True),
    ]
    return [step for some, needed in table if needed for step in some]


def _ruff(files: list[str]) -> list[Step]:
    return [
        Step("ruff check", ("ruff", "check", *CONCISE, *files)),
        Step("ruff format", ("ruff", "format", "--check", *CONCISE, *files)),
    ]


def _pace(names: Sequence[str] = ()) -> Step:
    return Step("pace", ("ssplab.verify.pace", *names), reports=True)


def _tests(files: Sequence[str]) -> tuple[str, ...]:
    return ("pytest", *files, f"--ignore={ANOTHER_SEED}", *BY_FILE)  # which is a step of its own


def _whole() -> tuple[str, ...]:
    """Return what runs all tests but those whose record holds: see `ssplab.verify.contracts`."""
    return (*_tests(["tests", *_tests_of_kits()]), "-m", "not recorded")


def _tests_of_kits() -> list[str]:
    """Return the test files that kits bring: a team runs them too, without the course."""
    return [course_path(path) for path in sorted((course_root() / "kits").glob("*/test_*.py"))]


def _tests_of_notebooks(reached: Reached) -> Step:
    """Return the step of the tests that go through notebooks, of those that are reached.

    A test that is about one notebook has its stem in its name, in brackets.
    """
    arguments = _tests(reached.tests_of_notebooks)
    if reached.passed_over:
        arguments += ("-k", f"not ({' or '.join(reached.passed_over)})")
    return Step("tests of notebooks", arguments, may_be_empty=True)


def _executed(paths: Sequence[str]) -> list[Step]:
    """Return the step that executes notebooks and compares; an exercise's contract executes it."""
    stored = [path for path in paths if not path.startswith("exercises/")]
    arguments = ("pytest", *stored, "--nbval", *NBVAL)
    return [Step("stored outputs", arguments, runs_notebooks=True)] if stored else []


def _contracts(paths: Sequence[str]) -> list[Step]:
    """Return the test of the exercises of some notebooks; where all are tested, it is a test."""
    stems = dict.fromkeys(Path(path).stem for path in paths if path.startswith("exercises/"))
    selection = ("pytest", CONTRACT, "-k", " or ".join(stems))
    return [Step("contracts of exercises", selection, runs_notebooks=True)] if stems else []


def _live(lessons: Sequence[str]) -> list[str]:
    """Return the lessons whose claims over seeds do not tell that they run on other twins."""
    root = course_root()
    return [course_path(one) for one in live([root / path for path in lessons], seeds.problems)]


def _recorded() -> dict[str, str]:
    """Return what a whole run takes at its records' word, with how many lessons that is."""
    lessons = [course_path(path) for path in notebooks(*LESSONS)]
    solved = [sibling(path, "chapters") for path in notebooks("exercises")]
    counts = {
        "contracts of exercises": len(solved) - len(live(solved, contracts.problems)),
        "another seed": len(lessons) - len(_live(lessons)),
    }
    return {f"{what}, {count} others": "recorded" for what, count in counts.items() if count}


def _another_seed(lessons: Sequence[str]) -> list[Step]:
    """Return the step that executes each of some chapters and sessions on a seed, if any."""
    tests = [f"{ANOTHER_SEED}::test_another_seed[{Path(path).stem}]" for path in lessons]
    return [Step("another seed", ("pytest", *tests), runs_notebooks=True)] if tests else []


def quick(table: Sequence[Step]) -> list[Step]:
    """Return what is quick of some steps: no notebook is executed, no test is marked `slow`."""
    return [
        _marked(step, "not slow") if step.is_pytest else step
        for step in table
        if not step.runs_notebooks
    ]


def of_stage(table: Sequence[Step], name: str) -> list[Step]:
    """Return what of some steps is one stage's: all stages are everything, and nothing twice.

    Raises
    ------
    SsplabError
        If there is no such stage.
    """
    stages.check(name)
    if name == stages.QUICK:
        return quick(table)
    chosen = []
    for step in table:
        if step.runs_notebooks and name == stages.NOTEBOOKS:
            chosen.append(step)
        elif step.is_pytest and not step.runs_notebooks:
            files = [
                file
                for _, _, [file] in shards.pieces(step.name, step.arguments)
                if stages.stage_of(file.partition("::")[0]) == name
            ]
            if files:
                arguments = ("pytest", *files, *shards.options(step.arguments))
                own = replace(step, arguments=arguments, may_be_empty=True)  # none of them slow
                chosen.append(_marked(own, "slow"))
    return chosen


def _marked(step: Step, marks: str) -> Step:
    """Return a test run of which only tests with these marks are left."""
    arguments = list(step.arguments)
    if "-m" in arguments:  # of two, pytest hears the last only
        at = arguments.index("-m") + 1
        arguments[at] = f"({arguments[at]}) and ({marks})"
    else:
        arguments += ["-m", marks]
    return replace(step, arguments=tuple(arguments))


def share(table: Sequence[Step], shard: shards.Shard) -> list[Step]:
    """Return what of some steps is one share's, each with the arguments that it keeps there."""
    cut = [(step, shards.pieces(step.name, step.arguments)) for step in table]
    keys = [(kind, name) for _, pieces in cut for kind, name, _ in pieces]
    own = shards.dealt(keys, shard, shards.stored_costs())
    chosen = []
    for step, pieces in cut:
        kept = [arguments for kind, name, arguments in pieces if (kind, name) in own]
        if not step.is_pytest:
            chosen += [step] * len(kept)
        elif kept:
            tests = [test for arguments in kept for test in arguments]
            arguments = ("pytest", *tests, *shards.options(step.arguments))
            chosen.append(replace(step, arguments=arguments))
    return chosen


def run(names: Sequence[str] | None = None, only_quick: bool = False) -> int:
    """Run the steps, print the closing tables and return the exit code: 0, or 1 if one failed.

    Parameters
    ----------
    names : sequence of str, optional
        Notebooks; everything by default.
    only_quick : bool, default False
        Whether to leave out what takes minutes: see `quick`.

    Raises
    ------
    SsplabError
        If a name is unknown, or a package that tests need is missing.
    """
    locks.require_tests()
    table = steps(names or ())
    chosen = quick(table) if only_quick else table
    kept = {step.name for step in chosen}
    left = {step.name: "slow" for step in table if step.name not in kept}
    if not names and not only_quick:
        left |= _recorded()
    return _run(Console(), chosen, left, select(names) if names else None)


def run_part(stage: str | None = None, shard: str | None = None) -> int:
    """Run one stage of everything, one share of it, or both; print and return as `run`.

    Parameters
    ----------
    stage : str, optional
        A stage: see `ssplab.verify.stages`. All of them by default.
    shard : str, optional
        A share of that, such as `1/3`; all of it by default.

    Raises
    ------
    SsplabError
        If there is no such stage or share, or a package that tests need is missing.
    """
    if stage:
        stages.check(stage)
    part = shards.read(shard) if shard else None
    locks.require_tests()
    table = steps()
    chosen = of_stage(table, stage) if stage else table
    if part:
        chosen = share(chosen, part)
    kept = {step.name for step in chosen}
    others = " or ".join(["other stages"] * bool(stage) + ["other shards"] * bool(part))
    return _run(Console(), chosen, {one.name: others for one in table if one.name not in kept})


def run_changed(since: str = "HEAD") -> int:
    """Run what the changes since a git revision can reach; print and return as `run`.

    Raises
    ------
    SsplabError
        If git cannot tell what changed, or a package that tests need is missing.
    """
    locks.require_tests()
    console = Console()
    changes = changed_files(since)
    if not changes:
        console.print(f"Nothing changed since {since}: nothing to run.", markup=False)
        return 0
    console.print(f"Files changed since {since}: {len(changes)}", markup=False, highlight=False)
    for path in changes[:PLACES_SHOWN]:
        console.print(f"  {path}", markup=False, highlight=False, soft_wrap=True)
    if len(changes) > PLACES_SHOWN:
        console.print(f"  … and {len(changes) - PLACES_SHOWN} more")
    reached = reached_by(changes)
    table = steps_reached(reached)
    names = {step.name for step in table}
    left = {step.name: "not reached" for step in steps() if step.name not in names}
    code = _run(console, table, left)
    console.print(left_out(reached), markup=False, highlight=False, soft_wrap=True)
    return code


def left_out(reached: Reached) -> str:
    """Return in a sentence what no change reaches, or why everything is reached."""
    if reached.everything:
        return f"Nothing is left out: {reached.everything} may change everything."
    tests = {*reached.tests, *reached.tests_of_notebooks, ANOTHER_SEED}
    files = [
        path
        for path in (course_root() / "tests").rglob("test_*.py")
        if course_path(path) not in tests
    ]
    functions = [
        node.name
        for path in files
        for node in ast.walk(parse(path.read_text(encoding="utf-8")) or ast.Module([], []))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test")
    ]
    counts = {
        "tests": len(functions),
        "notebooks": len(select(())) - len(reached.notebooks),
        "lessons on another seed": len(notebooks(*LESSONS)) - len(reached.other_seed),
        "data sets": len(card_names()) - len(reached.data_sets),
    }
    told = ", ".join(f"{what} ({count})" for what, count in counts.items() if count)
    return f"Left out, since no change reaches them: {told or 'nothing'}."


def run_seeds(names: Sequence[str] | None = None, number: int = len(seeds.SCORED)) -> int:
    """Run chapters' claims on scored seeds; print them, store them, and return the exit code.

    Parameters
    ----------
    names : sequence of str, optional
        Chapters; all by default.
    number : int
        How many of the scored seeds. Only the whole of them is stored.

    Returns
    -------
    int
        1 if a claim holds on too few twins, or a chapter cannot be run for want of claims or of a
        parameter `seed`; else 0.

    Raises
    ------
    SsplabError
        If a name is unknown, or none is a chapter's.
    """
    console = Console()
    chapters = [path for path in select(names or ()) if kind_of(path) == "chapters"]
    if not chapters:
        raise SsplabError("Only chapters make claims, and none is named here.")
    faults = []
    for chapter in chapters:
        fault = seeds.fault(chapter)
        if fault:
            faults.append(fault)
            continue
        if seeds.is_same_on_all_seeds(chapter):
            told = f"{course_path(chapter)} reads data that no seed changes: it makes no claims."
            console.print(told, soft_wrap=True, highlight=False)
            continue
        record = seeds.measure(chapter, seeds.SCORED[:number])
        _show(console, chapter, record)
        faults += [f"{course_path(chapter)}: {broken}" for broken in record.broken()]
        path = seeds.record_path(chapter)
        if number < len(seeds.SCORED):
            told = f"Fewer than {len(seeds.SCORED)} seeds: not stored."
        elif seeds.store(record, path):
            told = (
                f"Stored in {course_path(path)}: run `ssplab refresh {chapter.stem}`, "
                "which shows it."
            )
        else:
            told = f"As stored in {course_path(path)}."
        console.print(told, soft_wrap=True, highlight=False)
    for fault in faults:
        console.print(f"[bold red]failed[/] {escape(fault)}", soft_wrap=True, highlight=False)
    return 1 if faults else 0


def run_shapes(names: Sequence[str] | None, number: int) -> int:
    """Run chapters' reports on small extracts of ordinary shapes; print, store, return as `run`.

    Parameters
    ----------
    names : sequence of str or None
        Chapters; all by default.
    number : int
        How many extracts a chapter. Fewer than a record must have are not stored.

    Returns
    -------
    int
        1 if a run ended in another way than with a report, or with sentences that say why there is
        none, or if a report shows what it may not; else 0.

    Raises
    ------
    SsplabError
        If a name is unknown, none is of a chapter that own extracts can have, or a package that
        tests need is missing.
    """
    from ssplab.verify import own_runs  # heavy, and needed by this run alone

    locks.require_tests()
    console = Console()
    chapters = [path for path in select(names or ()) if kind_of(path) == "chapters"]
    chapters = [path for path in chapters if own_runs.has_extracts(path)]
    if not chapters:
        raise SsplabError("Only chapters on data of tables run on own extracts: none is named.")
    broken = []
    for chapter in chapters:
        record = own_runs.measure(chapter, number)
        _show_extracts(console, chapter, record)
        broken += [f"{course_path(chapter)}: {one}" for one in record.broken()]
        path = own_runs.record_path(chapter)
        if number < own_runs.STORED:
            told = f"Fewer than {own_runs.STORED} extracts: not stored."
        elif own_runs.store(record, path):
            told = f"Stored in {course_path(path)}."
        else:
            told = f"As stored in {course_path(path)}."
        console.print(told, soft_wrap=True, highlight=False)
    for one in broken:
        console.print(f"[bold red]failed[/] {escape(one)}", soft_wrap=True, highlight=False)
    return 1 if broken else 0


def run_contracts(names: Sequence[str] | None = None) -> int:
    """Run the contracts of chapters' exercises; store which hold, print and return as `run`.

    Parameters
    ----------
    names : sequence of str, optional
        Chapters; all by default.

    Raises
    ------
    SsplabError
        If a name is unknown, none has exercises, or a package that tests need is missing.
    """
    locks.require_tests()
    console = Console()
    exercises = [path for path in select(names or ()) if kind_of(path) == "exercises"]
    if not exercises:
        raise SsplabError("Only chapters with exercises have contracts, and none is named here.")
    [step] = _contracts(list(map(course_path, exercises)))
    with console.status(step.name):
        outcome = _run_step(step)
    if not outcome.ok:
        console.print(outcome.output, markup=False, highlight=False, soft_wrap=True)
    _close(console, [outcome], {}, ())
    for chapter in (sibling(path, "chapters") for path in exercises):
        counts = outcome.of_chapters.get(chapter.stem, Counter())
        path = course_path(contracts.record_path(chapter))
        if counts["failed"] or counts["skipped"] or not counts["passed"]:
            told = f"{chapter.stem}: not stored, since not all of its tests passed."
        elif contracts.store(chapter, counts["passed"]):
            told = f"Stored in {path}."
        else:
            told = f"As stored in {path}."
        console.print(told, soft_wrap=True, highlight=False)
    return 0 if outcome.ok else 1


def run_pages() -> int:
    """Look at every page of the book in a browser; store what was seen, print and return as `run`.

    Raises
    ------
    SsplabError
        If a package that tests need is missing.
    """
    locks.require_tests()
    console = Console()
    # Not dealt by file: all of them are in one.
    step = Step("accessible pages", ("pytest", pages.TESTS, "--dist", "load"))
    with console.status(step.name):
        outcome = _run_step(step, {pages.ANEW: "1"})
    if not outcome.ok:
        console.print(outcome.output, markup=False, highlight=False, soft_wrap=True)
    _close(console, [outcome], {}, ())
    number = len(outcome.seen.keys() - {pages.LOOKS})
    changed = pages.store(outcome.seen)
    told = f"{number} pages, {'stored' if changed else 'as stored'} in "
    console.print(f"{told}{course_path(pages.record_path())}.", soft_wrap=True, highlight=False)
    return 0 if outcome.ok else 1


def _show_extracts(console: Console, chapter: Path, record: "ExtractsRecord") -> None:
    table = Table("extract", "ends with", "cells not computed", title=course_path(chapter))
    for one in record.extracts:
        cells = ", ".join(f"{cell} ({error})" for cell, error in one.cells.items())
        table.add_row(*map(escape, (f"{', '.join(one.shapes)}, seed {one.seed}", one.ends, cells)))
    console.print(table)


def _show(console: Console, chapter: Path, record: seeds.Record) -> None:
    columns = ("claim", "twins", "median", "range", "not on seeds")
    table = Table(*columns, title=course_path(chapter))
    for sentence in record.claims:
        failed = ", ".join(map(str, record.failed(sentence)))
        table.add_row(*map(escape, (sentence, *record.shown(sentence), failed)))
    console.print(table)
    for seed, told in record.raised.items():
        console.print(f"seed {seed}: {told}", markup=False, highlight=False, soft_wrap=True)


def _run(
    console: Console,
    table: list[Step],
    not_run: dict[str, str] | None = None,
    notebooks_named: list[Path] | None = None,
) -> int:
    """Run steps and close; `not_run` says of others why they are not."""
    outcomes = []
    for step in table:
        with console.status(step.name):
            outcome = _run_step(step)
        outcomes.append(outcome)
        console.print(f"{_verdict(outcome)} {outcome.name} ({outcome.seconds:.0f} s)")
        if step.reports or not outcome.ok:
            console.print(outcome.output, markup=False, highlight=False, soft_wrap=True)
    _close(console, outcomes, not_run or {}, lint.draft_lines(notebooks_named))
    return 0 if all(outcome.ok for outcome in outcomes) else 1


def _run_step(step: Step, variables: Mapping[str, str] | None = None) -> StepOutcome:
    """Run a step, with some more variables of the environment; return how it ended."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        module, *arguments = step.arguments
        if step.is_pytest:
            arguments = [
                *("-n", WORKERS, "-q", "--color=no", f"--junitxml={report}"),
                *("-p", "ssplab.verify.costs_plugin"),
                *arguments,
            ]
        start, before = time.monotonic(), os.times()
        done = _ended([sys.executable, "-m", module, *arguments], variables or {})
        seconds, after = time.monotonic() - start, os.times()
        ok = done.returncode == 0 or (step.may_be_empty and done.returncode == NO_TESTS)
        tests = ElementTree.parse(report).findall(".//testcase") if report.is_file() else []
    printed = done.stdout.strip()
    wrong = printed.partition("\n\n")[0] if step.reports else printed
    places = [] if ok else failures(tests) or wrong.splitlines()
    judged = [test for test in tests if not is_recorded(test)]
    counts = tally(judged) if tests else Counter(passed=int(ok), failed=int(not ok))
    return StepOutcome(
        name=step.name,
        ok=ok,
        seconds=seconds,
        output=done.stdout,
        places=places,
        skipped=skips(judged),
        counts=counts,
        notebook_seconds=notebook_seconds(tests),
        of_chapters={stem: tally(some) for stem, some in by_chapter(tests).items()},
        pages=book_report.collect(tests),
        processor_seconds=sum(after[2:4]) - sum(before[2:4]),  # of what was waited for
        spent=costs.collect(tests),
        file_seconds=file_seconds(tests),
        recorded=len(tests) - len(judged),
        seen=pages.collect(tests),
    )


def _ended(command: list[str], variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command, with all that it starts for `LIMIT` seconds at most; return how it ended."""
    mark = processes.new_mark()
    try:
        return subprocess.run(
            command,
            cwd=course_root(),
            env=environment() | processes.marked(mark) | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired as error:
        said = error.stdout or b""  # of bytes, where the system is POSIX
        said = said if isinstance(said, str) else said.decode("utf-8", errors="replace")
        told = f"It did not end within {LIMIT} seconds: it was killed, with all that it started."
        return subprocess.CompletedProcess(command, 1, f"{said}\n{told}")
    finally:
        processes.kill(mark)


def failures(tests: list[ElementTree.Element]) -> list[str]:
    """Return one line for each failed test of a JUnit report: where, and what is wrong."""
    lines = []
    for test in tests:
        for fault in [*test.findall("failure"), *test.findall("error")]:
            message = fault.get("message", "")
            # nbval's second line is "Cell 3: " and what `ssplab.verify.nbval_plugin` says.
            cell = re.search(r"^Cell \d+: (.+)$", message, re.MULTILINE)
            first, *rest = message.strip().split("\n")
            if first.endswith(":"):  # such as "The book has warnings:"
                first = " ".join([first, *(line.strip() for line in rest[:1])])
            name = f"{test.get('classname')}::{test.get('name')}"
            lines.append(cell[1] if cell else f"{name}: {first}")
    return lines


def is_recorded(test: ElementTree.Element) -> bool:
    """Return whether a test of a JUnit report took a page of the book at its record's word."""
    return any(pages.RECORDED in one.get("message", "") for one in test.findall("skipped"))


def skips(tests: list[ElementTree.Element]) -> list[str]:
    """Return the reasons for which tests of a JUnit report were skipped, each with its count."""
    found = [skipped.get("message", "") for test in tests for skipped in test.findall("skipped")]
    return [f"{count} skipped: {reason}" for reason, count in Counter(found).items()]


def tally(tests: list[ElementTree.Element]) -> Counter[str]:
    """Return how many tests of a JUnit report passed, failed and were skipped."""
    counts = Counter(passed=0, failed=0, skipped=0)
    for test in tests:
        fault = test.find("failure") is not None or test.find("error") is not None
        skipped = test.find("skipped") is not None
        counts["failed" if fault else "skipped" if skipped else "passed"] += 1
    return counts


def by_chapter(tests: list[ElementTree.Element]) -> dict[str, list[ElementTree.Element]]:
    """Return the tests of a JUnit report that have a notebook's stem in brackets, by stem."""
    found: dict[str, list[ElementTree.Element]] = {}
    for test in tests:
        stem = re.search(r"\[([\w-]+)", test.get("name", ""))
        if stem:
            found.setdefault(stem[1], []).append(test)
    return found


def notebook_seconds(tests: list[ElementTree.Element]) -> dict[str, float]:
    """Return the seconds that each notebook took in a JUnit report, its kernel's start included."""
    # The report writes a path with dots for slashes.
    paths = {course_path(path).replace("/", "."): course_path(path) for path in select(())}
    seconds: Counter[str] = Counter()
    for test in tests:
        if test.get("classname") in paths:
            seconds[paths[test.get("classname")]] += float(test.get("time"))
    return dict(seconds)


def file_seconds(tests: list[ElementTree.Element]) -> dict[str, float]:
    """Return the seconds that each test file took in a JUnit report, by its path."""
    seconds: Counter[str] = Counter()
    for test in tests:
        module = re.match(r"(?:[\w-]+[.])*test_\w+", test.get("classname", ""))
        if module:
            seconds[f"{module[0].replace('.', '/')}.py"] += float(test.get("time"))
    return dict(seconds)


def _close(
    console: Console,
    outcomes: list[StepOutcome],
    not_run: dict[str, str],
    drafts: Sequence[str],
) -> None:
    times = Counter()
    for outcome in outcomes:
        times.update(outcome.notebook_seconds)
    if times:
        table = Table(
            "notebook", "seconds", title=f"Seconds a notebook, the slowest of {len(times)}"
        )
        for path, seconds in times.most_common(NOTEBOOKS_SHOWN):
            table.add_row(path, f"{seconds:.1f}")
        console.print(table)
    files, clock = Counter(), Counter()
    for outcome in outcomes:
        files.update(outcome.spent.get("files", {}))
        clock.update(outcome.file_seconds)
    if files:
        columns = ("test file", "seconds", "of processor")
        table = Table(*columns, title="Tests, dearest first")
        for path, seconds in files.most_common(FILES_SHOWN):
            table.add_row(path, f"{clock[path]:.0f}", f"{seconds:.0f}")
        console.print(table)
    table = Table("step", "", "seconds", "of processor", title="What must hold")
    for outcome in outcomes:
        seconds = (f"{one:.0f}" for one in (outcome.seconds, outcome.processor_seconds))
        table.add_row(outcome.name, _verdict(outcome), *seconds)
    recorded = sum(outcome.recorded for outcome in outcomes)
    others = {f"accessible pages, {recorded} other tests": "recorded"} if recorded else {}
    for name, reason in (not_run | others).items():
        table.add_row(name, reason)
    console.print(table)
    for outcome in outcomes:
        for line in outcome.skipped + outcome.places[:PLACES_SHOWN]:
            console.print(f"{outcome.name}: {line}", markup=False, soft_wrap=True)
        if len(outcome.places) > PLACES_SHOWN:
            console.print(f"{outcome.name}: … {len(outcome.places) - PLACES_SHOWN} more above")
    costs.write(
        {outcome.name: outcome.processor_seconds for outcome in outcomes},
        [outcome.spent for outcome in outcomes],
    )
    for line in drafts:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for outcome in outcomes:
        if outcome.pages:
            path = course_path(book_report.write(outcome.pages))
            console.print(f"The book, page by page: {path}", markup=False, highlight=False)
    counts = sum((outcome.counts for outcome in outcomes), Counter())
    console.print(
        f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped",
        highlight=False,
    )


def _verdict(outcome: StepOutcome) -> str:
    return "[green]ok[/]" if outcome.ok else "[bold red]failed[/]"
