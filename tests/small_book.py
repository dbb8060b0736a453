"""A book of one page, built as the course's is."""

import shutil

import yaml

from ssplab.course.paths import course_root


def small_book(folder, redirects=None):
    """Make in `folder` a course of the page `book/welcome`, yet to be written, as ours is built.

    Parameters
    ----------
    folder : Path
    redirects : dict, optional
        As in `_config.yml`, in place of the course's, whose pages are not there.
    """
    shutil.copytree(course_root() / "book" / "_static", folder / "book" / "_static")
    shutil.copyfile(course_root() / "book/references.bib", folder / "book/references.bib")
    settings = yaml.safe_load((course_root() / "_config.yml").read_text(encoding="utf-8"))
    settings["sphinx"]["config"]["redirects"] = redirects or {}
    (folder / "_config.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    (folder / "datasets").mkdir()
    (folder / "_toc.yml").write_text("format: jb-book\nroot: book/welcome\n", encoding="utf-8")
