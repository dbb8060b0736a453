"""The answers in a lesson's *Try it* boxes: read, and compared with what the lesson says of them.

A box is an admonition whose title begins with `Try it`, with its answer in a dropdown. There, a
fence `python` is an answer in code; a fence `text` right after it is what a reader then sees: what
is printed, the last value as Jupyter shows it in plain text, the last line of the traceback where
an error is provoked. An answer without that fence must only not raise: it draws a figure, say. A
dropdown without any fence answers in words.

Each answer runs after the cells above it, in the run that compares their outputs
(`ssplab.verify.nbval_plugin`), and leaves their names to the cells below as they were: see
`ssplab.verify.namespace`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from functools import cache

from markdown_it import MarkdownIt
from mdit_py_plugins.colon_fence import colon_fence_plugin
from nbformat import NotebookNode

TITLE = "Try it"
DIRECTIVE = re.compile(r"\{([\w:-]+)\}\s*(.*)")
COLOUR = re.compile(r"\x1b\[[\d;]*m")


@dataclass(frozen=True)
class Answer:
    """One answer in code."""

    code: str
    shown: str | None
    """What a reader sees of it; None where the lesson does not say."""


def answers(source: str) -> list[Answer]:
    """Return the answers in code of the boxes in some Markdown, in order."""
    return [answer for _, content in _boxes(source) for answer in _read(content)[0]]


def faults_of_form(source: str) -> list[str]:
    """Return in a sentence each what is wrong with the form of the boxes in some Markdown."""
    return [fault for _, content in _boxes(source) for fault in _read(content)[1]]


def fault(answer: Answer, outputs: list[NotebookNode]) -> str | None:
    """Return what is wrong with what an answer showed, a diff below it; None if nothing is."""
    seen = _shown(outputs)
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


def _shown(outputs: list[NotebookNode]) -> str:
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
