"""The page on which JupyterLab opens: what there is, what is done, what comes next."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from ssplab import achieved
from ssplab.cards import card_names, load_card
from ssplab.errors import SsplabError
from ssplab.lab.work import newer
from ssplab.notebooks.paths import find, shown, sibling
from ssplab.paths import course_root, work_dir

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

_HELP = """\
## Help

- **Something is confused?**
  *Kernel › Restart Kernel and Run All Cells* runs a notebook from its beginning.
- **Start again?**
  Open a terminal (*File › New › Terminal*) and type `ssplab reset NAME`.
  NAME is a notebook's, such as `02-payroll-anomalies`; your copy is kept beside, with the date.
- **Stuck in an exercise?**
  `hint("…/1")` gives one hint more each time; `solution("…/1")` opens once you have tried.
- **Something does not work?**
  `ssplab doctor`, in a terminal, looks at the installation and says what to do.
- **In French?**
  *Settings › Language › Français* translates the menus.
"""


def start_page() -> str:
    """Return the start page in Markdown: what comes next, parts, chapters, data sets, help.

    Raises
    ------
    SsplabError
        If `_toc.yml` or a data card cannot be read.
    """
    contents = _toc().get("parts", [])
    try:
        progress, unknown = achieved.read(), ""
    except SsplabError as error:  # the page is of use without it
        progress, unknown = None, str(error)
    parts, newer_versions = [], []
    for part in contents:
        chapters = [entry for entry in part["chapters"] if _is_chapter(entry)]
        if chapters:
            head = (
                "| Chapter | Level | Minutes | Right | Practise |\n| --- | --- | --- | --- | --- |"
            )
            rows = [_row(chapter, progress) for chapter in chapters]
            parts.append("\n".join([f"## {part['caption']}\n", head, *rows, ""]))
            newer_versions += [line for chapter in chapters for line in _newer(chapter)]
    if newer_versions:
        newer_versions = ["## New versions\n", _NEW_VERSIONS, *newer_versions, ""]
    return "\n".join(
        [
            _TOP.format(work=work_dir()),
            unknown or _next_step(progress),
            *newer_versions,
            *parts,
            "## Data sets\n",
            *_data_sets(),
            "",
            _HELP,
        ]
    )


def _next_step(progress: achieved.Progress) -> str:
    step = progress.next_step
    if step is None:
        return "**All exercises with a check are right.** The open ones are yours to judge.\n"
    exercise = sibling(find(step.stem), "exercises")
    link = f"[exercise {step.number}]({shown(exercise)})"
    done = f"**{progress.right} of {progress.total} exercises right.**"
    if progress.right:
        return f"{done} Next: {link} of *{step.title}*\n"
    return f"{done} Begin with the chapter *{step.title}*, then do {link}.\n"


def _data_sets() -> Iterator[str]:
    yield "| Data set | Origin | Load it |\n| --- | --- | --- |"
    for card in map(load_card, card_names()):
        page = f"[{card.title}](book/datasets/{card.name}.md)"
        yield f'| {page} | {card.origin} | `load("{card.name}")` |'


def _toc() -> dict:
    try:
        return yaml.safe_load((course_root() / "_toc.yml").read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise SsplabError(f"_toc.yml is not YAML: {error}") from error


def _is_chapter(entry: dict) -> bool:
    path = course_root() / f"{entry['file']}.ipynb"
    return entry["file"].startswith("chapters/") and path.is_file()


def _row(chapter: dict, progress: achieved.Progress | None) -> str:
    path = f"{chapter['file']}.ipynb"
    notebook = json.loads((course_root() / path).read_text(encoding="utf-8"))
    opening = "".join(notebook["cells"][0]["source"])
    links = [
        f"[{section['title']}]({section['file']}.ipynb)" for section in chapter.get("sections", [])
    ]
    title = opening.splitlines()[0].removeprefix("# ")
    short = [_strip(opening, "Level"), _strip(opening, "Minutes"), ""]
    for one in progress.chapters if progress else ():
        if one.stem == Path(path).stem:
            short[2] = one.share
    # "1 of 3" stays on a line, however narrow its column.
    short = [cell.replace(" ", "\u00a0") for cell in short]
    return f"| {' | '.join([f'[{title}]({path})', *short, ', '.join(links)])} |"


def _newer(chapter: dict) -> Iterator[str]:
    """Yield a line for each notebook of a chapter whose work copy is of an older version."""
    for entry in [chapter, *chapter.get("sections", [])]:
        place = f"{entry['file']}.ipynb"
        version = newer(place)
        if version:
            yield f"- `{place}`: [yours]({place}), [the new version]({version})"


def _strip(opening: str, item: str) -> str:
    """Return an item of the strip under a chapter's title: `**Level** 2 of 3 · **Minutes** 90`."""
    found = re.search(rf"\*\*{item}\*\* ([^·\n]+)", opening)
    return found.group(1).strip() if found else ""
