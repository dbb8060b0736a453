"""An exercise is a contract, held both ways, for every chapter that has one.

The untouched notebook runs and each check refuses it kindly; with its answers it is the solution,
cell by cell, whose checks say that it is right (`ssplab test` executes that and compares); each
wrong answer is refused with its own message, those recorded with the check and those of people who
saw only the question (`tests/exercises/blind/SLUG.yml`); no condition of a check can be removed.

A blind answer has the number of its exercise, the name of its mistake, the code that was written
in place of the stub, and a piece of the message that it must get. One that is right has the name of
its way (`right`) instead: each exercise accepts at least one that its author did not write.
"""

import ast
import copy
import re
import zlib
from collections import Counter

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from builders import code, notebook
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from odd_answers import (
    CHANGES,
    HOSTILE,
    ODD,
    changed,
    examined,
    odd_objects,
    same_object,
    scalars,
)

from ssplab.course import checks_of, is_draft, normal
from ssplab.course.naming import find, notebooks, sibling
from ssplab.course.paths import course_root
from ssplab.course.source import tags
from ssplab.exercises import Exercise, Mistake, checking, compare
from ssplab.exercises.engine import contract
from ssplab.notebooks.solutions import solution
from ssplab.system import from_yaml
from ssplab.verify import contracts
from ssplab.verify.live import live

pytestmark = pytest.mark.slow  # executes notebooks

PATHS = {path.stem: path for path in notebooks("exercises")}
BLIND = course_root() / "tests" / "exercises" / "blind"
FEWEST_BLIND = 3
LIVE = {path.stem for path in live([find(stem) for stem in PATHS], contracts.problems)}


def of_chapter(stem, *values, name=None):
    """A parameter; it is marked where a whole run takes the chapter's record at its word."""
    marks = () if stem in LIVE else pytest.mark.recorded
    return pytest.param(*values, id=name or stem, marks=marks)


EXERCISES = [
    of_chapter(stem, exercise, name=f"{stem}/{number}")
    for stem in PATHS
    for number, exercise in checking.exercises(stem).items()
]
CHECKED = [
    of_chapter(stem, f"{stem}/{number}", name=f"{stem}/{number}")
    for stem in PATHS
    for number, exercise in checking.exercises(stem).items()
    if not exercise.is_open
]
each_chapter = pytest.mark.parametrize("stem", [of_chapter(stem, stem) for stem in PATHS])
each_checked = pytest.mark.parametrize("name", CHECKED)


@pytest.fixture(autouse=True)
def figures_of_cells():
    """Figures open no window, and what cells change of their style ends with the test."""
    matplotlib.use("agg")
    with matplotlib.rc_context():
        yield
    plt.close("all")


@pytest.fixture(autouse=True)
def one_chapter_at_a_time(request):
    """What the solutions of other chapters have computed is dropped: all of it fills a memory."""
    here = request.node.name.partition("[")[2].rstrip("]").partition("/")[0]
    for stem in set(PATHS) - {here}:
        for exercise in checking.exercises(stem).values():
            if exercise.solved:
                exercise.solved.forget()


def checked(stem):
    """Return the numbers of a chapter's exercises that have a check."""
    return [number for number, one in checking.exercises(stem).items() if not one.is_open]


def number_of(cell):
    """Return the number of the exercise that a cell checks, None if it checks none."""
    found = re.search(r'^check\("[\w-]+/(\d+)"', cell.source, re.MULTILINE)
    return int(found[1]) if cell.cell_type == "code" and found else None


def execute(source, namespace):
    """Run a cell's code; return what it shows, the value of its last line."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), namespace)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), namespace) if last else None


def test_there_are_exercises():
    assert PATHS


@each_chapter
def test_the_untouched_exercise_runs_and_every_check_refuses_it_kindly(stem):
    namespace, said = {}, {}
    for cell in normal.read(PATHS[stem]).cells:
        if cell.cell_type == "code":
            shown = execute(cell.source, namespace)
            said |= {number_of(cell): shown} if number_of(cell) else {}
    assert list(said) == checked(stem)
    for result in said.values():
        assert not result
        assert "Not answered yet" in repr(result)


@pytest.mark.parametrize("stem", PATHS)
def test_the_answered_exercise_is_the_solution_and_its_checks_say_right(stem):
    """The same code cell by cell: what is compared of the solution is executed for both."""
    exercise, solution = normal.read(PATHS[stem]), normal.read(sibling(PATHS[stem], "solutions"))
    answers = {cell.id: cell.source for cell in solution.cells if "solution" in tags(cell)}
    solved = [cell for cell in solution.cells if cell.cell_type == "code"]
    answered = [
        answers.get(cell.id, cell.source) for cell in exercise.cells if cell.cell_type == "code"
    ]
    assert answered == [cell.source for cell in solved]
    said = {
        number_of(cell): cell.outputs[-1].data["text/plain"] for cell in solved if number_of(cell)
    }
    assert list(said) == checked(stem)
    for text in said.values():
        assert text.startswith("Right"), text


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_contract_of_its_check_holds(exercise):
    assert contract.problems(exercise) == []


@each_checked
def test_the_solution_opens_after_an_attempt_and_not_before(name, monkeypatch):
    monkeypatch.setattr(checking, "_attempted", set())
    assert "Try first" in repr(solution(name))
    assert "Try first" in solution(name)._repr_html_()
    checking.check(name, ...)
    assert not solution(name).cells
    checking.check(name, "something")
    opened = solution(name)
    assert "# Your turn" in repr(opened)
    assert all("solution" in cell.metadata.tags for cell in opened.cells)
    assert opened.cells[-1].cell_type == "markdown", "no remark closes it"


@each_checked
def test_hostile_objects_are_refused_in_words(name):
    _, exercise = checking.find(name)
    for make in HOSTILE.values():
        assert not examined(name, exercise, make())


@each_checked
def test_odd_objects_are_refused_in_words(name):
    _, exercise = checking.find(name)

    @seed(zlib.crc32(name.encode()))  # other objects for each exercise, the same in each run
    @settings(ODD, max_examples=50)
    @given(odd_objects)
    def refuse(odd):
        assert not examined(name, exercise, odd())

    refuse()


@each_checked
def test_a_right_answer_with_one_thing_changed_is_examined_and_left_alone(name):
    _, exercise = checking.find(name)
    right = exercise.answer()

    @settings(ODD, max_examples=50)
    @given(st.sampled_from(list(CHANGES)), st.integers(0, 8), scalars)
    def examine(change, number, other):
        answer = changed(right, change, number, other)
        before = answer.copy() if hasattr(answer, "copy") else answer
        examined(name, exercise, answer)
        same_object(answer, before)

    examine()


def blind_answers(stem):
    path = BLIND / f"{stem}.yml"
    return from_yaml(path.read_text(encoding="utf-8")) if path.is_file() else []


FINISHED = [
    stem for stem, path in PATHS.items() if not any(map(is_draft, [path, *checks_of(path)]))
]


@pytest.mark.parametrize("stem", [of_chapter(stem, stem) for stem in FINISHED])
def test_people_who_saw_only_the_question_are_refused_with_the_reason(stem):
    problems = blind_problems(stem, normal.read(sibling(PATHS[stem], "solutions")))
    assert not problems, "\n".join(problems)


def blind_problems(stem, solution, answers=None):
    """Return what is not as it must be with the blind answers of a chapter, a line each."""
    answers = blind_answers(stem) if answers is None else answers
    counts = Counter(answer["exercise"] for answer in answers if "mistake" in answer)
    right = {answer["exercise"] for answer in answers if "right" in answer}
    problems = [
        f"exercise {number}: {counts[number]} blind answers, there must be {FEWEST_BLIND}"
        for number in checked(stem)
        if counts[number] < FEWEST_BLIND
    ]
    problems += [
        f"exercise {number}: no blind answer that is right, there must be one"
        for number in checked(stem)
        if number not in right
    ]
    problems += [
        f"there is no exercise {number} with a check" for number in counts.keys() - checked(stem)
    ]
    namespace, solving = {}, []
    for cell in solution.cells:
        if cell.cell_type != "code":
            continue
        number = number_of(cell)
        if "solution" in tags(cell):
            solving.append(cell.source)  # a blind answer does not see what the solution binds
            continue
        for answer in answers if number else []:
            if answer["exercise"] == number:
                problems += blind_problem(answer, cell.source, namespace)
        if number:
            for source in solving:
                execute(source, namespace)
            solving.clear()
        execute(cell.source, namespace)
    return problems


def blind_problem(answer, check_cell, namespace):
    """Return what is wrong with one blind answer, run on a copy of what its cell would see."""
    name = f"{answer['exercise']}, {answer.get('mistake') or answer['right']}"
    own = {key: copied(value) for key, value in namespace.items() if key != "__builtins__"}
    try:
        execute(answer["code"], own)
    except Exception as error:
        return [f"{name} raises {type(error).__name__}: {error}"]
    result = execute(check_cell, own)
    if "right" in answer:
        return [] if result else [f"{name} is refused: {result!r}"]
    if result:
        return [f"{name} is accepted"]
    if not answer["told"] or answer["told"] not in repr(result):
        return [f"{name} is told {repr(result)!r}, not {answer['told']!r}"]
    return []


def copied(value):
    """Return a copy of data, which a blind answer may change; anything else as it is."""
    data = isinstance(value, pd.DataFrame | pd.Series | np.ndarray | dict | list | set)
    return copy.deepcopy(value) if data else value


# --- the machinery of the blind answers, on a course of one small exercise

PAY = {
    1: Exercise(
        expects="the median of pay",
        hints=["Sort.", "Take the middle."],
        answer=lambda: 3,
        conditions=compare.number(lambda: 3),
        mistakes=[Mistake(lambda answer: "A mean." if answer == 4 else None, ())],
    ),
    2: Exercise(expects="your own figure", hints=["Draw.", "Label."]),
}
PLAIN = {"exercise": 1, "mistake": "mean", "code": "middle = sum(pay) / 3", "told": "A mean."}
RIGHT = {"exercise": 1, "right": "sorted", "code": "middle = sorted(pay)[1]"}


@pytest.fixture
def pay(monkeypatch):
    """A solution of `PAY`, which takes the place of the course's exercises."""
    monkeypatch.setattr(checking, "exercises", lambda stem: PAY)
    return notebook(
        code("from ssplab import check\n\npay = [1, 3, 8]"),
        code("ordered = sorted(pay)\nmiddle = ordered[1]", "solution"),
        code('check("pay/1", middle)'),
        code("assert pay == [1, 3, 8]"),
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({}, None),
        ({"told": "something else"}, "1, mean is told"),
        ({"told": ""}, "1, mean is told"),
        ({"code": "middle = nothing"}, "1, mean raises NameError"),
        ({"code": "middle = ordered[0]"}, "1, mean raises NameError: name 'ordered'"),
        ({"code": "middle = sorted(pay)[1]"}, "1, mean is accepted"),
        ({"exercise": 2}, "there is no exercise 2 with a check"),
    ],
)
def test_a_blind_answer_that_is_not_as_it_must_be_is_named(pay, change, problem):
    found = blind_problems("pay", pay, [{**PLAIN, **change}])
    found = [line for line in found if "there must be" not in line]
    assert found[0].startswith(problem) if problem else found == [], found


def test_too_few_blind_answers_are_named(pay):
    assert blind_problems("pay", pay, [PLAIN] * 3 + [RIGHT]) == []
    assert blind_problems("pay", pay, [PLAIN] * 2) == [
        "exercise 1: 2 blind answers, there must be 3",
        "exercise 1: no blind answer that is right, there must be one",
    ]


def test_a_blind_answer_that_is_right_and_refused_is_named(pay):
    wrong = {**RIGHT, "code": "middle = 5"}
    [problem] = blind_problems("pay", pay, [PLAIN] * 3 + [wrong])
    assert problem.startswith("1, sorted is refused: Not yet")


def test_a_blind_answer_changes_nothing_that_later_cells_see(pay):
    spoils = {**PLAIN, "code": "pay.append(0)\nmiddle = 4"}
    assert blind_problems("pay", pay, [spoils] * 3 + [RIGHT]) == []
