"""Exercises are derived from solutions: what stays, what goes, and that a stub never raises."""

import pytest
from builders import code, markdown, notebook, stdout

from ssplab.course import normal
from ssplab.exercises import derivation
from ssplab.exercises.derivation import YOUR_CODE, exercise_from_solution, stub_source
from ssplab.system.errors import CheckFailed, SsplabError


def solution():
    return notebook(
        markdown("# Solution: pay\n\nWhat is the median?"),
        code("from ssplab import check\n\npay = [1, 2, 6]", count=1),
        markdown("## Exercise 1 ★"),
        code(
            "# Your turn: a number.\nordered = sorted(pay)\nmedian_pay = ordered[1]",
            "solution",
            count=2,
        ),
        code('check("pay/1", median_pay)', outputs=[stdout("Right")], count=3),
        markdown("The median is 2.", "solution"),
    )


def sources(nb):
    return [cell.source for cell in nb.cells]


def test_solution_cells_become_stubs_and_the_rest_stays():
    assert sources(exercise_from_solution(solution())) == [
        "# Exercise: pay\n\nWhat is the median?",
        "from ssplab import check\n\npay = [1, 2, 6]",
        "## Exercise 1 ★",
        "# Your turn: a number.\nmedian_pay = ...",
        'check("pay/1", median_pay)',
    ]


def test_outputs_counts_and_the_tag_go_while_ids_and_kernel_stay():
    exercise = exercise_from_solution(solution())
    cells = [cell for cell in exercise.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)
    assert [cell.id for cell in exercise.cells] == [f"cell-{n}" for n in range(5)]
    assert "tags" not in exercise.cells[3].metadata
    assert exercise.metadata.kernelspec.name == "python3"


def test_the_solution_is_left_as_it_was():
    nb = solution()
    exercise_from_solution(nb)
    assert nb == solution()


def test_generation_gives_the_same_bytes_each_time():
    first, second = (normal.dumps(exercise_from_solution(solution())) for _ in range(2))
    assert first == second


def test_other_tags_stay_and_the_solution_figures_description_goes():
    nb = solution()
    nb.cells[3].metadata.update(tags=["solution", "hide-output"], mystnb={"image": {"alt": "…"}})
    stub = exercise_from_solution(nb).cells[3]
    assert stub.metadata == {"tags": ["hide-output"]}


@pytest.mark.parametrize(
    ("source", "needed", "stub"),
    [
        ("a = 1\nb = 2", {"b"}, "b = ..."),
        ("low, high = limits()", {"low", "high"}, "low = ...\nhigh = ..."),
        ("high = 1\nlow = 2\nhigh = 3", {"low", "high"}, "high = ...\nlow = ..."),
        ("if flag:\n    answer = 1", {"answer"}, "answer = ..."),
        ("squares = [n**2 for n in range(3)]", {"n", "squares"}, "squares = ..."),
        ("records['pay'] = 1", {"records"}, YOUR_CODE),
        ("print('hello')", set(), YOUR_CODE),
        ("# Say why.\n# In a line.\nprint(1)", set(), f"# Say why.\n# In a line.\n{YOUR_CODE}"),
        ("import numpy as np\nimport math", {"np"}, "import numpy as np"),
        ("from math import pi, tau", {"tau"}, "from math import tau"),
        ("import os.path", {"os"}, "import os.path"),
        (
            'def rate(pay, hours):\n    """Return EUR/h."""\n    # divide\n    return pay / hours',
            {"rate"},
            'def rate(pay, hours):\n    """Return EUR/h."""\n    ...',
        ),
        ("def f(\n    a,\n):\n    # think\n    return a", {"f"}, "def f(\n    a,\n):\n    ..."),
        ("def f(a): return a", {"f"}, "def f(a): ..."),
        (
            "import math\nroot = math.sqrt(2)\n\n\ndef double(n):\n    return 2 * n",
            {"math", "root", "double"},
            "import math\n\nroot = ...\n\n\ndef double(n):\n    ...",
        ),
    ],
)
def test_stub_source(source, needed, stub):
    assert stub_source(source, needed) == stub


def test_a_name_bound_again_before_its_use_is_not_asked_for():
    nb = notebook(
        code("step = 1\nanswer = step + 1", "solution"),
        code("step = 5"),
        code("print(step, answer)"),
    )
    assert exercise_from_solution(nb).cells[0].source == "answer = ..."


def test_a_name_that_a_later_function_uses_is_asked_for():
    nb = notebook(code("limit = 3", "solution"), code("def over(pay):\n    return pay > limit"))
    assert exercise_from_solution(nb).cells[0].source == "limit = ..."


def test_a_stub_never_raises():
    nb = notebook(
        code("def check(name, answer):\n    return answer"),
        code(
            "import math\n\ndef area(r):\n    return math.pi * r**2\n\nlow, high = 1, 2", "solution"
        ),
        code("check('01/1', area)\ncheck('01/2', (low, high, math))"),
        code("leftover = low + high", "solution"),
    )
    namespace = {}
    for cell in exercise_from_solution(nb).cells:
        exec(cell.source, namespace)
    assert namespace["low"] is ... and namespace["area"](1) is None


def test_a_cell_that_is_not_python_is_named():
    with pytest.raises(SsplabError, match=r"In \[2\] \(id cell-1\) is not plain Python"):
        exercise_from_solution(notebook(code("pay = 1"), code("%time pay", "solution")))


def write_solution(course, nb, name="pay"):
    path = course / f"solutions/part/{name}.ipynb"
    normal.write(nb, path)
    return path


def test_check_passes_on_regenerated_exercises(course):
    path = write_solution(course, solution())
    assert derivation.regenerate(path)
    assert not derivation.regenerate(path)
    derivation.check([])


def test_check_names_an_exercise_that_its_solution_does_not_give(course):
    path = write_solution(course, solution())
    derivation.regenerate(path)
    changed = solution()
    changed.cells[2].source = "## Exercise 1 ★★"
    write_solution(course, changed)
    with pytest.raises(CheckFailed, match=r"exercises/part/pay\.ipynb is not what its"):
        derivation.check([])


def test_check_names_a_missing_exercise_and_an_orphan(course):
    write_solution(course, solution())
    normal.write(exercise_from_solution(solution()), course / "exercises/part/old.ipynb")
    with pytest.raises(CheckFailed) as failure:
        derivation.check([])
    assert "pay.ipynb is not what its solution gives" in str(failure.value)
    assert "old.ipynb has no solution" in str(failure.value)
