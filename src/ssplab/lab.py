"""JupyterLab on the course: its start page and its settings."""

import json
import re
import socket
from pathlib import Path

import yaml

from ssplab.book import port_taken, write_data_pages
from ssplab.cards import card_names, load_card
from ssplab.errors import SsplabError
from ssplab.files import write_text
from ssplab.paths import course_root

SETTINGS = Path(__file__).with_name("lab_settings")

_TOP = """\
# Python for Official Statistics

Open a chapter and run its cells from top to bottom.
**Shift + Enter** runs a cell and goes to the next.
[How to use the course](book/how-to.md) says more.
Every word with a precise meaning is in the [glossary](book/glossary.md).
"""


def start(*, port: int = 8888, browser: bool = True) -> None:
    """Open JupyterLab on the course's start page; Ctrl-C ends it.

    The settings that ship with the course are defaults: what users set themselves wins, and stays
    in their own folder.

    Parameters
    ----------
    port : int, default 8888
        Port of the server, on this machine only.
    browser : bool, default True
        Open a browser window; otherwise the address to open is printed.

    Raises
    ------
    SsplabError
        If the port is taken, or a data card or `_toc.yml` cannot be read.
    """
    root = course_root()
    write_data_pages()
    write_text(start_page(), root / "start.md")
    if _taken(port):
        raise SsplabError(port_taken(port, "make lab"))

    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(
        [
            f"--ServerApp.root_dir={root}",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            "--ServerApp.allow_root=True",  # containers run as root; the server stays local
            "--ServerApp.answer_yes=True",  # one Ctrl-C ends it
            "--Application.log_level=WARN",  # leaves the message with the address to open
            "--LabApp.default_url=/lab/tree/start.md",
            f"--LabApp.app_settings_dir={SETTINGS}",
            "--LabApp.extension_manager=readonly",  # the other one asks pypi.org
            "--KernelManager.transport_encryption=auto",  # else each kernel warns
            *([] if browser else ["--no-browser"]),
        ]
    )


def start_page() -> str:
    """Return the start page in Markdown: the parts of `_toc.yml` with their chapters, the data."""
    root = course_root()
    parts = [_TOP]
    for part in _toc(root).get("parts", []):
        rows = [_row(root, chapter) for chapter in part["chapters"] if _is_chapter(root, chapter)]
        if rows:
            head = "| Chapter | Level | Minutes | Practise |\n| --- | --- | --- | --- |"
            parts.append("\n".join([f"## {part['caption']}\n", head, *rows, ""]))
    cards = [load_card(name) for name in card_names()]
    if cards:
        rows = [
            f"| [{card.title}](book/datasets/{card.name}.md) | {card.origin} "
            f'| `load("{card.name}")` |'
            for card in cards
        ]
        head = "| Data set | Origin | Load it |\n| --- | --- | --- |"
        parts.append("\n".join(["## Data sets\n", head, *rows, ""]))
    return "\n".join(parts)


def _toc(root: Path) -> dict:
    try:
        return yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise SsplabError(f"_toc.yml is not YAML: {error}") from error


def _is_chapter(root: Path, entry: dict) -> bool:
    return entry["file"].startswith("chapters/") and (root / f"{entry['file']}.ipynb").is_file()


def _row(root: Path, chapter: dict) -> str:
    path = f"{chapter['file']}.ipynb"
    notebook = json.loads((root / path).read_text(encoding="utf-8"))
    opening = "".join(notebook["cells"][0]["source"])
    title = opening.splitlines()[0].removeprefix("# ")
    links = [
        f"[{section['title']}]({section['file']}.ipynb)" for section in chapter.get("sections", [])
    ]
    level, minutes = _strip(opening, "Level"), _strip(opening, "Minutes")
    return f"| [{title}]({path}) | {level} | {minutes} | {', '.join(links)} |"


def _strip(opening: str, item: str) -> str:
    """Return an item of the strip under a chapter's title: `**Level** 2 of 3 · **Minutes** 90`."""
    found = re.search(rf"\*\*{item}\*\* ([^·\n]+)", opening)
    return found.group(1).strip() if found else ""


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
