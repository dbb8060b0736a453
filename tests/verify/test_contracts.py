"""That contracts of exercises were seen to hold: stored, and forgotten when anything changes."""

import json

import pytest
from builders import code, markdown, notebook

from ssplab.course import normal
from ssplab.system import SsplabError
from ssplab.verify import contracts, suite

KINDS = ("chapters", "exercises", "solutions")


@pytest.fixture
def chapter(course):
    """A chapter with its exercise, solution, words, blind answers, and what examines answers."""
    for kind in KINDS:
        normal.write(notebook(code("pay = 1")), course / kind / "part/pay.ipynb")
    for place in ("checks/part/pay.yml", "tests/exercises/blind/pay.yml"):
        (course / place).parent.mkdir(parents=True)
        (course / place).write_text("1: a mean\n")
    (course / "src/ssplab/exercises").mkdir(parents=True)
    for place in contracts.MACHINE:
        file = course / place
        (file / "checking.py" if file.is_dir() else file).parent.mkdir(parents=True, exist_ok=True)
        (file / "checking.py" if file.is_dir() else file).write_text("x = 1\n")
    return course / "chapters/part/pay.ipynb"


def test_what_was_stored_holds_as_long_as_nothing_changes(chapter):
    [told] = contracts.problems(chapter)
    assert told == "benchmarks/contracts/pay.json is missing: run `ssplab test --contracts pay`"
    assert contracts.store(chapter, 12)
    assert contracts.problems(chapter) == []
    assert not contracts.store(chapter, 12)
    normal.write(notebook(code("pay = 2")), chapter)  # no exercise depends on the chapter's code
    assert contracts.problems(chapter) == []


@pytest.mark.parametrize(
    ("place", "what"),
    [
        ("checks/part/pay.yml", "checks and answers"),
        ("tests/exercises/blind/pay.yml", "checks and answers"),
        ("src/ssplab/exercises/checking.py", "what examines"),
        ("src/ssplab/exercises/another.py", "what examines"),
        ("tests/odd_answers.py", "what examines"),
    ],
)
def test_another_file_makes_it_stale(chapter, course, place, what):
    contracts.store(chapter, 12)
    (course / place).write_text("another\n")
    [told] = contracts.problems(chapter)
    assert f"is stale ({what} changed since): run `ssplab test --contracts pay`" in told


@pytest.mark.parametrize("kind", ["exercises", "solutions"])
@pytest.mark.parametrize(
    "cell", [code("pay = 2"), markdown("Another question"), code("pay = 1", "solution")]
)
def test_another_cell_or_tag_makes_it_stale(chapter, course, kind, cell):
    contracts.store(chapter, 12)
    normal.write(notebook(cell), course / kind / "part/pay.ipynb")
    [told] = contracts.problems(chapter)
    assert "is stale (notebooks changed since)" in told


def test_what_judges_visits_counts_where_a_check_visits(chapter, course):
    judge = course / contracts.VISITS
    judge.write_text("x = 1\n")
    contracts.store(chapter, 12)
    judge.write_text("x = 2\n")
    assert contracts.problems(chapter) == []
    (course / "checks/part/pay.py").write_text("from ssplab.exercises import compare, visits\n")
    contracts.store(chapter, 12)
    judge.write_text("x = 3\n")
    [told] = contracts.problems(chapter)
    assert "is stale (practice web changed since)" in told


def test_the_practice_web_counts_where_an_exercise_visits_it(chapter, course):
    page = course / "src/ssplab/web/templates/list.html"
    page.parent.mkdir(parents=True)
    page.write_text("<h1>Offers</h1>")
    contracts.store(chapter, 12)
    page.write_text("<h2>Offers</h2>")
    assert contracts.problems(chapter) == []
    visit = code("from ssplab.web import serve")
    normal.write(notebook(visit), course / "solutions/part/pay.ipynb")
    contracts.store(chapter, 12)
    page.write_text("<h3>Offers</h3>")
    [told] = contracts.problems(chapter)
    assert "is stale (practice web changed since)" in told


@pytest.mark.parametrize("text", ["", "[]", '{"tests": 12}', '{"depends on": 3}'])
def test_a_file_that_is_no_record_is_named(chapter, text):
    path = contracts.record_path(chapter)
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(SsplabError, match=r"contracts/pay.json is no record of contracts"):
        contracts.problems(chapter)


@pytest.mark.parametrize(
    ("counts", "stored"),
    [
        ({"passed": 3, "failed": 0, "skipped": 0}, True),
        ({"passed": 3, "failed": 1, "skipped": 0}, False),
        ({"passed": 3, "failed": 0, "skipped": 1}, False),
        ({"passed": 0, "failed": 0, "skipped": 0}, False),
    ],
)
def test_only_contracts_whose_tests_all_passed_are_stored(
    chapter, monkeypatch, capfd, counts, stored
):
    def ended(step):
        assert step.arguments[:2] == ("pytest", suite.CONTRACT)
        counted = suite.Counter(counts)
        return suite.StepOutcome(
            step.name, not counts["failed"], 1, "", [], [], counted, {}, {"pay": counted}
        )

    monkeypatch.setattr(suite, "_run_step", ended)
    assert suite.run_contracts(["pay"]) == (1 if counts["failed"] else 0)
    path = contracts.record_path(chapter)
    assert path.is_file() == stored
    told = (
        "Stored in benchmarks/contracts/pay.json." if stored else "pay: not stored, since not all"
    )
    assert told in capfd.readouterr().out
    if stored:
        assert json.loads(path.read_text())["tests"] == 3


def test_who_names_no_exercise_is_told(course):
    with pytest.raises(SsplabError, match="none is named here"):
        suite.run_contracts()
