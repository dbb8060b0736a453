"""The answers of *Try it* boxes: read, executed where they stand, compared, and without a trace."""

import pytest
from builders import code, markdown, notebook

from ssplab.course import normal
from ssplab.verify import suite
from ssplab.verify.answers import Answer, answers, faults_of_form

SETUP = "import pandas as pd\n\nimport ssplab\n\nssplab.set_up()"


def try_it(*blocks, title="Try it", fence="::::"):
    """Return a box with one dropdown, which holds these blocks."""
    inner = "\n\n".join(blocks)
    return (
        f"{fence}{{admonition}} {title}\nWhat is it?\n\n"
        f":::{{dropdown}} One answer\n{inner}\n:::\n{fence}"
    )


def python(source):
    return f"```python\n{source}\n```"


def text(seen):
    return f"```text\n{seen}\n```"


# --- read


READ = {
    "an answer and what is seen": ([python("1 + 1"), text("2")], [Answer("1 + 1\n", "2")]),
    "an answer alone": ([python("draw()"), "A figure."], [Answer("draw()\n", None)]),
    "two answers": (
        [python("1"), python("2"), text("2")],
        [Answer("1\n", None), Answer("2\n", "2")],
    ),
    "words": (["It is the median."], []),
    "spaces": ([python("t"), text("   a\n0  1  ")], [Answer("t\n", "   a\n0  1")]),
}


@pytest.mark.parametrize("case", READ)
def test_a_box_is_read(case):
    blocks, expected = READ[case]
    source = f"Prose.\n\n{try_it(*blocks)}\n\nMore."
    assert answers(source) == expected
    assert faults_of_form(source) == []


def test_a_box_may_have_a_longer_title_backticks_and_a_directive_around_it():
    box = try_it(python("1"), title="Try it: one line", fence="`````")
    assert answers(f"::::::{{note}}\n{box}\n::::::") == [Answer("1\n", None)]


def test_what_is_no_box_is_not_read():
    dropdown = f":::{{dropdown}} More\n{python('1')}\n:::"
    assert answers(f"{python('1')}\n\n{dropdown}") == []
    assert answers(try_it(python("1"), title="Careful")) == []
    answer = ":::{dropdown} Answer\nThe median.\n:::"
    asked = f"::::{{admonition}} Try it\n{python('mean = ...')}\n\n{answer}\n::::"
    assert answers(asked) == []
    assert faults_of_form(asked) == []


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (":::{admonition} Try it\nWhat is it?\n:::", "has no answer"),
        (try_it(text("2")), "right below its `python` fence"),
        (try_it(python("1"), "It shows:", text("1")), "right below its `python` fence"),
        (try_it("```py\n1\n```"), "fence of `py`, which is not tried"),
        (try_it("```\n1\n```"), "fence of `no language`, which is not tried"),
    ],
)
def test_a_box_of_another_form_is_a_fault(source, told):
    [fault] = faults_of_form(source)
    assert told in fault


# --- executed


def outcome(path, *cells):
    """Store cells as if they were executed, without output, and compare the notebook."""
    nb = notebook(*cells)
    for number, cell in enumerate((one for one in nb.cells if one.cell_type == "code"), start=1):
        cell.execution_count = number
    normal.write(nb, path)
    arguments = ("pytest", "chapters/part/pay.ipynb", "--nbval", *suite.NBVAL)
    return suite._run_step(suite.Step("stored outputs", arguments, runs_notebooks=True))


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """What is said of a chapter with one answer of each kind, by the cell that they stand in."""
    folder = tmp_path_factory.mktemp("course")
    for name in ("chapters/part", "datasets"):
        (folder / name).mkdir(parents=True)
    (folder / "_toc.yml").touch()
    boxes = {
        "mean": try_it(python("may['pay'].mean()"), text("2.5")),
        "wrong-mean": try_it(python("may['pay'].mean()"), text("2.6")),
        "printed": try_it(python("print('a')\nprint('b')\n'c'"), text("a\nb\n'c'")),
        "table": try_it(python("may.head(1)"), text("   pay\n0  1.0")),
        "provoked": try_it(python("may['Pay']"), text("KeyError: 'Pay'")),
        "raises": try_it(python("may['Pay']"), "It is a Series."),
        "raises-another": try_it(python("may['Pay']"), text("1.0")),
        "syntax": try_it(
            python("may['pay')"),
            text("SyntaxError: closing parenthesis ')' does not match opening parenthesis '['"),
        ),
        "silent": try_it(python("pays = may['pay']"), text("")),
        "figure": try_it(python("may.plot()"), "A line."),
        "words": try_it("The median."),
        "changes": try_it(
            python(
                "may['pay'] = 0\nrows.append(9)\nwords['b'] = [rows]\nnested[0].clear()\n"
                "del other\nnew = 1\nrows = same"
            )
        ),
        "unchanged": try_it(
            python(
                "(may['pay'].sum(), rows, words, nested, other, 'new' in globals(), same is rows)"
            ),
            text("(5.0, [1], {'a': [1]}, ([2],), 3, False, True)"),
        ),
        "draws": try_it(python("rng.integers(10)")),
        "same-draw": try_it(python("int(rng.integers(10)) == first"), text("True")),
        "later": try_it(python("later"), text("NameError: name 'later' is not defined")),
    }
    cells = [
        markdown("# Pay"),
        code(SETUP),
        code("import numpy as np\n\nmay = pd.DataFrame({'pay': [1.0, 4.0]})"),
        code("rows = [1]\nsame = rows\nwords = {'a': rows}\nnested = ([2],)\nother = 3"),
        code("rng = np.random.default_rng(1)\nfirst = int(np.random.default_rng(1).integers(10))"),
        *(markdown(box) for box in boxes.values()),
        code("later = may['pay'].sum()"),
        markdown(try_it(python("later"), text("5.0"))),
    ]
    for name, cell in zip(boxes, cells[5:], strict=False):
        cell.metadata["name"] = name
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSPLAB_ROOT", str(folder))
        ended = outcome(folder / "chapters/part/pay.ipynb", *cells)
    ids = {name: f"(id cell-{number})" for number, name in enumerate(boxes, start=5)}
    return {name: [one for one in ended.places if at in one] for name, at in ids.items()}, ended


WRONG = {
    "wrong-mean": "the answer `may['pay'].mean()` shows other than its `text` fence says:\n"
    "--- the `text` fence\n+++ shown\n@@ -1 +1 @@\n-2.6\n+2.5",
    "raises": "the answer `may['Pay']` raises KeyError: 'Pay', and no `text` fence says so",
    "raises-another": "-1.0\n+KeyError: 'Pay'",
}


@pytest.mark.slow
def test_what_holds_is_no_fault_and_every_answer_is_a_test(tried):
    by_cell, ended = tried
    assert {name for name, told in by_cell.items() if told} == set(WRONG), ended.output
    assert len(ended.places) == len(WRONG)
    assert sum(ended.counts.values()) == 5 + len(by_cell)  # cells of code, and one answer in words


@pytest.mark.slow
@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_hold_names_chapter_and_cell_and_shows_the_difference(tried, name):
    by_cell, ended = tried
    [told] = by_cell[name]
    assert "chapters/part/pay.ipynb, markdown cell " in told
    assert "the answer `may['pay'].mean()`" in told or "the answer `may['Pay']`" in told
    assert WRONG[name] in ended.output


@pytest.mark.slow
def test_a_cell_that_raises_is_told_and_the_answers_are_tried_all_the_same(course):
    ended = outcome(
        course / "chapters/part/pay.ipynb",
        code("pay = 1"),
        markdown(try_it(python("pay"), text("1"))),
        code("1 / 0"),
        markdown(try_it(python("pay"), text("2"))),
    )
    raised, answer = ended.places
    assert "chapters/part/pay.ipynb, In [2] (id cell-2): " in raised
    assert "ZeroDivisionError" in raised
    assert "chapters/part/pay.ipynb, markdown cell 4 (id cell-3): the answer `pay`" in answer
