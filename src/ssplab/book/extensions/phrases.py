"""The phrasebook's page: the directives `{phrases}`, `{phrase-tables}` and `{phrase-recipe}`.

Each phrase is a section, so that it has an address, a heading and a place in the search. The style
sheet puts the three languages side by side where there is room, below each other where there is
not, and on paper in the columns of a sheet.
"""

from docutils import nodes
from pygments.lexer import Lexer
from pygments.lexers.python import PythonLexer
from pygments.lexers.r import SLexer
from pygments.lexers.sas import SASLexer
from pygments.token import Name, Punctuation, Text, Whitespace
from sphinx.util.docutils import SphinxDirective

from ssplab.book.extensions.boxes import box
from ssplab.book.extensions.contents import Generated
from ssplab.book.phrasebook import LANGUAGES, SOURCE, Group, Phrase, chapters_by_slug, phrasebook
from ssplab.course import course_root


def _light(lexer: type[Lexer]) -> type[Lexer]:
    """Return a lexer that leaves plain what has no colour: a quarter of the page, if marked."""

    class Light(lexer):
        def get_tokens_unprocessed(self, text, *args):
            for place, kind, value in super().get_tokens_unprocessed(text, *args):
                yield place, Text if kind in PLAIN else kind, value

    return Light


PLAIN = {Name, Punctuation, Whitespace}
LEXERS = {"sas": SASLexer, "r": SLexer, "pandas": PythonLexer}
CHOICES = {"all": "SAS, R and pandas", "sas": "SAS and pandas", "r": "R and pandas"}


def choice() -> str:
    """Return the buttons that hide a language, as HTML: the style sheet does the hiding."""
    buttons = "".join(
        f'<label><input type="radio" name="languages" value="{value}"'
        f"{' checked' if value == 'all' else ''}> {told}</label>"
        for value, told in CHOICES.items()
    )
    return f'<fieldset class="languages"><legend>Show</legend>{buttons}</fieldset>'


def tables() -> str:
    """Return the tables that the phrases work on, in Markdown."""
    pieces = []
    for name, table in phrasebook().tables.items():
        head = list(table.columns)
        rows = zip(*table.columns.values(), strict=True)
        lines = [head, ["---"] * len(head), *([_cell(value) for value in row] for row in rows)]
        grid = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        pieces.append(f"*`{name}`, {table.about}*\n\n{grid}")
    return "\n\n".join(pieces)


def _cell(value) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:g}"
    return f"`{value}`" if isinstance(value, str) else str(value)


class Tables(Generated):
    def markdown(self):
        return tables()

    def run(self):
        return [box(["phrase-tables"], *super().run())]


class Recipe(Generated):
    def markdown(self):
        return f"```python\n{phrasebook().recipe()}\n```"


class Phrases(SphinxDirective):
    """All phrases, group by group."""

    def run(self):
        self.env.note_dependency(str(course_root() / SOURCE))
        groups = [self.group(group) for group in phrasebook().groups]
        links = [nodes.reference("", one[0].astext(), refid=one["ids"][0]) for one in groups]
        ways = nodes.bullet_list(
            "", *(nodes.list_item("", nodes.paragraph("", "", link)) for link in links)
        )
        ways["classes"].append("groups")
        columns = "; ".join(
            f"`{name}` has {', '.join(table.columns)}"
            for name, table in phrasebook().tables.items()
        )
        on_paper = self.parse_text_to_nodes(f"The tables that the phrases work on: {columns}.")
        on_paper[0]["classes"] += ["on-paper", "only"]
        return [nodes.raw("", choice(), format="html"), ways, *on_paper, *groups]

    def group(self, group: Group) -> nodes.section:
        made = self.section(group.title, "phrases")
        for phrase in group.phrases:
            made += self.phrase(phrase, group.chapter_of(phrase))
        return made

    def section(self, title: str, *kinds: str) -> nodes.section:
        made = nodes.section("", nodes.title(title, title), classes=[*kinds], names=[title.lower()])
        self.state.document.note_implicit_target(made, made)
        return made

    def phrase(self, phrase: Phrase, chapter: str | None) -> nodes.section:
        made = self.section(phrase.do, "phrase", *([] if phrase.paper else ["not-on-paper"]))
        said = [self.language(key, getattr(phrase, key)) for key in LANGUAGES]
        told = f"**What differs.** {phrase.differs}"
        if chapter:
            page = chapters_by_slug()[chapter]
            taught = self.parse_text_to_nodes(f"Chapter: [{page.name}]({page.link})")
            taught[0]["classes"].append("taught")
        else:
            taught = []
        differs = self.parse_text_to_nodes(told)
        differs[0]["classes"].append("differs")
        made += [box(["said"], *said), *differs, *taught]
        return made

    def language(self, key: str, code: str) -> nodes.container:
        block = nodes.literal_block(code, code, language=f"phrase-{key}")
        return box([f"in-{key}"], nodes.paragraph("", LANGUAGES[key], classes=["language"]), block)


def setup(app):
    for key, lexer in LEXERS.items():
        app.add_lexer(f"phrase-{key}", _light(lexer))
    app.add_directive("phrases", Phrases)
    app.add_directive("phrase-tables", Tables)
    app.add_directive("phrase-recipe", Recipe)
