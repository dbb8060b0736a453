"""An answer is compared with what a mistake gives, whatever the answer holds."""

import numpy as np
import pandas as pd
import pytest

from ssplab.exercises import matching

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
