"""Checks as words: how they are read, what the solution and its edits give, what an answer is told.

All on a course of one chapter, made here: tables of eight rows.
"""

import ast
import subprocess
import sys
import textwrap

import nbformat
import numpy as np
import pandas as pd
import pytest
from builders import code, markdown, notebook

from ssplab.exercises import check, checking, compare, derivation, matching
from ssplab.exercises.engine import contract, schema
from ssplab.exercises.engine.exercise import CheckFault
from ssplab.exercises.engine.solved import Cell, Solved, cells_of, code_cells, needed_statements
from ssplab.exercises.inputs import is_as_given
from ssplab.exercises.remedies import remedy
from ssplab.exercises.written import exercises_of
from ssplab.system import SsplabError, diary

WORDS = """
1:
  expects: a Series of euros, labelled by sex
  hints: [Group., "`groupby`"]
  praise: "{number} groups."
  fill: {number: len(mean_pay)}
  compare: {kind: series, key: sex, unit: euros}
  wrong:
    - {name: median, from: mean(), to: median(), told: This is the median.}
    - name: only-men
      code: mean_pay = mean_pay[["1"]]
      match: rows
      told: "{rows} row is lost: {label}."
    - name: tripled
      code: mean_pay = mean_pay * 3
      match: generic
      told: a constant factor is wrong
2:
  expects: a function of a table
  hints: [One., Two.]
  praise: Good.
  compare:
    kind: function
    cases:
      - {words: three rows, arguments: "(pay.head(3),)"}
      - {words: no row, arguments: "(pay.head(0),)", told: Nobody is there.}
  wrong:
    - {name: sum, from: "max()", to: "sum()", told: This is the sum.}
    - {name: min, from: "max()", to: "min()", told: This is the smallest.}
3:
  expects: your own table
  hints: [One., Two.]
"""
SOLUTION = [
    code("import pandas as pd\n\nfrom ssplab import check"),
    code(
        "pay = pd.DataFrame({'sex': list('11221122'), 'net': [1.0, 2, 3, 9, 5, 6, 7, 8]})\n"
        "pay['double'] = 2 * pay['net']\nprint(pay)\nassert len(pay) == 8"
    ),
    markdown("## Exercise 1 ★ Means"),
    code("# Your turn\nmean_pay = pay.groupby('sex')['net'].mean()\nprint(mean_pay)", "solution"),
    code('check("pay/1", mean_pay)'),
    markdown("## Exercise 2 ★ Largest"),
    code("def largest(table):\n    return table['net'].max() if len(table) else 0.0", "solution"),
    code('check("pay/2", largest)'),
    code("pay.head()"),
]


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a course of one chapter; return the file of its words."""

    def write(words=WORDS, cells=SOLUTION, module=""):
        checks = tmp_path / "checks" / "part" / "pay.yml"
        for folder in ("checks", "solutions", "exercises"):
            (tmp_path / folder / "part").mkdir(parents=True, exist_ok=True)
        checks.write_text(words, encoding="utf-8")
        if module:
            checks.with_suffix(".py").write_text(module, encoding="utf-8")
        nb = notebook(*[nbformat.from_dict(cell) for cell in cells])
        nbformat.write(nb, tmp_path / "solutions" / "part" / "pay.ipynb")
        exercise = derivation.exercise_from_solution(nb)
        nbformat.write(exercise, tmp_path / "exercises" / "part" / "pay.ipynb")
        monkeypatch.setattr(checking, "exercises", lambda stem: exercises_of(checks))
        exercises_of.cache_clear()
        return checks

    monkeypatch.setenv(diary.VARIABLE, diary.OFF)
    monkeypatch.setattr(checking, "_attempted", set())
    monkeypatch.setattr(checking, "_hints_given", checking.Counter())
    return write


def given():
    """Return what a trainee has before the first exercise."""
    pay = pd.DataFrame({"sex": list("11221122"), "net": [1.0, 2, 3, 9, 5, 6, 7, 8]})
    pay["double"] = 2 * pay["net"]
    return {"pd": pd, "pay": pay, "check": check}


def said(source, **names):
    """Return what a trainee's cell, and the check below it, show."""
    namespace = {**given(), **names}
    exec(source, namespace)
    return eval('check("pay/1", mean_pay)', namespace)


# --- the words


def test_an_exercise_is_made_of_its_words(write):
    exercises = exercises_of(write())
    assert exercises[1].expects == "a Series of euros, labelled by sex"
    assert exercises[1].hints == ["Group.", "`groupby`"]
    assert [wrong.mistake for wrong in exercises[1].all_wrong_answers() if not wrong.generic] == [
        "median",
        "only-men",
        "tripled",
    ]
    assert exercises[3].is_open
    assert [contract.problems(exercise) for exercise in exercises.values()] == [[], [], []]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("expects: a S", "expect: a S", "- exercise 1, expects: Field required"),
        ("kind: series", "kind: serie", "- exercise 1, compare: "),
        ("key: sex,", "", "- exercise 1, compare, key: Field required"),
        ("from: mean(), ", "", "- exercise 1, wrong, 1: `from` and `to` go together"),
        (
            "from: mean(), to: median(), ",
            "",
            "- exercise 1, wrong, 1: it needs `from` and `to`, `code`, or `ways`",
        ),
        ("to: median()", "to: median(), code: x = 1", "- exercise 1, wrong, 1: an edit is either"),
        (
            "code: mean_pay = mean_pay * 3",
            'code: "a\\nb\\nc\\nd"',
            "- exercise 1, wrong, 3: `code` has more than 3 lines",
        ),
        ("match: rows", "match: row", "- exercise 1, wrong, 2, match: "),
        ("  compare: {kind: series, key: sex, unit: euros}\n", "", "exercise 1: an exercise with"),
        ("1:\n  expects", "1:\n expects: [\n  expects", "pay.yml is not YAML"),
    ],
)
def test_words_that_are_not_of_their_form_are_told_with_their_place(write, old, new, problem):
    assert old in WORDS
    with pytest.raises(SsplabError, match=r"pay\.yml") as told:
        schema.read(write(WORDS.replace(old, new, 1)))
    assert problem in str(told.value)


def test_a_comparison_of_its_own_needs_its_conditions(write):
    words = WORDS.replace("{kind: series, key: sex, unit: euros}", "{kind: own}")
    with pytest.raises(SsplabError, match="CONDITIONS"):
        exercises_of(write(words))


OWN = """
from ssplab.exercises import Condition
CONDITIONS = {1: [Condition("size", lambda answer: None if len(answer) == 2 else "Not two.")]}
GIVEN = {1: lambda: {"pay": __import__("pandas").DataFrame({"sex": ["1", "2"], "net": [1, 2]})}}
"""


def test_what_words_do_not_express_comes_from_the_module_beside(write):
    words = WORDS.replace("{kind: series, key: sex, unit: euros}", "{kind: own}")
    task = exercises_of(write(words, module=OWN))[1]
    assert task.answer().to_dict() == {"1": 1.0, "2": 2.0}  # of the names that are given
    assert task.examine(pd.Series([1])).message == "Not two."


# --- the solution, and its edits


def test_only_what_an_answer_needs_runs():
    source = """
        import math
        rows = []
        rows.append(1)
        table = {}
        table["a"] = len(rows)
        other = math.pi
        print(other)
        assert table
        for name in ["b"]:
            table[name] = 2
    """
    statements = ast.parse(textwrap.dedent(source)).body
    kept = [ast.unparse(statement) for statement in needed_statements(statements, {"table"})]
    assert kept == [
        "rows = []",
        "rows.append(1)",
        "table = {}",
        "table['a'] = len(rows)",
        "for name in ['b']:\n    table[name] = 2",
    ]


def solved(*cells, name="pay/1"):
    return Solved(name, [Cell(source, is_solution) for source, is_solution in cells])


def test_nothing_is_printed_and_the_trainee_s_objects_are_left_alone(write, capsys):
    task = exercises_of(write())[1]
    assert list(task.answer()) == [3.5, 6.75]
    assert capsys.readouterr().out == ""
    assert task.solved.inputs == ["pay"]


def test_an_edit_changes_neither_the_context_nor_another_edit():
    found = solved(
        ("pay = {'a': 1}\nrows = [1, 2]", False),
        ("pay['b'] = 2\nrows.append(3)\nanswer = (dict(pay), list(rows))", True),
        ('check("pay/1", answer)', False),
    )
    right = ({"a": 1, "b": 2}, [1, 2, 3])
    assert found.answer == right
    assert found.edited(schema.Edit(code="pay['c'] = 4\nanswer = dict(pay)")) == {
        "a": 1,
        "b": 2,
        "c": 4,
    }
    assert found.edited(schema.Edit(**{"from": "3", "to": "4"})) == (right[0], [1, 2, 4])
    assert found.context["pay"] == {"a": 1} and found.context["rows"] == [1, 2]


def test_an_edit_may_need_more_of_the_notebook_than_the_solution():
    found = solved(("a = 1\nb = 2", False), ("answer = a", True), ('check("pay/1", answer)', False))
    assert "b" not in found.context
    assert found.edited(schema.Edit(**{"from": "= a", "to": "= b"})) == 2
    assert found.evaluated("a + b") == 3


def test_code_below_the_solution_is_seen_by_the_solution_s_functions():
    found = solved(
        ("a = 1", False),
        ("factor = 2\n\ndef twice():\n    return factor * a\n\nanswer = twice()", True),
        ('check("pay/1", answer)', False),
    )
    assert found.answer == 2
    assert found.edited(schema.Edit(code="factor = 3\nanswer = twice()")) == 3
    assert found.edited(schema.Edit(code="answer = answer + a")) == 3


def test_answers_of_earlier_exercises_are_known_as_such():
    found = solved(
        ("a = 1", False),
        ("b = a + 1", True),
        ('check("pay/1", b)', False),
        ("c = a + b", True),
        ('check("pay/2", c)', False),
        name="pay/2",
    )
    assert found.answer == 3
    assert found.inputs == ["a", "b"]
    assert found.answered_before == {"b": 1}


def test_what_a_loop_binds_before_it_reads_it_is_no_input():
    found = solved(
        ("wages = {1: 2}\ntotal = 0\nfor month, wage in wages.items():\n    pay = wage", False),
        (
            "answer = {}\nfor month, wage in wages.items():\n    pay = 2 * wage\n"
            "    total = total + pay\n    answer[month] = total",
            True,
        ),
        ('check("pay/1", answer)', False),
    )
    assert found.inputs == ["total", "wages"]
    assert found.answer == {1: 4}


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        ({"from": "nowhere", "to": "x"}, "'nowhere' does not occur in the solution"),
        ({"from": "a", "to": "("}, "no Python"),
        ({"code": "answer = 1 / 0"}, "ZeroDivisionError"),
    ],
)
def test_an_edit_that_does_not_fit_is_told(edit, problem):
    found = solved(("a = 1", False), ("answer = a", True), ('check("pay/1", answer)', False))
    with pytest.raises(SsplabError, match=problem):
        found.edited(schema.Edit(**edit))


def test_a_solution_that_was_changed_is_told_and_not_compared_with(write, tmp_path):
    checks = write()
    assert len(cells_of(checks)) == 7
    path = tmp_path / "solutions" / "part" / "pay.ipynb"
    path.write_text(path.read_text("utf-8").replace(".mean()", ".max()"), encoding="utf-8")
    with pytest.raises(SsplabError, match=r"not the solution .*git restore.*ssplab refresh"):
        cells_of(checks)


def test_prose_of_a_solution_may_change(write, tmp_path):
    checks = write()
    path = tmp_path / "solutions" / "part" / "pay.ipynb"
    path.write_text(path.read_text("utf-8").replace("★ Means", "★★ Means"), encoding="utf-8")
    assert cells_of(checks) == code_cells(path)


# --- what an answer is told


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("mean_pay = pay.groupby('sex')['net'].mean()", "Right (pay/1)\n- 2 groups."),
        ("mean_pay = pay.groupby('sex')['net'].median()", "values: This is the median."),
        ("mean_pay = pay[pay.sex == '1'].groupby('sex')['net'].mean()", "1 row is lost: 2."),
        ("mean_pay = 1.7 * pay.groupby('sex')['net'].mean()", "a constant factor is wrong"),
        ("mean_pay = pay.groupby('sex')['net'].min()", "2 of 2 values are not right"),
        ("mean_pay = pay.groupby('sex')[['net']].median()", "a DataFrame with 1 column"),
    ],
)
def test_an_answer_is_told_its_mistake_else_what_the_comparator_finds(write, source, words):
    write()
    assert words in repr(said(source))


def test_cells_copied_split_or_moved_make_no_difference(write):
    write()
    source = "grouped = pay.groupby('sex')\nnet = grouped['net']\nmean_pay = net.mean()\n"
    assert said(source)
    assert said(source + source)
    assert said(
        "def mean(table):\n    return table.groupby('sex')['net'].mean()\nmean_pay = mean(pay)"
    )


def test_a_function_is_compared_on_cases_with_their_own_words(write):
    task = exercises_of(write())[2]
    assert task.examine(lambda table: table["net"].sum()).message == "This is the sum."
    empty = task.examine(lambda table: table["net"].max() if len(table) else None)
    assert "For no row, the function returns None" in empty.message
    assert task.examine(lambda table: table["net"].max() if len(table) else 1.0).message == (
        "Nobody is there."
    )


# --- what was given, and is no longer


CHANGES = {
    "rows": "pay.loc[8] = ['1', 2.0, 4.0]",
    "values": "pay.loc[0, 'net'] = 99",
    "type": "pay['sex'] = pay['sex'].astype(int)",
    "another": "pay = pay[pay['net'] > 1]",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_input_is_noticed_even_if_the_answer_is_right(write, change):
    write()
    result = said(f"mean_pay = pay.groupby('sex')['net'].mean()\n{CHANGES[change]}")
    assert not result
    assert "cells above: `pay` is no longer what the notebook gave you" in repr(result)


def test_an_input_that_no_later_cell_reads_may_change_where_the_answer_is_right(write):
    write(cells=SOLUTION[:5])
    change = CHANGES["values"]
    assert said(f"mean_pay = pay.groupby('sex')['net'].mean()\n{change}")
    wrong = said(f"{change}\nmean_pay = pay.groupby('sex')['net'].mean()")
    assert "`pay` is no longer" in repr(wrong)


def test_a_column_more_changes_nothing(write):
    write()
    assert said("pay['log'] = 1\nmean_pay = pay.groupby('sex')['net'].mean()")


def test_a_changed_input_is_named_beside_a_finding_without_cause(write):
    write()
    changed = "pay['net'] = pay['net'] + 1\n"
    unknown = said(changed + "mean_pay = pay.groupby('sex')['net'].mean()")
    assert "not right" in repr(unknown) and "`pay` is no longer" in repr(unknown)


def test_an_earlier_answer_that_is_wrong_is_named(write):
    cells = [
        *SOLUTION[:5],
        code("share = mean_pay / mean_pay.sum()", "solution"),
        code('check("pay/2", share)'),
    ]
    words = (
        WORDS.split("2:\n")[0]
        + """
2:
  expects: shares
  hints: [One., Two.]
  praise: Good.
  compare: {kind: series, key: sex}
  wrong:
    - {name: of-two, from: mean_pay.sum(), to: "2", told: Not by two.}
    - {name: not-divided, from: / mean_pay.sum(), to: "", told: Divide.}
"""
    )
    write(words, cells)
    namespace = {**given(), "mean_pay": pd.Series([3.5, 7.0], pd.Index(["1", "2"], name="sex"))}
    exec("share = mean_pay / mean_pay.sum()", namespace)
    result = eval('check("pay/2", share)', namespace)
    assert "`mean_pay` is not what exercise 1 asks for" in repr(result)


@pytest.mark.parametrize(
    ("theirs", "ours", "same"),
    [
        ({"a": 1}, {"a": 1}, True),
        ({"a": 2}, {"a": 1}, False),
        ({"a": 1, "b": 2}, {"a": 1}, False),
        ([1, pd.Series([1])], [1, pd.Series([1])], True),
        ([1, pd.Series([1])], [1, pd.Series([2])], False),
        (np.array([1.0, np.nan]), np.array([1.0, np.nan]), True),
        (np.array([1]), np.array([2]), False),
        (pd.Index([1]), pd.Index([2]), False),
        ("a", 1, False),
        (len, max, True),
    ],
)
def test_what_is_as_given(theirs, ours, same):
    assert is_as_given(theirs, ours) is same


# --- parts of a mistake

LABELS = list("abcdefgh")
RIGHT = pd.Series(range(8), LABELS, dtype=float)


@pytest.mark.parametrize(
    ("answer", "mistaken", "rows"),
    [
        (RIGHT[:6], RIGHT[:6], (2, "g")),
        (RIGHT[:5], RIGHT[:6], (2, "g")),  # of three rows lost, two are the mistake's
        (RIGHT[:4], RIGHT[:7], None),  # of four, one
        (RIGHT, RIGHT[:6], None),
        (
            pd.concat([RIGHT, pd.Series({"x": 1.0})]),
            pd.concat([RIGHT, pd.Series({"x": 5.0})]),
            (1, "x"),
        ),
        (RIGHT.to_frame(), RIGHT[:6], None),
        (RIGHT[:6].to_list(), RIGHT[:6], None),
    ],
)
def test_rows_lost_or_too_many_as_in_a_mistake(answer, mistaken, rows):
    found = matching.explained_rows(answer, mistaken, RIGHT, None)
    assert (found and (found.rows, found.label)) == rows


@pytest.mark.parametrize(("changed", "rows"), [(3, (3, "a")), (2, (2, "a")), (1, None), (0, None)])
def test_over_half_of_the_values_that_a_mistake_changes(changed, rows):
    mistaken = RIGHT.where(RIGHT > 2, -1)  # a, b, c
    answer = RIGHT.where(changed <= RIGHT, -1)
    found = matching.explained_values(answer, mistaken, RIGHT, None)
    assert (found and (found.rows, found.label)) == rows


def test_every_row_of_an_answer_is_one_of_the_mistake_s():
    assert matching.explained_every_row(RIGHT[:2], RIGHT[:6], None).rows == 2
    assert matching.explained_every_row(RIGHT, RIGHT[:6], None) is None
    assert matching.explained_every_row(RIGHT[:0], RIGHT[:6], None) is None


@pytest.mark.parametrize(
    ("answer", "mistaken", "same"),
    [
        (RIGHT[::-1], RIGHT, True),
        (RIGHT + 1, RIGHT, False),
        (RIGHT[:3], RIGHT, False),
        (pd.concat([RIGHT, RIGHT]), pd.concat([RIGHT, RIGHT])[::-1], True),
        (pd.concat([RIGHT, RIGHT]), RIGHT, False),
        (RIGHT.to_frame(), RIGHT, False),
        ((1, 2), (1, 2), True),
        ((1, 2), [1, 2], False),
    ],
)
def test_series_are_the_same_by_their_labels(answer, mistaken, same):
    assert matching.same_rows(answer, mistaken, None) is same


TABLE = pd.DataFrame({"key": list("abc"), "pay": [1.0, 2.0, 3.0]})


@pytest.mark.parametrize(
    ("answer", "same"),
    [
        (TABLE[::-1].assign(more=1), True),
        (TABLE.assign(pay=0), False),
        (TABLE.drop(columns="pay"), False),
        (TABLE.set_index("key"), False),
    ],
)
def test_tables_are_the_same_by_their_key(answer, same):
    assert matching.same_rows(answer, TABLE, ["key"]) is same


# --- faults of a check


def test_a_check_that_raises_is_at_fault_and_says_so(write, monkeypatch):
    recorded = []
    monkeypatch.setattr(diary, "record", lambda name, happened: recorded.append(happened))
    words = WORDS.replace("fill: {number: len(mean_pay)}", "fill: {number: 1 / 0}")
    write(words)
    result = said("mean_pay = pay.groupby('sex')['net'].mean()")
    assert result.right is None and not result
    assert "a fault of the course, not of yours" in repr(result)
    assert recorded == [diary.FAULT]
    with pytest.raises(CheckFault):
        task = checking.exercises("pay")[1]
        task.praised(task.answer())


# --- the contract of words


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("from: mean()", "from: means()", "median does not fit: pay/1: 'means()' does not occur"),
        ("to: median()", "to: nothing()", "median does not fit: pay/1: AttributeError"),
        ("to: median()", "to: mean(numeric_only=True)", "median is accepted"),
        ("to: median()", "to: sum() * 1.7", None),
        (
            "a constant factor is wrong",
            "an inconstant factor is wrong",
            "tripled is told 'All values are the same multiple",
        ),
        ("name: only-men", "name: median", "mistakes: 2 are called median"),
        ("hints: [Group., ", "hints: [", "hints: 1, there must be 2 to 3"),
        (
            "match: generic\n      told: a constant factor is wrong",
            "told: >-\n        All values are the same multiple of those expected: a constant "
            "factor is wrong.",
            "toothless: tripled is told the same without being recorded",
        ),
        ("This is the median.", "It is 3.5.", "median is told the expected 3.5"),
        (
            "    - name: only-men",
            "    - {name: middle, from: mean(), to: quantile(0.5), told: The middle.}\n"
            "    - name: only-men",
            "middle is told 'This is the median.', not 'The middle.'",
        ),
    ],
)
def test_words_that_break_the_contract_are_named(write, old, new, problem):
    assert old in WORDS
    found = contract.problems(exercises_of(write(WORDS.replace(old, new, 1)))[1])
    if problem is None:
        assert found == []
    else:
        assert any(line.startswith(problem) for line in found), found


# --- what to do when Python stops


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("mean_pay", "`mean_pay` has no value yet"),
        ("pay['net'] > 1 and pay['net'] < 5", "write `&` in place of `and`"),
        ("pay['net'] > 1 & pay['net'] < 5.5", "parentheses"),
        ("2 * ...", "answer the earlier exercise first"),
        ("1 / 0", None),
        ("int('a')", None),
    ],
)
def test_the_remedy_is_in_the_message(source, words):
    with pytest.raises((ArithmeticError, NameError, TypeError, ValueError)) as raised:
        eval(source, given())
    found = remedy(raised.value)
    assert words in found if words else found == ""


def test_a_notebook_that_checks_answers_shows_the_remedy_under_python_s_message():
    shown = subprocess.run(
        [sys.executable, "-m", "IPython", "--colors=nocolor", "--quick", "-c", PROGRAM],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    ).stdout
    assert "NameError: name 'mean_pay' is not defined\nWhat to do: `mean_pay` has no value" in shown


PROGRAM = "from ssplab import check\ncheck('pay/1', mean_pay)"


# --- values that are no single value


@pytest.mark.parametrize(
    "value", [np.array([1, 2]), pd.Series([1, 2]), pd.DataFrame({"pay": [1]}), [1, 2], {"pay": 1}]
)
def test_a_value_that_holds_several_equals_none(value):
    right = pd.Series([True, False], index=["a", "b"])
    several = pd.Series([value, False], index=right.index, dtype=object)
    assert not matching.same_rows(several, right, None)
    assert matching.explained_values(several, ~right, right, None) is None
    assert matching.same_rows(several[["b"]], right[["b"]], None)


def test_lists_in_place_of_texts_are_refused_and_no_fault_of_the_check():
    right = pd.Series(["a", "b", "c"], index=["1", "2", "3"])
    conditions = compare.series(lambda: right, key="form", values="text")
    answer = right.map(lambda text: [text])
    message = next(filter(None, (condition.fault(answer) for condition in conditions)))
    assert message == "3 of 3 values are not right, such as that of 1."


def test_what_a_solution_binds_for_itself_is_no_input_of_the_same_name():
    function = "def share(hourly):\n    return len([low for low in hourly]) / len(pay)"
    task = solved(
        ("pay, rows = [1, 2], [3, 4]", False),
        ("hourly = max(pay)\nlow = hourly - 1", True),
        ('check("pay/1", low)', False),
        (f"rows = rows + [5]\n\n{function}", True),
        ('check("pay/2", share)', False),
        name="pay/2",
    )
    assert task.inputs == ["pay", "rows"]


# --- functions, and what they bind for themselves


def test_a_function_s_own_names_run_nothing_of_the_notebook():
    found = solved(
        ("day = 2\nclient = 1 / 0\nrows = 1 / 0", False),
        ("def day_of(web):\n    client = web + day\n    return client", True),
        ('check("pay/1", day_of)', False),
        ("def visit(web):\n    rows = [day_of(web)]\n    return rows", True),
        ('check("pay/2", visit)', False),
        name="pay/2",
    )
    assert found.answer(1) == [3]
    edit = schema.Edit(**{"from": "[day_of(web)]", "to": "[day_of(web), 0]"})
    assert found.edited(edit)(1) == [3, 0]
    assert found.evaluated("visit(2)") == [4]
    assert {"client", "rows"}.isdisjoint(found.context)


def test_what_a_table_is_compared_with_may_be_of_any_type():
    table = pd.DataFrame({"pay": [1.0, None]})
    assert compare.same_result(table.copy(), table)
    assert compare.same_result(table + 1e-9, table)
    for other in (None, 1, [1], object(), table["pay"], table + 1):
        assert not compare.same_result(other, table)


@pytest.mark.parametrize("right", ["text", ["text"], pd.Timestamp("2023-04-03")])
def test_a_result_that_holds_several_values_equals_none(right):
    for given in (pd.Series([1, 2]), pd.DataFrame({"pay": [1]}), np.array([1, 2])):
        assert not compare.same_result(given, right)
    assert compare.same_result(right, right)


@pytest.mark.parametrize("name", ["sex", "pay"])
def test_columns_of_one_name_are_refused_and_no_fault_of_the_check(name):
    right = pd.DataFrame({"sex": ["1", "2"], "pay": [1.0, 2.0]})
    conditions = compare.table(lambda: right, key="sex", values={"pay": "numbers"})
    answer = pd.concat([right, right[[name]]], axis=1)
    message = next(filter(None, (condition.fault(answer) for condition in conditions)))
    assert message == f"Several columns are called {name}: keep the one that is asked for."
    assert not matching.same_rows(answer, right, ["sex"])
    assert matching.explained_values(answer, right, right, ["sex"]) is None
