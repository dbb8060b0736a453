"""What the course consists of, in the order of `_toc.yml`, and what each page says of itself.

Parts' pages, the start page, the indexes, progress, claims and the data cards' lists of chapters
follow from here: nothing else parses `_toc.yml`, or the opening of a chapter.
"""

import ast
import json
import re
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import takewhile
from pathlib import Path
from typing import Any

import yaml

from ssplab.course.cards import card_names
from ssplab.course.naming import LESSONS, notebooks
from ssplab.course.paths import course_root
from ssplab.course.source import HIDING, parse, string_constants
from ssplab.system import SsplabError, from_yaml

LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]*)\)")
TOC = "_toc.yml"
STRIP = "**Level** "  # how the line under a lesson's title begins
QUESTION = re.compile(r"^## Exercise (\d+) (★+) (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Question:
    """One question of an exercise."""

    number: int
    stars: int
    """One to three: to repeat, to adapt, to make something of one's own."""
    title: str


@dataclass(frozen=True)
class Page:
    """A page of the contents, and what its source says of it."""

    file: str
    """Path from the course's folder, without a suffix."""
    sections: tuple["Page", ...] = ()
    short_title: str | None = None
    """The name that `_toc.yml` gives it, for the navigation."""

    @property
    def is_chapter(self) -> bool:
        """Whether it is a chapter, which is written."""
        return self.file.startswith("chapters/") and self.path.is_file()

    @property
    def is_session(self) -> bool:
        """Whether it is the page of a reading group's session; its notebook is its section."""
        return re.fullmatch(r"reading-groups/[^/]+/session", self.file) is not None

    @property
    def is_kit(self) -> bool:
        """Whether it is the brief of a hackathon's kit; its baseline is its section."""
        return re.fullmatch(r"kits/[^/]+/brief", self.file) is not None

    @property
    def slug(self) -> str:
        """Of a session, the name of its folder and of its notebook."""
        return self.file.split("/")[-2]

    @property
    def notebook(self) -> "Page":
        """Of a session, its notebook."""
        return Page(f"reading-groups/{self.slug}/{self.slug}")

    @property
    def stem(self) -> str:
        """The last part of its path; of a chapter, its slug."""
        return self.file.rpartition("/")[2]

    @cached_property
    def path(self) -> Path:
        """The source, which may not exist."""
        sources = [course_root() / f"{self.file}{suffix}" for suffix in (".ipynb", ".md")]
        return next((path for path in sources if path.is_file()), sources[0])

    @property
    def name(self) -> str:
        """What the page is called where its title would be too long."""
        return self.short_title or self.stem.replace("-", " ").capitalize()

    @property
    def link(self) -> str:
        """The page's address from the root of the course, as MyST writes it."""
        return f"/{self.file}{self.path.suffix}"

    @cached_property
    def cells(self) -> list[tuple[str, str]]:
        """The kind and the source of each cell, of one that the page hides without its source.

        A page of prose is one cell of Markdown.
        """
        text = self.path.read_text(encoding="utf-8")
        if self.path.suffix == ".md":
            return [("markdown", text)]
        return [
            (cell["cell_type"], "" if _is_hidden(cell) else "".join(cell["source"]))
            for cell in json.loads(text)["cells"]
        ]

    @cached_property
    def title(self) -> str:
        """Its first heading."""
        return self._opening[0].removeprefix("# ").strip()

    @cached_property
    def first_sentence(self) -> str:
        """The first line of prose under the title and its strip, one sentence a line."""
        lines = (line for line in self._opening[1:] if not line.startswith(STRIP))
        return next((line for line in lines if re.match(r"[A-Z*`\[]", line)), "")

    @cached_property
    def strip(self) -> dict[str, str]:
        """The items of the line under a chapter's title: `**Level** 2 of 3 · **Minutes** 90`.

        Their links are written from the root of the course.
        """
        line = next((line for line in self._opening if line.startswith(STRIP)), "")
        items = re.findall(r"\*\*([^*]+)\*\* ((?:(?! · ).)*)", line)
        return {name: self.rooted(value.strip()) for name, value in items}

    @cached_property
    def aims(self) -> list[str]:
        """What a reader can do at the end: the list under *By the end you can*."""
        aims = r"^\*\*By the end you can\*\*\n\n((?:- .*\n?)+)"
        listed = re.search(aims, self._opening_text, re.MULTILINE)
        return [line[2:].rstrip(";. ") for line in listed[1].splitlines()] if listed else []

    @property
    def minutes(self) -> int | None:
        """How long it takes somebody alone, as its strip says; None where it says nothing."""
        found = re.match(r"\d+", self.strip.get("Minutes", ""))
        return int(found[0]) if found else None

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """The chapters that its strip asks for before it, by slug; not what only *helps*."""
        before = self.strip.get("Before", "").split("; ")
        asked = " ".join(clause for clause in before if not clause.endswith(" helps"))
        targets = (match["target"].partition("#")[0] for match in LINK.finditer(asked))
        found = (target for target in targets if target.startswith("/chapters/"))
        return tuple(
            dict.fromkeys(target.rpartition("/")[2].rpartition(".")[0] for target in found)
        )

    @property
    def exercise(self) -> "Page | None":
        """Of a chapter, the page of its exercise; None if it has none."""
        return next((page for page in self.sections if page.file.startswith("exercises/")), None)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Of an exercise, its questions in order."""
        prose = "\n\n".join(source for kind, source in self.cells if kind == "markdown")
        found = QUESTION.finditer(prose)
        return tuple(Question(int(one[1]), len(one[2]), one[3].strip()) for one in found)

    def rooted(self, text: str) -> str:
        """Return Markdown with its relative links written from the root of the course."""

        def link(match: re.Match) -> str:
            target = match["target"]
            if re.match(r"[a-z]+:|/|#", target):
                return match[0]
            file, mark, anchor = target.partition("#")
            path = (self.path.parent / file).resolve().relative_to(course_root())
            return f"[{match['text']}](/{path.as_posix()}{mark}{anchor})"

        return LINK.sub(link, text)

    @cached_property
    def _opening_text(self) -> str:
        """What stands before the first code."""
        opening = takewhile(lambda cell: cell[0] == "markdown", self.cells)
        return "\n\n".join(source for _, source in opening)

    @cached_property
    def _opening(self) -> list[str]:
        return [line for line in self._opening_text.splitlines() if line.strip()]


def _is_hidden(cell: dict[str, Any]) -> bool:
    return not HIDING.isdisjoint(cell["metadata"].get("tags", ()))


@dataclass(frozen=True)
class Part:
    """A part of the course: its caption, and its pages in order."""

    caption: str
    pages: tuple[Page, ...]

    @property
    def chapters(self) -> list[Page]:
        """Those of its pages that are chapters."""
        return [page for page in self.pages if page.is_chapter]


def parts() -> list[Part]:
    """Return the parts of `_toc.yml`, in order.

    Raises
    ------
    SsplabError
        If `_toc.yml` is not YAML.
    """
    try:
        contents = _contents((course_root() / TOC).read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SsplabError(f"{TOC} is not YAML: {error}") from error
    return [Part(part["caption"], _pages(part["chapters"])) for part in contents.get("parts", [])]


@cache  # each page of the book asks for what comes before it and after
def _contents(toc: str) -> dict:
    return from_yaml(toc) or {}


def _pages(entries: list[dict]) -> tuple[Page, ...]:
    return tuple(
        Page(entry["file"], _pages(entry.get("sections", [])), entry.get("title"))
        for entry in entries
    )


def chapters() -> list[Page]:
    """Return all chapters, in the order of the course."""
    return [chapter for part in parts() for chapter in part.chapters]


def sessions() -> list[Page]:
    """Return the pages of the reading group's sessions, in the order of the course."""
    return [page for part in parts() for page in part.pages if page.is_session]


def pages() -> list[str]:
    """Return the files of all pages, in order: paths from the course root without a suffix.

    Raises
    ------
    SsplabError
        If `_toc.yml` breaks its format.
    """
    from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml

    try:
        return list(parse_toc_yaml(course_root() / TOC))
    except MalformedError as error:
        raise SsplabError(f"{TOC} cannot be read: {error}") from error


def data_sets_of(notebook: Path) -> list[str]:
    """Return the data sets that a notebook's code names, in the order of `card_names`."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    named = set().union(*map(_texts, sources))
    return [name for name in card_names() if name in named]


@cache
def _texts(source: str) -> frozenset[str]:
    """Return the texts that a cell works with, read once however many data sets are asked for."""
    return frozenset(string_constants(parse(source) or ast.Module([], [])))


def read_by(data_set: str) -> list[str]:
    """Return the slugs of the chapters and sessions that read a data set, in the course's order."""
    lessons = [*chapters(), *(session.notebook for session in sessions())]
    known = {page.path: number for number, page in enumerate(lessons)}
    readers = [path for path in notebooks(*LESSONS) if data_set in data_sets_of(path)]
    return [path.stem for path in sorted(readers, key=lambda path: known.get(path, len(known)))]
