"""What a stored notebook must be: one small function a rule, and the table of them.

A rule yields where it is broken (the cell's position, or None for the whole notebook) and a message
that says what to do.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from nbformat import NotebookNode

from ssplab.course import (
    AFFILIATED,
    CAPTION,
    HIDING,
    LESSONS,
    bound_names,
    card_names,
    changed_names,
    chapters,
    modules_used,
    normal,
    parameters,
    parse,
    tags,
    taken_names,
    taught_calls,
    taught_source,
)
from ssplab.data import MARK, NEEDS_SPARK, needs_spark, not_run
from ssplab.notebooks import figures
from ssplab.system import SsplabError
from ssplab.verify.answers import answers, faults_of_form
from ssplab.verify.pace import DECLARED

CHAPTERS = ("chapters",)
SESSIONS = ("reading-groups",)
STORED = ("chapters", "solutions", *AFFILIATED)
EXERCISES = ("exercises",)
PAIRS = ("solutions", "exercises")
ALL = (*STORED, *EXERCISES)
UNPACED = (*PAIRS, *AFFILIATED)  # a chapter's cells are measured in `ssplab.verify.pace`


@dataclass(frozen=True)
class Notebook:
    """A notebook under examination, with what several rules need of it."""

    nb: NotebookNode
    kind: str
    stem: str

    @cached_property
    def code(self) -> list[tuple[int, NotebookNode]]:
        return [(i, cell) for i, cell in enumerate(self.nb.cells) if cell.cell_type == "code"]

    @cached_property
    def markdown(self) -> list[tuple[int, NotebookNode]]:
        return [(i, cell) for i, cell in enumerate(self.nb.cells) if cell.cell_type == "markdown"]

    @cached_property
    def trees(self) -> list[tuple[int, ast.Module]]:
        """Syntax trees of the code cells that are plain Python."""
        parsed = [(i, parse(cell.source)) for i, cell in self.code]
        return [(i, tree) for i, tree in parsed if tree is not None]

    def nodes(self, *types: type[ast.AST]) -> Iterator[tuple[int, ast.AST]]:
        for index, tree in self.trees:
            for node in ast.walk(tree):
                if isinstance(node, types):
                    yield index, node

    @cached_property
    def outputs(self) -> list[tuple[int, NotebookNode]]:
        return [(i, output) for i, cell in self.code for output in cell.outputs]

    @cached_property
    def output_texts(self) -> list[tuple[int, str]]:
        return [(i, text) for i, output in self.outputs for text in _texts(output)]


Found = Iterator[tuple[int | None, str]]


@dataclass(frozen=True)
class Rule:
    id: str
    kinds: tuple[str, ...]
    why: str
    check: Callable[[Notebook], Found]
    of_finished: bool = False
    """Whether it asks for what only a finished notebook has, and a draft may lack."""


# Not after a letter, a dot or another slash: a web address or a relative path is no machine path.
MACHINE_PATH = re.compile(
    r"(?<![\w.~/:-])/(?:home|root|Users|tmp|work|mnt|srv|opt|usr|var)/[\w.-]*"
    r"|\b[A-Za-z]:[\\/]+(?:Users|Documents|Temp|Program)\w*"
)
# Names in .example (RFC 2606) are nobody's: the practice web answers to them.
URL = re.compile(
    r"(?:https?|ftp)://(?!127\.0\.0\.1|localhost|[\w.-]+\.example(?:[:/]|$))", re.IGNORECASE
)
# A page of the course, as Markdown names it: `](../../book/references.md#ref-…)`.
COMPUTED_LINK = re.compile(r"\]\(([^)\s]+\.(?:md|ipynb)(?:#[^)\s]*)?)\)")
CLOCK = re.compile(
    r"^time\.\w+$|\b(?:perf_counter|monotonic|process_time)(?:_ns)?$|\.(?:now|utcnow|today)$"
)
LEGACY_RANDOM = re.compile(
    r"(?:np|numpy)\.random\.(?!default_rng|Generator|SeedSequence|PCG64|Philox|SFC64|MT19937)\w+$"
    r"|random\.(?!Random$)\w+$"
)
QUIZ = "quiz"
SLIDE_TYPES = ("slide", "subslide", "fragment", "notes", "skip", "-")  # as JupyterLab has them
GUARD = "guard"
GENERAL = "general"
OF_TWIN = re.compile(
    r"\b(?:twins?|planted|synthetic|truth|seeds?|Exercise \d|Try it)\b", re.IGNORECASE
)
CHOICE = re.compile(r"^:::\{dropdown\} \S[^\n]*\n(.+?)^:::$", re.MULTILINE | re.DOTALL)
ROLE = re.compile(
    r"\{(glue(?::\w+)?|cite(?::?\w+)?|term|doc|ref|numref|eq|download|abbr|footcite(?::\w+)?)\}[`\s]"
)


def _kernelspec(notebook: Notebook) -> Found:
    name = notebook.nb.metadata.get("kernelspec", {}).get("name")
    if name != "python3":
        yield None, f"the kernel is {name!r}, not 'python3': run `ssplab refresh`"


def _language_version(notebook: Notebook) -> Found:
    if "version" in notebook.nb.metadata.get("language_info", {}):
        yield None, "language_info holds a version of Python: run `ssplab refresh`"


def _papermill(notebook: Notebook) -> Found:
    if "papermill" in notebook.nb.metadata:
        yield None, "papermill's metadata are stored: run `ssplab refresh`"
    for index, cell in enumerate(notebook.nb.cells):
        if "papermill" in cell.metadata or "injected-parameters" in tags(cell):
            yield index, "left by a papermill run: delete it"


def _timing(notebook: Notebook) -> Found:
    for index, cell in enumerate(notebook.nb.cells):
        if cell.metadata.keys() & {"execution", "ExecuteTime"}:
            yield index, "the time of execution is stored: run `ssplab refresh`"


def _cell_ids(notebook: Notebook) -> Found:
    if (notebook.nb.nbformat, notebook.nb.nbformat_minor) < (4, 5):
        yield None, "nbformat is older than 4.5, which has no cell ids: run `ssplab refresh`"
    seen = set()
    for index, cell in enumerate(notebook.nb.cells):
        if not cell.get("id"):
            yield index, "it has no id: run `ssplab refresh`"
        elif cell.id in seen:
            yield index, f"its id {cell.id!r} is another cell's too"
        seen.add(cell.get("id"))


def _size(notebook: Notebook) -> Found:
    size = len(normal.dumps(notebook.nb).encode())
    if size > 1_000_000:
        yield None, f"{size:,} bytes stored, over 1 MB: draw smaller or fewer figures"


def _executed(notebook: Notebook) -> Found:
    for number, (index, cell) in enumerate(notebook.code, start=1):
        if cell.execution_count != number:
            yield (
                index,
                f"its execution count is {cell.execution_count}, not {number}: "
                "the notebook was not run from top to bottom; run `ssplab refresh`",
            )
            return


def _stored_output(notebook: Notebook) -> Found:
    cells = notebook.nb.cells
    for index, tree in notebook.trees:
        if _alt(cells[index]) is not None and not _figures(cells[index]):
            yield index, "it has an alternative text and no figure is stored: run `ssplab refresh`"
        elif _shows(tree) and not cells[index].outputs:
            yield index, "it shows something and no output is stored: run `ssplab refresh`"


def _no_outputs(notebook: Notebook) -> Found:
    for index, cell in notebook.code:
        if cell.outputs or cell.execution_count is not None:
            yield index, "an exercise stores no outputs and no counts: run `ssplab refresh`"


def _error_output(notebook: Notebook) -> Found:
    for index, output in notebook.outputs:
        if output.output_type == "error":
            yield index, f"it raised {output.ename}: {output.evalue}"


def _stderr_output(notebook: Notebook) -> Found:
    for index, output in notebook.outputs:
        if output.output_type == "stream" and output.name == "stderr":
            lines = output.text.strip().splitlines() or [""]
            yield index, f"it writes a warning or a log: {lines[0][:80]!r}"


def _memory_address(notebook: Notebook) -> Found:
    for index, text in notebook.output_texts:
        found = re.search(r"\b0x[0-9a-fA-F]{6,}\b", text)
        if found:
            yield (
                index,
                f"its output holds the memory address {found[0]}: assign the result or print",
            )


def _estimator_html(notebook: Notebook) -> Found:
    for index, text in notebook.output_texts:
        if "sk-top-container" in text:
            yield index, "it shows an estimator as HTML: print it"


def _figure_format(notebook: Notebook) -> Found:
    for index, output in notebook.outputs:
        for mime in output.get("data", {}):
            if mime.startswith("image/") and mime != "image/png":
                yield index, f"a figure is stored as {mime}: draw it as PNG"


def _figure_alt(notebook: Notebook) -> Found:
    for index, cell in notebook.code:
        if _figures(cell) and _alt(cell) is None:
            yield index, "its figure has no alternative text (metadata `mystnb.image.alt`)"


def _figure_alt_trivial(notebook: Notebook) -> Found:
    for index, cell in notebook.code:
        alt = _alt(cell)
        if alt is None:
            continue
        if len(alt.split()) < 8 or re.match(r"(an? |the )?(figure|image|picture)\b", alt.lower()):
            yield index, f"the alternative text {alt[:60]!r} does not say what the figure shows"


def _plain_python(notebook: Notebook) -> Found:
    parsed = {index for index, _ in notebook.trees}
    for index, _ in notebook.code:
        if index not in parsed:
            yield index, "it is not plain Python (a magic, a shell command, or a syntax error)"


def _long_cell(notebook: Notebook) -> Found:
    for index, cell in notebook.code:
        lines = len(cell.source.splitlines())
        if lines > 25:
            yield index, f"{lines} lines, over 25: split it"


def _semicolon(notebook: Notebook) -> Found:
    for index, cell in notebook.code:
        if re.search(r";\s*$", cell.source):
            yield index, "it ends with a semicolon: assign the result instead"


def _names(notebook: Notebook) -> Found:
    for index, node in notebook.nodes(ast.Name, ast.arg, ast.alias):
        name = {ast.Name: "id", ast.arg: "arg", ast.alias: "asname"}[type(node)]
        bound = not isinstance(node, ast.Name) or isinstance(node.ctx, ast.Store)
        if bound and getattr(node, name) in {"df", "x", "tmp"}:
            yield index, f"`{getattr(node, name)}` names nothing: use the thing's name"


def _machine_path(notebook: Notebook) -> Found:
    sources = [(index, cell.source) for index, cell in enumerate(notebook.nb.cells)]
    for index, text in sources + notebook.output_texts:
        found = MACHINE_PATH.search(text)
        if found:
            yield index, f"a path of one machine: {found[0]!r}"


def _network(notebook: Notebook) -> Found:
    for index, node in notebook.nodes(ast.Constant):
        if isinstance(node.value, str) and URL.match(node.value):
            yield index, f"it refers to {node.value[:60]}: chapters run offline"


def _computed_link(notebook: Notebook) -> Found:
    for index, node in notebook.nodes(ast.Constant):
        found = COMPUTED_LINK.search(node.value) if isinstance(node.value, str) else None
        if found:
            yield index, f"a link in what a cell shows: {found[1]!r}; put it into a Markdown cell"


def _clock(notebook: Notebook) -> Found:
    for index, node in notebook.nodes(ast.Call):
        name = ast.unparse(node.func)
        if CLOCK.search(name):
            yield index, f"`{name}` reads the clock: the output changes with every run"


def _unseeded(notebook: Notebook) -> Found:
    for index, node in notebook.nodes(ast.Call):
        name = ast.unparse(node.func)
        bare = name.endswith("default_rng") and not node.args and not node.keywords
        if bare or LEGACY_RANDOM.match(name):
            yield index, f"`{name}` is not seeded: use `np.random.default_rng(seed)`"


def _folded_prose(notebook: Notebook) -> Found:
    folding = "tags `remove-input`, metadata jupyter.source_hidden true, a comment as first line"
    for index, node in notebook.nodes(ast.Call):
        cell = notebook.nb.cells[index]
        folded = "remove-input" in tags(cell) and _is_folded(cell)
        if isinstance(node.func, ast.Name) and node.func.id == "Markdown" and not folded:
            yield index, f"prose made by code must be folded: {folding}"


def _comparison_escape(notebook: Notebook) -> Found:
    for index, cell in notebook.code:
        escapes = [tag for tag in tags(cell) if tag.startswith("nbval-")]
        escapes += ["raises-exception"] if "raises-exception" in tags(cell) else []
        escapes += re.findall(r"^#\s*(NBVAL_\w+)", cell.source, re.MULTILINE)
        for escape in escapes:
            yield index, f"`{escape}` takes it out of the comparison with its stored output"


def _title(notebook: Notebook) -> Found:
    opening = {"solutions": "# Solution: ", "exercises": "# Exercise: "}.get(notebook.kind, "# ")
    cells = notebook.nb.cells
    if not cells or cells[0].cell_type != "markdown" or not cells[0].source.startswith(opening):
        yield 0 if cells else None, f"the first cell must start with {opening!r}"
    titles = [i for i, cell in notebook.markdown for _ in _headings(cell.source, level=1)]
    for index in titles[1:]:
        yield index, "a second level-1 heading: a page has one title"


def _empty_cell(notebook: Notebook) -> Found:
    for index, cell in enumerate(notebook.nb.cells):
        if not cell.source.strip():
            yield index, "it is empty: delete it"


def _myst_role(notebook: Notebook) -> Found:
    for index, cell in notebook.markdown:
        for role in sorted(set(ROLE.findall(_without_code(cell.source)))):
            yield (
                index,
                f"JupyterLab shows the role {{{role}}} raw: write a Markdown link or plain words",
            )


def _parameters(notebook: Notebook) -> Found:
    tagged = [index for index, cell in notebook.code if "parameters" in tags(cell)]
    if len(tagged) != 1:
        yield None, f"{len(tagged)} cells are tagged `parameters`; there must be one"
        return
    if parse(notebook.nb.cells[tagged[0]].source) is None:
        return  # the rule plain-python says it
    given = parameters(notebook.nb)
    missing = [name for name in ("data", "seed", "scale") if name not in given]
    if missing:
        yield tagged[0], f"the parameters lack {', '.join(missing)}"
    elif given["data"] not in card_names():
        yield (
            tagged[0],
            f"{given['data']!r} is no data set: outputs made from own data are not stored",
        )


def _parameter_kept(notebook: Notebook) -> Found:
    given = set(parameters(notebook.nb))
    for index, tree in notebook.trees:
        if "parameters" not in tags(notebook.nb.cells[index]):
            for name in sorted(given & changed_names(tree)):
                yield index, f"it changes the parameter `{name}`: take another name"


def _seed(notebook: Notebook) -> Found:
    if "seed" not in parameters(notebook.nb):
        yield None, "no cell tagged `parameters` gives `seed`"


def _slides(notebook: Notebook) -> Found:
    types = [
        cell.metadata.get("slideshow", {}).get("slide_type", "-") for cell in notebook.nb.cells
    ]
    for index, slide_type in enumerate(types):
        if slide_type not in SLIDE_TYPES:
            yield (
                index,
                f"its slide type is {slide_type!r}, not one of {', '.join(SLIDE_TYPES)}: set it in "
                "JupyterLab's property inspector",
            )
    if "slide" not in types[1:]:
        yield None, "no cell but the first begins a slide: give headings the slide type `slide`"


def _results(notebook: Notebook) -> Found:
    shown = [(index, cell) for index, cell in notebook.code if not HIDING & set(tags(cell))]
    if not 12 <= len(shown) <= 18:
        yield None, f"{len(shown)} code cells are shown; a session has 12 to 18"
    for index, cell in shown:
        if not cell.outputs:
            yield index, "it shows no result: join it with the cell whose result needs it"


def _aggregate_prints(notebook: Notebook) -> Found:
    from ssplab.owndata import bare_prints  # with pandas: for chapters only

    for index, told in bare_prints(notebook.nb):
        yield index, f"{told}: print a sentence (an f-string), show the table with `ssplab.safe`"


def _aggregate_tables(notebook: Notebook) -> Found:
    from ssplab.owndata import AGGREGATE, shareable

    for index, output in notebook.outputs:
        if AGGREGATE in tags(notebook.nb.cells[index]) and shareable(output) is None:
            yield index, "what it shows did not pass `ssplab.safe`: a report would leave it out"


def _aggregate_figures(notebook: Notebook) -> Found:
    for index, cell in notebook.code:
        if "aggregate" in tags(cell) and _figures(cell) and "safe_figure(" not in cell.source:
            yield (
                index,
                "a report would leave its figure out: say with `ssplab.safe_figure` how many units "
                "stand behind what it draws, or drop the tag",
            )


def _general(notebook: Notebook) -> Found:
    for index, cell in enumerate(notebook.nb.cells):
        if GENERAL not in tags(cell):
            continue
        if cell.cell_type != "markdown":
            yield index, f"the tag `{GENERAL}` is for prose"
        elif found := OF_TWIN.search(cell.source):
            yield (
                index,
                f"{found.group()!r} is of the twin, and the tag `{GENERAL}` puts it under own "
                "figures: split the cell, or say it so that it holds for any data",
            )


def _public(notebook: Notebook) -> Found:
    from ssplab.owndata import unpublic

    for index, told in unpublic(notebook.nb):
        yield index, f"tagged `public`, it uses {told}, which may be own data"


def _needs_spark(notebook: Notebook) -> Found:
    is_set_up, always, sometimes = False, set(), set()  # and the names bound always, or by Spark
    for index, source, tagged in _sources(notebook):
        tree, marked = parse(source), needs_spark(source)
        if tree is None:
            continue  # the rule plain-python says it
        if tagged is not None and tagged != marked:
            yield index, f"the tag `{NEEDS_SPARK}` and the first line `{MARK}` go together"
        if not marked:
            if _starts_spark(tree):
                yield index, f"it needs Spark: begin it with `{MARK}`"
            elif taken := sorted(taken_names(tree) & sometimes):
                yield (
                    index,
                    f"it uses `{taken[0]}`, which only a cell that needs Spark binds: begin it "
                    f"with `{MARK}`",
                )
            is_set_up |= any(name.endswith("set_up") for name in _called(tree))
            if tagged is not None:
                always |= bound_names(source)
                sometimes -= always
            continue
        if notebook.kind not in LESSONS:
            yield index, "it needs Spark: an exercise, and a kit, are for every machine"
        elif not is_set_up:
            yield index, "`ssplab.set_up` must come before, by which it is passed over"
        rebound = sorted((bound_names(source) - _imported(tree)) & always)
        if rebound and tagged is not None:
            yield index, f"it binds `{rebound[0]}` anew, another value where Spark is not"
        if tagged is not None:
            sometimes |= bound_names(source) - always
    for index, cell in notebook.code:
        if not_run(cell.outputs):
            yield index, "it was stored where Spark is not: refresh it where it is"


def _sources(notebook: Notebook) -> Iterator[tuple[int, str, bool | None]]:
    """Yield the code cells and the answers of boxes: position, source, and whether it is tagged."""
    for index, cell in enumerate(notebook.nb.cells):
        if cell.cell_type == "code":
            yield index, cell.source, NEEDS_SPARK in tags(cell)
        elif cell.cell_type == "markdown":
            yield from ((index, answer.code, None) for answer in answers(cell.source))


def _called(tree: ast.Module) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def _imported(tree: ast.Module) -> set[str]:
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    return bound_names(ast.unparse(ast.Module(imports, [])))


def _starts_spark(tree: ast.Module) -> bool:
    return any(
        name.split(".")[0] == "pyspark" or name == "ssplab.spark_session"
        for name in modules_used(tree)
    )


def _taught(notebook: Notebook) -> Found:
    for index, cell in notebook.code:
        for chapter, name in taught_calls([cell.source]):
            try:
                taught_source(chapter, name)
            except SsplabError as error:
                yield index, str(error)
            else:
                order = [page.stem for page in chapters()]
                after = order[order.index(notebook.stem) + 1 :] if notebook.stem in order else []
                if chapter in after:
                    yield index, f"{chapter}, which teaches {name!r}, comes later in the course"


def _exercise_numbers(notebook: Notebook) -> Found:
    current, numbers = 0, []
    for index, cell in enumerate(notebook.nb.cells):
        if cell.cell_type == "markdown":
            found = [re.match(r"Exercise (\d+)\b", text) for text in _headings(cell.source, 2)]
            numbers += [(index, int(match[1])) for match in found if match]
            current = numbers[-1][1] if numbers else 0
        else:
            for name in _checks(cell.source):
                if name != f"{notebook.stem}/{current}":
                    yield (
                        index,
                        f"the check {name!r} stands under exercise {current}: "
                        f"it should be {notebook.stem}/{current}",
                    )
    if [number for _, number in numbers] != list(range(1, len(numbers) + 1)):
        yield (
            numbers[0][0],
            f"exercises are numbered {[number for _, number in numbers]}, not from 1 one by one",
        )


def _exercise_count(notebook: Notebook) -> Found:
    headings = [text for _, cell in notebook.markdown for text in _headings(cell.source, 2)]
    number = sum(re.match(r"Exercise \d+\b", text) is not None for text in headings)
    if not 4 <= number <= 6:
        yield None, f"{number} headings `## Exercise N`; there must be 4 to 6"


def _guard(notebook: Notebook) -> Found:
    folding = "tag `remove-cell`, metadata jupyter.source_hidden true, a comment as first line"
    for index, cell in notebook.code:
        if GUARD not in tags(cell):
            continue
        if not _asserts(cell.source):
            yield index, f"a `{GUARD}` that asserts nothing: add an assertion, or untag it"
        if "remove-cell" not in tags(cell) or not _is_folded(cell):
            yield index, f"readers should not see what is tagged `{GUARD}`: {folding}"


def _figure_count(notebook: Notebook) -> Found:
    number = sum(len(_figures(cell)) for _, cell in notebook.code)
    if not 3 <= number <= 8:
        yield None, f"{number} figures; a chapter has 3 to 8"


def _quiz(notebook: Notebook) -> Found:
    quizzes = [(index, cell.source) for index, cell in notebook.markdown if QUIZ in tags(cell)]
    if len(quizzes) != 1:
        yield None, f"{len(quizzes)} Markdown cells are tagged `{QUIZ}`; there must be one"
        return
    [(index, source)] = quizzes
    _before, *questions = re.split(r"^\*\*(?=\d+\. )", source, flags=re.MULTILINE)
    if len(questions) != 3:
        yield index, f"{len(questions)} questions, each a bold line `**1. …?**`; there must be 3"
    for question in questions:
        number = question.partition(".")[0]
        answers = [text.strip() for text in CHOICE.findall(question)]
        right = sum(text.startswith("Yes.") for text in answers)
        explained = [text for text in answers if re.match(r"(Yes|No)\. \w", text)]
        if len(answers) < 3 or right != 1 or len(explained) != len(answers):
            yield (
                index,
                f"question {number}: {len(answers)} choices (`:::{{dropdown}} The choice`), "
                f"{len(explained)} that say Yes. or No. and why, {right} right; "
                "there must be 3 or more, all with the reason, one of them right",
            )


def _try_it(notebook: Notebook) -> Found:
    for index, cell in notebook.markdown:
        for fault in faults_of_form(cell.source):
            yield index, fault


def _caption(notebook: Notebook) -> Found:
    cells = notebook.nb.cells
    if not cells or DECLARED not in tags(cells[0]):
        return  # a chapter whose figures name their source themselves
    seen = [index for index, cell in enumerate(cells) if "remove-cell" not in tags(cell)]
    for index, below in pairwise([*seen, None]):
        if cells[index].cell_type != "code" or not _figures(cells[index]):
            continue
        if below is None or not CAPTION.match(cells[below].source):
            yield (
                index,
                "its figure has no caption: begin the Markdown cell below it with a paragraph "
                "of one line in italics, `*What is drawn. Source: where it is from.*`",
            )


# --- what several rules look for


def _texts(output: NotebookNode) -> list[str]:
    texts = [output.get("text", ""), *output.get("traceback", [])]
    texts += [
        text for mime, text in output.get("data", {}).items() if not mime.startswith("image/")
    ]
    return [text for text in texts if isinstance(text, str)]


def _figures(cell: NotebookNode) -> list[str]:
    return figures.figures(cell.outputs)


def _alt(cell: NotebookNode) -> str | None:
    return cell.metadata.get("mystnb", {}).get("image", {}).get("alt")


def _is_folded(cell: NotebookNode) -> bool:
    """Whether JupyterLab shows of a cell's source one line only, which says what it is."""
    hidden = cell.metadata.get("jupyter", {}).get("source_hidden") is True
    return hidden and cell.source.startswith("#")


def _asserts(source: str) -> bool:
    """Whether code asserts something, itself or by a function such as `assert_frame_equal`."""
    return any(
        isinstance(node, ast.Assert)
        or (
            isinstance(node, ast.Call)
            and ast.unparse(node.func).rpartition(".")[2].startswith("assert_")
        )
        for node in ast.walk(parse(source) or ast.Module([], []))
    )


def _shows(tree: ast.Module) -> bool:
    """Whether a cell surely shows something: it prints, displays, or ends on a value by name."""
    expressions = [one.value for one in tree.body if isinstance(one, ast.Expr)]
    called = {ast.unparse(one.func) for one in expressions if isinstance(one, ast.Call)}
    last = tree.body[-1] if tree.body else None
    named = isinstance(last, ast.Expr) and isinstance(last.value, ast.Name | ast.Subscript)
    return named or bool(called & {"print", "display"})


def _checks(source: str) -> list[str]:
    """Return the first arguments of the `check(…)` calls in a cell."""
    tree = parse(source)
    return [
        node.args[0].value
        for node in ast.walk(tree or ast.Module([], []))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "check"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ]


def _headings(source: str, level: int) -> list[str]:
    return re.findall(rf"^#{{{level}}} +(.+)$", _without_code(source), re.MULTILINE)


def _without_code(markdown: str) -> str:
    """Drop fenced code and double-backtick spans, where markup is shown and not meant.

    A fence of a directive (```` ```{note} ````) stays: its content is prose.
    """
    fence = r"^(`{3,}|~{3,})(?!\{|`|~).*?^\1\s*$"
    return re.sub(r"``.+?``", "", re.sub(fence, "", markdown, flags=re.MULTILINE | re.DOTALL))


RULES = (
    Rule("kernelspec", ALL, "papermill and JupyterLab start the kernel named there", _kernelspec),
    Rule("language-version", ALL, "it differs between the Pythons we support", _language_version),
    Rule("papermill", ALL, "a run's traces are not the author's", _papermill),
    Rule("timing", ALL, "seconds are never stored in a notebook", _timing),
    Rule("cell-ids", ALL, "diffs and the figure comparison follow cells by id", _cell_ids),
    Rule("size", LESSONS, "the hub and the file server hand out the whole file", _size),
    Rule("executed", STORED, "the book and the comparison read stored outputs", _executed),
    Rule("stored-output", STORED, "what is not stored is not compared", _stored_output),
    Rule("no-outputs", EXERCISES, "a trainee starts from nothing", _no_outputs),
    Rule("error-output", STORED, "a finished notebook runs to its end", _error_output),
    Rule("stderr-output", STORED, "warnings worry readers, and change", _stderr_output),
    Rule("memory-address", STORED, "it changes with every run", _memory_address),
    Rule("estimator-html", STORED, "its script is an error on the book's page", _estimator_html),
    Rule("figure-format", STORED, "only PNG figures are compared", _figure_format),
    Rule("figure-alt", STORED, "not everyone sees the figure", _figure_alt),
    Rule("figure-alt-trivial", STORED, "not everyone sees the figure", _figure_alt_trivial),
    Rule("plain-python", ALL, "ruff, the split and these rules read Python", _plain_python),
    Rule("long-cell", UNPACED, "a reader holds one step at a time", _long_cell),
    Rule("semicolon", ALL, "the comparison trips on outputs it hides", _semicolon),
    Rule("names", ALL, "code is read more often than written", _names),
    Rule("machine-path", ALL, "it exists on one machine and tells whose", _machine_path),
    Rule("network", ALL, "rooms and secure environments have no internet", _network),
    Rule("computed-link", ALL, "the book makes pages' addresses of cells' alone", _computed_link),
    Rule("clock", ALL, "no output depends on when it was made", _clock),
    Rule("unseeded", ALL, "the same notebook gives the same numbers", _unseeded),
    Rule("folded-prose", STORED, "readers see the sentence, not its code", _folded_prose),
    Rule("comparison-escape", ALL, "every stored output is compared", _comparison_escape),
    Rule("title", ALL, "the table of contents takes it", _title),
    Rule("empty-cell", ALL, "it says nothing", _empty_cell),
    Rule("myst-role", ALL, "trainees read notebooks in JupyterLab", _myst_role),
    Rule("parameters", CHAPTERS, "a chapter runs on other data, seeds and sizes", _parameters),
    Rule("parameter-kept", LESSONS, "guards ask for it, and would no longer run", _parameter_kept),
    Rule("aggregate-prints", CHAPTERS, "a report of own data shows sentences", _aggregate_prints),
    Rule("aggregate-tables", CHAPTERS, "a report of own data shows safe tables", _aggregate_tables),
    Rule(
        "aggregate-figures", CHAPTERS, "a report of own data shows safe figures", _aggregate_figures
    ),
    Rule("general", CHAPTERS, "what is said of the twin is false of own data", _general),
    Rule("public", CHAPTERS, "a report shows such a cell whole", _public),
    Rule("needs-spark", ALL, "a notebook runs where Spark is not", _needs_spark),
    Rule("taught", ALL, "a function is used after it was taught", _taught),
    Rule("exercise-numbers", PAIRS, "checks name exercises by number", _exercise_numbers),
    Rule("guard", STORED, "what guards the course stays out of the reader's sight", _guard),
    Rule("try-it", LESSONS, "an answer is executed where it is given", _try_it),
    Rule("seed", SESSIONS, "a session runs on another seed", _seed),
    Rule("slides", SESSIONS, "the deck is made of the notebook", _slides),
    # Of finished notebooks only
    Rule("exercise-count", PAIRS, "it rises by four to six steps", _exercise_count, True),
    Rule("figures", CHAPTERS, "seen first, then measured", _figure_count, True),
    Rule("caption", CHAPTERS, "a figure says what it draws, and from what", _caption, True),
    Rule("results", SESSIONS, "a notebook is read aloud in an hour", _results, True),
    Rule("quiz", CHAPTERS, "a reader sees at once what was not understood", _quiz, True),
)
