"""The benchmark of activity coding: that it runs, and that what it stored is of these methods.

What is fast is for people to judge.
"""

import json
from runpy import run_path
from types import SimpleNamespace

import fasttext
import pytest
from scripts import run_script

from ssplab.course.paths import course_root

SCRIPT = course_root() / "benchmarks" / "activity_coding.py"
STORED = SCRIPT.with_suffix(".json")
METHODS = ["nearest text", "linear, form", "fastText, form", "fastText, form, one model a code"]


@pytest.fixture(scope="module")
def script():
    """What the script defines; it imports `machine` from its own folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SCRIPT.parent)
        return SimpleNamespace(**run_path(str(SCRIPT)))


@pytest.mark.slow
def test_each_method_learns_from_few_and_from_all():
    before = STORED.read_bytes()
    done = run_script(SCRIPT, "--seeds", "3", "--scale", "0.05")
    assert (done.returncode, done.stderr) == (0, "")
    measured = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["method"] for one in measured] == 2 * METHODS
    assert len({one["asked"] for one in measured}) == 1
    assert all(20 < one["accuracy"] < 100 for one in measured)
    few, all_others = measured[:4], measured[4:]  # a small twin is learnt from as a whole
    assert [one["learnt"] for one in few] == [one["learnt"] for one in all_others]
    for name in ("method", "accuracy"):
        assert [one[name] for one in few] == [one[name] for one in all_others], "it comes back"
    assert STORED.read_bytes() == before


def test_one_model_a_code_is_another_model(script, tmp_path):
    file = tmp_path / "examples.txt"
    file.write_text("__label__A pain\n__label__B taxi\n" * 20, encoding="utf-8")
    settings = {"dim": 5, "thread": 1, "seed": 0, "verbose": 0}
    softmax = fasttext.train_supervised(str(file), **settings)
    one_each = script.one_model_a_code(str(file), **settings)
    _, shares = softmax.predict("pain taxi", k=2)
    assert sum(shares) == pytest.approx(1, abs=1e-3)
    _, shares = one_each.predict("pain taxi", k=2)
    assert sum(shares) != pytest.approx(1, abs=1e-3), "each code has a probability of its own"


def test_what_is_stored_is_of_these_methods_and_names_the_machine(script):
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert {"processor", "python", "scikit-learn"} <= stored["machine"].keys()
    assert all(stored["machine"].values())
    rows = stored["measured"]
    assert {one["seed"] for one in rows} == set(script.SEEDS)
    assert [one["method"] for one in rows] == 2 * len(script.SEEDS) * METHODS
    for seed in script.SEEDS:
        learnt = [one["learnt"] for one in rows if one["seed"] == seed]
        assert max(learnt) > 2.5 * min(learnt)
