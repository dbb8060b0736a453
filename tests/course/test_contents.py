"""What a page says of itself."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from ssplab.course.contents import Page


def test_what_a_page_hides_is_not_told(tmp_path, monkeypatch):
    """Else an index would lead to a section that is not on the page."""
    monkeypatch.setattr("ssplab.course.contents.course_root", lambda: tmp_path)
    cells = [new_code_cell("import pandas"), new_markdown_cell("## Own data"), new_code_cell("1")]
    for cell, tags in zip(cells, ([], ["remove-cell"], ["remove-input"]), strict=True):
        cell.metadata["tags"] = tags
    nbformat.write(new_notebook(cells=cells), tmp_path / "short.ipynb")
    assert Page("short").cells == [("code", "import pandas"), ("markdown", ""), ("code", "")]
