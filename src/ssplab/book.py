"""Build and show the Jupyter Book, and write its data-set pages from the cards."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from ssplab.cards import Card, Table, Variable, card_names, load_card
from ssplab.errors import CheckFailed, SsplabError
from ssplab.files import write_text
from ssplab.paths import course_root

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
        If Sphinx warns (every warning is in the message), or if a page of `_toc.yml` has no source.
    SsplabError
        If a data card or `_toc.yml` cannot be read.
    """
    root = course_root()
    write_data_pages()
    without = [page for page in pages() if not any(map(Path.is_file, _sources(root, page)))]
    if without:
        raise CheckFailed(
            f"_toc.yml lists {', '.join(without)}, of which there is no source: write one of that "
            "name (.md or .ipynb), or take the page out of _toc.yml."
        )
    builds = (out or root) / "_build"
    builds.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".book-", dir=builds) as aside:
        _jupyter_book(root, Path(aside), progress)
        html = Path(aside) / "_build" / "html"
        missing = [page for page in pages() if not (html / f"{page}.html").is_file()]
        if missing:
            raise CheckFailed(f"The book was built without {', '.join(missing)}.")
        shutil.rmtree(builds / "html", ignore_errors=True)
        os.replace(html, builds / "html")
    return builds / "html"


def pages() -> list[str]:
    """Return the pages of `_toc.yml`, in order: paths from the course root without a suffix."""
    from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml

    try:
        return list(parse_toc_yaml(course_root() / "_toc.yml"))
    except MalformedError as error:
        raise SsplabError(f"_toc.yml cannot be read: {error}") from error


def _sources(root: Path, page: str) -> list[Path]:
    return [root / f"{page}{suffix}" for suffix in (".md", ".ipynb")]


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
    script = "from sphinx.util.console import nocolor; nocolor()\n"
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


def write_data_pages() -> None:
    """Write `book/datasets/NAME.md`, one page a card, where it differs from what is there."""
    folder = course_root() / "book" / "datasets"
    folder.mkdir(parents=True, exist_ok=True)
    for name in card_names():
        write_text(data_page(load_card(name)), folder / f"{name}.md")


def data_page(card: Card) -> str:
    """Return a data set's page in plain Markdown, which the book and JupyterLab both show."""
    parts = [
        f"# {card.title}",
        card.summary,
        f'```python\nfrom ssplab import load\n\n{card.main_table} = load("{card.name}")\n```',
        _grid(["Item", "Description"], [[what, text] for what, text in _facts(card)]),
        "## Tables",
        *(part for name, table in card.tables.items() for part in _table(name, table)),
    ]
    if card.nomenclatures:
        rows = [[one.name, one.vintage, one.source] for one in card.nomenclatures]
        parts += ["## Nomenclatures", _grid(["Nomenclature", "Vintage", "Source"], rows)]
    if card.margins:
        rows = [[m.name, _number(m.published), m.unit, m.source] for m in card.margins]
        parts += [
            "## Calibration",
            "The published figures that the twin's true values meet.",
            _grid(["Figure", "Published", "Unit", "Source"], rows, right=[1]),
        ]
    if card.planted:
        parts += ["## What is planted", *_planted(card)]
    if card.difficulty:
        rows = [[_words(name), _number(value)] for name, value in card.difficulty.measures.items()]
        parts += [
            "## Difficulty",
            card.difficulty.statement,
            _grid(["Measure", "Value"], rows, right=[1]),
        ]
    if card.truth:
        parts += [
            "## Truth, kept apart",
            f'`ssplab.truth("{card.name}")` loads it. It scores a method; it never tunes one.',
            *(part for name, table in card.truth.items() for part in _table(name, table)),
        ]
    return "\n\n".join(parts) + "\n"


def _facts(card: Card) -> list[tuple[str, str]]:
    main = card.tables[card.main_table]
    facts = [
        ("Origin", card.origin),
        ("Statistical unit", main.unit),
        ("Coverage", card.coverage),
        ("Reference period", card.reference_period),
        ("Weights", card.weights),
        ("Confidentiality", card.confidentiality),
        ("Threshold", f"In an extract of your own, counts under {card.threshold} are masked."),
        ("Licence", card.licence),
        ("Source", card.source),
        ("Built by", f"`{card.builder}`" + ("" if card.seed is None else f", seed {card.seed}")),
        ("Content hash", f"`{card.content_hash}`"),
    ]
    if card.chapters:
        facts.append(("Read by", ", ".join(_chapter_link(stem) for stem in card.chapters)))
    return facts


def _chapter_link(stem: str) -> str:
    root = course_root()
    chapter = next(root.glob(f"chapters/*/{stem}.ipynb"), None)
    return f"[{stem}](../../{chapter.relative_to(root).as_posix()})" if chapter else stem


def _table(name: str, table: Table) -> list[str]:
    keys = [f"One row: {table.unit}.", f"{table.rows:,} rows.", f"Key: {_names(table.key)}."]
    keys += [f"{_names(key.columns)} refer to `{key.references}`." for key in table.foreign_keys]
    rows = [
        [f"`{column}`", variable.type, variable.unit or "", _meaning(variable)]
        for column, variable in table.variables.items()
    ]
    return [
        f"### `{name}`: {table.title}",
        " ".join(keys),
        _grid(["Variable", "Type", "Unit", "Meaning"], rows),
    ]


def _meaning(variable: Variable) -> str:
    told = [_sentence(variable.meaning)]
    if variable.codes:
        told.append("; ".join(f"`{code}` {label}" for code, label in variable.codes.items()) + ".")
    low, high = variable.minimum, variable.maximum
    if low is not None and high is not None:
        told.append(f"From {_number(low)} to {_number(high)}.")
    elif low is not None:
        told.append(f"At least {_number(low)}.")
    elif high is not None:
        told.append(f"At most {_number(high)}.")
    if variable.missing:
        told.append(f"Missing: {_sentence(variable.missing)}")
    return " ".join(told)


def _planted(card: Card) -> list[str]:
    parts = []
    for kind, title in [("error", "Errors"), ("legitimate", "Legitimate extremes")]:
        rows = [
            [_words(one.type), one.meaning, f"{one.rows:,}", one.severity]
            for one in card.planted
            if one.kind == kind
        ]
        if rows:
            grid = _grid(["Type", "Meaning", "Rows", "Severity"], rows, right=[2])
            parts += [f"### {title}", grid]
    return parts


def _grid(header: list[str], rows: list[list[str]], right: list[int] = ()) -> str:
    rule = ["---:" if column in right else "---" for column in range(len(header))]
    cells = [[" ".join(cell.replace("|", "\\|").split()) for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in [header, rule, *cells])


def _number(value: float) -> str:
    separator = "," if abs(value) >= 10_000 else ""  # years have none
    return f"{value:{separator}.10g}".replace("-", "−")


def _names(columns: list[str]) -> str:
    return ", ".join(f"`{column}`" for column in columns)


def _sentence(text: str) -> str:
    return text if text.rstrip().endswith((".", "!", "?")) else f"{text.rstrip()}."


def _words(name: str) -> str:
    return name.replace("_", " ")
