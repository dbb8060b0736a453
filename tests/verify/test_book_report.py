"""The report on the book's pages: from what tests record to the table that people read."""

import json
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from ssplab.verify import book_report, suite
from ssplab.verify.suite import Step

MEASURES = {
    "a": {
        "bytes": {"first": 291_400, "next": 18_000, "figures": 0, "maths": 0, "slides": 112_000},
        "requests": {"first": 5, "next": 1, "figures": 0, "maths": 0},
        "links": {"root": 20, "files": 21},
        "faults": {"root": 0, "files": 1},
        "axe": {"light at 390 px": 2, "dark at 1400 px": 1},
        "widths": {"390": 400, "1400": 1400},
    },
    "b": {"axe": {"light at 390 px": 0}},
}
TEST = f"""
import json
from ssplab.verify.book_report import measure

def test_a(record_property):
    for kind, values in json.loads({json.dumps(MEASURES["a"])!r}).items():
        record_property(*measure("a", **{{kind: values}}))

def test_b(record_property):
    record_property(*measure("b", axe={{"light at 390 px": 0}}))
    assert False
"""


def run(course, *arguments):
    (course / "test_pages.py").write_text(TEST, encoding="utf-8")
    (course / "pytest.ini").write_text("[pytest]\njunit_family = xunit1\n", encoding="utf-8")
    return ("pytest", "test_pages.py", *arguments)


@pytest.mark.slow
def test_measures_come_back_from_any_worker_and_from_tests_that_fail(course):
    arguments = run(course, "-n", "2", "--junitxml=report.xml", "-q")
    subprocess.run([sys.executable, "-m", *arguments], cwd=course, capture_output=True)
    tests = ElementTree.parse(course / "report.xml").findall(".//testcase")
    assert book_report.collect(tests) == MEASURES


def test_the_table_has_a_row_a_page_and_what_they_come_to():
    text = book_report.report(MEASURES)
    assert "| a | 291 | 5 | 18 | 1 | 0 | 0 | 112 | 41 | 1 | 3 | 390 px |" in text
    assert "| b | – | – | – | – | – | – | – | – | – | 0 | – |" in text
    assert "2 pages, 41 links checked." in text
    assert "Opened from files, root: 1 faults" in text
    assert "axe-core, dark at 1400 px; light at 390 px: 3 findings." in text
    assert "Windows of 390, 1400 px: 1 pages scroll sideways." in text


def test_a_page_that_is_not_measured_has_no_columns():
    assert book_report.report({}).count("\n- ") == 1


@pytest.mark.slow
def test_the_suite_says_where_the_report_is(course, monkeypatch, capfd):
    monkeypatch.setattr(suite, "steps", lambda names: [Step("tests", run(course))])
    assert suite.run() == 1
    assert "The book, page by page: _build/report.md" in capfd.readouterr().out
    written = (course / "_build" / "report.md").read_text(encoding="utf-8")
    assert written == book_report.report(MEASURES)
