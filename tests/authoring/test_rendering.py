"""Skeletons: what their marks and options become."""

from pathlib import Path

import jinja2
import pytest

from ssplab.authoring import rendering

SKELETON = """\
%% md title {slide: slide}
# {{ title }}
%% code figure {tags: [aggregate], alt: "Bars: {{ title }}"}
draw(pay)

%% code keys {tags: [guard, remove-cell]}
# Keys are unique.
assert pay.index.is_unique
"""


@pytest.fixture
def skeleton(tmp_path, monkeypatch):
    (tmp_path / "pay.md").write_text(SKELETON, encoding="utf-8")
    monkeypatch.setattr(rendering.ENVIRONMENT, "loader", jinja2.FileSystemLoader(tmp_path))


def test_cells_have_their_ids_kinds_and_metadata(skeleton):
    title, figure, keys = rendering.notebook("pay.md", title="Pay").cells
    assert (title.id, title.cell_type, title.source) == ("title", "markdown", "# Pay")
    assert title.metadata == {"slideshow": {"slide_type": "slide"}}
    assert (figure.id, figure.cell_type, figure.source) == ("figure", "code", "draw(pay)")
    assert figure.metadata["mystnb"]["image"]["alt"] == "Bars: Pay"
    assert keys.metadata == {
        "tags": ["guard", "remove-cell"],
        "jupyter": {"source_hidden": True},
    }


def test_a_name_that_is_not_given_is_an_error(skeleton):
    with pytest.raises(jinja2.UndefinedError, match="title"):
        rendering.notebook("pay.md")


def test_skeletons_are_installed_with_the_package():
    folder = Path(rendering.__file__).parent / "skeletons"
    assert {path.name for path in folder.iterdir()} >= {"chapter", "data", "kit", "session"}
