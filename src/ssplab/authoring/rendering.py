"""From a skeleton to a text or a notebook.

Skeletons are the files in `skeletons/`, with Jinja's marks where names are filled in. A notebook's
is Markdown whose cells each begin with a line `%% KIND ID {OPTIONS}`: the kind is `md` or `code`,
the options are YAML: `tags`, `alt` (of the cell's figure) and `slide` (the type of slide). A cell
of which the page hides the code is folded in JupyterLab.
"""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from nbformat import NotebookNode, v4

from ssplab.course import HIDING, normal
from ssplab.system import from_yaml

CELL = re.compile(r"^%% (md|code) ([a-z0-9-]+)(?: (\{.+\}))?\n", re.MULTILINE)
ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "skeletons"),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


def text(skeleton: str, **facts: object) -> str:
    """Return a skeleton with its names filled in.

    Parameters
    ----------
    skeleton : str
        Path in `skeletons/`, such as `chapter/checks.yml`.
    **facts
        What the skeleton names.
    """
    return ENVIRONMENT.get_template(skeleton).render(facts)


def notebook(skeleton: str, **facts: object) -> NotebookNode:
    """Return a skeleton as a notebook in normal form, not executed; see `text`."""
    _, *pieces = CELL.split(text(skeleton, **facts))
    cells = [
        _cell(kind, name, from_yaml(options or "{}"), source.strip())
        for kind, name, options, source in zip(*(pieces[i::4] for i in range(4)), strict=True)
    ]
    return normal.normal_form(v4.new_notebook(cells=cells))


def _cell(kind: str, name: str, options: dict[str, object], source: str) -> NotebookNode:
    metadata: dict[str, object] = {}
    if "tags" in options:
        metadata["tags"] = options["tags"]
        if HIDING & set(options["tags"]):
            metadata["jupyter"] = {"source_hidden": True}
    if "alt" in options:
        metadata["mystnb"] = {"image": {"alt": options["alt"]}}
    if "slide" in options:
        metadata["slideshow"] = {"slide_type": options["slide"]}
    make = v4.new_markdown_cell if kind == "md" else v4.new_code_cell
    return make(source, id=name, metadata=metadata)
