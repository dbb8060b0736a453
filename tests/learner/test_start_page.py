"""JupyterLab's start page, as text."""

import json
import re
import socket

import pytest

from ssplab.book.building import pages
from ssplab.course import sessions
from ssplab.course.cards import card_names
from ssplab.course.paths import course_root
from ssplab.learner import jupyterlab
from ssplab.learner.start_page import start_page
from ssplab.system.errors import SsplabError


def links(text):
    return re.findall(r"\]\(([^)]+)\)", text)


def test_every_link_of_the_start_page_leads_to_a_file_or_a_data_page():
    data_pages = {f"book/datasets/{name}.md" for name in card_names()}
    for link in links(start_page()):
        assert link in data_pages or (course_root() / link).is_file(), link


def test_the_start_page_links_every_notebook_and_data_set():
    notebooks = {
        f"{page}.ipynb"
        for page in pages()
        if page.split("/")[0] in {"chapters", "exercises", "solutions"}
    }
    assert notebooks
    notebooks |= {f"{session.notebook.file}.ipynb" for session in sessions()}
    notebooks |= {f"{session.file}.md" for session in sessions()}
    data_pages = {f"book/datasets/{name}.md" for name in card_names()}
    assert (notebooks | data_pages) - set(links(start_page())) == set()


def test_a_data_set_of_files_is_opened_by_its_folder():
    page = start_page()
    assert '| synthetic | `folder("office_files")` |' in page
    assert '| synthetic | `load("payroll")` |' in page


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of one chapter without an exercise, and of one that is not written yet."""
    (tmp_path / "datasets").mkdir()
    (tmp_path / "chapters").mkdir()
    opening = ["# Which first?\n", "\n", "**Level** 2 of 3 · **Minutes** 90 · **Data** none\n"]
    notebook = {"cells": [{"cell_type": "markdown", "metadata": {}, "source": opening}]}
    (tmp_path / "chapters" / "a.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: book/welcome\nparts:\n- caption: A part\n  chapters:\n"
        "  - file: chapters/a\n  - file: chapters/b\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("SSPLAB_ROOT", str(tmp_path))
    return tmp_path


def test_level_and_minutes_come_from_the_chapter(course):
    page = start_page()
    assert "## A part" in page
    assert "| [Which first?](chapters/a.ipynb) | 2\u00a0of\u00a03 | 90 |  |" in page
    assert "chapters/b" not in page


def test_a_session_stands_on_the_start_page_with_its_notebook(course):
    folder = course / "reading-groups" / "pay"
    folder.mkdir(parents=True)
    opening = "# Who is paid what?\n\n**Level** 2 of 3 · **Minutes** 60 · **Before** nothing\n"
    (folder / "session.md").write_text(opening, encoding="utf-8")
    with (course / "_toc.yml").open("a", encoding="utf-8") as contents:
        contents.write("- caption: Groups\n  chapters:\n  - file: reading-groups/pay/session\n")
    row = (
        "| [Who is paid what?](reading-groups/pay/session.md) | 2\u00a0of\u00a03 | 60 | [notebook]"
    )
    assert f"{row}(reading-groups/pay/pay.ipynb) |" in start_page()


def test_a_taken_port_is_said(course):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SsplabError, match=f"Port {port} is taken .*PORT={port + 1}"):
            jupyterlab.start(port=port)
    assert (course / "work").is_dir()


def test_contents_that_cannot_be_read_are_said(course):
    (course / "_toc.yml").write_text("parts: [", encoding="utf-8")
    with pytest.raises(SsplabError, match=r"_toc\.yml is not YAML"):
        start_page()
