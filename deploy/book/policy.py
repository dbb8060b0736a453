"""Write the content security policy of a built book, for nginx.

    python deploy/book/policy.py _build/html > policy.conf

A browser then runs no script but the book's files, and those that stand within its pages by now:
each is named by its hash, so that a script which somebody smuggles into a page does not run. Style
sheets within pages stay allowed: MathJax makes one as it draws, and pandas writes one with each
table. This needs Python 3.11 and nothing else.
"""

import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

# What is not named is forbidden, since `default-src` is 'none'.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",  # icons in style sheets
    "font-src": "'self'",
    "connect-src": "'self'",
    "frame-src": "'self'",  # slides, in the window of the speaker's notes
    "frame-ancestors": "'self'",
    "form-action": "'self'",  # the field that searches
    "base-uri": "'none'",
    "object-src": "'none'",
}
# reveal.js writes the window of the speaker's notes, script included, from a text of its own.
WRITTEN = re.compile(r"<script>((?:[^<\\]|\\(?!/)|<(?!\\/))*)<\\/script>")
RUN = {"", "text/javascript", "module"}  # types of scripts that are code
NO_CODE = ("javascript:", "vbscript:")


class Unfit(Exception):
    """Something in a page that no policy which is worth having lets run."""


class Scripts(HTMLParser):
    """The scripts within a page."""

    def __init__(self, place: str):
        super().__init__(convert_charrefs=True)
        self.place, self.found, self._text = place, [], None

    def handle_starttag(self, tag, attrs):
        """Begin a script; refuse what the policy would stop."""
        attributes = {name: value or "" for name, value in attrs}
        for name, value in attributes.items():
            if name.startswith("on") or value.strip().lower().startswith(NO_CODE):
                raise Unfit(f"{self.place}: <{tag} {name}={value!r}> is a script in an attribute.")
        if tag == "script" and "src" not in attributes and attributes.get("type", "") in RUN:
            self._text = []

    def handle_data(self, data):
        """Add to the script that has begun."""
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag):
        """End a script."""
        if tag == "script" and self._text is not None:
            self.found.append("".join(self._text))
            self._text = None


def scripts_within(html: Path) -> Iterator[str]:
    """Yield each script that stands within a page of a built book, or that one of its files writes.

    Raises
    ------
    Unfit
        If an attribute of a page is a script.
    """
    for page in sorted(html.rglob("*.html")):
        place = page.relative_to(html).as_posix()
        if not place.startswith("_static/"):  # no pages: the theme's templates
            parser = Scripts(place)
            parser.feed(page.read_text(encoding="utf-8"))
            parser.close()
            yield from parser.found
    for file in sorted(html.rglob("*.js")):
        for text in WRITTEN.findall(file.read_text(encoding="utf-8")):
            yield json.loads(f'"{text}"')


def policy_of(html: Path) -> str:
    """Return the policy of a built book's pages, as the header's value.

    Parameters
    ----------
    html : Path
        The folder of the pages.

    Raises
    ------
    Unfit
        If there are no pages, or if an attribute of one is a script.
    """
    if not (html / "index.html").is_file():
        raise Unfit(f"{html} holds no built book: `make book` makes one in _build/html.")
    hashes = {_hash(script) for script in scripts_within(html)}
    policy = POLICY | {"script-src": " ".join([POLICY["script-src"], *sorted(hashes)])}
    return "; ".join(f"{name} {value}" for name, value in policy.items())


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def main(arguments: list[str]) -> int:
    """Write nginx's lines; return the exit code."""
    if len(arguments) != 1:
        print("Usage: policy.py FOLDER_OF_PAGES", file=sys.stderr)
        return 2
    try:
        policy = policy_of(Path(arguments[0]))
    except Unfit as unfit:
        print(unfit, file=sys.stderr)
        return 1
    print(f'map "" $policy_of_pages {{\n  default "{policy}";\n}}')
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
