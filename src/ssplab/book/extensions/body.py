"""The last hand on a page's text: tables, questions, and the definitions of its terms."""

import re
from functools import cache

from bs4 import BeautifulSoup
from docutils import nodes

from ssplab.book.extensions import tables
from ssplab.book.extensions.links import GLOSSARY, slug

# Words in italics that no English text has: a screen reader reads them in French.
FRENCH = re.compile("[àâçéèêëîïôûùœÀÂÇÉÈÊÎÔŒ]")
TERM = re.compile(rf"(?:^|/){GLOSSARY.rsplit('/')[-1]}\.html#(term-[\w-]+)$")


def finish(app, pagename, templatename, context, doctree):
    """Set the tables of a page, name its questions, and bring the definitions of its terms."""
    if doctree is None or not context.get("body"):
        return
    soup = BeautifulSoup(context["body"], "html.parser")
    for table in soup.find_all("table"):
        tables.set_table(table)
    for words in soup.find_all("em", string=FRENCH):
        words["lang"] = "fr"
    for choice in soup.select("details.choice, details.mistakes"):
        plain_choice(choice)
    for question in soup.select("div.question"):
        words = question.find("p")
        words["id"] = f"{question.find_parent('section')['id']}-{words.get_text().split('.')[0]}"
        question["role"], question["aria-labelledby"] = "group", words["id"]
    if pagename != GLOSSARY:
        define(soup, definitions(app))
    context["body"] = str(soup)


def plain_choice(choice):
    """Leave of a dropdown what a browser knows by itself: the theme draws the rest a panel."""
    choice["class"] = [name for name in choice["class"] if not name.startswith("sd-")]
    summary, answer = choice.find_all(["summary", "div"], recursive=False)
    summary.find(class_="sd-summary-state-marker").decompose()
    del summary["class"]
    answer["class"] = ["answer"]


@cache
def definitions(app):
    """Return what each term of the glossary means: its sentences up to the first with maths."""
    if GLOSSARY not in app.env.all_docs:
        return {}
    found = {}
    for item in app.env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
        paragraph = item.next_node(nodes.definition).next_node(nodes.paragraph)
        text = "".join(
            "\0" if isinstance(child, nodes.math) else child.astext() for child in paragraph
        )
        sentences = []
        for sentence in text.split("\n"):  # one a line
            if "\0" in sentence:
                break
            sentences.append(sentence)
        found[slug(item[0].astext())] = " ".join(sentences)
    return found


def define(soup, known):
    """Add to a page the definitions of the terms that it links to; `course.js` shows them."""
    used = {}
    for link in soup.find_all("a", href=TERM):
        term = TERM.search(link["href"])[1]
        if known.get(term):
            link["class"] = [*link.get("class", []), "term"]
            link["aria-describedby"] = f"definition-of-{term}"
            used[term] = known[term]
    if used:
        shelf = soup.new_tag("div", attrs={"class": "definitions"})
        for term, meaning in sorted(used.items()):
            attributes = {"id": f"definition-of-{term}", "role": "tooltip", "hidden": ""}
            note = soup.new_tag("div", attrs=attributes)
            note.string = meaning
            shelf.append(note)
        soup.append(shelf)


def setup(app):
    app.connect("html-page-context", finish)
