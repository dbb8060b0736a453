"""What `one-query-many-machines` promises beside its outputs.

Its cells that need Spark run on a server too, and the rule for homes is that of the chapter before.
"""

import ast

import pytest
from spark import REMOTE, REQUIRE, connect_server, require_spark

from ssplab.course import normal
from ssplab.course.naming import find, select
from ssplab.notebooks import run

[CHAPTER] = [path for path in select(["one-query-many-machines"]) if "chapters" in path.parts]
NEEDS_SPARK = "needs-spark"


def shown(path):
    """What the cells that need Spark show, by their ids."""
    return {
        cell.id: [one.get("text") or one.get("data") for one in cell.outputs]
        for cell in normal.read(path).cells
        if NEEDS_SPARK in cell.metadata.get("tags", [])
    }


@pytest.mark.slow  # starts a server, and runs the chapter
def test_on_a_server_its_cells_show_what_is_stored(tmp_path, monkeypatch):
    require_spark()
    with connect_server(tmp_path) as address:
        monkeypatch.setenv(REMOTE, address)
        monkeypatch.setenv(REQUIRE, "1")
        result = run(CHAPTER, {}, tmp_path / "out", progress=False, tell=lambda _: None)
    there, here = shown(result.notebook), shown(CHAPTER)
    assert len(here) >= 6 and any(here.values())
    assert there == here


def query_of(slug):
    """The text that a chapter binds as `HOMES`."""
    cells = normal.read(find(slug)).cells
    [text] = [
        ast.literal_eval(statement.value)
        for cell in cells
        if cell.cell_type == "code" and "HOMES = " in cell.source
        for statement in ast.parse(cell.source).body
        if isinstance(statement, ast.Assign) and statement.targets[0].id == "HOMES"
    ]
    return text


def test_the_rule_for_homes_is_that_of_the_chapter_before():
    assert query_of("one-query-many-machines") == query_of("beyond-memory")
