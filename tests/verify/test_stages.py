"""Stages of what `ssplab test` runs: together everything, nothing twice, each with its tools."""

from collections import Counter

import pytest
from _pytest.mark.expression import Expression

from ssplab.course import course_root
from ssplab.system.errors import SsplabError
from ssplab.verify import shards, stages, suite
from ssplab.verify.shards import Shard

BROWSER_TEST = "def test_page(window): pass\n"
DRIVEN_TEST = "from browser import chromium_path\n\ndef test_site(): pass\n"
BOOK_TEST = "def test_pages(html): pass\n"
FIXTURE_TEST = "import pytest\n\n@pytest.fixture(scope='module')\ndef page(window): pass\n"
SERVED_TEST = """
from html import escape
import html

from browser import served

def board(html): pass

def test_board(): pass
"""


@pytest.fixture
def small(course):
    """A course of a test of each kind, whose slow half is in one stage or another."""
    files = {
        "tests/book/test_look.py": BROWSER_TEST,
        "tests/web/test_sites.py": DRIVEN_TEST,
        "tests/book/test_pages.py": BOOK_TEST,
        "tests/web/test_workshop.py": FIXTURE_TEST,
        "tests/board/test_board.py": SERVED_TEST,
        "tests/deploy/test_image.py": BROWSER_TEST,
        "tests/chapters/test_another_seed.py": "",
        "kits/toy/test_metric.py": "def test_score(): pass\n",
    }
    for path, text in files.items():
        (course / path).parent.mkdir(parents=True, exist_ok=True)
        (course / path).write_text(text, encoding="utf-8")
    return course


def files_of(name):
    [step] = [step for step in suite.of_stage(suite.steps(), name) if step.name == "tests"]
    return [file for _, _, [file] in shards.pieces(step.name, step.arguments)]


def marks_of(step):
    return step.arguments[step.arguments.index("-m") + 1]


def test_a_file_is_in_the_stage_that_has_what_it_needs(small):
    assert files_of("browser") == [
        "tests/book/test_look.py",
        "tests/web/test_sites.py",
        "tests/web/test_workshop.py",
    ]
    assert files_of("book") == ["tests/book/test_pages.py"]
    assert files_of("deploy") == ["tests/deploy/test_image.py"]
    assert files_of("notebooks") == ["tests/board/test_board.py", "kits/toy/test_metric.py"]


@pytest.fixture(scope="module")
def everything():
    """The steps of the course itself."""
    return suite.steps()


def files_run(table, given):
    """Return the test files of which steps run what has these marks, as pytest reads `-m`."""
    return Counter(
        file
        for step in table
        if step.name == "tests" and Expression.compile(marks_of(step)).evaluate(given.__getitem__)
        for _, _, [file] in shards.pieces(step.name, step.arguments)
    )


@pytest.mark.parametrize("slow", [False, True])
@pytest.mark.parametrize("recorded", [False, True])
def test_every_test_runs_in_one_stage(slow, recorded, everything):
    given = {"slow": slow, "recorded": recorded}
    parts = [suite.of_stage(everything, name) for name in stages.STAGES]
    whole = files_run(everything, given)
    assert sum((files_run(part, given) for part in parts), Counter()) == whole
    assert set(whole.values()) == (set() if recorded else {1})


def test_all_other_steps_are_in_one_stage(everything):
    others = [step for step in everything if step.name != "tests"]
    found = [
        step
        for name in stages.STAGES
        for step in suite.of_stage(everything, name)
        if step.name != "tests"
    ]
    assert sorted(found, key=lambda step: step.name) == sorted(others, key=lambda step: step.name)


def test_notebooks_are_executed_in_their_stage_and_what_is_no_test_is_quick(everything):
    executed = [step.name for step in suite.of_stage(everything, "notebooks")]
    assert executed == ["tests", "stored outputs", "another seed"]
    quick = suite.of_stage(everything, "quick")
    assert [step for step in quick if not step.is_pytest] == [
        step for step in everything if not step.is_pytest
    ]


@pytest.mark.parametrize("name", stages.STAGES)
def test_shares_of_a_stage_are_the_stage(name, everything):
    def work(steps):
        return Counter(
            (step.name, piece)
            for step in steps
            for piece in shards.pieces(step.name, step.arguments)
        )

    whole = suite.of_stage(everything, name)
    parts = [suite.share(whole, Shard(number, 3)) for number in (1, 2, 3)]
    assert sum(map(work, parts), Counter()) == work(whole)
    for step in (step for part in parts for step in part):
        assert not step.is_pytest or step.runs_notebooks or "slow" in marks_of(step)


def test_every_stage_has_something_to_run(everything):
    """What `deploy/` holds is tested, once there is such a folder."""
    for name in stages.STAGES:
        there = name != "deploy" or (course_root() / "deploy").is_dir()
        assert bool(suite.of_stage(everything, name)) >= there, name


def test_tests_of_what_is_deployed_are_slow_all_of_them(pytestconfig):
    """So that no quick run passes over one for want of its tools."""
    conftest = pytestconfig.pluginmanager.get_plugin(str(course_root() / "tests/conftest.py"))
    marked = []

    class Item:
        path = course_root() / stages.DEPLOYED / "test_chart.py"
        fixturenames = ()
        name = "test_chart"

        def add_marker(self, mark):
            marked.append(mark.name)

    conftest.pytest_collection_modifyitems([Item()])
    assert marked == ["slow"]


@pytest.mark.parametrize("name", ["brwser", "", "Quick", "all"])
def test_a_stage_that_is_none_is_refused_with_those_there_are(name):
    with pytest.raises(SsplabError, match="quick, notebooks, book, browser and deploy"):
        suite.of_stage([], name)


def test_what_a_stage_leaves_out_is_told(small, monkeypatch, capfd):
    table = [
        suite.Step("good", ("platform",)),
        suite.Step("notebooks", ("no",), runs_notebooks=True),
    ]
    monkeypatch.setattr(suite, "steps", lambda: table)
    assert suite.run_part("quick", "1/1") == 0
    shown = capfd.readouterr().out
    assert "good" in shown and "other stages or other shards" in " ".join(shown.split())
