"""What `ssplab test` runs for which names, and how it tells what failed."""

import re
from xml.etree import ElementTree

import pytest
from builders import code, notebook

from ssplab.course import normal
from ssplab.course.naming import course_path, select
from ssplab.system.errors import SsplabError
from ssplab.verify import suite
from ssplab.verify.suite import Step

REPORT = """
<testsuites><testsuite>
  <testcase classname="chapters.part.pay.ipynb" name="Cell 0" time="1.25" />
  <testcase classname="chapters.part.pay.ipynb" name="Cell 1" time="0.5">
    <failure message="Notebook cell execution failed&#10;Cell 1: chapters/part/pay.ipynb, In [2] (id a): figure deleted&#10;&#10;Input:" />
  </testcase>
  <testcase classname="tests.test_pay" name="test_mean" time="9">
    <failure message="AssertionError: assert 1 == 2&#10; + where" />
  </testcase>
  <testcase classname="tests.test_pay" name="test_setup" time="0"><error message="no data" /></testcase>
  <testcase classname="tests.test_pay" name="test_book" time="0"><error message="failed on setup with &quot;CheckFailed: The book has warnings:&#10; book/pay.md:3: WARNING: no page&quot;" /></testcase>
  <testcase classname="tests.test_web" name="test_page" time="0"><skipped message="no Chromium" /></testcase>
  <testcase classname="tests.test_web" name="test_lab" time="0"><skipped message="no Chromium" /></testcase>
</testsuite></testsuites>
"""  # noqa: E501  (as pytest writes it)


@pytest.fixture
def three(course):
    """A chapter with its solution and its exercise, and another chapter."""
    for name in ("chapters", "solutions", "exercises"):
        normal.write(notebook(code("a = 1")), course / f"{name}/part/pay.ipynb")
    normal.write(notebook(code("a = 1")), course / "chapters/part/work.ipynb")
    return course


@pytest.fixture
def tests():
    return ElementTree.fromstring(REPORT).findall(".//testcase")


def test_a_stem_stands_for_chapter_solution_and_exercise(three):
    folders = [path.parts[-3] for path in select(["pay"])]
    assert folders == ["chapters", "solutions", "exercises"]


def test_a_path_stands_for_itself_and_names_may_repeat(three):
    names = ["solutions/part/pay.ipynb", "work", "work"]
    chosen = [course_path(path) for path in select(names)]
    assert chosen == ["solutions/part/pay.ipynb", "chapters/part/work.ipynb"]


def test_a_notebook_outside_the_course_is_no_part_of_the_suite(three, tmp_path):
    path = tmp_path / "own.ipynb"
    normal.write(notebook(code("a = 1")), path)
    with pytest.raises(SsplabError, match="is not in the course's chapters, solutions"):
        suite.steps([str(path)])


def test_without_names_everything_runs(three):
    names = [step.name for step in suite.steps()]
    assert names[:4] == ["ruff check", "ruff format", "data cards", "lint"]
    assert names[4:7] == ["pace", "exercises as derived", "tests"]
    assert names[7:] == ["stored outputs", "another seed"]


def test_of_lessons_whose_claims_hold_one_of_a_data_set_runs_on_another_seed(three, monkeypatch):
    def run(problems):
        monkeypatch.setattr(suite.seeds, "problems", lambda path: problems[path.stem])
        [step] = [step for step in suite.steps() if step.name == "another seed"]
        return re.findall(r"\[(\w+)\]", " ".join(step.arguments))

    assert run({"pay": [], "work": []}) == ["pay"]
    assert run({"pay": [], "work": ["its record is stale"]}) == ["pay", "work"]


def test_a_whole_run_says_what_it_takes_at_its_records_word(three, monkeypatch, capfd):
    monkeypatch.setattr(suite, "steps", lambda names: [Step("good", ("platform",))])
    assert suite.run() == 0
    assert "recorded" not in capfd.readouterr().out
    normal.write(notebook(code("a = 1")), three / "exercises/part/work.ipynb")
    for records in (suite.seeds, suite.contracts):
        monkeypatch.setattr(records, "problems", lambda path: [])
    assert suite.run() == 0
    said = capfd.readouterr().out
    for what in ("contracts of exercises", "another seed"):
        assert re.search(rf"{what}, 1 others +│ recorded", said), said


def test_what_is_quick_executes_no_notebook_and_no_test_that_is_slow(three):
    everything = suite.steps()
    chosen = suite.quick(everything)
    names = [step.name for step in everything]
    assert [step.name for step in chosen] == names[: names.index("tests") + 1]
    assert everything[6].arguments[-2:] == ("-m", "not recorded")
    marks = ("-m", "(not recorded) and (not slow)")
    assert chosen[-1].arguments == (*everything[6].arguments[:-2], *marks)
    assert chosen[:-1] == everything[:6]


def test_what_is_slow_is_told_as_left_out(three, monkeypatch, capfd):
    slow = Step("slow one", ("no_such_module",), runs_notebooks=True)
    monkeypatch.setattr(suite, "steps", lambda names: [Step("good", ("platform",)), slow])
    assert suite.run(only_quick=True) == 0
    assert re.search(r"slow one\W+slow", capfd.readouterr().out)


def test_kits_and_sessions_run_with_the_rest_and_drafts_are_listed(three, monkeypatch, capfd):
    for name in ("reading-groups/pay/notebook.ipynb", "kits/pay/baseline.ipynb"):
        normal.write(notebook(code("# FILL IN: a\na = 1  # FILL IN: b")), three / name)
    (three / "kits/pay/test_metric.py").touch()
    steps = {step.name: step.arguments for step in suite.steps()}
    assert "kits/pay/test_metric.py" in steps["tests"]
    assert {"reading-groups/pay/notebook.ipynb", "kits/pay/baseline.ipynb"} <= set(
        steps["stored outputs"]
    )
    monkeypatch.setattr(suite, "steps", lambda names: [Step("good", ("platform",))])
    assert suite.run() == 0
    assert "kits/pay/baseline.ipynb: a draft, 2 places to fill\n" in capfd.readouterr().out
    assert suite.run(["pay"]) == 0
    assert "a draft" not in capfd.readouterr().out


def test_with_a_stem_only_its_notebooks_run(three):
    steps = {step.name: step.arguments for step in suite.steps(["pay"])}
    assert "tests" not in steps and "data cards" not in steps
    assert steps["another seed"][1].endswith("::test_another_seed[pay]")
    assert "chapters/part/pay.ipynb" in steps["stored outputs"]
    assert "solutions/part/pay.ipynb" in steps["stored outputs"]
    assert steps["contracts of exercises"][1:] == (suite.CONTRACT, "-k", "pay")
    assert not any("work" in argument for step in steps.values() for argument in step)


def test_a_solution_alone_has_no_other_seed(three):
    names = [step.name for step in suite.steps(["solutions/part/pay.ipynb"])]
    assert names == ["ruff check", "ruff format", "lint", "exercises as derived", "stored outputs"]


def test_failures_say_where_in_a_line_each(tests):
    assert suite.failures(tests) == [
        "chapters/part/pay.ipynb, In [2] (id a): figure deleted",
        "tests.test_pay::test_mean: AssertionError: assert 1 == 2",
        "tests.test_pay::test_setup: no data",
        'tests.test_pay::test_book: failed on setup with "CheckFailed: The book has warnings: '
        'book/pay.md:3: WARNING: no page"',
    ]


def test_skips_are_told_with_their_count(tests):
    assert suite.skips(tests) == ["2 skipped: no Chromium"]


def test_tests_are_tallied(tests):
    assert suite.tally(tests)["failed"] == 4
    assert suite.tally(tests)["skipped"] == 2


def test_seconds_are_summed_by_notebook(three, tests):
    assert suite.notebook_seconds(tests) == {"chapters/part/pay.ipynb": 1.75}


def test_seconds_are_summed_by_test_file():
    report = """<testsuite>
      <testcase classname="tests.book.test_look" name="test_a" time="1.5" />
      <testcase classname="tests.book.test_look.TestFolded" name="test_b" time="0.25" />
      <testcase classname="kits.employer-detection.test_metric" name="test_a" time="2" />
      <testcase classname="chapters.part.pay.ipynb" name="Cell 0" time="4" />
    </testsuite>"""
    tests = ElementTree.fromstring(report).findall("testcase")
    assert suite.file_seconds(tests) == {
        "tests/book/test_look.py": 1.75,
        "kits/employer-detection/test_metric.py": 2,
    }


def test_every_step_runs_and_a_failure_is_shown_at_once_and_at_the_end(three, monkeypatch, capfd):
    bad, good = Step("bad", ("no_such_module",)), Step("good", ("platform",))
    monkeypatch.setattr(suite, "steps", lambda names: [bad, good])
    assert suite.run() == 1
    shown_lines = capfd.readouterr().out
    assert "failed bad" in shown_lines and "ok good" in shown_lines
    assert shown_lines.count("No module named no_such_module") == 2


def test_all_well_ends_with_0(three, monkeypatch, capfd):
    monkeypatch.setattr(suite, "steps", lambda names: [Step("good", ("platform",))])
    assert suite.run([]) == 0
    assert "1 passed, 0 failed, 0 skipped" in capfd.readouterr().out.splitlines()
    assert "failed" not in capfd.readouterr().out


@pytest.mark.slow
def test_pytest_steps_give_seconds_and_places(three, monkeypatch, capfd):
    normal.write(notebook(code("1 / 0")), three / "chapters/part/work.ipynb")
    arguments = ("pytest", "chapters/part/work.ipynb", "--nbval", *suite.NBVAL)
    monkeypatch.setattr(suite, "steps", lambda names: [Step("stored outputs", arguments)])
    assert suite.run([]) == 1
    shown_lines = capfd.readouterr().out
    assert "Seconds a notebook" in shown_lines
    assert (
        "stored outputs: chapters/part/work.ipynb, In [1] (id cell-0): "
        "Cell execution caused an exception; ZeroDivisionError: division by zero\n"
    ) in shown_lines


@pytest.mark.slow
def test_the_dearest_test_files_are_told(three, monkeypatch, capfd):
    (three / "pytest.ini").write_text("[pytest]\njunit_family = xunit1\n", encoding="utf-8")
    (three / "tests").mkdir(exist_ok=True)
    (three / "tests/test_pay.py").write_text("def test_a():\n    pass\n", encoding="utf-8")
    step = Step("tests", ("pytest", "tests/test_pay.py", "-p", "no:cacheprovider"))
    monkeypatch.setattr(suite, "steps", lambda names: [step])
    assert suite.run([]) == 0
    assert "tests/test_pay.py" in capfd.readouterr().out
