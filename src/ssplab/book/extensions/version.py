"""Which text a page is: the version of the course, and a mark of the page's own content."""

import hashlib
import subprocess
from functools import cache
from pathlib import Path

from ssplab import __version__
from ssplab.course import course_root

MARK = 8  # hexadecimal digits: enough to tell two states of a page apart


def tell_version(app, pagename, templatename, context, doctree):
    """Write under a page its version, the same for the same sources whenever they are built."""
    told = f"Version {__version__}"
    if pagename in app.env.all_docs:
        source = Path(app.env.doc2path(pagename))
        digest = hashlib.sha256(source.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
        date = dates().get(source.resolve())
        told += f", text of {date}" if date else ""
        told += f", content {digest[:MARK]}"
    context["theme_extra_footer"] = f'<p class="version">{told}</p>'


@cache
def dates() -> dict[Path, str]:
    """Return the date of each source's last change as git knows it.

    A source that has changed since has none, nor has any where there is no git or no history.
    """
    root = course_root()
    log = _git(
        root, "log", "--format=%x00%cs", "--name-only", "--no-renames", "--", "*.md", "*.ipynb"
    )
    shallow = _git(root, "rev-parse", "--is-shallow-repository").strip() != "false"
    changed = {line[3:] for line in _git(root, "status", "--porcelain").splitlines()}
    found = {}
    for commit in [] if shallow else log.split("\0")[1:]:
        date, *names = commit.split("\n")
        for name in filter(None, names):
            found.setdefault(name, date)
    return {root / name: date for name, date in found.items() if name not in changed}


def _git(root: Path, *arguments: str) -> str:
    try:
        return subprocess.run(
            ["git", "-C", str(root), "-c", "core.quotePath=false", *arguments],
            capture_output=True,
            check=True,
            encoding="utf-8",
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


def setup(app):
    app.connect("html-page-context", tell_version)
