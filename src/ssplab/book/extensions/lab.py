"""The lab's pages: its projects, its newsletter with a feed, its events with their calendars.

Directives `{projects}`, `{newsletter}` and `{events}`. Projects and events have filters, which
`lab.js` brings to life: without it a page shows everything. The feed and the calendars are written
once the pages stand; a page of the lab names the feed in its head, where browsers and feed readers
look for it.
"""

import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from docutils import nodes

from ssplab.book.events import (
    CALENDAR_FILE,
    READING_GROUP,
    SESSIONS_FILE,
    Event,
    calendar_of,
    events,
    hours,
    kinds,
)
from ssplab.book.extensions.contents import Generated
from ssplab.book.forms import LAB, cited
from ssplab.book.newsletter import FEED_FILE, PAGE, feed, post_markdown, posts
from ssplab.book.projects import project_markdown, projects, values

PAGES = (f"{LAB}/", "book/the-lab")  # how the names of the lab's pages begin


def key(words: str) -> str:
    """Return words as they stand in a class, in a form and in an address."""
    return re.sub(r"[^a-z0-9]+", "-", words.casefold()).strip("-")


def trait(name: str, value: str) -> str:
    """Return the class of what a filter finds under a value; `lab.js` makes the same of a form."""
    return f"{key(name)}--{key(value)}"


def filters(listed: Mapping[str, Sequence[str]], what: str) -> nodes.raw:
    """Return the form of filters over a list; hidden, since it does nothing without its script.

    Parameters
    ----------
    listed : mapping of str to sequence of str
        By what to filter, and the values of each.
    what : str
        What is listed, in the plural.
    """
    lines = [f'<form class="filters" data-of="{what}" aria-label="Filter the {what}" hidden>']
    for name, its in listed.items():
        # Beside the field and not around it: a label would be read out with all its choices.
        lines.append(f'<span><label for="filter-{key(name)}">{html.escape(name)}</label>')
        lines.append(f'<select id="filter-{key(name)}" name="{key(name)}"><option value="">all')
        lines += [f'<option value="{key(value)}">{html.escape(value)}' for value in its]
        lines.append("</select></span>")
    lines.append('<p><span role="status"></span> <button type="reset">Show all</button></p></form>')
    return nodes.raw("", "\n".join(lines), format="html")


class Sections(Generated):
    """A directive of sections, of which each has a name of its own."""

    def section(self, name: str, title: str, markdown: str) -> nodes.section:
        """Return a section; its title may change, and its address does not.

        MyST would hang a heading within a directive on the page, beside what the directive returns.
        """
        section = nodes.section("", nodes.title(title, title), ids=[name])
        section += self.parse_text_to_nodes(markdown)
        return section


class Projects(Sections):
    """All projects, a section each, under their filters."""

    def run(self):
        found = projects()
        shown = [filters(values(found), "projects")] if found else []
        for project in found:
            section = self.section(project.slug, project.facts.title, project_markdown(project))
            section["classes"] += ["filterable", "project"]
            section["classes"] += [
                trait(name, value) for name, its in project.traits.items() for value in its
            ]
            for items in section.findall(nodes.definition_list):
                items["classes"].append("facts")
            shown.append(section)
        return shown


class Newsletter(Sections):
    """All posts, a section each, the newest first."""

    def run(self):
        return [
            self.section(post.slug, post.opening.title, post_markdown(post)) for post in posts()
        ]


class Events(Generated):
    """All events in a table under their filter, and the calendars to take along."""

    def markdown(self):
        rows = [
            f"| {_timed(event)} | {event.kind} | {_told(event)} | {event.place} |"
            for event in events()
        ]
        return "\n".join(
            [
                "*What happens when, by day*",
                "",
                "| When | Kind | What | Where |",
                "| --- | --- | --- | --- |",
                *rows,
            ]
        )

    def run(self):
        found = events()
        if not found:
            return []
        shown = super().run()
        rows = [row for table in shown for row in table.findall(nodes.row)][1:]
        for row, event in zip(rows, found, strict=True):
            row["classes"] += ["filterable", trait("Kind", event.kind)]
        there = {event.kind for event in found}
        choices = {"Kind": [kind for kind in kinds() if kind in there]}
        return [filters(choices, "events"), *shown]


def _timed(event: Event) -> str:
    """Return an event's time in words, with its end for the browser, which knows the day."""
    return (
        f'<time datetime="{event.day}" data-ends="{event.ends.isoformat()}">{hours(event)}</time>'
    )


def _told(event: Event) -> str:
    """Return what an event is, in a cell of a table."""
    title = f"[{event.title}]({event.page.link})" if event.page else event.title
    told = [f"Cancelled: {title}" if event.entry.cancelled else title]
    told += [event.entry.about or "", "An example." if event.entry.example else ""]
    return " ".join(f"{'<br>'.join(filter(None, told))}{cited(event.entry.sources)}".split())


def name_feed(app, pagename, templatename, context, doctree):
    """Name the feed in the head of the lab's pages."""
    if pagename.startswith(PAGES) and posts():
        address = "../" * pagename.count("/") + FEED_FILE
        context["metatags"] = (context.get("metatags") or "") + (
            '<link rel="alternate" type="application/atom+xml" title="Newsletter of the lab" '
            f'href="{address}">'
        )


def write(app, exception):
    """Write the feed and the calendars once the pages stand."""
    if exception is not None:
        return
    base = app.config.html_baseurl
    page = Path(app.outdir, f"{PAGE}.html")
    if page.is_file():
        written = feed(
            posts(),
            page.read_text(encoding="utf-8"),
            title=app.config.html_title,
            author=app.config.author,
            base=base,
        )
        Path(app.outdir, FEED_FILE).write_bytes(written)
    calendars = {
        CALENDAR_FILE: (events(), "The lab: Python for Official Statistics"),
        SESSIONS_FILE: (events(READING_GROUP), "Reading group: Python for Official Statistics"),
    }
    for file, (found, name) in calendars.items():
        path = Path(app.outdir, file)
        if path.parent.is_dir():
            path.write_bytes(calendar_of(found, name, base=base).to_ical())


def setup(app):
    app.add_directive("projects", Projects)
    app.add_directive("newsletter", Newsletter)
    app.add_directive("events", Events)
    app.connect("html-page-context", name_feed)
    app.connect("build-finished", write)
