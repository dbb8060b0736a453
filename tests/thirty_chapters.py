"""The course's book grown to thirty invented chapters in four parts, each with its pages."""

import nbformat
import yaml
from builders import code, markdown, notebook, stdout
from small_book import small_book

PARTS = {
    "Python for data science": 12,
    "Machine learning": 8,
    "Textual analysis": 5,
    "Web scraping": 5,
}
TITLE = "Which of the figures of topic {number} can an office publish, and which can it not?"
CHAPTER = """
# {title}

**Level** 2 of 3 · **Minutes** 90 · **Data** invented · **Before** nothing

A first paragraph.

**By the end you can**

- tell the figures of topic {number} apart.

## Figures

Some `code` in the text.

## What you may conclude, and what you may not

Little.
"""
LONG_LINE = f"print('{'a line that is longer than the page is wide, ' * 4}')"


def slug(number: int) -> str:
    return f"topic-{number}"


def thirty_chapters(folder) -> dict[str, list[str]]:
    """Make in `folder` a course of thirty invented chapters, built as ours is.

    Returns
    -------
    dict of str to list of str
        For each part, the slugs of its chapters.
    """
    small_book(folder)
    (folder / "book" / "parts").mkdir()
    (folder / "book" / "welcome.md").write_text(
        "# Invented course\n\nThe first page.\n\n```{parts}\n```\n", encoding="utf-8"
    )
    contents, chapters, number = [], {}, 0
    for order, (caption, count) in enumerate(PARTS.items(), 1):
        opening = f"book/parts/part-{order}"
        (folder / f"{opening}.md").write_text(
            f"# {caption}: all chapters\n\n```{{part}}\n```\n", encoding="utf-8"
        )
        entries = [{"file": opening, "title": "Overview"}]
        for _ in range(count):
            number += 1
            chapters.setdefault(caption, []).append(slug(number))
            entries.append(_chapter(folder, f"part-{order}/{slug(number)}", number))
        contents.append({"caption": caption, "chapters": entries})
    toc = {"format": "jb-book", "root": "book/welcome", "parts": contents}
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc, sort_keys=False), encoding="utf-8")
    return chapters


def _chapter(folder, name: str, number: int) -> dict:
    """Write a chapter, its exercise and its solution; return their entry of `_toc.yml`."""
    title = TITLE.format(number=number)
    cells = {
        "chapters": [markdown(CHAPTER.format(title=title, number=number).strip())],
        "exercises": [markdown(f"# Exercise: {title}"), markdown("## Exercise 1 ★ Do it")],
        "solutions": [markdown(f"# Solution: {title}")],
    }
    for room, prose in cells.items():
        path = folder / room / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        shown = code(LONG_LINE, outputs=[stdout("a long line of output " * 12)], count=1)
        nbformat.write(notebook(*prose, shown), path)
    return {
        "file": f"chapters/{name}",
        "title": f"Topic {number} in short",
        "sections": [
            {"file": f"exercises/{name}", "title": "Exercise"},
            {"file": f"solutions/{name}", "title": "Solution"},
        ],
    }
