"""Lint notebooks by the rules of `ssplab.verify.rules`.

`python -m ssplab.verify.lint [NOTEBOOK…]` prints each finding with file and cell, and ends with
1 if there is one. It lists the drafts, which are no findings: of a draft it asks only what holds of
its form (`ssplab.course.unfinished`).
"""

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from ssplab.course import (
    GLOSSARY,
    cell_label,
    checks_of,
    course_path,
    drafts,
    glossary_terms,
    is_draft,
    kind_of,
    normal,
    repeated_stems,
    select,
)
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


def lint(nb: NotebookNode, kind: str, stem: str, *, draft: bool = False) -> list[Finding]:
    """Return what a notebook breaks of the rules of its kind.

    Parameters
    ----------
    nb : NotebookNode
        As `ssplab.course.normal.read` gives it.
    kind : {"chapters", "solutions", "exercises", "reading-groups", "kits"}
    stem : str
        The file's name without `.ipynb`; checks are named after it.
    draft : bool
        Whether it may lack what only a finished notebook has.
    """
    notebook = Notebook(nb, kind, stem)
    return [
        Finding(rule.id, "notebook" if index is None else cell_label(nb, index), message, rule.why)
        for rule in RULES
        if kind in rule.kinds and not (draft and rule.of_finished)
        for index, message in rule.check(notebook)
    ]


def lint_files(paths: list[Path]) -> list[str]:
    """Return one line for each finding in these notebooks of the course."""
    lines = []
    for path in paths:
        findings = lint(normal.read(path), kind_of(path), path.stem, draft=is_draft(path))
        lines += [f"{course_path(path)}, {finding}" for finding in findings]
    return lines


def draft_lines(paths: list[Path] | None = None) -> list[str]:
    """Return one line for each draft, with the number of its places to fill.

    Parameters
    ----------
    paths : list of Path, optional
        Notebooks: only they, and the checks of an exercise among them, are looked at.
    """
    if paths is not None:
        solutions = [path for path in paths if kind_of(path) == "solutions"]
        paths = [*paths, *(checks for path in solutions for checks in checks_of(path))]
    return [
        f"{course_path(path)}: a draft, {count} place{'s' if count > 1 else ''} to fill"
        for path, count in drafts().items()
        if paths is None or path in paths
    ]


def main(names: list[str]) -> int:
    """Print the findings in these notebooks, all if none is named; return the exit code."""
    chosen = select(names)
    lines = lint_files(chosen)
    if not names:
        lines += [f"the stem {stem} names more than one notebook" for stem in repeated_stems()]
        times = Counter(term.casefold() for term in glossary_terms())
        lines += [
            f"{GLOSSARY}.md defines {term} {count} times: a link to a word leads to one"
            for term, count in times.items()
            if count > 1
        ]
    print("\n".join(lines) or "No finding.")
    for line in draft_lines(chosen if names else None):
        print(line)
    return 1 if lines else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SsplabError as error:
        print(error)
        sys.exit(2)
