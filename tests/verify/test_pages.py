"""That pages were seen to be accessible: stored, and forgotten when anything changes."""

import json
from xml.etree import ElementTree

import pytest

from ssplab.system import SsplabError
from ssplab.verify import pages, suite

PAGE = """<nav class="bd-docs-nav">{course}</nav>
<article class="bd-article"><h1>Pay</h1><p>{text}</p></article>
<footer>{neighbour}</footer>
<nav class="bd-toc-nav page-toc"><a href="#pay">{heading}</a></nav>"""
WORDS = {"course": "Pay", "text": "A mean.", "neighbour": "Work", "heading": "Pay"}


@pytest.fixture
def html(course):
    """A built book of one page, and the tests that judge it."""
    folder = course / "html"
    for name, text in {
        "html/chapters/pay.html": PAGE.format(**WORDS),
        "html/_static/a.css": "p { color: black }",
        "html/_static/deep/b.js": "let a = 1",
        "html/_static/logo.svg": "<svg/>",
        **dict.fromkeys(pages.JUDGES, "x = 1"),
    }.items():
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).write_text(text)
    pages.looks.cache_clear()
    return folder


def seen_now(html):
    pages.looks.cache_clear()
    return json.loads(pages.measure(html, "chapters/pay")[1])


def holds(html):
    pages.looks.cache_clear()
    return pages.taken_at_its_word(html, "chapters/pay")


def test_a_page_is_taken_at_its_word_once_it_was_seen(html, monkeypatch):
    assert not holds(html)
    assert pages.store(seen_now(html))
    assert holds(html)
    assert not pages.store(seen_now(html))
    monkeypatch.setenv(pages.ANEW, "1")
    assert not holds(html)


@pytest.mark.parametrize(
    ("changed", "still"),
    [("text", False), ("heading", False), ("course", True), ("neighbour", True)],
)
def test_it_is_so_as_long_as_what_is_its_own_stays(html, changed, still):
    pages.store(seen_now(html))
    (html / "chapters/pay.html").write_text(PAGE.format(**WORDS | {changed: "Else"}))
    assert holds(html) == still


@pytest.mark.parametrize(
    ("place", "still"),
    [
        ("html/_static/a.css", False),
        ("html/_static/deep/b.js", False),
        ("html/_static/new.css", False),
        ("html/_static/logo.svg", True),
        *((judge, False) for judge in pages.JUDGES),
    ],
)
def test_what_all_pages_share_counts_for_each(html, course, place, still):
    pages.store(seen_now(html))
    (course / place).write_text("another")
    assert holds(html) == still


def test_a_record_that_is_none_is_told_with_what_to_do(html):
    pages.record_path().parent.mkdir(exist_ok=True)
    for spoilt in ("{", "[]"):
        pages.record_path().write_text(spoilt)
        with pytest.raises(SsplabError, match=r"is no record of pages .*`ssplab test --pages`"):
            holds(html)


def report(*tests):
    """A JUnit report: the name of each test, the page that it measured, and how it ended."""
    cases = [
        f'<testcase classname="tests.test_a" name="{name}" time="1"><properties>'
        + (f"<property name=\"{pages.PROPERTY}\" value='{json.dumps(seen)}'/>" if seen else "")
        + f"</properties>{end}</testcase>"
        for name, seen, end in tests
    ]
    return ElementTree.fromstring(f"<suite>{''.join(cases)}</suite>").findall(".//testcase")


SKIPPED = f'<skipped message="{pages.RECORDED}"/>'


def test_only_pages_all_of_whose_tests_passed_are_collected():
    tests = report(
        ("test_axe[chapters/pay]", {"chapters/pay": "a", pages.LOOKS: "l"}, ""),
        ("test_tab[chapters/pay]", {}, ""),
        ("test_axe[chapters/work]", {"chapters/work": "b", pages.LOOKS: "l"}, ""),
        ("test_tab[chapters/work]", {}, '<failure message="missed"/>'),
        ("test_axe[search]", {}, SKIPPED),
    )
    assert pages.collect(tests) == {"chapters/pay": "a", pages.LOOKS: "l"}


def test_a_page_at_its_word_is_no_skipped_test():
    tests = report(
        ("test_axe[search]", {}, SKIPPED),
        ("test_axe[genindex]", {}, '<skipped message="no Chromium"/>'),
    )
    assert [suite.is_recorded(test) for test in tests] == [True, False]
