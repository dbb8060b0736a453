"""Shares of what `ssplab test` runs: together everything, nothing twice, and of like cost."""

import json
from collections import Counter

import pytest
from builders import code, notebook

from ssplab.course import normal
from ssplab.system.errors import SsplabError
from ssplab.verify import shards, suite
from ssplab.verify.shards import Shard

TESTS = ("tests/book/test_look.py", "tests/data/test_twins.py", "tests/test_cli.py")


@pytest.fixture
def small(course):
    """Two chapters, one with solution and exercise; a kit with its notebook and test; tests."""
    paths = [f"{kind}/part/pay.ipynb" for kind in ("chapters", "solutions", "exercises")]
    for path in [*paths, "chapters/part/work.ipynb", "kits/toy/baseline.ipynb"]:
        normal.write(notebook(code("a = 1")), course / path)
    for path in [*TESTS, "tests/chapters/test_another_seed.py", "kits/toy/test_metric.py"]:
        (course / path).parent.mkdir(parents=True, exist_ok=True)
        (course / path).touch()
    return course


def work(steps):
    """Return what steps run, one entry a test file, a notebook or a step that is no test run."""
    return Counter(
        (step.name, kind, name, arguments)
        for step in steps
        for kind, name, arguments in shards.pieces(step.name, step.arguments)
    )


def shares(number):
    return [suite.share(suite.steps(), Shard(part, number)) for part in range(1, number + 1)]


@pytest.mark.parametrize("number", range(1, 8))
def test_all_shares_are_everything_and_nothing_twice(small, number):
    everything = work(suite.steps())
    assert set(everything.values()) == {1}
    assert sum(map(work, shares(number)), Counter()) == everything
    assert shares(number) == shares(number)


@pytest.mark.parametrize("number", range(1, 8))
def test_it_is_so_of_the_course_itself(number):
    assert sum(map(work, shares(number)), Counter()) == work(suite.steps())


def test_what_is_cut_is_what_runs(small):
    names = {name for _, _, name, _ in work(suite.steps())}
    assert names >= {*TESTS, "kits/toy/test_metric.py", "kits/toy/baseline.ipynb", "pay", "work"}
    assert "tests/chapters/test_another_seed.py" not in names
    assert names >= {"ruff check", "data cards", "lint"}


def test_a_share_keeps_the_options_of_its_steps(small):
    [whole] = [step.arguments for step in suite.steps() if step.name == "stored outputs"]
    for steps in shares(2):
        for step in steps:
            if step.name == "stored outputs":
                assert (
                    step.arguments[-len(shards.options(whole)) :] == whole[-len(suite.NBVAL) - 1 :]
                )


def test_a_chapter_and_all_that_executes_it_are_in_one_share(small):
    for steps in shares(3):
        names = {name for step in steps for _, name, _ in shards.pieces(step.name, step.arguments)}
        own = [step.name for step in steps if any("pay" in one for one in step.arguments)]
        assert own == (["stored outputs", "another seed"] if "pay" in names else [])


@pytest.mark.parametrize("text", ["0/3", "4/3", "x", "1", "1/0", "-1/3", "1/3/5", "", "1.5/3"])
def test_a_share_that_is_none_is_refused_with_what_to_write(text):
    with pytest.raises(SsplabError, match="write K/N"):
        shards.read(text)


def test_a_share_is_read():
    assert shards.read("2/3") == Shard(2, 3)


def test_what_is_dear_is_dealt_first_to_the_share_that_has_least():
    keys = [(shards.FILE, name) for name in "abcd"]
    costs = {shards.FILE: {"a": 5, "b": 4, "c": 3, "d": 3}}
    first, second = (shards.dealt(keys, Shard(part, 2), costs) for part in (1, 2))
    assert {name for _, name in first} == {"a", "d"}
    assert {name for _, name in second} == {"b", "c"}


def test_what_was_never_measured_counts_as_the_middle_one(small):
    keys = [(shards.FILE, name) for name in "abcd"]
    costs = {shards.FILE: {"a": 9, "b": 2, "c": 1}}  # d: 2
    assert {name for _, name in shards.dealt(keys, Shard(1, 2), costs)} == {"a"}


def test_costs_are_read_where_they_are_stored(small):
    assert shards.stored_costs() == {}
    (small / "benchmarks").mkdir()
    files = dict.fromkeys([*TESTS, "kits/toy/test_metric.py"], 1.0)
    stored = {"shards": {"files": files | {TESTS[0]: 100.0}}}
    (small / "benchmarks/verification.json").write_text(json.dumps(stored))
    assert shards.stored_costs() == stored["shards"]
    [alone] = work(suite.share(suite.steps(), Shard(1, 2)))
    assert alone[2] == TESTS[0]
