"""Checks as words: how they are read, what solution and edits give, what an answer is told."""

import pandas as pd

from ssplab.exercises import compare

# --- values that no comparator expects


def test_lists_in_place_of_texts_are_refused_and_no_fault_of_the_check():
    right = pd.Series(["a", "b", "c"], index=["1", "2", "3"])
    conditions = compare.series(lambda: right, key="form", values="text")
    answer = right.map(lambda text: [text])
    told = next(filter(None, (condition.fault(answer) for condition in conditions)))
    assert told == "3 of 3 values are not right, such as that of 1."
