"""The answers in a chapter's *Try it* boxes: read, and executed where the chapter has them.

A box is an admonition whose title begins with `Try it`, with its answer in a dropdown. There, a
fence `python` is an answer in code; a fence `text` right after it is what a reader then sees: what
is printed, the last value as Jupyter shows it in plain text, the last line of the traceback where
an error is provoked. An answer without that fence must only not raise: it draws a figure, say. A
dropdown without any fence answers in words.

Each answer runs in a kernel after the chapter's cells above it, and leaves their names to the cells
below as they were: see `ssplab.verify.namespace`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from mdit_py_plugins.colon_fence import colon_fence_plugin
from nbformat import NotebookNode, v4

from ssplab.course import cell_label, course_path, normal
from ssplab.notebooks import execute, in_thread

TITLE = "Try it"
RAISES = "raises-exception"  # the tag of a cell after which Jupyter goes on
DIRECTIVE = re.compile(r"\{([\w:-]+)\}\s*(.*)")
COLOUR = re.compile(r"\x1b\[[\d;]*m")
NAMESPACE = "from ssplab.verify import namespace as _namespace\n\n"
SET_ASIDE = f"{NAMESPACE}_namespace.set_aside(globals())"
PUT_BACK = f"{NAMESPACE}_namespace.put_back(globals())"


@dataclass(frozen=True)
class Answer:
    """One answer in code."""

    code: str
    shown: str | None
    """What a reader sees of it; None where the chapter does not say."""


def answers(source: str) -> list[Answer]:
    """Return the answers in code of the boxes in some Markdown, in order."""
    return [answer for _, content in _boxes(source) for answer in _read(content)[0]]


def faults_of_form(source: str) -> list[str]:
    """Return in a sentence each what is wrong with the form of the boxes in some Markdown."""
    return [fault for _, content in _boxes(source) for fault in _read(content)[1]]


def has_answers(chapter: Path) -> bool:
    """Return whether a chapter has an answer in code."""
    cells = normal.read(chapter).cells
    return any(answers(cell.source) for cell in cells if cell.cell_type == "markdown")


def faults(chapter: Path, folder: Path) -> list[str]:
    """Execute a chapter's answers; return what is wrong, with the place, and a diff below it.

    Parameters
    ----------
    chapter : Path
        Its cells are executed up to the last answer; none, where it has no answer in code.
    folder : Path
        Where the kernel works.

    Returns
    -------
    list of str
        One text an answer that raises unasked, or shows other than its chapter says; one where the
        run stops, since no answer below can be tried: a cell of the chapter itself raises, or does
        not end.
    """
    nb = normal.read(chapter)
    run = _with_answers(nb)
    if not run:
        return []
    cells = v4.new_notebook(cells=[cell for _, _, cell in run], metadata=nb.metadata)
    stopped = in_thread(execute(cells, folder, label=lambda at: cell_label(nb, run[at][0])))
    found = []
    for index, answer, cell in run:
        was_run = cell.execution_count is not None or cell.outputs
        told = _fault(answer, cell.outputs) if answer and was_run else None
        if told:
            found.append(f"{course_path(chapter)}, {cell_label(nb, index)}: {told}")
    if stopped:
        found.append(f"{course_path(chapter)}, {stopped}; no answer below was tried")
    return found


def _with_answers(nb: NotebookNode) -> list[tuple[int, Answer | None, NotebookNode]]:
    """Return what is run to try a chapter's answers: the code cells, each answer at its place.

    Each with the position of the chapter's cell that it comes from, and with the answer if it is
    one. Nothing stands below the last answer.
    """
    run, length = [], 0
    for index, cell in enumerate(nb.cells):
        if cell.cell_type == "code":
            run.append((index, None, v4.new_code_cell(cell.source, id=cell.id)))
        elif cell.cell_type == "markdown":
            for answer in answers(cell.source):
                run += [
                    (index, None, v4.new_code_cell(SET_ASIDE)),
                    (index, answer, v4.new_code_cell(answer.code, metadata={"tags": [RAISES]})),
                    (index, None, v4.new_code_cell(PUT_BACK)),
                ]
                length = len(run)
    return run[:length]


def _fault(answer: Answer, outputs: list[NotebookNode]) -> str | None:
    """Return what is wrong with what an answer showed; None if nothing is."""
    seen = shown(outputs)
    first = answer.code.strip().partition("\n")[0]
    if answer.shown is None:
        raised = any(output.output_type == "error" for output in outputs)
        last = seen.rpartition("\n")[2]
        return (
            f"the answer `{first}` raises {last}, and no `text` fence says so" if raised else None
        )
    if seen == answer.shown:
        return None
    lines = unified_diff(
        answer.shown.splitlines(), seen.splitlines(), "the `text` fence", "shown", lineterm=""
    )
    diff = "\n".join(lines)
    return f"the answer `{first}` shows other than its `text` fence says:\n{diff}"


def shown(outputs: list[NotebookNode]) -> str:
    """Return what outputs show in text: printed, the last value, the last line of a traceback.

    Figures are left out, and spaces at the end of a line.
    """
    return _stripped("\n".join(map(_text, outputs)))


def _text(output: NotebookNode) -> str:
    if output.output_type == "stream":
        return output.text.removesuffix("\n")
    if output.output_type == "error":
        lines = COLOUR.sub("", "\n".join(output.traceback)).rstrip().splitlines()
        return lines[-1] if lines else output.ename
    is_figure = any(mime.startswith("image/") for mime in output.data)
    return "" if is_figure else output.data.get("text/plain", "")


def _stripped(text: str) -> str:
    """Return a text without spaces at the ends of lines and empty lines around it."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def _boxes(source: str) -> Iterator[tuple[str, str]]:
    """Yield title and content of each *Try it* in some Markdown, in whatever directive it is."""
    for name, title, content in _directives(source):
        if name == "admonition" and title.startswith(TITLE):
            yield title, content
        else:
            yield from _boxes(content)


def _directives(source: str) -> Iterator[tuple[str, str, str]]:
    """Yield name, argument and content of the directives in some Markdown, not of those inside."""
    for token in _parser().parse(source):
        if token.type in ("fence", "colon_fence"):
            directive = DIRECTIVE.match(token.info.strip())
            if directive:
                yield directive[1], directive[2], token.content


def _read(box: str) -> tuple[list[Answer], list[str]]:
    """Return the answers in code of one box, and what is wrong with its form."""
    dropdowns = [content for name, _, content in _directives(box) if name == "dropdown"]
    found: list[Answer] = []
    wrong = [] if dropdowns else [f"a `{TITLE}` has no answer: write it in a `{{dropdown}}`"]
    for dropdown in dropdowns:
        code = None  # of the block just above
        for token in _parser().parse(dropdown):
            language = token.info.strip() if token.type == "fence" else None
            if code is not None:
                found.append(Answer(code, _stripped(token.content) if language == "text" else None))
            elif language == "text":
                wrong.append("a `text` fence of an answer stands right below its `python` fence")
            if language not in (None, "python", "text") and not DIRECTIVE.match(language):
                wrong.append(
                    f"an answer has a fence of `{language or 'no language'}`, which is not tried: "
                    "write `python`, or `text` for what is seen"
                )
            code = token.content if language == "python" else None
        if code is not None:
            found.append(Answer(code, None))
    return found, wrong


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").use(colon_fence_plugin)
