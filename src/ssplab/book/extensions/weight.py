"""Sphinx extension: pages carry what they use, and no more.

Once the pages are built, their style sheets become one, without what no page can match; their
scripts become one; of the icon font those icons stay that are drawn; MathJax stays where there is
maths. All of it is worked out from the finished pages and scripts: a new page needs no entry here.
"""

import hashlib
import json
import posixpath
import re
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from urllib.parse import urlsplit

import tinycss2

from ssplab.book.extensions.icons import embed_icons
from ssplab.book.extensions.purge import Names, drop_unread_properties, plain_tokens, purge, write

STATIC = "_static"
SHEET = f"{STATIC}/book.css"
SCRIPT = f"{STATIC}/book.js"

# Redraws as SVG, in 1.5 MB, the icons that the theme's style sheet draws from a font.
UNUSED = re.compile(r"/fontawesome/.*\.js$")
# Then a rule of the theme lays the lens over what is typed; the script had hidden that by its SVG.
LENS = ".bd-search .fa-solid.fa-magnifying-glass{position:static}\n"
# Inline scripts speak to what it makes, so it cannot wait for the document as the others do.
EARLY = re.compile(r"/documentation_options\.js$")

LOADING = re.compile(r"<link\b[^>]*>|<script\b[^>]*\bsrc=[^>]*>\s*</script>")
ATTRIBUTE = re.compile(r'\s([\w-]+)(?:="([^"]*)")?')
MATHS = re.compile(r'class="[^"]*\bmath\b')
MATHS_SETTINGS = re.compile(r"<script>window\.MathJax = .*?</script>", re.DOTALL)
ICON = re.compile(r'<(i|span) (?=class="[^"]*\bfa-)(?![^>]*aria-hidden)')
CODE = re.compile(r'(?<=<div class="highlight"><pre>).*?(?=</pre>)', re.DOTALL)
TOKEN = re.compile(r'<span(?: class="[\w ]+")?>[^<]*</span>')
STYLE = re.compile(r"<style\b.*?</style>\s*", re.DOTALL)
# White space at the beginning of a line, and first what must keep it.
INDENT = re.compile(r"<(pre|script|style|textarea)\b.*?</\1>|\n\s+", re.DOTALL)


@dataclass(frozen=True)
class Load:
    """A tag of a page that loads something, or tells where something is."""

    tag: str
    attributes: dict[str, str]
    path: str
    """What it loads, from the folder of the book."""

    @property
    def is_sheet(self) -> bool:
        return self.attributes.get("rel") == "stylesheet" and "media" not in self.attributes

    @property
    def is_script(self) -> bool:
        """Whether it is a script of the usual kind, which runs in its turn."""
        return "src" in self.attributes and not {"async", "type"} & self.attributes.keys()


@dataclass
class Page:
    """A finished page: its path from the folder of the book, and its HTML."""

    path: str
    text: str

    def read(self, tag: str) -> Load:
        attributes = {name: unescape(value) for name, value in ATTRIBUTE.findall(tag)}
        address = urlsplit(attributes.get("src") or attributes.get("href", "")).path
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), address))
        return Load(tag, attributes, path)

    def loads(self) -> list[Load]:
        return [self.read(tag) for tag in LOADING.findall(self.text)]

    def address(self, path: str) -> str:
        """Return the address of a path, as it is written in this page."""
        return posixpath.relpath(path, posixpath.dirname(self.path) or ".")


def lighten(folder: Path, mathjax: str) -> None:
    """Lighten all pages that Sphinx has built in a folder.

    Parameters
    ----------
    folder : Path
        The folder of `index.html`, fresh from Sphinx: a lightened page is not read again.
    mathjax : str
        Path of MathJax's script in it.
    """
    paths = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.html"))]
    pages = [
        Page(path, (folder / path).read_text(encoding="utf-8"))
        for path in paths
        if not path.startswith(f"{STATIC}/")
    ]
    pages = [page for page in pages if "<body" in page.text]  # not one that only leads to another
    for page in pages:
        page.text = ICON.sub(r'<\1 aria-hidden="true" ', page.text)
        keep_maths_where_it_is(page, mathjax)
    sheets = in_all_pages(pages, lambda load: load.is_sheet)
    scripts = in_all_pages(pages, lambda load: load.is_script and load.path != mathjax)
    unused = [load for load in scripts if UNUSED.search(load.path)]
    early = [load for load in scripts if EARLY.search(load.path)]
    # The deferred ones ran last.
    together = [load for load in scripts if load not in unused and load not in early]
    together.sort(key=lambda load: "defer" in load.attributes)

    names = names_of(pages, folder, {mathjax, *(load.path for load in unused)})
    read: list[str] = []
    rules = slim([rule for load in sheets for rule in parsed(load.path, folder, read)], names)
    plain = plain_tokens(rules)
    rules = embed_icons(rules, folder / STATIC)
    made = {
        SHEET: '@charset "utf-8";\n' + write(rules) + LENS,
        SCRIPT: joined([(folder / load.path).read_text(encoding="utf-8") for load in together]),
    }
    for path, text in made.items():
        (folder / path).write_text(text, encoding="utf-8")
    texts = {load.path: (folder / load.path).read_text(encoding="utf-8") for load in early}
    for page in pages:
        relink(page, made, sheets, together, unused, texts)
        (folder / page.path).write_text(thinned(page.text, plain), encoding="utf-8")
    for path in {*read, *(load.path for load in scripts)}:
        (folder / path).unlink()
    for path in (folder / STATIC / "vendor").rglob("*"):
        if path.is_file() and "LICENSE" not in path.name:
            path.unlink()
    index = folder / "searchindex.js"
    if index.is_file():
        index.write_text(without_blanks(index.read_text(encoding="utf-8")), encoding="utf-8")


def without_blanks(index: str) -> str:
    """Return Sphinx's search index, one call with JSON in it, without the blanks of its JSON."""
    call, _parenthesis, content = index.strip().removesuffix(")").partition("(")
    return f"{call}({json.dumps(json.loads(content), separators=(',', ':'), ensure_ascii=False)})"


def keep_maths_where_it_is(page: Page, mathjax: str) -> None:
    """Take MathJax out of a page without maths."""
    if not MATHS.search(page.text):
        page.text = MATHS_SETTINGS.sub("", page.text)
        for load in page.loads():
            if load.path == mathjax:
                page.text = page.text.replace(load.tag, "")


def in_all_pages(pages: list[Page], kind) -> list[Load]:
    """Return the loads of a kind that are in every page, in the order of the first."""
    loads = [{load.path: load for load in page.loads() if kind(load)} for page in pages]
    return [load for path, load in loads[0].items() if all(path in others for others in loads)]


def names_of(pages: list[Page], folder: Path, without: set[str]) -> Names:
    """Return what the pages name, and the scripts of Sphinx and its extensions that they load."""
    names = Names()
    scripts = set()
    for page in pages:
        names.read_page(page.text)
        scripts |= {load.path for load in page.loads() if "src" in load.attributes}
    for path in scripts - without:
        if path.startswith(f"{STATIC}/"):  # the index of the search is no script but data
            names.read_script((folder / path).read_text(encoding="utf-8"))
    return names


def parsed(path: str, folder: Path, read: list[str]) -> list:
    """Return the rules of a style sheet and of those that it imports.

    Parameters
    ----------
    path : str
        Of the sheet, from `folder`.
    folder : Path
        The folder of the book.
    read : list of str
        Gets the paths of the sheets that were read.

    Returns
    -------
    list of tinycss2 nodes
        Their addresses count from the folder of the joined sheet.
    """
    read.append(path)
    here = posixpath.dirname(path)
    rules = []
    for rule in tinycss2.parse_stylesheet((folder / path).read_text(encoding="utf-8")):
        keyword = rule.lower_at_keyword if rule.type == "at-rule" else None
        if keyword == "import":
            [address] = [one.value for one in rule.prelude if one.type in {"string", "url"}]
            rules += parsed(posixpath.normpath(posixpath.join(here, address)), folder, read)
        elif keyword != "charset":
            move_addresses([*(rule.content or [])] if hasattr(rule, "content") else [], here)
            rules.append(rule)
    return rules


def move_addresses(nodes: list, here: str) -> None:
    """Let addresses count from the folder of the joined sheet instead of `here`."""
    for node in nodes:
        if node.type == "url":
            node.value = _moved(node.value, here)
            node.representation = f'url("{node.value}")'
        elif node.type == "function" and node.lower_name == "url":  # its address is in quotes
            for address in node.arguments:
                address.value = _moved(address.value, here)
                address.representation = f'"{address.value}"'
        else:
            for part in ("content", "arguments"):
                move_addresses(getattr(node, part, None) or [], here)


def _moved(address: str, here: str) -> str:
    path = urlsplit(address).path
    if path != address.split("?")[0].split("#")[0] or not path:  # such as data: or #id
        return address
    return posixpath.relpath(posixpath.join(here, path), posixpath.dirname(SHEET))


def slim(rules: list, names: Names) -> list:
    """Return the rules, and of them the selectors and custom properties, that pages can use."""
    return drop_unread_properties(purge(rules, names), names)


def joined(scripts: list[str]) -> str:
    """Return scripts as one; a first statement keeps `"use strict"` of one from all others."""
    return ";\n" + ";\n".join(re.sub(r"//# sourceMappingURL=.*", "", one) for one in scripts)


def relink(
    page: Page,
    made: dict[str, str],
    sheets: list[Load],
    together: list[Load],
    unused: list[Load],
    early: dict[str, str],
) -> None:
    """Let a page load what was made, and wait with the scripts that it has alone.

    Parameters
    ----------
    page : Page
        Changed in place.
    made : dict of str to str
        The text of the sheet and of the script that were made, by path.
    sheets, together, unused : list of Load
        The sheets and scripts that went into them, and scripts to leave out.
    early : dict of str to str
        The text of scripts to be written into the page, by path.
    """
    ways = {load.path: SHEET for load in sheets} | {load.path: SCRIPT for load in together}
    data = {name: text for load in together for name, text in load.attributes.items()}
    told = "".join(f' {name}="{escape(text)}"' for name, text in data.items() if "data-" in name)
    there = set()

    def replace(match):
        load = page.read(match[0])
        way = ways.get(load.path)
        if load.attributes.get("rel") == "preload" or load.path in {one.path for one in unused}:
            return ""
        if load.path in early:
            return f"<script>{early[load.path]}</script>"
        if way in there:
            return ""
        if way:
            there.add(way)
            address = f"{page.address(way)}?v={hashlib.sha256(made[way].encode()).hexdigest()[:8]}"
            if way == SHEET:
                return f'<link rel="stylesheet" href="{address}" />'
            return f'<script defer{told} src="{address}"></script>'
        if load.is_script and "defer" not in load.attributes:
            return load.tag.replace("<script", "<script defer", 1)
        return load.tag

    page.text = LOADING.sub(replace, page.text)


def thinned(text: str, plain: set[str]) -> str:
    """Return a page without what changes nothing that is seen.

    Parameters
    ----------
    text : str
        HTML.
    plain : set of str
        The classes of tokens of code that look as the block does.
    """
    text = CODE.sub(lambda code: _thinned_code(code[0], plain), text)
    styles: set[str] = set()  # pandas writes the same one above each table

    def once(style):
        first = style[0].strip() not in styles
        styles.add(style[0].strip())
        return style[0] if first else ""

    text = STYLE.sub(once, text)
    return INDENT.sub(lambda found: found[0] if found[1] else "\n", text)


def _thinned_code(code: str, plain: set[str]) -> str:
    """Return code with one span around it for those that would say the same of each token.

    Text that is no token keeps the colour of the page, so code that has such stays as it is. Equal
    neighbours become one, and quotes go that HTML does not need.
    """
    names = "|".join(map(re.escape, sorted(plain)))
    if names and not TOKEN.sub("", code).strip():
        fewer = re.sub(rf'<span class="(?:{names})">([^<]*)</span>', r"\1", code)
        code = f'<span class="{min(plain)}">{fewer}</span>' if fewer != code else code
    pair = re.compile(r'(<span class="([\w ]+)">[^<]*)</span><span class="\2">')
    while (fewer := pair.sub(r"\1", code)) != code:
        code = fewer
    return re.sub(r'<span class="(\w+)">', r"<span class=\1>", code)


def _lighten(app, exception):
    if exception is None and app.builder.name == "html":
        path = posixpath.normpath(posixpath.join(STATIC, app.config.mathjax_path))
        lighten(Path(app.outdir), path)


def setup(app):
    app.connect("build-finished", _lighten, priority=900)  # after all that finishes pages
    return {"parallel_read_safe": True, "parallel_write_safe": True}
