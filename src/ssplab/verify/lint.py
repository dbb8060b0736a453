"""Lint notebooks by the rules of `ssplab.verify.rules`.

`python -m ssplab.verify.lint [NOTEBOOK…]` prints each finding with file and cell, and ends with
1 if there is one.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from ssplab.course import cell_label, course_path, kind_of, normal, repeated_stems, select
from ssplab.system import SsplabError
from ssplab.verify.rules import RULES, Notebook


@dataclass(frozen=True)
class Finding:
    rule: str
    where: str
    """The cell, such as `In [4] (id robust-rules)`, or `notebook`."""
    message: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message} [{self.rule}: {self.why}]"


def lint(nb: NotebookNode, kind: str, stem: str) -> list[Finding]:
    """Return what a notebook breaks of the rules of its kind.

    Parameters
    ----------
    nb : NotebookNode
        As `ssplab.course.normal.read` gives it.
    kind : {"chapters", "solutions", "exercises"}
    stem : str
        The file's name without `.ipynb`; checks are named after it.
    """
    notebook = Notebook(nb, kind, stem)
    return [
        Finding(rule.id, "notebook" if index is None else cell_label(nb, index), message, rule.why)
        for rule in RULES
        if kind in rule.kinds
        for index, message in rule.check(notebook)
    ]


def lint_files(paths: list[Path]) -> list[str]:
    """Return one line for each finding in these notebooks of the course."""
    lines = []
    for path in paths:
        findings = lint(normal.read(path), kind_of(path), path.stem)
        lines += [f"{course_path(path)}, {finding}" for finding in findings]
    return lines


def main(names: list[str]) -> int:
    """Print the findings in these notebooks, all if none is named; return the exit code."""
    lines = lint_files(select(names))
    if not names:
        lines += [f"the stem {stem} names more than one chapter" for stem in repeated_stems()]
    print("\n".join(lines) or "No finding.")
    return 1 if lines else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SsplabError as error:
        print(error)
        sys.exit(2)
