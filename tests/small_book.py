"""A book of one page, built as the course's is."""

import shutil

from ssplab.course.paths import course_root


def small_book(folder):
    """Make in `folder` a course of the page `book/welcome`, yet to be written, as ours is built."""
    shutil.copytree(course_root() / "book" / "_static", folder / "book" / "_static")
    for name in ["_config.yml", "book/references.bib"]:
        shutil.copyfile(course_root() / name, folder / name)
    (folder / "datasets").mkdir()
    (folder / "_toc.yml").write_text("format: jb-book\nroot: book/welcome\n", encoding="utf-8")
