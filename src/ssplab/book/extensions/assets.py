"""What a page loads: the theme's files, one sheet and one script of all extensions, and its own.

The theme's icons come without its script (`templates/static/webpack-macros.html`); what only
formulas or tabs need comes where there are any. Nothing here reads or changes a finished page.
"""

import os
import re
from functools import partial
from pathlib import Path

from sphinx.errors import ExtensionError

SHEET, SCRIPT = "extensions.css", "extensions.js"
LAST = 900  # after the inline scripts whose variables the joined ones read, and after all handlers
# An inline script of the theme writes into what it defines, before the joined ones run.
ALONE = "documentation_options.js"
PLAIN = [{}, {"rel": "stylesheet", "type": "text/css"}]  # attributes: of a script, of a sheet
OWN_PLACE = re.compile(r"url\((?!\s*['\"]?(data:|#))|@import", re.IGNORECASE)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# What only some pages need: in the name of a file, or in a script within the page; and a word in
# the text of those that do.
NEEDED = {
    "mathjax": re.compile(r'class="[^"]*\bmath\b'),
    "design-tabs": re.compile(r'class="[^"]*\bsd-tab-set\b'),
    "lab.js": re.compile(r'class="[^"]*\bfilters\b'),
}


def use_templates(app, config):
    """Let the course's templates stand before the theme's."""
    config.templates_path = [*config.templates_path, str(Path(__file__).parent / "templates")]


def lighten(joined, app, pagename, templatename, context, doctree):
    """Let a page load the joined files, and of the others those that it needs.

    Parameters
    ----------
    joined : dict of str to list of str
        The files that go into each joined file; filled with the first page of a build.
    """
    text = context.get("body") or ""
    for kind, target in (("css_files", SHEET), ("script_files", SCRIPT)):
        if target not in joined:
            together = [asset for asset in context[kind] if _can_be_joined(asset)]
            together.sort(key=lambda asset: asset.priority)
            joined[target] = [asset.filename for asset in together]
            # Sphinx writes into each page the checksum of what there is by now.
            _write(app.outdir, target, joined[target], missing_ok=True)
        context[kind] = [
            asset
            for asset in context[kind]
            if asset.filename not in joined[target] and _is_needed(asset, text)
        ]


def finish(joined, app, exception):
    """Write the joined files: some extensions make or change theirs when all pages are written."""
    if exception is None:
        for target, names in joined.items():
            _write(app.outdir, target, names)


def _write(folder: str, target: str, names: list[str], missing_ok: bool = False) -> None:
    paths = [Path(folder, name) for name in names]
    there = [path for path in paths if path.is_file()] if missing_ok else paths
    Path(folder, "_static", target).write_text(join(there), encoding="utf-8")


def join(paths: list[Path]) -> str:
    """Return the text of style sheets, or of scripts, one after the other.

    Raises
    ------
    ExtensionError
        If a sheet names another file by its own place, which is not that of the joined sheet.
    """
    texts = []
    for path in paths:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".css" and OWN_PLACE.search(COMMENT.sub("", text)):
            raise ExtensionError(
                f"The style sheet {path.name} names another file by its own place, so it cannot be "
                f"joined to {SHEET}. Write that file into the sheet as a data: address."
            )
        # The semicolon ends a last statement, and keeps a script's "use strict" from the others.
        texts.append(f";\n{text}\n" if path.suffix == ".js" else f"{text}\n")
    return "".join(texts)


def _can_be_joined(asset) -> bool:
    """Return whether an asset is a file of the book that every page loads at once, in its turn."""
    name = asset.filename or ""
    return (
        os.path.basename(name) not in {"", ALONE, SHEET, SCRIPT}
        and "://" not in name
        and asset.attributes in PLAIN
        and _is_needed(asset, "")
    )


def _is_needed(asset, text: str) -> bool:
    """Return whether a page with this text needs an asset."""
    named = (asset.filename or asset.attributes.get("body") or "").lower()
    return all(sign.search(text) for name, sign in NEEDED.items() if name in named)


def setup(app):
    app.connect("config-inited", use_templates)
    app.add_css_file(SHEET, priority=LAST)
    app.add_js_file(SCRIPT, priority=LAST)
    joined: dict[str, list[str]] = {}
    app.connect("html-page-context", partial(lighten, joined), priority=LAST)
    app.connect("build-finished", partial(finish, joined), priority=LAST)
