"""The metric of this kit: points for queries that name the wrong fields and the right values.

It needs numpy and pandas only, so that a team can read it, and run it anywhere.
"""

import numpy as np

FIELDS = ["gross", "net", "hours"]
TRUE = ["true_gross", "true_net", "true_hours"]
TOLERANCE = 0.01  # a value this near to the true one is confirmed; the smallest errors are larger
CONFIRMED = 1.0  # the employer says yes to the fields and to the values, with one click
LOOKED_UP = 0.25  # right fields; the employer must look the value up, the proposal has misled
IN_VAIN = -0.5  # what is asked about is right: time and good will are lost, an error stays


def query_points(truth, submission):
    """Return the points of each declaration, 0 where nothing is proposed; see `metrics`."""
    true = truth[TRUE].to_numpy(dtype=float)
    proposed = submission[FIELDS].to_numpy(dtype=float)
    is_wrong, is_changed = ~np.isnan(true), ~np.isnan(proposed)
    same_fields = (is_wrong == is_changed).all(axis=1)
    near = np.abs(proposed - true) <= TOLERANCE * np.abs(true)
    same_values = (near | ~is_wrong).all(axis=1)
    query = is_changed.any(axis=1)
    return np.select(
        [query & same_fields & same_values, query & same_fields, query],
        [CONFIRMED, LOOKED_UP, IN_VAIN],
        default=0.0,
    )


def metrics(truth, submission):
    """Return the metrics, the first of which ranks; the higher, the better.

    A declaration with at least one value in the submission is a query. There is no quota: a query
    in vain has its price, so a list ends where its queries no longer pay.

    Parameters
    ----------
    truth : DataFrame
        A row a declaration, with `true_gross`, `true_net` and `true_hours`: the true value where
        the declared one is wrong, a blank where it is right.
    submission : DataFrame
        The same rows in the same order, with `gross`, `net` and `hours`: what should stand there,
        blank for "as declared".
    """
    points = query_points(truth, submission)
    wrong = truth[TRUE].notna().any(axis=1).to_numpy()
    query = submission[FIELDS].notna().any(axis=1).to_numpy()
    errors, queries = max(wrong.sum(), 1), max(query.sum(), 1)
    return {
        "points per 100 errors": float(100 * points.sum() / errors),
        "errors found in percent": float(100 * (query & wrong).sum() / errors),
        "queries about an error in percent": float(100 * (query & wrong).sum() / queries),
        "fields right in percent of errors": float(100 * (points > 0).sum() / errors),
        "values right in percent of errors": float(100 * (points == CONFIRMED).sum() / errors),
    }
