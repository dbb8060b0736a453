"""An answer is compared with what a mistake gives, whatever the answer holds."""

import numpy as np
import pandas as pd
import pytest

from ssplab.exercises import matching
from ssplab.exercises.engine.solved import Cell, Solved

# --- values that are no single value

RIGHT = pd.Series([True, False], index=["a", "b"])


@pytest.mark.parametrize(
    "value", [np.array([1, 2]), pd.Series([1, 2]), pd.DataFrame({"pay": [1]}), [1, 2], {"pay": 1}]
)
def test_a_value_that_holds_several_equals_none(value):
    several = pd.Series([value, False], index=RIGHT.index, dtype=object)
    mistaken = ~RIGHT
    assert not matching.same_rows(several, RIGHT, None)
    assert matching.explained_values(several, mistaken, RIGHT, None) is None
    assert matching.same_rows(several[["b"]], RIGHT[["b"]], None)


# --- names that are no inputs


def test_what_a_solution_binds_for_itself_is_no_input_of_the_same_name():
    cells = [
        Cell("pay, rows = [1, 2], [3, 4]", is_solution=False),
        Cell("hourly = max(pay)\nlow = hourly - 1", is_solution=True),
        Cell('check("pay/1", low)', is_solution=False),
        Cell(
            "rows = rows + [5]\n\n"
            "def share(hourly):\n"
            "    return len([low for low in hourly]) / len(pay)",
            is_solution=True,
        ),
        Cell('check("pay/2", share)', is_solution=False),
    ]
    assert Solved("pay/2", cells).inputs == ["pay", "rows"]
