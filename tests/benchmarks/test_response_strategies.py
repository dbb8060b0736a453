"""The benchmark of the response strategies: that it runs the chapter, and that what it stored fits.

What is fast is for people to judge.
"""

import json
from runpy import run_path
from types import SimpleNamespace

import pytest

from ssplab.course.paths import course_root

SCRIPT = course_root() / "benchmarks" / "response_strategies.py"
MEMORY = 4  # GB that a log of the real item's size may take


@pytest.fixture(scope="module")
def script():
    """What the script defines; it imports `machine` from its own folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SCRIPT.parent)
        return SimpleNamespace(**run_path(str(SCRIPT)))


@pytest.fixture(scope="module")
def stored():
    return json.loads(SCRIPT.with_suffix(".json").read_text(encoding="utf-8"))


@pytest.mark.slow
def test_the_benchmark_runs_the_chapter_on_a_small_twin(script):
    measured = script.whole(0.5)
    assert measured["logs"] > 1000
    assert list(measured["scores"]) == ["rule", "bigrams", "theory"]
    assert all(0.5 < score["AUC"] < 1 for score in measured["scores"].values())


def test_what_is_stored_has_the_size_of_the_real_item_and_stays_within_the_memory(script, stored):
    assert stored["whole"]["logs"] >= script.REAL_LOGS
    assert stored["whole"]["peak GB"] < MEMORY


def test_stored_seconds_are_those_of_the_stages_of_the_script(script, stored):
    assert list(stored["whole"]["seconds"]) == list(script.STAGES)


def test_the_chapter_s_words_on_the_slow_rival_hold(stored):
    slow, scores = stored["boosting on bigrams"], stored["whole"]["scores"]
    for measure in ("accuracy", "AUC"):
        assert scores["bigrams"][measure] < slow[measure] < scores["theory"][measure]
