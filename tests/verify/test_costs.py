"""What a run costs: read from its reports, by file and by chapter, and left for a benchmark."""

import json
from xml.etree import ElementTree

import pytest
from builders import code, notebook

from ssplab.course import normal
from ssplab.verify import costs, suite
from ssplab.verify.suite import Step

CASE = """<testcase file="{file}" name="{name}"><properties>
<property name="processor seconds" value="{seconds}" /></properties></testcase>"""
CASES = [
    ("chapters/part/pay.ipynb", "Cell 0", 1.5),
    ("chapters/part/pay.ipynb", "Cell 1", 2),
    ("exercises/part/pay.ipynb", "Cell 0", 4),
    ("kits/toy/baseline.ipynb", "Cell 0", 8),
    ("tests/chapters/test_another_seed.py", "test_another_seed[pay]", 16),
    ("tests/owndata/test_canary.py", "test_nothing_leaks[pay]", 32),
    ("tests/exercises/test_contract.py", "test_it_holds[pay/2]", 64),
    ("tests/owndata/test_canary.py", "test_leaks[payroll]", 128),
]


@pytest.fixture
def pay(course):
    normal.write(notebook(code("a = 1")), course / "chapters/part/pay.ipynb")
    return course


def collected():
    cases = [CASE.format(file=file, name=name, seconds=cost) for file, name, cost in CASES]
    tests = ElementTree.fromstring(f"<a>{''.join(cases)}<testcase name='none' /></a>")
    return costs.collect(tests.findall("testcase"))


def test_costs_are_summed_by_file_notebook_and_chapter(pay):
    assert collected() == {
        "files": {"tests/owndata/test_canary.py": 160, "tests/exercises/test_contract.py": 64},
        "notebooks": {"pay": 23.5, "kits/toy/baseline.ipynb": 8},
        "chapters": {"pay": 119.5},
    }


def test_they_are_written_with_the_steps_and_rooms(pay):
    path = costs.write({"tests": 300.04, "lint": 1}, [collected(), {}])
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert stored["steps"] == {"lint": 1, "tests": 300.0}
    assert stored["rooms"] == {"tests/exercises": 64, "tests/owndata": 160}


def test_a_run_measures_its_tests_and_leaves_what_they_cost(pay, monkeypatch):
    (pay / "tests").mkdir()
    (pay / "pytest.ini").write_text("[pytest]\njunit_family = xunit1\n")  # as in pyproject.toml
    busy = "sum(number * number for number in range(3_000_000))"
    (pay / "tests/test_busy.py").write_text(f"def test_busy():\n    {busy}\n")
    arguments = ("pytest", "tests/test_busy.py", "-n", "0")
    monkeypatch.setattr(suite, "steps", lambda names: [Step("tests", arguments)])
    assert suite.run([]) == 0
    stored = json.loads((pay / "_build/verification.json").read_text(encoding="utf-8"))
    assert stored["files"]["tests/test_busy.py"] > 0
    assert stored["steps"]["tests"] >= stored["files"]["tests/test_busy.py"]
