"""Sphinx extension of the course: one small module a job.

`mathjax` brings maths without a network, `assets` decides what a page loads, `links` lets plain
links reach one reference or one term, `boxes` turns what a notebook writes in plain Markdown into
strips and boxes, `captions` joins a figure with the caption below it, `contents` and `indexes`
write lists from `_toc.yml` and the notebooks, `neighbours` leads from chapter to chapter,
`redirects` from a former address to the new one and `launch` to where a notebook can be worked in,
`body` finishes a page's tables and terms, `sessions` shows a reading group's slides and dates,
`teaching` plans and recorded mistakes, `lab` projects, posts and events, `phrases` the phrasebook,
`version` says which text a page is and `draft_marks` that it is a draft, `theme` mends what the
theme leaves unnamed.
"""

from ssplab.book.extensions import (
    assets,
    body,
    boxes,
    captions,
    contents,
    draft_marks,
    indexes,
    lab,
    launch,
    links,
    mathjax,
    neighbours,
    phrases,
    redirects,
    safe_marks,
    sessions,
    teaching,
    theme,
    version,
)

MODULES = [
    assets,
    body,
    boxes,
    captions,
    contents,
    draft_marks,
    indexes,
    lab,
    launch,
    links,
    mathjax,
    neighbours,
    phrases,
    redirects,
    safe_marks,
    sessions,
    teaching,
    theme,
    version,
]


def setup(app):
    for module in MODULES:
        module.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
