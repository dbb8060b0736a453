"""Lists of what there is, written from `_toc.yml` and the notebooks when the book is built.

Directives: `{part}` lists the other pages of the part whose opening page it stands on,
`{parts}` all parts with their chapters, sessions or kits, `{picture} NAME` draws
`book/_pictures/NAME-*.svg`.
"""

from collections.abc import Sequence

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from ssplab.course import Page, card_names, course_root, load_card, parts


def part_list(own: str) -> str:
    """Return the list of a part's pages but its opening page, in Markdown."""
    part = next(part for part in parts() if any(page.file == own for page in part.pages))
    return "\n".join(entry(page) for page in part.pages if page.file != own)


def entry(page: Page) -> str:
    """Return a page as an item of a list: what it asks or says, and how long it takes."""
    lines = [f"**[{page.title}]({page.link})**"]
    card = page.file.removeprefix("book/datasets/")
    if page.strip:
        items = [f"Level {page.strip['Level']}"]
        items += [f"{minutes} minutes" for minutes in [page.strip.get("Minutes")] if minutes]
        named = ("Time", "Team", "Data", "Phase")
        items += [f"{name}: {page.strip[name]}" for name in named if name in page.strip]
        lines.append(" · ".join(items))
        if not page.is_chapter:  # a session's first line names the paper, a kit's says what it asks
            lines.append(page.rooted(page.first_sentence))
    elif card in card_names():
        lines.append(load_card(card).summary.splitlines()[0])
    elif page.first_sentence:
        lines.append(page.rooted(page.first_sentence))
    if page.sections:
        links = (f"[{section.name}]({section.link})" for section in page.sections)
        lines.append(" · ".join(links))
    return "- " + "\n\n  ".join(lines)


def all_parts() -> str:
    """Return the parts that hold chapters, sessions or kits, each with these, in Markdown."""
    lines = []
    for part in parts():
        listed = [page for page in part.pages if page.is_chapter or page.is_session or page.is_kit]
        if listed:
            lines += [f"**[{part.caption}]({part.pages[0].link})**"]
            lines += ["\n".join(map(entry, listed))]
    return "\n\n".join(lines)


def grid(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table with its caption, in Markdown; of no rows, that there is none yet."""
    if not rows:
        return "None yet."
    lines = [head, ["---"] * len(head), *rows]
    told = "\n".join(f"| {' | '.join(line)} |".replace("\n", " ") for line in lines)
    return f"*{caption}*\n\n{told}"


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
