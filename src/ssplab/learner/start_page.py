"""The page on which JupyterLab opens: what there is, what is done, what comes next."""

from collections.abc import Iterator

from ssplab.course import (
    Page,
    card_names,
    course_path,
    find,
    load_card,
    parts,
    sessions,
    sibling,
    work_dir,
)
from ssplab.learner.achievements import Progress, read_progress
from ssplab.learner.copies import newer
from ssplab.system import SsplabError

START = "start.md"

_TOP = """\
# Python for Official Statistics

Open a chapter and run its cells from top to bottom.
**Shift + Enter** runs a cell and goes to the next.
What you open here is a copy of your own, in the folder `{work}`: change what you like.
[How to use the course](book/how-to.md) says more.
Every word with a precise meaning is in the [glossary](book/glossary.md).
"""

_NEW_VERSIONS = """\
The course has changed since you opened these notebooks.
Yours stay as they are; the new version opens beside.
To take it instead, type `ssplab reset NAME` in a terminal: yours is kept under another name.
"""

_SESSIONS = """\
A session is a paper in an hour; [how to lead one](book/leading-a-session.md) tells how.
"""

_HELP = """\
## Help

- **Something is confused?**
  *Kernel › Restart Kernel and Run All Cells* runs a notebook from its beginning.
- **Start again?**
  Open a terminal (*File › New › Terminal*) and type `ssplab reset NAME`.
  NAME is a notebook's, such as `payroll-anomalies`; your copy is kept beside, with the date.
- **Stuck in an exercise?**
  `hint("…/1")` gives one hint more each time; `solution("…/1")` opens once you have tried.
- **Something does not work?**
  `ssplab doctor`, in a terminal, looks at the installation and says what to do.
- **In French?**
  *Settings › Language › Français* translates the menus.
"""


def start_page() -> str:
    """Return the start page in Markdown: what comes next, parts, chapters, sessions, data, help.

    Raises
    ------
    SsplabError
        If `_toc.yml` or a data card cannot be read.
    """
    try:
        progress, unknown = read_progress(), ""
    except SsplabError as error:  # the page is of use without it
        progress, unknown = None, str(error)
    tables, newer_versions = [], []
    for part in parts():
        if part.chapters:
            head = (
                "| Chapter | Level | Minutes | Right | Practise |\n| --- | --- | --- | --- | --- |"
            )
            rows = [_row(chapter, progress) for chapter in part.chapters]
            tables.append("\n".join([f"## {part.caption}\n", head, *rows, ""]))
            newer_versions += [line for chapter in part.chapters for line in _newer(chapter)]
    listed = sessions()
    if listed:
        head = "| Session | Level | Minutes | Together |\n| --- | --- | --- | --- |"
        rows = [_session_row(session) for session in listed]
        tables.append("\n".join(["## Reading groups\n", _SESSIONS, head, *rows, ""]))
        newer_versions += [line for session in listed for line in _newer(session.notebook)]
    if newer_versions:
        newer_versions = ["## New versions\n", _NEW_VERSIONS, *newer_versions, ""]
    return "\n".join(
        [
            _TOP.format(work=work_dir()),
            unknown or _next_step(progress),
            *newer_versions,
            *tables,
            "## Data sets\n",
            *_data_sets(),
            "",
            _HELP,
        ]
    )


def _next_step(progress: Progress) -> str:
    step = progress.next_step
    if step is None:
        return "**All exercises with a check are right.** The open ones are yours to judge.\n"
    exercise = sibling(find(step.stem), "exercises")
    link = f"[exercise {step.number}]({course_path(exercise)})"
    done = f"**{progress.right} of {progress.total} exercises right.**"
    if progress.right:
        return f"{done} Next: {link} of *{step.title}*\n"
    return f"{done} Begin with the chapter *{step.title}*, then do {link}.\n"


def _data_sets() -> Iterator[str]:
    yield "| Data set | Origin | Load it |\n| --- | --- | --- |"
    for card in map(load_card, card_names()):
        page = f"[{card.title}](book/datasets/{card.name}.md)"
        yield f"| {page} | {card.origin} | `{card.reading_call}` |"


def _row(chapter: Page, progress: Progress | None) -> str:
    links = [f"[{section.name}]({section.file}.ipynb)" for section in chapter.sections]
    right = "".join(
        work.share for work in (progress.chapters if progress else ()) if work.stem == chapter.stem
    )
    facts = [chapter.strip.get("Level", ""), chapter.strip.get("Minutes", ""), right]
    # "1 of 3" stays on a line, however narrow its column.
    facts = [fact.replace(" ", "\u00a0") for fact in facts]
    title = f"[{chapter.title}]({chapter.file}.ipynb)"
    return f"| {' | '.join([title, *facts, ', '.join(links)])} |"


def _session_row(session: Page) -> str:
    facts = [session.strip.get(name, "").replace(" ", "\u00a0") for name in ("Level", "Minutes")]
    notebook = f"[notebook]({session.notebook.file}.ipynb)"
    return f"| {' | '.join([f'[{session.title}]({session.file}.md)', *facts, notebook])} |"


def _newer(lesson: Page) -> Iterator[str]:
    """Yield a line for each notebook of a lesson whose work copy is of an older version."""
    for page in [lesson, *lesson.sections]:
        notebook = f"{page.file}.ipynb"
        version = newer(notebook)
        if version:
            yield f"- `{notebook}`: [yours]({notebook}), [the new version]({version})"
