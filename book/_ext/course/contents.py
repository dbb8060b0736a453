"""Lists of what there is, written from `_toc.yml` and the notebooks when the book is built.

Directives: `{part}` lists the other pages of the part whose opening page it stands on,
`{parts}` all parts with their chapters, `{picture} NAME` draws `book/_pictures/NAME-*.svg`.
"""

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from ssplab.cards import card_names, load_card
from ssplab.paths import course_root

LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]*)\)")


@dataclass(frozen=True)
class Page:
    """A page of the contents: what its source says of it."""

    file: str
    sections: list["Page"] = field(default_factory=list)
    name: str | None = None
    """The name that `_toc.yml` gives it."""

    @property
    def is_chapter(self) -> bool:
        return self.file.startswith("chapters/")

    @cached_property
    def link(self) -> str:
        """The page's address from the root of the course, as MyST writes it."""
        return f"/{self.file}{self._path.suffix}"

    @cached_property
    def cells(self) -> list[tuple[str, str]]:
        """The kind and the source of each cell; a page of prose is one cell of Markdown."""
        text = self._path.read_text(encoding="utf-8")
        if self._path.suffix == ".md":
            return [("markdown", text)]
        return [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(text)["cells"]]

    @cached_property
    def title(self) -> str:
        return self._prose[0].removeprefix("# ").strip()

    @cached_property
    def first_sentence(self) -> str:
        """The first line of prose under the title, one sentence a line."""
        return next((line for line in self._prose[1:] if re.match(r"[A-Z*`\[]", line)), "")

    @cached_property
    def strip(self) -> dict[str, str]:
        """The items of the line under a chapter's title, with links from the root."""
        line = next((line for line in self._prose if line.startswith("**Level** ")), "")
        items = re.findall(r"\*\*([^*]+)\*\* ((?:(?! · ).)*)", line)
        return {name: self.rooted(value) for name, value in items}

    @cached_property
    def aims(self) -> list[str]:
        """What a reader can do at the end: the list under *By the end you can*."""
        opening = self.cells[0][1]
        found = re.search(r"^\*\*By the end you can\*\*\n\n((?:- .*\n?)+)", opening, re.MULTILINE)
        return [line[2:].rstrip(";. ") for line in found[1].splitlines()] if found else []

    def rooted(self, text: str) -> str:
        """Return Markdown with its relative links written from the root of the course."""

        def link(found):
            target = found["target"]
            if re.match(r"[a-z]+:|/|#", target):
                return found[0]
            place, mark, anchor = target.partition("#")
            path = (self._path.parent / place).resolve().relative_to(course_root())
            return f"[{found['text']}](/{path.as_posix()}{mark}{anchor})"

        return LINK.sub(link, text)

    @cached_property
    def _path(self) -> Path:
        places = [course_root() / f"{self.file}{suffix}" for suffix in (".ipynb", ".md")]
        return next(path for path in places if path.is_file())

    @cached_property
    def _prose(self) -> list[str]:
        return [line for line in self.cells[0][1].splitlines() if line.strip()]


def parts() -> dict[str, list[Page]]:
    """Return the pages of each part, in the order of `_toc.yml`."""
    toc = yaml.safe_load((course_root() / "_toc.yml").read_text(encoding="utf-8")) or {}
    return {part["caption"]: _pages(part["chapters"]) for part in toc.get("parts", [])}


def _pages(entries: list[dict]) -> list[Page]:
    return [
        Page(entry["file"], _pages(entry.get("sections", [])), entry.get("title"))
        for entry in entries
    ]


def chapters() -> list[Page]:
    """Return all chapters, in order."""
    return [page for pages in parts().values() for page in pages if page.is_chapter]


def part_list(own: str) -> str:
    """Return the list of a part's pages but its opening page, in Markdown."""
    pages = next(pages for pages in parts().values() if any(page.file == own for page in pages))
    return "\n".join(entry(page) for page in pages if page.file != own)


def entry(page: Page) -> str:
    """Return a page as an item of a list: what it asks or says, and how long it takes."""
    told = [f"**[{page.title}]({page.link})**"]
    card = page.file.removeprefix("book/datasets/")
    if page.strip:
        items = [f"Level {page.strip['Level']}", f"{page.strip['Minutes']} minutes"]
        items += [f"{name}: {page.strip[name]}" for name in ("Data", "Phase") if name in page.strip]
        told.append(" · ".join(items))
    elif card in card_names():
        told.append(load_card(card).summary.splitlines()[0])
    elif page.first_sentence:
        told.append(page.rooted(page.first_sentence))
    if page.sections:
        links = (f"[{section.name or section.title}]({section.link})" for section in page.sections)
        told.append(" · ".join(links))
    return "- " + "\n\n  ".join(told)


def all_parts() -> str:
    """Return the parts that hold chapters, each with its chapters, in Markdown."""
    told = []
    for caption, pages in parts().items():
        listed = [page for page in pages if page.is_chapter]
        if listed:
            told += [f"**[{caption}]({pages[0].link})**", "\n".join(map(entry, listed))]
    return "\n\n".join(told)


class Generated(SphinxDirective):
    """A directive whose content is Markdown, written when the book is built."""

    def markdown(self) -> str:
        raise NotImplementedError

    def run(self):
        found = self.parse_text_to_nodes(self.markdown())
        for node in found:
            if isinstance(node, nodes.bullet_list):
                node["classes"].append("cards")
        return found


class Part(Generated):
    def markdown(self):
        return part_list(self.env.docname)


class Parts(Generated):
    def markdown(self):
        return all_parts()


class Picture(SphinxDirective):
    """A picture drawn in the page, so that it takes the page's colours; wide, and narrow."""

    required_arguments = 1
    option_spec = {"alt": str}  # noqa: RUF012

    def run(self):
        folder = course_root() / "book" / "_pictures"
        drawings = []
        for shape in ("wide", "narrow"):
            path = folder / f"{self.arguments[0]}-{shape}.svg"
            self.env.note_dependency(path)
            drawings.append(path.read_text(encoding="utf-8"))
        label = nodes.Text(self.options["alt"]).replace('"', "&quot;")
        html = f'<div class="picture" role="img" aria-label="{label}">{"".join(drawings)}</div>'
        return [nodes.raw("", html, format="html")]


def setup(app):
    app.add_directive("part", Part)
    app.add_directive("parts", Parts)
    app.add_directive("picture", Picture)
