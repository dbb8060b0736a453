"""The metric of this kit: precision at a review budget.

It needs numpy only, so that a team can read it, and run it anywhere.
"""

import numpy as np

BUDGET = 0.02  # share of the rows that people can look at


def precision_at_budget(is_error, score, budget: float = BUDGET) -> float:
    """Return the share of errors among the rows with the highest scores.

    Parameters
    ----------
    is_error : array_like of bool, shape (n_rows,)
        The truth.
    score : array_like of float, shape (n_rows,)
        The higher, the sooner a row is looked at; of equal scores the first rows count.
    budget : float
        Share of the rows that are looked at, above 0 and at most 1; one row at least is.

    Raises
    ------
    ValueError
        If the lengths differ, a score is missing, or the budget is not a share.
    """
    is_error, score = np.asarray(is_error, dtype=bool), np.asarray(score, dtype=float)
    if is_error.shape != score.shape or is_error.ndim != 1 or not len(score):
        raise ValueError(f"{score.shape} scores for {is_error.shape} rows: give one score a row.")
    if np.isnan(score).any():
        raise ValueError(f"{np.isnan(score).sum()} scores are missing: give every row a score.")
    if not 0 < budget <= 1:
        raise ValueError(f"The budget is {budget}: it must be a share above 0 and at most 1.")
    reviewed = np.argsort(-score, kind="stable")[: max(1, round(budget * len(score)))]
    return float(is_error[reviewed].mean())
