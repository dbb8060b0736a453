"""What `ssplab test` runs: a table of steps, each a command, and the tables that close it.

Every step runs, whatever became of those before it.
"""

import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console
from rich.table import Table

from ssplab.notebooks.kernel import environment
from ssplab.notebooks.paths import KINDS, kind_of, notebooks, select, shown
from ssplab.paths import course_root

CONCISE = ("--quiet", "--output-format", "concise")  # a line for each finding
BY_FILE = ("--dist", "loadfile")  # the cells of a notebook share a kernel
NBVAL = ("--nbval-current-env", "-p", "ssplab.notebooks.compare", *BY_FILE)
ANOTHER_SEED = "tests/test_another_seed.py"
PLACES_SHOWN = 20  # of a step that failed; its whole output stands above


@dataclass(frozen=True)
class Step:
    """One thing that must hold: a module that the running Python runs and that ends with 0."""

    name: str
    arguments: tuple[str, ...]

    @property
    def is_pytest(self) -> bool:
        return self.arguments[0] == "pytest"


@dataclass(frozen=True)
class Outcome:
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


def steps(names: Sequence[str] = ()) -> list[Step]:
    """Return what is run: everything, or with names only what concerns those notebooks.

    Raises
    ------
    SsplabError
        If a name is unknown.
    """
    chosen = select(names)
    paths = {kind: [shown(path) for path in chosen if kind_of(path) == kind] for kind in KINDS}
    files = [shown(path) for path in chosen] if names else ["."]
    seeds = [f"{ANOTHER_SEED}::test_another_seed[{Path(path).stem}]" for path in paths["chapters"]]
    stored = [*paths["chapters"], *paths["solutions"]]
    everything = not names
    table = [  # and whether there is anything to run it on
        (Step("ruff check", ("ruff", "check", *CONCISE, *files)), True),
        (Step("ruff format", ("ruff", "format", "--check", *CONCISE, *files)), True),
        (Step("data cards", ("ssplab", "data", "check")), everything),
        (Step("lint", ("ssplab.notebooks.lint", *names)), True),
        (Step("exercises as derived", ("ssplab.notebooks.split", *names)), True),
        (Step("tests", ("pytest", "tests", f"--ignore={ANOTHER_SEED}", *BY_FILE)), everything),
        (Step("stored outputs", ("pytest", *stored, "--nbval", *NBVAL)), stored),
        (
            Step("exercises run", ("pytest", *paths["exercises"], "--nbval-lax", *NBVAL)),
            paths["exercises"],
        ),
        (Step("another seed", ("pytest", *([ANOTHER_SEED] if everything else seeds))), seeds),
    ]
    return [step for step, needed in table if needed]


def run(names: Sequence[str] | None = None) -> int:
    """Run the steps, print the closing tables and return the exit code: 0, or 1 if one failed.

    Raises
    ------
    SsplabError
        If a name is unknown.
    """
    console = Console()
    outcomes = []
    for step in steps(names or ()):
        with console.status(step.name):
            outcome = _run_step(step)
        outcomes.append(outcome)
        console.print(f"{_verdict(outcome)} {outcome.name} ({outcome.seconds:.0f} s)")
        if not outcome.ok:
            console.print(outcome.output, markup=False, highlight=False, soft_wrap=True)
    _close(console, outcomes)
    return 0 if all(outcome.ok for outcome in outcomes) else 1


def _run_step(step: Step) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [sys.executable, "-m", *step.arguments]
        if step.is_pytest:
            command += ["-n", "auto", "-q", "--color=no", f"--junitxml={report}"]
        start = time.monotonic()
        done = subprocess.run(
            command,
            cwd=course_root(),
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        seconds = time.monotonic() - start
        ok = done.returncode == 0
        tests = ElementTree.parse(report).findall(".//testcase") if report.is_file() else []
    places = [] if ok else failures(tests) or done.stdout.strip().splitlines()
    counts = tally(tests) if tests else Counter(passed=int(ok), failed=int(not ok))
    return Outcome(
        step.name, ok, seconds, done.stdout, places, skips(tests), counts, notebook_seconds(tests)
    )


def failures(tests: list[ElementTree.Element]) -> list[str]:
    """Return one line for each failed test of a JUnit report: where, and what is wrong."""
    lines = []
    for test in tests:
        for fault in [*test.findall("failure"), *test.findall("error")]:
            message = fault.get("message", "")
            # nbval's second line is "Cell 3: " and what `ssplab.notebooks.compare` says.
            cell = re.search(r"^Cell \d+: (.+)$", message, re.MULTILINE)
            first_line = message.strip().split("\n")[0]
            name = f"{test.get('classname')}::{test.get('name')}"
            lines.append(cell[1] if cell else f"{name}: {first_line}")
    return lines


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


def notebook_seconds(tests: list[ElementTree.Element]) -> dict[str, float]:
    """Return the seconds that each notebook took in a JUnit report, its kernel's start included."""
    # The report writes a path with dots for slashes.
    paths = {shown(path).replace("/", "."): shown(path) for path in notebooks()}
    seconds: Counter[str] = Counter()
    for test in tests:
        if test.get("classname") in paths:
            seconds[paths[test.get("classname")]] += float(test.get("time"))
    return dict(seconds)


def _close(console: Console, outcomes: list[Outcome]) -> None:
    times = Counter()
    for outcome in outcomes:
        times.update(outcome.notebook_seconds)
    if times:
        table = Table("notebook", "seconds", title="Seconds a notebook, slowest first")
        for path, seconds in times.most_common():
            table.add_row(path, f"{seconds:.1f}")
        console.print(table)
    table = Table("step", "", "seconds", title="What must hold")
    for outcome in outcomes:
        table.add_row(outcome.name, _verdict(outcome), f"{outcome.seconds:.0f}")
    console.print(table)
    for outcome in outcomes:
        for line in outcome.skipped + outcome.places[:PLACES_SHOWN]:
            console.print(f"{outcome.name}: {line}", markup=False, soft_wrap=True)
        if len(outcome.places) > PLACES_SHOWN:
            console.print(f"{outcome.name}: … {len(outcome.places) - PLACES_SHOWN} more above")
    counts = sum((outcome.counts for outcome in outcomes), Counter())
    console.print(
        f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped",
        highlight=False,
    )


def _verdict(outcome: Outcome) -> str:
    return "[green]ok[/]" if outcome.ok else "[bold red]failed[/]"
