"""The metric of this kit: precision at a review budget.

It needs numpy and pandas only, so that a team can read it, and run it anywhere.
"""

import numpy as np

BUDGET = 0.02  # share of the rows that people can look at


def metrics(truth, submission):
    """Return the metrics by name, the one that ranks first; the higher, the better.

    Parameters
    ----------
    truth : DataFrame
        `row_id` and `is_error`.
    submission : DataFrame
        `row_id`, in the same order, and `score`.

    Returns
    -------
    dict of str to float
        Of rows with equal scores all count alike: the metric is the mean over their orders.
    """
    is_error = truth["is_error"].to_numpy(dtype=float)
    score = submission["score"].to_numpy(dtype=float)
    reviews = max(1, round(BUDGET * len(score)))
    last = np.sort(score)[-reviews]
    above, tied = score > last, score == last
    found = is_error[above].sum() + is_error[tied].mean() * (reviews - above.sum())
    return {
        "precision at the budget": found / reviews,
        "errors found": found / is_error.sum() if is_error.any() else 1.0,
    }
