"""The metric of this kit: points per 100 declarations, for codes that enter the register alone.

It needs numpy and pandas only, so that a team can read it and run it anywhere.
"""

import numpy as np
import pandas as pd

KEY = "declaration_id"
ENTERS = 0.8
"""The confidence from which a code enters the register and no clerk reads the declaration."""
RIGHT = 1.0
"""A right code spares a clerk one declaration, about a minute's work."""
WRONG = -4.0
"""A wrong code is found late, and by a user: whoever is right four times in five gains nothing."""


def metrics(truth, submission):
    """Return the metrics, the first of which ranks; the higher, the better.

    Parameters
    ----------
    truth : DataFrame
        `code`, the true sub-class of each declaration, and `employment`, its employees.
    submission : DataFrame
        `code`, a sub-class or missing, and `confidence`, from 0 to 1, of the same declarations in
        the same order. What has no code, or a confidence below `ENTERS`, goes to a clerk.

    Returns
    -------
    dict of str to float
        `percent confidence above right` is how far the confidence of what enters is above the
        share that is right, on average: below zero, the confidence is too modest. One mean is not
        all, so the shares right in two classes of confidence stand beside it; 0 is also the share
        of a class in which there is nothing.

    Raises
    ------
    ValueError
        If both frames have the key and it differs.
    """
    if KEY in truth and KEY in submission and truth[KEY].tolist() != submission[KEY].tolist():
        raise ValueError(f"Row by row, {KEY} must be the same in both frames: sort both by {KEY}.")
    true = truth["code"].astype("object")
    given = submission["code"].astype("object").set_axis(truth.index)
    confidence = submission["confidence"].fillna(0).to_numpy(dtype=float)
    is_coded = given.notna().to_numpy()
    is_right = is_coded & (given == true).to_numpy()
    enters = is_coded & (confidence >= ENTERS)
    surest = is_coded & (confidence >= 0.9)
    points = np.where(enters, np.where(is_right, RIGHT, WRONG), 0.0)
    return {
        "points per 100 declarations": float(100 * points.mean()),
        "percent entered": float(100 * enters.mean()),
        "percent right of entered": _mean(100 * is_right[enters]),
        "percent confidence above right": _mean(100 * (confidence - is_right)[enters]),
        "percent right where confidence is 0.8 to 0.9": _mean(100 * is_right[enters & ~surest]),
        "percent right where confidence is 0.9 to 1": _mean(100 * is_right[surest]),
        "percent right of all": float(100 * is_right.mean()),
        "percent of employment in place": _in_place(true, given, truth["employment"]),
    }


def _mean(values):
    """Return the mean; 0 where there is nothing."""
    return float(values.mean()) if len(values) else 0.0


def _in_place(true, given, employment):
    """Return how much of the employment the codes put into as many places as the true codes do.

    All codes count here, entered or not: errors that cancel out within a division do no harm to its
    total. Employment without a code is in no division.
    """
    totals = pd.DataFrame({"true": employment.groupby(true.str[:2]).sum()})
    totals["given"] = employment.groupby(given.str[:2]).sum()
    return float(100 * totals.fillna(0).min(axis=1).sum() / totals["true"].sum())
