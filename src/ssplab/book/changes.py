"""What differs between the course as it stands and another revision, on one page for an editor.

Pages come in the order of the contents, then data sets, then how many other files: what was
written, what was computed, which numbers and figures moved. `ssplab book --changes REVISION` writes
it twice: `_build/changes.md` for the summary of a pipeline, and `_build/changes.html`, one file
that asks nothing of any network, with the words that changed and both states of each figure folded
away.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat

from ssplab.book.differences import (
    Difference,
    FigureChange,
    Rewritten,
    of_notebooks,
    of_prose,
    words_changed,
)
from ssplab.course import Page, course_root, normal, parts
from ssplab.system import SsplabError, ask_git, from_yaml, write_text

NEW, CHANGED, GONE = "new", "changed", "gone"
SHOWN = 12  # sentences about a page's outputs, and facts of a card
SUFFIXES = (".ipynb", ".md")


@dataclass(frozen=True)
class PageChange:
    """A page of the book that is not as it was."""

    page: str
    """Path from the course's folder, without a suffix."""
    name: str
    part: str
    fate: str
    former: str | None = None
    """Its path in the other revision, if it is another."""
    difference: Difference = field(default_factory=Difference)
    checks: bool = False
    """Whether what is checked of a chapter's exercise changed."""


@dataclass(frozen=True)
class DataChange:
    """A data set that is not as it was."""

    name: str
    fate: str
    files: tuple[str, ...]
    """The files that changed, in its folder."""
    facts: tuple[str, ...] = ()
    """What its card says now, and said before."""


@dataclass(frozen=True)
class Changes:
    """What differs between a revision and the course as it stands."""

    since: str
    base: str
    """The commit that is compared with: the last one that both have."""
    pages: tuple[PageChange, ...]
    data_sets: tuple[DataChange, ...]
    others: Mapping[str, int]
    """How many other files changed, by folder."""

    @property
    def summary(self) -> str:
        """How much changed, in a sentence."""
        if not (self.pages or self.data_sets or self.others):
            return "Nothing changed."
        counts = [
            _number(len(self.pages), "page"),
            _number(len(self.data_sets), "data set"),
            _number(sum(self.others.values()), "other file"),
        ]
        return f"{counts[0]}, {counts[1]} and {counts[2]} changed."


def find_changes(since: str) -> Changes:
    """Return what differs between a git revision and the course as it stands.

    Files that are not committed yet count, those that git ignores do not.

    Parameters
    ----------
    since : str
        A revision; where the histories have parted, their last common commit counts.

    Raises
    ------
    SsplabError
        If git knows no such revision, or a notebook cannot be read.
    """
    root = course_root()
    try:
        base = ask_git(root, "merge-base", since, "HEAD", "--").decode().strip()
        files = _changed_files(root, base)
    except SsplabError as error:
        raise SsplabError(
            f"git cannot say what changed since {since} ({error}). Name a revision that it knows, "
            "such as origin/main; a clone without history has none: `git fetch --unshallow`."
        ) from error
    pages, rest = _pages(root, base, files)
    data_sets, rest = _data_sets(root, base, rest)
    others = Counter(_folder(path) for path in rest)
    return Changes(since, base, tuple(pages), tuple(data_sets), dict(sorted(others.items())))


def write_changes(since: str) -> list[Path]:
    """Write what differs from a git revision to `_build`; return both files, HTML first.

    Raises
    ------
    SsplabError
        As `find_changes`, or if a file cannot be written.
    """
    changes = find_changes(since)
    folder = course_root() / "_build"
    written = []
    for suffix, text in ((".html", as_html(changes)), (".md", as_markdown(changes))):
        path = folder / f"changes{suffix}"
        write_text(text, path)
        written.append(path)
    return written


# --- what git says


def _changed_files(root: Path, base: str) -> dict[str, tuple[str, str | None]]:
    """Return the files that differ, each with its fate and its former path if it had another."""
    words = ask_git(
        root, "diff", "--name-status", "--find-renames", "--relative", "-z", base, "--"
    ).decode("utf-8")
    fields = iter(words.split("\0")[:-1])
    found: dict[str, tuple[str, str | None]] = {}
    for letter in fields:
        path = next(fields)
        if letter.startswith("R"):
            found[next(fields)] = (CHANGED, path)
        else:
            found[path] = ({"A": NEW, "D": GONE}.get(letter[0], CHANGED), None)
    untracked = ask_git(root, "ls-files", "--others", "--exclude-standard", "-z", "--")
    return found | {path: (NEW, None) for path in untracked.decode("utf-8").split("\0") if path}


def _before(root: Path, base: str, path: str) -> str:
    return ask_git(root, "show", f"{base}:./{path}").decode("utf-8")


# --- pages


def _pages(
    root: Path, base: str, files: Mapping[str, tuple[str, str | None]]
) -> tuple[list[PageChange], dict[str, tuple[str, str | None]]]:
    """Return the pages that changed, in the order of the contents, and the other files."""
    rest = dict(files)
    found: list[PageChange] = []
    for part, page, chapter in _in_order():
        path = next((f"{page.file}{one}" for one in SUFFIXES if f"{page.file}{one}" in rest), None)
        place = page.file.removeprefix("chapters/")
        checks = [one for one in (f"checks/{place}.yml", f"checks/{place}.py") if one in rest]
        if path is None and not checks:
            continue
        fate, former = rest.pop(path) if path else (CHANGED, None)
        for one in checks:
            del rest[one]
        if page.file.startswith("exercises/") or (chapter and _is_new(chapter, files)):
            continue  # an exercise follows from its solution; a new chapter has all of them
        difference = Difference()
        if path and fate == CHANGED:
            old, new = _before(root, base, former or path), (root / path).read_text("utf-8")
            difference = _difference(path, old, new)
        found.append(
            PageChange(
                page.file, _name(page, chapter), part, fate, former, difference, bool(checks)
            )
        )
    for path in [one for one, (fate, _) in rest.items() if fate == GONE and _was_page(one)]:
        rest.pop(path)
        if not path.startswith("exercises/"):
            page = str(PurePosixPath(path).with_suffix(""))
            found.append(PageChange(page, page, "No longer in the course", GONE))
    return found, rest


def _in_order() -> Iterator[tuple[str, Page, Page | None]]:
    """Yield each page of the contents with its part, and the page that it is a section of."""
    for part in parts():
        for page in part.pages:
            yield part.caption, page, None
            for section in page.sections:
                yield part.caption, section, page


def _name(page: Page, chapter: Page | None) -> str:
    return f"{chapter.name}: {page.name.lower()}" if chapter else page.name


def _is_new(page: Page, files: Mapping[str, tuple[str, str | None]]) -> bool:
    return any(files.get(f"{page.file}{one}", (None,))[0] == NEW for one in SUFFIXES)


def _was_page(path: str) -> bool:
    return path.endswith(SUFFIXES) and path.split("/")[0] in (
        *("book", "chapters", "solutions", "exercises", "reading-groups", "kits"),
    )


def _difference(path: str, before: str, after: str) -> Difference:
    if path.endswith(".md"):
        return of_prose(before, after)
    return of_notebooks(
        normal.normal_form(nbformat.reads(before, as_version=4)),
        normal.normal_form(nbformat.reads(after, as_version=4)),
    )


# --- data sets


def _data_sets(
    root: Path, base: str, files: Mapping[str, tuple[str, str | None]]
) -> tuple[list[DataChange], list[str]]:
    """Return the data sets that changed, by name, and the other files."""
    by_name: dict[str, list[str]] = {}
    for path in files:
        if path.startswith("datasets/") and path.count("/") > 1:
            by_name.setdefault(path.split("/")[1], []).append(path)
    found = []
    for name, paths in sorted(by_name.items()):
        card = f"datasets/{name}/card.yml"
        fate = files[card][0] if card in files else CHANGED
        facts: tuple[str, ...] = ()
        if card in files and fate == CHANGED:
            old = from_yaml(_before(root, base, files[card][1] or card))
            facts = tuple(_facts(old, from_yaml((root / card).read_text(encoding="utf-8"))))
        names = tuple(sorted(path.split("/", 2)[2] for path in paths))
        found.append(DataChange(name, fate, names, facts))
    taken = {path for paths in by_name.values() for path in paths}
    return found, [path for path in files if path not in taken]


def _facts(old: Any, new: Any) -> list[str]:
    """Return what a card says and said, one line for each fact that differs."""
    before, after = dict(_leaves(old)), dict(_leaves(new))
    return [
        f"{key}: {_fact(before.get(key))} → {_fact(after.get(key))}"
        for key in dict.fromkeys([*before, *after])
        if before.get(key) != after.get(key)
    ]


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(inner, f"{key}.{name}" if key else str(name))
    else:
        yield key, value


def _fact(value: Any) -> str:
    text = " ".join(str("nothing" if value is None else value).split())
    return text if len(text) <= 60 else f"{text[:59]}…"


def _folder(path: str) -> str:
    """Return the folder that a file counts for: a room of the machine, or the first of its path."""
    first, *inner = PurePosixPath(path).parts
    if first == "src" and len(inner) > 2:
        return "/".join([first, *inner[:2]])
    return f"{first}/{inner[0]}" if first in ("tests", "benchmarks") and len(inner) > 1 else first


# --- the two forms


def as_markdown(changes: Changes) -> str:
    """Return the changes as Markdown, without the words and the figures themselves."""
    lines = [f"# What changed since {changes.since}", "", changes.summary]
    part = None
    for one in changes.pages:
        if one.part != part:
            part = one.part
            lines += ["", f"## {part}"]
        lines += ["", f"**{one.name}**{_aside(one)}", ""]
        lines += [f"- {_marked_up(line)}" for line in _lines(one)]
    lines = [line for at, line in enumerate(lines) if line or lines[at - 1]]  # of two empty, one
    if changes.data_sets:
        lines += ["", "## Data sets", ""]
        for data in changes.data_sets:
            lines.append(f"- **{data.name}**: {_of_data(data)}")
            lines += [f"  - {_marked_up(line)}" for line in _at_most(data.facts, "fact")]
    if changes.others:
        lines += ["", "## Other files", ""]
        lines += [f"- `{folder}`: {count}" for folder, count in changes.others.items()]
    return "\n".join(lines) + "\n"


def _marked_up(line: str) -> str:
    """Return a sentence of which Markdown shows each sign as it is."""
    return re.sub(r"([\\`*_\[\]<>|#~])", r"\\\1", line)


def _aside(one: PageChange) -> str:
    if one.former:
        return f", formerly `{one.former}`"
    return "" if one.fate == CHANGED else f", {one.fate}"


def _lines(one: PageChange) -> list[str]:
    """Return in short sentences what changed of a page."""
    difference = one.difference
    lines = []
    if difference.text:
        sections = _listed(difference.sections, 3)
        lines.append(f"{difference.unit.capitalize()} of text: {difference.text}, under {sections}")
    if difference.code:
        lines.append(f"Cells of code: {difference.code}")
    lines += _at_most([f"Output of {told}" for told in difference.outputs], "output")
    lines += _at_most([_of_figure(figure) for figure in difference.figures], "figure")
    if one.checks and one.fate == CHANGED:
        lines.append("What is checked of its exercise changed")
    if not lines and one.fate == CHANGED:
        lines.append("Moved, and otherwise as it was" if one.former else "Only metadata differ")
    return lines


def _of_figure(figure: FigureChange) -> str:
    fate = NEW if figure.before is None else GONE if figure.after is None else CHANGED
    told = f": {figure.caption}" if figure.caption else ""
    return f"Figure {fate}, {figure.place}{told}"


def _of_data(data: DataChange) -> str:
    if data.fate != CHANGED:
        return data.fate
    return f"{_listed(data.files)} changed"


def _listed(names: tuple[str, ...] | list[str], shown: int = 5) -> str:
    more = len(names) - shown
    named = ", ".join(names[:shown])
    return f"{named} and {more} more" if more > 0 else named


def _at_most(lines: tuple[str, ...] | list[str], what: str) -> list[str]:
    more = len(lines) - SHOWN
    rest = [f"{_number(more, f'more {what}')} not listed here"] if more > 0 else []
    return [*lines[:SHOWN], *rest]


def _number(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


HTML = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem;
  color: #1b1b1b; background: #fff; overflow-wrap: anywhere; }}
h1 {{ line-height: 1.2; }}
h2 {{ border-bottom: 1px solid #767676; }}
h3 {{ margin-bottom: 0; }}
a, summary {{ color: #00468b; }}
summary {{ cursor: pointer; padding: .25rem 0; }}
pre {{ white-space: pre-wrap; background: #f6f6f6; padding: .5rem; margin: .25rem 0; }}
del {{ background: #fbe0e0; color: #7a0c0c; }}
ins {{ background: #dff3e2; color: #0b4d1a; }}
.both {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(min(18rem, 100%), 1fr));
  gap: 1rem; }}
figure {{ margin: 0; }}
img {{ max-width: 100%; height: auto; border: 1px solid #c8c8c8; }}
</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def as_html(changes: Changes) -> str:
    """Return the changes as one page, with the words that changed and the figures in both states.

    Pages are linked as they lie beside it, in `_build/html`.
    """
    title = f"What changed since {changes.since}"
    body = [f"<h1>{escape(title)}</h1>", f"<p>{escape(changes.summary)}</p>"]
    part = None
    for one in changes.pages:
        if one.part != part:
            part = one.part
            body.append(f"<h2>{escape(part)}</h2>")
        body += [*_heading(one), _list(_lines(one)), *_folded(one.difference)]
    if changes.data_sets:
        body.append("<h2>Data sets</h2>")
        for data in changes.data_sets:
            told = _at_most(data.facts, "fact")
            body += [f"<h3>{escape(data.name)}</h3>", f"<p>{escape(_of_data(data))}</p>"]
            body.append(_list(told))
    if changes.others:
        told = [f"{folder}: {count}" for folder, count in changes.others.items()]
        body += ["<h2>Other files</h2>", _list(told)]
    return HTML.format(title=escape(title), body="\n".join(filter(None, body)))


def _heading(one: PageChange) -> list[str]:
    name = escape(one.name)
    if one.fate != GONE:
        name = f'<a href="html/{escape(one.page)}.html">{name}</a>'
    return [f"<h3>{name}{escape(_aside(one).replace('`', ''))}</h3>"]


def _list(lines: list[str]) -> str:
    items = "\n".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul>\n{items}\n</ul>" if lines else ""


def _folded(difference: Difference) -> Iterator[str]:
    """Yield what an editor opens: the words that changed, each figure before and after."""
    if difference.rewritten:
        pieces = "\n".join(map(_piece, difference.rewritten))
        yield f"<details><summary>The words that changed</summary>\n{pieces}\n</details>"
    for figure in difference.figures:
        states = ((figure.before, "Before"), (figure.after, "After"))
        shown = "\n".join(_state(figure, data, when) for data, when in states)
        summary = f"The figure of {escape(figure.place)}, before and after"
        yield (
            f"<details><summary>{summary}</summary>\n"
            f'<div class="both">\n{shown}\n</div>\n</details>'
        )


def _piece(one: Rewritten) -> str:
    marks = {"same": "{}", "gone": "<del>{}</del>", "new": "<ins>{}</ins>"}
    if one.before is None or one.after is None:
        fate = "new" if one.before is None else "gone"
        words = marks[fate].format(escape(one.after or one.before or ""))
    else:
        changed = words_changed(one.before, one.after)
        words = "".join(marks[fate].format(escape(some)) for fate, some in changed)
    return f"<p>{escape(one.place)}</p>\n<pre>{words}</pre>"


def _state(figure: FigureChange, data: str | None, when: str) -> str:
    if data is None:
        return f"<p>{when}: there is none.</p>"
    alt = escape(f"{when}: {figure.caption or figure.place}")
    source = f"data:{figure.kind};base64,{data}"
    return f'<figure><img src="{source}" alt="{alt}"><figcaption>{when}</figcaption></figure>'
