"""What the theme leaves unnamed, named in the finished pages; and scripts in them, taken out.

A web server can then forbid all scripts within pages but a few that are the same everywhere: see
`deploy/book/policy.py`.
"""

import re
from html import escape, unescape
from pathlib import Path


def _name_summary(match):
    """Name the arrow that opens a chapter's pages in the sidebar by that chapter."""
    title = unescape(re.sub("<[^>]+>", "", match["title"])).strip()
    return f'{match[0]} aria-label="{escape(f"Pages of: {title}")}"'


def _name_stars(match):
    """Say how hard an exercise is to those who do not see its stars."""
    return (
        f'<span class="stars" role="img" aria-label="level {len(match[1])} of 3">{match[1]}</span>'
    )


# What the theme writes, and what a page gets instead.
MENDS = [
    # All of a page lies in landmarks.
    (r'<div class="bd-sidebar-primary[^"]*"(?=>)', r'\g<0> role="region" aria-label="Course"'),
    (r'<form class="bd-search[^"]*"', r'\g<0> role="search"'),
    # Buttons say what they do; `course.js` adds whether they have done it.
    (r'"Toggle primary sidebar"', '"Contents of the course"'),
    (r'"Toggle secondary sidebar"', '"Contents of this page"'),
    (r'"light/dark"', '"Light, dark or automatic colours"'),
    (r"<a [^>]*>(?P<title>((?!</a>).)*)</a><details[^>]*><summary(?=>)", _name_summary),
    (r'class="task-list-item-checkbox"', r'\g<0> aria-label="Done"'),
    # Where a button has a text, its name is that text.
    (r'(search-button-field[^"]*") title="Search" aria-label="Search"', r"\1"),
    (r'<summary aria-label="Toggle hidden content"', "<summary"),
    (r'<span class="stars">(★+)</span>', _name_stars),
    # A script that differs from page to page; only a menu of versions would read what it says.
    (r"\n?\s*<script>DOCUMENTATION_OPTIONS\.pagename = '[^'<]*';</script>", ""),
    (r'(<button) onclick="window\.print\(\)"', r"\1"),  # `course.js` prints
    # docutils gives a reference a role that no longer counts as an item of a list.
    (r'role="doc-biblioentry"', 'role="listitem"'),
]


def mend_pages(app, exception):
    """Write `MENDS` into the finished pages; the theme has no settings for them."""
    if exception is None:
        for page in Path(app.outdir).rglob("*.html"):
            text = page.read_text(encoding="utf-8")
            for theirs, ours in MENDS:
                text = re.sub(theirs, ours, text)
            page.write_text(text, encoding="utf-8")


def setup(app):
    app.connect("build-finished", mend_pages)
