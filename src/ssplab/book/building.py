"""Build and show the Jupyter Book; `ssplab.book.data_pages` writes the pages of its data sets."""

import os
import posixpath
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from ssplab.book.launching import read_launch
from ssplab.course import course_root, pages
from ssplab.system import CheckFailed, SsplabError, from_yaml

FRONT = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Python for Official Statistics</title>
<link rel="icon" href="_static/favicon.svg">
<meta http-equiv="refresh" content="0; url={first}">
</head>
<body><p><a href="{first}">Python for Official Statistics</a></p></body>
</html>
"""
SILENT = "Sphinx stopped and said nothing; is the disk full?"


def build(
    *, out: Path | None = None, progress: Callable[[str], None] = lambda message: None
) -> Path:
    """Build the book from the stored outputs; a warning is an error.

    The pages are built aside and take the place of the former ones once they are complete.

    Parameters
    ----------
    out : Path, optional
        Folder that gets `_build/html`; the course's own by default.
    progress : callable, optional
        Called with each line that Sphinx says, for a progress display.

    Returns
    -------
    Path
        The folder of the HTML pages; `index.html` is the first.

    Raises
    ------
    CheckFailed
        If Sphinx warns (every warning is in the message), if a page of `_toc.yml` has no source, if
        a redirect stands in for a page that is there, or leads to one that is not, or if `launch`
        in `_config.yml` is wrong.
    SsplabError
        If a data card, `_toc.yml`, or what `book/lab/` says of a project, a post or an event cannot
        be read.
    """
    from ssplab.book.data_pages import write_data_pages  # draws, so it loads pandas and matplotlib
    from ssplab.book.events import events
    from ssplab.book.newsletter import posts
    from ssplab.book.projects import projects

    root = course_root()
    for read in (projects, posts, events):  # a fault is told at once, and not by Sphinx
        read()
    write_data_pages()
    without = [page for page in pages() if not any(map(Path.is_file, _sources(root, page)))]
    if without:
        raise CheckFailed(
            f"_toc.yml lists {', '.join(without)}, of which there is no source: write one of that "
            "name (.md or .ipynb), or take the page out of _toc.yml."
        )
    _check_redirects(root)
    read_launch()
    builds = (out or root) / "_build"
    builds.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".book-", dir=builds) as aside:
        _jupyter_book(root, Path(aside), progress)
        html = Path(aside) / "_build" / "html"
        missing = [page for page in pages() if not (html / f"{page}.html").is_file()]
        if missing:
            raise CheckFailed(f"The book was built without {', '.join(missing)}.")
        # Jupyter Book's own has neither language, title nor icon, and browsers then look for one.
        first = f"{pages()[0]}.html"
        (html / "index.html").write_text(FRONT.format(first=first), encoding="utf-8")
        shutil.rmtree(builds / "html", ignore_errors=True)
        os.replace(html, builds / "html")
    return builds / "html"


def _sources(root: Path, page: str) -> list[Path]:
    return [root / f"{page}{suffix}" for suffix in (".md", ".ipynb")]


def redirects() -> dict[str, str]:
    """Return what former pages lead to: `redirects` in `_config.yml`.

    Returns
    -------
    dict of str to str
        By a former page's name, as in `_toc.yml`, the name of the page that took its place.
    """
    config = from_yaml((course_root() / "_config.yml").read_text(encoding="utf-8"))
    listed = config["sphinx"]["config"].get("redirects") or {}
    return {
        former: posixpath.normpath(
            posixpath.join(posixpath.dirname(former), address.partition("#")[0])
        ).removesuffix(".html")
        for former, address in listed.items()
    }


def _check_redirects(root: Path) -> None:
    """Refuse a redirect that would hide a page, or that leads to none."""
    there, faults = set(pages()), []
    for former, present in redirects().items():
        if former in there or any(map(Path.is_file, _sources(root, former))):
            faults.append(f"{former} has a source: delete it, or take its redirect away.")
        if present not in there:
            faults.append(f"{former} leads to {present}, which is no page of _toc.yml.")
    if faults:
        raise CheckFailed("Redirects in _config.yml are wrong:\n" + "\n".join(faults))


def serve(port: int = 8000) -> None:
    """Serve the built book on this machine only, until Ctrl-C.

    Raises
    ------
    SsplabError
        If the book is not built yet, or if the port is taken.
    """
    html = course_root() / "_build" / "html"
    if not (html / "index.html").is_file():
        raise SsplabError("The book is not built yet. Build it first: `make book`.")
    handler = partial(_Quiet, directory=html)
    try:
        server = _Server(("127.0.0.1", port), handler)
    except OSError as error:
        raise SsplabError(port_taken(port, "make serve")) from error
    with server:
        print(f"The book is at http://127.0.0.1:{server.server_port}/ (Ctrl-C ends it)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


def port_taken(port: int, command: str) -> str:
    """Return the sentence for a port that another program listens on."""
    return f"Port {port} is taken by another program. Choose another: `{command} PORT={port + 1}`."


class _Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """Pass over a browser that left before it had its answer; show anything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format, *args):
        pass


def _jupyter_book(root: Path, aside: Path, progress: Callable[[str], None]) -> None:
    # A process of its own: Sphinx patches docutils for good.
    script = "import ssplab\n"  # before what reads notebooks, which loads the faster for it
    script += "from sphinx.util.console import nocolor; nocolor()\n"
    script += "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", script, "build", str(root), "--path-output", str(aside)]
    command += ["-W", "--keep-going", "-n"]
    with (
        (aside / "warnings").open("w+", encoding="utf-8") as warnings,
        subprocess.Popen(
            command,
            env=os.environ | {"SSPLAB_ROOT": str(root)},
            stdout=subprocess.PIPE,
            stderr=warnings,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        for line in process.stdout:
            if line.strip():
                progress(line.strip())
        code = process.wait()
        warnings.seek(0)
        said = warnings.read().replace(f"{root}{os.sep}", "").strip()
    if code:
        told = [line for line in said.splitlines() if "WARNING" in line or "ERROR" in line]
        raise CheckFailed("The book has warnings:\n" + ("\n".join(told) or said[-3000:] or SILENT))
