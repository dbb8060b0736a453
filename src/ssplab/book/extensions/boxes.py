"""Strips and boxes, from what a notebook writes in plain Markdown.

A notebook keeps to headings, bold words and lists, which JupyterLab shows as they are. Here the
heading's words decide which box its section becomes; the style sheet draws it.
"""

import re

from docutils import nodes

# The line under a chapter's title begins so: `**Level** 2 of 3 · **Minutes** 90 · …`
STRIP, SEPARATOR = "Level", "·"

SECTIONS = [
    (r"What you may conclude\b", "conclude"),
    (r"In \w+ lines?$", "recap"),
    (r"\w+ questions?$", "quiz"),
    (r"Your turn$", "turn"),
    (r"Exercise \d+\b", "exercise"),
    (r"Caution\b", "caution"),
]
# A paragraph that opens with one of these in bold; with the list that follows it, if one does.
PARAGRAPHS = {"By the end you can": "aims", "Expected": "expected", "Caution": "caution"}
STARS = re.compile("★+")


def box(classes, *children):
    """Return a plain `<div>`: docutils would add Bootstrap's class `container`."""
    return nodes.container("", *children, classes=classes, is_div=True)


def lead(paragraph):
    """Return the bold words that a paragraph opens with."""
    # MyST writes empty texts between marks.
    first = next((child for child in paragraph if child.astext().strip()), None)
    return first.astext().rstrip(".:") if isinstance(first, nodes.strong) else None


def split(paragraph):
    """Yield the items of a strip: the name, and the nodes of its value."""
    items = [[]]
    for child in paragraph:
        pieces = child.astext().split(SEPARATOR) if isinstance(child, nodes.Text) else [child]
        for number, piece in enumerate(pieces):
            if number:
                items.append([])
            items[-1].append(nodes.Text(piece) if isinstance(piece, str) else piece)
    for item in items:
        words = [node for node in item if not isinstance(node, nodes.Text) or node.strip()]
        if words and isinstance(words[0], nodes.strong):
            if len(words) > 1 and isinstance(words[1], nodes.Text):
                words[1] = nodes.Text(words[1].lstrip())
            yield words[0].astext(), words[1:]


def strip(paragraph):
    """Return a strip as a list of definitions, with the level's number as a class."""
    items = []
    for name, value in split(paragraph):
        definition = nodes.definition("", nodes.paragraph("", "", *value))
        number = re.match(r"\d", definition.astext().strip())
        if name == STRIP and number:
            definition["classes"] += ["level", f"level-{number[0]}"]
        items.append(nodes.definition_list_item("", nodes.term("", name), definition))
    return nodes.definition_list("", *items, classes=["strip"])


def draw_strip(app, doctree):
    """Turn the line under a page's title into a list of definitions."""
    for section in doctree.findall(nodes.section):
        paragraph = section[1] if len(section) > 1 else None
        if isinstance(paragraph, nodes.paragraph) and lead(paragraph) == STRIP:
            section.replace(paragraph, strip(paragraph))
        return  # the first section is the page


def draw_boxes(app, doctree):
    """Give sections and paragraphs the class of the box that their words ask for."""
    for section in list(doctree.findall(nodes.section)):
        title = section[0].astext() if len(section) else ""
        kinds = [kind for pattern, kind in SECTIONS if re.match(pattern, title)]
        section["classes"] += [f"box-{kind}" for kind in kinds]
        if "quiz" in kinds:
            draw_quiz(section)
        if "exercise" in kinds:
            draw_stars(section[0])
    for paragraph in list(doctree.findall(nodes.paragraph)):
        kind = PARAGRAPHS.get(lead(paragraph))
        if kind:
            inside = [paragraph]
            after = paragraph.next_node(descend=False, siblings=True)
            if isinstance(after, nodes.bullet_list):
                inside.append(after)
                after.parent.remove(after)
            boxed = box([f"box-{kind}"])
            paragraph.replace_self(boxed)
            boxed += inside


def draw_stars(title):
    """Mark the stars of an exercise; `theme` gives them a name for those who do not see them."""
    for text in list(title.findall(nodes.Text)):
        found = STARS.search(text)
        if found:
            before, after = text[: found.start()], text[found.end() :]
            stars = nodes.inline("", found[0], classes=["stars"])
            text.parent.replace(text, [nodes.Text(before), stars, nodes.Text(after)])


def draw_quiz(section):
    """Keep each question with its choices, and say of each choice whether it holds."""
    question = None
    for child in list(section.children):
        if isinstance(child, nodes.paragraph) and re.match(r"\d+\.", lead(child) or ""):
            question = box(["question"])
            child.replace_self(question)
            question += child
        elif question is not None and child.get("design_component") == "dropdown":
            section.remove(child)
            question += child
            verdict = re.match(r"(Yes|No)\b", child[1].astext()) if len(child) > 1 else None
            kind = {"Yes": ["right"], "No": ["wrong"]}[verdict[0]] if verdict else []
            child["container_classes"] = [*child["container_classes"], "choice", *kind]


def setup(app):
    app.connect("doctree-read", draw_strip)
    app.connect("doctree-read", draw_boxes)
