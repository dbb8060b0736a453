"""Sessions of a reading group: their slides, their dates, and the links to both.

The directive `{sessions}` lists them with their dates. A session's page gets the links to its
slides under its title: JupyterLab, which shows the same source, has no slides to link to.
"""

from pathlib import Path

from docutils import nodes

from ssplab.book.decks import write_decks
from ssplab.book.events import READING_GROUP, SESSIONS_FILE, events, hours
from ssplab.book.extensions.contents import Generated
from ssplab.course import sessions

LINKS = """\
<p class="slides-links"><a href="slides.html">Slides</a>
<span>(keys: → goes on, <kbd>S</kbd> opens the speaker's notes, <kbd>?</kbd> shows all keys)</span>
· <a href="slides.html?print-pdf">to print</a>
· <a href="slides.html?print-pdf&amp;showNotes=separate-page">to print with the notes</a></p>"""


class Sessions(Generated):
    """The sessions with their dates, and the calendar to take along."""

    def markdown(self):
        dated = {event.name: hours(event) for event in events(READING_GROUP)}
        rows = [
            f"| {dated.get(page.slug, 'not yet set')} | [{page.title}]({page.link}) "
            f"| {page.strip.get('Level', '')} |"
            for page in sessions()
        ]
        return "\n".join(["| Date | Session | Level |", "| --- | --- | --- |", *rows])

    def run(self):
        up = "../" * self.env.docname.count("/")
        told = f'<p><a href="{up}{SESSIONS_FILE}" download>The calendar (.ics)</a></p>'
        return [*super().run(), nodes.raw("", told, format="html")]


def link_slides(app, doctree):
    """Put the links to a session's slides below its strip."""
    if any(page.file == app.env.docname for page in sessions()):
        strip = next(iter(doctree.findall(nodes.definition_list)), None)
        if strip is not None and "strip" in strip["classes"]:
            strip.parent.insert(strip.parent.index(strip) + 1, nodes.raw("", LINKS, format="html"))


def write(app, exception):
    """Write the decks once the pages stand; `lab` writes the calendar."""
    if exception is None and sessions():
        write_decks(Path(app.outdir), app.config.mathjax3_config)


def setup(app):
    app.add_directive("sessions", Sessions)
    app.connect("doctree-read", link_slides, priority=600)  # once the strip is drawn
    app.connect("build-finished", write)
