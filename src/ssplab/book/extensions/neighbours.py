"""The links at the foot of a page: to the pages beside it, and from chapter to chapter.

A chapter leads to its exercise, and the exercise to its solution, as in the contents. From each of
the three the next chapter is one click away, and before a chapter stands the chapter before it,
not the solution of that one.
"""

from itertools import pairwise

from ssplab.course import Page, parts


def lead_on(app, pagename, templatename, context, doctree):
    """Set the links that `templates/components/prev-next.html` writes.

    `prev` and `next` are the pages beside this one in the contents; `previous_chapter` and
    `next_chapter` are added where these are other pages.
    """
    pages = [page for part in parts() for page in part.pages]
    own = next((page for page in pages if _is_of(page, pagename)), None)
    if own is None:  # the first page, the search, the index: Sphinx's links are right
        return

    openings = {part.pages[0].file for part in parts()}  # all of them are called "Overview"

    def link(page: Page) -> dict[str, str]:
        title = page.title if page.file in openings else page.short_title or page.title
        return {"link": context["pathto"](page.file), "title": title}

    for page in [own, *own.sections]:
        for name in ("prev", "next"):
            if context[name] and context[name]["link"] == context["pathto"](page.file):
                context[name] = link(page)
    before, after = _beside(pages, own)
    if pagename == own.file and before:
        context["prev"] = link(before)
    if after and (not own.sections or pagename == own.sections[-1].file):
        context["next"] = link(after)
    if own.is_chapter:
        before, after = _beside([page for page in pages if page.is_chapter], own)
        if before and pagename == own.file:
            context["previous_chapter"] = link(before)
        if after:
            context["next_chapter"] = link(after)


def _is_of(page: Page, name: str) -> bool:
    return name in {page.file, *(section.file for section in page.sections)}


def _beside(pages: list[Page], own: Page) -> tuple[Page | None, Page | None]:
    """Return the pages before and after one of several."""
    before = {after.file: page for page, after in pairwise(pages)}
    after = {page.file: after for page, after in pairwise(pages)}
    return before.get(own.file), after.get(own.file)


def setup(app):
    app.connect("html-page-context", lead_on)
