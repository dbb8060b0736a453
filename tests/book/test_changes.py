"""The page of what changed: short, in the order of the contents, and of numbers and figures."""

import subprocess

import pytest
from bs4 import BeautifulSoup
from builders import code, figure_output, markdown, notebook, png, stdout
from nbformat import v4

from ssplab.book import changes, differences
from ssplab.course import normal
from ssplab.system import SsplabError

CONTENTS = """\
format: jb-book
root: book/welcome
parts:
  - caption: Pay
    chapters:
      - file: chapters/part/pay
        title: Pay
        sections:
          - {file: exercises/part/pay, title: Exercise}
          - {file: solutions/part/pay, title: Solution}
      - file: book/glossary
  - caption: Work
    chapters:
      - file: chapters/part/work
        title: Work
"""
ROWS = "<tr><th>{0}</th><td>{1}</td></tr>"
HEAD = "<thead><tr><th>sector</th><th>pay</th></tr></thead>"


def table(*rows):
    html = f"<table>{HEAD}{''.join(ROWS.format(*row) for row in rows)}</table>"
    return v4.new_output("execute_result", {"text/html": html}, execution_count=1)


def chapter(*rows, height=1.0, words="Pay differs.", line="print(mean)", said="mean 12\n"):
    return notebook(
        markdown(f"# Pay\n\n{words}"),
        markdown("## By sector"),
        code("table", outputs=[table(*rows)], count=1),
        code("draw()", outputs=[figure_output(png(height))], count=2),
        markdown("*Pay by sector. Source: payroll declarations.*\n\nIt differs."),
        code(line, outputs=[stdout(said)], count=3),
    )


BEFORE = chapter(("trade", "1,200"), ("health", "1,500"))


@pytest.fixture
def course_in_git(course, monkeypatch):
    """A course of two chapters under git, with one commit."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    (course / "_toc.yml").write_text(CONTENTS, encoding="utf-8")
    (course / ".gitignore").write_text("_build/\n", encoding="utf-8")
    for path in ("chapters/part/pay", "chapters/part/work", "solutions/part/pay"):
        normal.write(BEFORE, course / f"{path}.ipynb")
    for path, text in {
        "book/welcome.md": "# A course\n\nIt has two chapters.\nThey are short.\n",
        "book/glossary.md": "# Glossary\n\nA median is in the middle.\n",
        "checks/part/pay.yml": "1: {expects: a number}\n",
        "datasets/payroll/card.yml": "name: payroll\ntables: {main: {rows: 100}}\nseed: 7\n",
        "src/ssplab/web/app.py": "a = 1\n",
    }.items():
        (course / path).parent.mkdir(parents=True, exist_ok=True)
        (course / path).write_text(text, encoding="utf-8")
    git(course, "init", "--quiet", "--initial-branch=main")
    git(course, "add", ".")
    author = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    git(course, *author, "commit", "--quiet", "--message", "start")
    return course


def git(folder, *words):
    subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)


def lines_of(found, page):
    [one] = [one for one in found.pages if one.page == page]
    return changes._lines(one)


def test_nothing_changed_is_a_sentence(course_in_git):
    found = changes.find_changes("HEAD")
    assert found.summary == "Nothing changed."
    assert "Nothing changed." in changes.as_markdown(found)


def test_numbers_of_a_table_are_told_with_row_and_column(course_in_git):
    normal.write(
        chapter(("trade", "1,250"), ("health", "1,500")), course_in_git / "chapters/part/pay.ipynb"
    )
    assert lines_of(changes.find_changes("HEAD"), "chapters/part/pay") == [
        "Output of In [1], under “By sector”: trade, pay: 1,200 → 1,250"
    ]


def test_text_code_outputs_and_figures_are_told_apart(course_in_git):
    after = chapter(
        ("trade", "1,200"),
        ("health", "1,500"),
        ("industry", "1,700"),
        height=2.0,
        words="Pay differs much.",
        line="print(round(mean))",
        said="mean 13\n",
    )
    normal.write(after, course_in_git / "chapters/part/pay.ipynb")
    assert lines_of(changes.find_changes("HEAD"), "chapters/part/pay") == [
        "Cells of text: 1 changed, under “Pay”",
        "Cells of code: 1 changed",
        "Output of In [1], under “By sector”: the table has 4 rows and 2 columns, titles counted, "
        "where there were 3 rows and 2 columns",
        "Output of In [3], under “By sector”: mean 12 → mean 13",
        "Figure changed, In [2], under “By sector”: Pay by sector.",
    ]


def test_pages_come_in_the_order_of_the_contents_then_data_then_how_many_files(course_in_git):
    for path in ("chapters/part/work", "chapters/part/pay"):
        normal.write(chapter(("trade", "1")), course_in_git / f"{path}.ipynb")
    (course_in_git / "book/glossary.md").write_text("# Glossary\n\nA mean is a mean.\n")
    card = course_in_git / "datasets/payroll/card.yml"
    card.write_text(card.read_text(encoding="utf-8").replace("100", "120"), encoding="utf-8")
    (course_in_git / "src/ssplab/web/app.py").write_text("a = 2\n", encoding="utf-8")
    (course_in_git / "checks/part/pay.yml").write_text("1: {}\n", encoding="utf-8")
    found = changes.find_changes("HEAD")
    assert [(one.part, one.name) for one in found.pages] == [
        ("Pay", "Pay"),
        ("Pay", "Glossary"),
        ("Work", "Work"),
    ]
    assert found.summary == "3 pages, 1 data set and 1 other file changed."
    assert found.others == {"src/ssplab/web": 1}
    assert found.data_sets[0].facts == ("tables.main.rows: 100 → 120",)
    assert "What is checked of its exercise changed" in lines_of(found, "chapters/part/pay")
    shown = changes.as_markdown(found)
    places = [shown.index(word) for word in ("## Pay", "**Pay**", "**Glossary**", "## Work")]
    assert places == sorted(places)
    assert "- **payroll**: card.yml changed\n  - tables.main.rows: 100 → 120" in shown


def test_new_and_removed_pages_are_told_and_an_exercise_follows_its_solution(course_in_git):
    normal.write(BEFORE, course_in_git / "exercises/part/pay.ipynb")  # not committed yet
    (course_in_git / "book/welcome.md").unlink()
    (course_in_git / "chapters/part/work.ipynb").unlink()
    normal.write(chapter(("trade", "1")), course_in_git / "solutions/part/pay.ipynb")
    found = changes.find_changes("HEAD")
    assert [(one.name, one.fate) for one in found.pages] == [
        ("Pay: solution", "changed"),
        ("Work", "gone"),
        ("book/welcome", "gone"),
    ]


def test_a_page_that_moved_is_told_with_its_former_place(course_in_git):
    git(course_in_git, "mv", "chapters/part/work.ipynb", "chapters/part/labour.ipynb")
    toc = course_in_git / "_toc.yml"
    toc.write_text(toc.read_text(encoding="utf-8").replace("part/work", "part/labour"))
    normal.write(
        chapter(("trade", "9"), ("health", "1,500")), course_in_git / "chapters/part/labour.ipynb"
    )
    found = changes.find_changes("HEAD")
    assert [(one.page, one.former) for one in found.pages] == [
        ("chapters/part/labour", "chapters/part/work.ipynb")
    ]
    assert "trade, pay: 1,200 → 9" in changes.as_markdown(found)


def test_sentences_of_prose_are_counted_under_their_heading(course_in_git):
    page = course_in_git / "book/glossary.md"
    page.write_text("# Glossary\n\nA median lies in the middle.\n\n## More\n\nA mean.\n", "utf-8")
    [line] = lines_of(changes.find_changes("HEAD"), "book/glossary")
    assert line.startswith("Lines of text: 1 changed, 4 new, under “Glossary”")


@pytest.mark.parametrize("since", ["no-such-revision", "--all"])
def test_a_revision_that_git_does_not_know_is_a_sentence(since, course_in_git):
    with pytest.raises(SsplabError, match=r"Name a revision that it knows"):
        changes.find_changes(since)


def test_outside_a_repository_it_is_a_sentence(course):
    with pytest.raises(SsplabError, match="git cannot say what changed since HEAD"):
        changes.find_changes("HEAD")


def test_the_page_shows_words_and_figures_and_asks_for_nothing(course_in_git):
    after = chapter(("trade", "1,200"), ("health", "<b>"), height=2.0, words="Pay <i>varies</i>.")
    normal.write(after, course_in_git / "chapters/part/pay.ipynb")
    html, summary = changes.write_changes("HEAD")
    assert [html.name, summary.name] == ["changes.html", "changes.md"]
    page = BeautifulSoup(html.read_text(encoding="utf-8"), "html.parser")
    assert [one.get_text() for one in page("del")] == ["differs."]
    assert [one.get_text() for one in page("ins")] == ["<i>varies</i>."]
    images = page("img")
    assert [one["alt"] for one in images] == ["Before: Pay by sector.", "After: Pay by sector."]
    assert images[0]["src"] != images[1]["src"]
    addresses = [one.get("src") or one.get("href") for one in page(["img", "a", "link", "script"])]
    assert all(one.startswith(("data:", "html/chapters/")) for one in addresses)
    assert not page("b") and not page("i")
    assert "In \\[1\\]" in summary.read_text(encoding="utf-8")


# --- which cell is which


def fates(before, after):
    found = differences.of_notebooks(before, after)
    return str(found.text), str(found.code)


def test_a_cell_whose_number_moved_is_known_by_its_likeness():
    """Ids that count cells are other cells' after one is put in."""
    before = notebook(code("a = load('payroll')"), code("a.groupby('sector').mean()"))
    after = notebook(
        code("import pandas as pd"), code("a = load('payroll')"), code("a.groupby('sector').mean()")
    )
    assert fates(before, after) == ("", "1 new")


def test_a_cell_that_is_put_in_or_taken_out_is_told_once():
    long = notebook(markdown("# Pay"), markdown("The mean is one."), markdown("Wages lie below."))
    short = notebook(markdown("# Pay"), markdown("The mean is one."))
    assert fates(long, short) == ("1 gone", "")
    assert fates(short, long) == ("1 new", "")
    assert fates(long, long) == ("", "")


def test_a_long_table_of_changes_is_cut():
    before = notebook(code("a", outputs=[table(*[(f"s{n}", n) for n in range(9)])]))
    after = notebook(code("a", outputs=[table(*[(f"s{n}", n + 1) for n in range(9)])]))
    [told] = differences.of_notebooks(before, after).outputs
    assert told.endswith("s3, pay: 3 → 4; and 5 more")


def test_outputs_that_come_and_go_are_told():
    before = notebook(code("a", outputs=[stdout("one\n")]), code("b = 2"))
    after = notebook(code("a"), code("b = 2", outputs=[stdout("two\n")]))
    assert differences.of_notebooks(before, after).outputs == [
        "In [1], under the beginning: an output is gone: one",
        "In [2], under the beginning: an output is new: two",
    ]
