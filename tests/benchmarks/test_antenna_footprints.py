"""The benchmark of footprints: that it runs the chapter, and what the chapter says of it."""

import json
from runpy import run_path
from types import SimpleNamespace

import pytest

from ssplab.course.paths import course_root

SCRIPT = course_root() / "benchmarks" / "antenna_footprints.py"
CELLS, LAND, PRODUCT = "Voronoi cells, by area", "footprints, land", "nights multiplied, flat"


@pytest.fixture(scope="module")
def script():
    return SimpleNamespace(**run_path(str(SCRIPT)))


@pytest.fixture(scope="module")
def stored():
    return json.loads(SCRIPT.with_suffix(".json").read_text(encoding="utf-8"))


@pytest.mark.slow
def test_the_benchmark_runs_the_chapter_on_another_twin(script):
    usual = script.run(script.CELLS, 0.2, harder=False)
    assert 100 < len(usual["weights"]) < 600
    harder = script.run(script.CELLS, 0.2, harder=True)
    assert harder["scores"][CELLS] != usual["scores"][CELLS]


def test_what_the_chapter_says_of_the_harder_twin_holds(stored):
    assert set(stored["harder"]) == {"Paris", "Lyon", "Marseille"}
    for city in stored["harder"].values():
        assert city[LAND] < city[CELLS]
    lyon = stored["harder"]["Lyon"]
    assert 0 < lyon[CELLS] - lyon[PRODUCT] < (lyon[CELLS] - lyon[LAND]) / 2


def test_what_the_chapter_says_of_the_larger_twin_holds(stored):
    larger = stored["ten times the customers"]
    assert larger["customers"] > 10_000
    assert 0 < larger["low"] < larger["gain"] < larger["high"]
    assert larger["gain"] == pytest.approx(larger[CELLS] - larger[LAND], abs=0.02)
