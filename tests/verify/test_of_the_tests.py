"""The tests are tested: each mutation of a tiny course turns one named check red.

The course has all that ours has: a chapter with its solution, exercise and checks, a twin, a book.
The steps are those of `ssplab test`. The figure and the number are re-executed once for all their
mutations.
"""

import base64
import io
import os
import re
import shutil
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from nbformat import v4
from PIL import Image, ImageOps
from tiny_course import CHAPTER, CHECKS, EXERCISE, SOLUTION, STEM, TWIN, tiny_course

from ssplab.course import normal
from ssplab.course.source import cell_label, tags
from ssplab.notebooks.figures import figures
from ssplab.verify import reach, suite
from ssplab.verify.reach import reached_by

pytestmark = pytest.mark.slow  # runs the tests of a tiny course

QUICK = ["ruff check", "ruff format", "lint", "exercises as derived"]
MADE_BY_RUNS = (".*", "_build", "__pycache__")
LISTED = "tests/book/test_building.py::test_every_notebook_and_card_is_in_the_contents"
BUILT = "tests/book/test_building.py::test_every_page_of_the_contents_is_built"
OUTSIDE = "tests/book/test_building.py::test_pages_take_nothing_from_outside"

TABLE, COLUMN = "firms", "turnover"  # whose minimum is 0, without a maximum


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A tiny course, which is the course while these tests run, and how it was at first."""
    folder = tmp_path_factory.mktemp("tiny")
    root, original = folder / "course", folder / "original"
    with pytest.MonkeyPatch.context() as patch:
        tiny_course(root, patch)
        shutil.copytree(root, original, ignore=shutil.ignore_patterns(*MADE_BY_RUNS))
        for name in [name for name in os.environ if name.startswith("PYTEST_XDIST")]:
            patch.delenv(name)  # the tests that are run are of another run than these
        patch.chdir(root)  # a notebook's path is looked up from here first
        # The machine's modules stay as they are: what they use is read once for all mutations.
        patch.setattr(reach, "_used_by_code", cache(reach._used_by_code))
        yield root, original


@contextmanager
def mutated(course, change):
    """Change one file of the course, and put it back as it was."""
    root, original = course
    changed = change(root)
    try:
        yield changed
    finally:
        shutil.copy(original / changed, root / changed)


def outcome_of(name, *tests):
    """Run a step of the suite, or of its tests those that are named."""
    step = {step.name: step for step in suite.steps()}[name]
    if tests:
        _, every, *options = step.arguments
        assert every == "tests"
        step = replace(step, arguments=("pytest", *tests, *options))
    if step.is_pytest:  # a few tests of one file, or two notebooks: one process suffices
        step = replace(step, arguments=(*step.arguments, "-n", "0"))
    return suite._run_step(step)


def red(steps):
    """Return those of some quick steps that fail."""
    return [step for step in steps if not outcome_of(step).ok]


def reaches(changed, name, argument=None):
    """Whether `ssplab test --changed` runs a step, and on what, after a change."""
    steps = {step.name: step.arguments for step in suite.steps_reached(reached_by([changed]))}
    if name == "tests":  # those that go through notebooks may be a step of their own
        every = [*steps.get("tests", ()), *steps.get("tests of notebooks", ())]
        return argument in every or "tests" in every
    return name in steps and argument in (None, *steps[name])


# --- what is quick to see


@dataclass(frozen=True)
class Mutation:
    """A change to the course, the one step that must fail, and what it must say."""

    change: Callable[[Path], str]
    """Changes the course and returns the file that changed."""
    step: str
    told: str
    """A pattern that names the place and what is wrong."""
    beside: str = "(?!)"
    """A pattern of what else it may say; nothing by default."""


def edit(root, path, change):
    nb = normal.read(root / path)
    change(nb)
    normal.write(nb, root / path)
    return path


def some_code(nb, tag=None):
    """Return a code cell that is neither short nor long: one line more is no finding of its own."""
    return next(
        cell
        for cell in nb.cells
        if cell.cell_type == "code"
        and tag in (None, *tags(cell))
        and 6 < sum(bool(line.strip()) for line in cell.source.splitlines()) < 20
    )


def change_a_solution(root):
    def change(nb):
        cell = some_code(nb, "solution")
        cell.source = f"# Another task.\n{cell.source}"

    return edit(root, SOLUTION, change)


def add_a_warning(root):
    def change(nb):
        cell = some_code(nb)
        cell.source += '\nimport warnings\n\nwarnings.warn("old", stacklevel=1)'
        cell.outputs.append(v4.new_output("stream", name="stderr", text="UserWarning: old\n"))

    return edit(root, CHAPTER, change)


def add_a_machine_path(root):
    def change(nb):
        some_code(nb).source += '\nextract = "/home/anna/pay"'

    return edit(root, CHAPTER, change)


def forget_execution(root):
    def change(nb):
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None

    return edit(root, CHAPTER, change)


def spoil_an_answer(old, new):
    """Return a mutation of the chapter's *Try it*."""

    def change(root):
        def spoil(nb):
            [cell] = [cell for cell in nb.cells if "Try it" in cell.source]
            assert old in cell.source
            cell.source = cell.source.replace(old, new)

        return edit(root, CHAPTER, spoil)

    return change


def change_a_value(value):
    """Return a mutation of the first value of a column that has a minimum and no maximum."""

    def change(root):
        path = f"datasets/{TWIN}/{TABLE}.parquet"
        table = pd.read_parquet(root / path)
        table.loc[0, COLUMN] = value(table.loc[0, COLUMN])
        table.to_parquet(root / path, index=False)
        return path

    return change


def change_the_hash(root):
    path = f"datasets/{TWIN}/card.yml"
    text = (root / path).read_text(encoding="utf-8")
    digits = re.search(r"content_hash: sha256:([0-9a-f]{64})", text)[1]
    (root / path).write_text(text.replace(digits, digits[::-1]), encoding="utf-8")
    return path


CELL = r"In \[\d+\] \(id [\w-]+\): "
A_DRAFT = r": a draft, \d+ place"  # as the linter lists the tiny chapter, beside its findings
OTHER_CONTENT = r": ok$|hash is sha256:|gives other content|ssplab data build"
MUTATIONS = {
    "solution-without-regenerating": Mutation(
        change_a_solution,
        "exercises as derived",
        f"^{EXERCISE} is not what its solution gives: run `ssplab refresh",
    ),
    "warning": Mutation(add_a_warning, "lint", rf"^{CHAPTER}, {CELL}.*\[stderr-output: "),
    "machine-path": Mutation(
        add_a_machine_path, "lint", rf"^{CHAPTER}, {CELL}.*/home/anna.*\[machine-path: "
    ),
    "unexecuted": Mutation(
        forget_execution, "lint", rf"^{CHAPTER}, {CELL}.*\[executed: ", beside=f"^{CHAPTER}, "
    ),
    "answer-in-no-language": Mutation(
        spoil_an_answer("```python", "```"),
        "lint",
        rf"^{CHAPTER}, markdown cell \d+ \(id [\w-]+\): .*`no language`.*\[try-it: ",
        beside=r"right below its `python` fence",
    ),
    "value-of-a-sample": Mutation(
        change_a_value(lambda value: value + 1),
        "data cards",
        f"{TWIN} is not what its card says",
        beside=OTHER_CONTENT,
    ),
    "impossible-value-of-a-sample": Mutation(
        change_a_value(lambda value: -1),
        "data cards",
        rf"{COLUMN}: below 0, -1(\.0)? in rows 0",
        beside=rf"is not what its card says|{TABLE} does not fit|{OTHER_CONTENT}",
    ),
    "hash-of-a-card": Mutation(
        change_the_hash,
        "data cards",
        f"{TWIN} is not what its card says",
        beside=OTHER_CONTENT,
    ),
}


@pytest.mark.parametrize("step", [*QUICK, "data cards"])
def test_the_untouched_course_passes(course, step):
    outcome = outcome_of(step)
    assert outcome.ok, outcome.output


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_turns_its_own_step_red_and_names_the_place(course, name):
    mutation = MUTATIONS[name]
    with mutated(course, mutation.change) as changed:
        assert reaches(changed, mutation.step)
        outcome = outcome_of(mutation.step)
        if changed.endswith(".ipynb"):
            assert red([step for step in QUICK if step != mutation.step]) == []
    assert not outcome.ok
    told = [line for line in outcome.places if re.search(mutation.told, line)]
    assert told, outcome.output
    beside = [line for line in outcome.places if line not in told]
    explained = re.compile(f"{mutation.beside}|{A_DRAFT}")
    assert [line for line in beside if not explained.search(line)] == []


# --- what is executed again


def shown(nb):
    """Return the positions of the first figure and of the first number that a notebook shows."""
    outputs = [cell.get("outputs", []) for cell in nb.cells]
    figure = next(i for i, one in enumerate(outputs) if figures(one))
    number = next(i for i, one in enumerate(outputs) if any(map(_has_number, one)))
    return figure, number


def _has_number(output):
    return output.output_type == "stream" and re.search(r"\d", output.text) is not None


def change_a_number(outputs):
    output = next(filter(_has_number, outputs))
    output.text = re.sub(r"\d", lambda digit: str((int(digit[0]) + 1) % 10), output.text, count=1)


def delete_a_figure(outputs):
    outputs.remove(next(output for output in outputs if figures([output])))


def alter_a_figure(outputs):
    data = next(output.data for output in outputs if figures([output]))
    picture = Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).convert("RGB")
    quarter = picture.resize((picture.width // 4, picture.height // 4))
    picture.paste(ImageOps.invert(quarter), (0, 0))
    buffer = io.BytesIO()
    picture.save(buffer, format="png")
    data["image/png"] = base64.b64encode(buffer.getvalue()).decode()


OUTPUTS = {
    "number": (change_a_number, r"Cell outputs differ; stored ['\"].*['\"], now ['\"]"),
    "deleted-figure": (delete_a_figure, "deleted from the stored outputs: 0 stored, 1 drawn"),
    "altered-figure": (alter_a_figure, "figure 1 of the cell is not the stored one: RMS "),
}


@pytest.fixture(scope="module")
def executed(course):
    """The outcome of executing the chapter, once for each mutated output, and the cells."""
    root, _ = course
    nb = normal.read(root / CHAPTER)
    figure, number = shown(nb)
    paths = {name: root / f"chapters/{name}.ipynb" for name in OUTPUTS}
    cells = dict.fromkeys(OUTPUTS, figure) | {"number": number}
    for name, (change, _) in OUTPUTS.items():
        one = deepcopy(nb)
        change(one.cells[cells[name]].outputs)
        normal.write(one, paths[name])
    steps = {step.name: step for step in suite.steps(list(map(str, paths.values())))}
    outcome = suite._run_step(steps["stored outputs"])
    for path in paths.values():
        path.unlink()
    return outcome, {name: cell_label(nb, index) for name, index in cells.items()}


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_mutated_output_fails_alone_and_names_notebook_and_cell(executed, name):
    # The other cells pass, among them those that are mutated in the other copies.
    outcome, places = executed
    [line] = [line for line in outcome.places if line.startswith(f"chapters/{name}.ipynb")]
    assert re.search(f", {re.escape(places[name])}: .*{OUTPUTS[name][1]}", line), outcome.output


@pytest.mark.parametrize(
    ("names", "steps"), [(["number", "altered-figure"], []), (["deleted-figure"], ["lint"])]
)
def test_what_the_quick_steps_see_of_mutated_outputs(course, names, steps):
    def mutate(nb):
        figure, number = shown(nb)
        for name in names:
            OUTPUTS[name][0](nb.cells[number if name == "number" else figure].outputs)

    with mutated(course, lambda root: edit(root, CHAPTER, mutate)) as changed:
        assert reaches(changed, "stored outputs", CHAPTER)
        # The linter misses a figure that is described; it sees no difference in one.
        assert red(QUICK) == steps


# --- the answers that a chapter gives


ANSWERS = {
    # what is spoilt, and what is told; None where all is well
    "none": (("", ""), None),
    "another-value": (("\n48\n", "\n47\n"), r"`max\(pays\)` shows other .*"),
    "another-code": (("max(pays)", "max(payments)"), r"`max\(payments\)` shows other .*"),
    "unsaid-error": (
        ("max(pays)\n```\n\n```text\n48\n", "max(payments)\n"),
        r"`max\(payments\)` raises NameError: .*, and no `text` fence says so",
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_does_not_hold_fails_and_names_the_cell(course, name):
    spoilt, told = ANSWERS[name]
    with mutated(course, spoil_an_answer(*spoilt)) as changed:
        assert reaches(changed, "stored outputs", CHAPTER)
        outcome = outcome_of("stored outputs")
        assert red(QUICK) == []
    assert outcome.ok is (told is None), outcome.output
    place = rf"{CHAPTER}, markdown cell \d+ \(id [\w-]+\): the answer "
    assert all(re.search(place + told, line) for line in outcome.places), outcome.output


# --- what tests see: the book's pages, the exercises' checks


def take_from_outside(root):
    page = root / "book/welcome.md"
    image = '<img src="https://example.org/map.png" alt="A map of the regions">'
    page.write_text(f"{page.read_text(encoding='utf-8')}\n{image}\n", encoding="utf-8")
    return "book/welcome.md"


def drop_from_the_contents(root):
    contents = (root / "_toc.yml").read_text(encoding="utf-8").splitlines(keepends=True)
    page = SOLUTION.removesuffix(".ipynb")
    start = next(i for i, line in enumerate(contents) if page in line)
    end = start + 1 + ("title:" in contents[start + 1])
    (root / "_toc.yml").write_text("".join(contents[:start] + contents[end:]), encoding="utf-8")
    return "_toc.yml"


def delete_a_page(root):
    (root / "book/glossary.md").unlink()
    return "book/glossary.md"


def accept_a_wrong_answer(root):
    """Let a recorded mistake be none: its edit gives what the solution gives."""
    path = root / CHECKS
    words = path.read_text(encoding="utf-8")
    assert "code: median = sum(pays)" in words
    spoilt = words.replace("code: median = sum(pays)", "code: median = 1 * median  # sum(pays)", 1)
    path.write_text(spoilt, encoding="utf-8")
    return CHECKS


CONTRACTS = [
    f"tests/exercises/test_contract.py::test_the_contract_of_its_check_holds[{STEM}/{number}]"
    for number in (1, 2)
]
TESTED = {
    # the change, the tests that run, the one that must fail, and what its output names
    "outside": (
        take_from_outside,
        [OUTSIDE, BUILT],
        OUTSIDE,
        "book/welcome.*https://example.org/map.png",
    ),
    "not-in-the-contents": (
        drop_from_the_contents,
        [LISTED],
        LISTED,
        re.escape(SOLUTION.removesuffix(".ipynb")),
    ),
    "not-on-disk": (delete_a_page, [BUILT, LISTED], BUILT, "book/glossary"),
    "wrong-answer-accepted": (
        accept_a_wrong_answer,
        CONTRACTS,
        CONTRACTS[0],
        "[a-z-]+ is accepted",
    ),
}


def test_the_untouched_course_passes_its_tests(course):
    outcome = outcome_of("tests", OUTSIDE, BUILT, LISTED, *CONTRACTS)
    assert outcome.ok, outcome.output
    assert outcome.counts["passed"] == 3 + len(CONTRACTS)


@pytest.mark.parametrize("name", TESTED)
def test_a_mutation_fails_one_test_and_names_the_place(course, name):
    change, tests, failing, told = TESTED[name]
    with mutated(course, change) as changed:
        assert reaches(changed, "tests", failing.partition("::")[0])
        outcome = outcome_of("tests", *tests)
    assert failed_tests(outcome) == [failing]
    assert re.search(told, outcome.output), outcome.output


def test_the_quick_steps_see_nothing_that_is_in_no_notebook(course):
    changes = [mutation.change for mutation in MUTATIONS.values() if mutation.step == "data cards"]
    changes += [change for change, *_ in TESTED.values()]
    with ExitStack() as together:
        for change in changes:
            together.enter_context(mutated(course, change))
        assert red(QUICK) == []


def failed_tests(outcome):
    """Return the tests that failed, as pytest's closing summary has them."""
    return re.findall(r"^(?:FAILED|ERROR) (\S+)", outcome.output, re.MULTILINE)
